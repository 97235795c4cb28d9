/** Servers that misbehave: everything ends, in bounded time and space, with one sentence. */
import http from 'node:http';
import net from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { parseAddress } from './address.ts';
import { HttpClient, type HttpOptions, RequestError } from './http.ts';

const servers: net.Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    if (server instanceof http.Server) server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

async function listening(server: net.Server): Promise<string> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
}

function serve(handler: http.RequestListener): Promise<string> {
  return listening(http.createServer(handler));
}

function client(url: string, options: Partial<HttpOptions> = {}): HttpClient {
  return new HttpClient(parseAddress(url), { headers: [], insecure: false, timeoutMs: 5000, ...options });
}

const LIMIT = { limit: 1 << 20 };

describe('answers', () => {
  it('hands the body on as received and sends no more than it must', async () => {
    let seen: http.IncomingHttpHeaders = {};
    const body = gzipSync('profile');
    const url = await serve((request, response) => {
      seen = request.headers;
      response.end(body);
    });
    const answer = await client(url).get('/x?gc=1', LIMIT);
    expect(answer.body.equals(body)).toBe(true);
    expect(answer).toMatchObject({ status: 200, url: `${url}/x?gc=1` });
    expect(seen['accept-encoding']).toBeUndefined();
    // An idle connection would be a goroutine of the service.
    expect(seen.connection).toBe('close');
  });

  it('takes a content encoding away that a proxy put on, within the size limit', async () => {
    const url = await serve((request, response) => {
      const text = request.url === '/bomb' ? 'a'.repeat(2 << 20) : 'plain';
      response.setHeader('content-encoding', 'gzip').end(request.url === '/broken' ? 'no gzip' : gzipSync(text));
    });
    expect((await client(url).get('/', LIMIT)).body.toString()).toBe('plain');
    await expect(client(url).get('/bomb', LIMIT)).rejects.toThrow(/broken gzip/);
    await expect(client(url).get('/broken', LIMIT)).rejects.toThrow(/broken gzip/);
  });

  it('tries again after a 5xx, and gives up with the server’s own words', async () => {
    let requests = 0;
    const url = await serve((request, response) => {
      requests++;
      if (request.url === '/ok' && requests > 2) response.end('at last');
      else response.writeHead(503).end('warming up\n');
    });
    expect((await client(url).get('/ok', LIMIT)).body.toString()).toBe('at last');
    expect(requests).toBe(3);
    await expect(client(url).get('/no', { ...LIMIT, retries: 1 })).rejects.toThrow(/answers 503 \("warming up"\)/);
    expect(requests).toBe(5);
  });

  it('does not try again what will not change', async () => {
    let requests = 0;
    const url = await serve((_, response) => {
      requests++;
      response.writeHead(404).end();
    });
    const failed = await client(url)
      .get('/x', LIMIT)
      .catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(RequestError);
    expect(failed).toMatchObject({ status: 404, name: 'TargetError' });
    expect(requests).toBe(1);
  });
});

describe('bounds', () => {
  it('stops reading a body that has no end', async () => {
    let sent = 0;
    const url = await serve((_, response) => {
      const more = () => {
        while (!response.destroyed && response.write(Buffer.alloc(64 << 10))) sent += 64 << 10;
      };
      response.on('drain', more);
      more();
    });
    await expect(client(url).get('/', LIMIT)).rejects.toThrow(/sends more than 1 MiB/);
    expect(sent).toBeLessThan(64 << 20);
  });

  it('does not wait for ever: no answer, half an answer, a trickle', async () => {
    const url = await serve((request, response) => {
      if (request.url === '/half') response.write('half');
      if (request.url === '/trickle') {
        const timer = setInterval(() => response.write('.'), 20);
        response.on('close', () => clearInterval(timer));
      }
    });
    const impatient = client(url, { timeoutMs: 100 });
    for (const path of ['/none', '/half', '/trickle']) {
      await expect(impatient.get(path, LIMIT)).rejects.toThrow(/no answer from .* within (0\.1|1) s; raise --timeout/);
    }
  });

  it('tells a cut-off body from a complete one', async () => {
    const url = await listening(
      net.createServer((socket) => {
        socket.on('error', () => {});
        socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this'));
      }),
    );
    await expect(client(url).get('/', { ...LIMIT, retries: 0 })).rejects.toThrow(
      /closed the connection without a complete answer/,
    );
  });
});

describe('what is not HTTP', () => {
  it('is named as such', async () => {
    const ssh = await listening(
      net.createServer((socket) => {
        socket.on('error', () => {});
        socket.resume().end('SSH-2.0-OpenSSH_9.9\r\n');
      }),
    );
    await expect(client(ssh).get('/', LIMIT)).rejects.toThrow(/does not speak HTTP/);
    await expect(client('http://127.0.0.1:1').get('/', LIMIT)).rejects.toThrow(/nothing listens at 127\.0\.0\.1:1/);
    await expect(client('http://no-such-host.invalid:1').get('/', { ...LIMIT, retries: 0 })).rejects.toThrow(
      /host name .* cannot be resolved/,
    );
    await expect(client('unix:/no/such.sock').get('/', LIMIT)).rejects.toThrow(
      /unix:\/no\/such\.sock.* does not exist/,
    );
  });
});

describe('redirects', () => {
  it('follows on the same host only, and never in circles', async () => {
    let elsewhere = 0;
    const other = await serve((_, response) => {
      elsewhere++;
      response.end('stolen');
    });
    const url = await serve((request, response) => {
      const to: Record<string, string> = {
        '/a': '/b',
        '/away': `${other}/x`,
        '/loop': '/loop',
        '/file': 'file:///etc/passwd',
      };
      const location = to[request.url?.split('?')[0] ?? ''];
      if (location !== undefined) response.writeHead(302, { location }).end();
      else response.end(`arrived at ${request.url} as ${request.headers.authorization}`);
    });
    const known = client(url.replace('http://', 'http://ann:pw@'));
    expect((await known.get('/a?gc=1', LIMIT)).body.toString()).toBe('arrived at /b?gc=1 as Basic YW5uOnB3');
    await expect(known.get('/away', LIMIT)).rejects.toThrow(
      /redirects to http:\/\/127\.0\.0\.1:\d+, which is not followed/,
    );
    await expect(known.get('/file', LIMIT)).rejects.toThrow(/not followed/);
    await expect(known.get('/loop', LIMIT)).rejects.toThrow(/redirects in a circle/);
    expect(elsewhere).toBe(0);
  });
});

describe('secrets', () => {
  it('go to the service and into no message', async () => {
    const seen: string[] = [];
    const url = await serve((request, response) => {
      seen.push(`${request.url} ${request.headers.authorization} ${request.headers['x-key']}`);
      response.writeHead(request.url?.includes('403') === true ? 403 : 500).end();
    });
    const secretive = client(`${url.replace('http://', 'http://ann:pw1@')}/?token=pw2`, {
      headers: [['X-Key', 'pw3']],
    });
    const errors: string[] = [];
    for (const path of ['/500', '/403']) {
      await secretive
        .get(path, { ...LIMIT, retries: 0 })
        .catch((error: unknown) => errors.push(JSON.stringify(error) + String(error)));
    }
    expect(seen[0]).toBe(`/500?token=pw2 Basic ${Buffer.from('ann:pw1').toString('base64')} pw3`);
    expect(errors).toHaveLength(2);
    expect(errors.join()).not.toMatch(/pw[123]/);
  });

  it('in the URL win over a token from the environment, which is for other addresses', async () => {
    let seen = '';
    const url = await serve((request, response) => {
      seen = request.headers.authorization ?? '';
      response.end();
    });
    await client(url.replace('http://', 'http://a:b@'), { bearer: 'tok' }).get('/', LIMIT);
    expect(seen).toMatch(/^Basic /);
    await client(url, { bearer: 'tok' }).get('/', LIMIT);
    expect(seen).toBe('Bearer tok');
  });
});
