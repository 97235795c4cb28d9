import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { connect, createServer as createTcpServer } from 'node:net';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHttp } from './create.ts';
import { HttpError } from './http.ts';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

const handlers = new Map<string, Handler>();
const seen: { url: string; method: string; authorization: string | undefined; cookie: string | undefined }[] = [];
let server: Server;
let other: Server;
let origin = '';
let otherOrigin = '';
const http = createHttp({ pauseMs: 1 });

function listen(made: Server): Promise<string> {
  return new Promise((resolve) => {
    made.listen(0, '127.0.0.1', () => {
      const address = made.address();
      resolve(`http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`);
    });
  });
}

const handle: Handler = (request, response) => {
  const url = request.url ?? '';
  const { authorization, cookie } = request.headers;
  seen.push({ url, method: request.method ?? '', authorization, cookie });
  const handler = handlers.get(url.split('?')[0] ?? '');
  if (handler === undefined) response.writeHead(404).end('no such page');
  else handler(request, response);
};

beforeAll(async () => {
  server = createServer(handle);
  other = createServer(handle);
  origin = await listen(server);
  otherOrigin = await listen(other);
});

afterAll(() => {
  http.close();
  for (const made of [server, other]) {
    made.closeAllConnections();
    made.close();
  }
});

async function failure(promise: Promise<unknown>): Promise<HttpError> {
  const error: unknown = await promise.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof HttpError)) throw new Error(`no HttpError: ${String(error)}`);
  return error;
}

const to = (location: string): Handler => {
  return (_, response) => response.writeHead(302, { location }).end();
};

const BOMB = gzipSync(Buffer.alloc(20 * 1024 * 1024));

describe('bodies', () => {
  it.each([
    ['gzip', gzipSync],
    ['x-gzip', gzipSync],
    ['deflate', deflateSync],
    ['deflate', deflateRawSync],
    ['br', brotliCompressSync],
    ['zstd', zstdCompressSync],
  ] as const)('undoes %s', async (coding, compress) => {
    handlers.set('/coded', (_, response) =>
      response.writeHead(200, { 'content-encoding': coding }).end(compress('hello')),
    );
    const answer = await http.send(`${origin}/coded`, { limit: 1000 });
    expect(answer.body.toString()).toBe('hello');
  });

  it('stops at the limit while decoding', async () => {
    expect(BOMB.length).toBeLessThan(100_000);
    handlers.set('/bomb', (_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(BOMB));
    const error = await failure(http.send(`${origin}/bomb`, { limit: 100_000 }));
    expect(error.kind).toBe('too-large');
  });

  it('stops at the limit of a body without end, and does not wait for an announced one', async () => {
    handlers.set('/endless', (_, response) => {
      const more = (): void => {
        if (!response.destroyed && response.write('x'.repeat(16_384))) setImmediate(more);
      };
      response.on('drain', more);
      more();
    });
    handlers.set('/huge', (_, response) => {
      response.writeHead(200, { 'content-length': '99999999999' });
      response.write('x');
    });
    expect((await failure(http.send(`${origin}/endless`, { limit: 50_000 }))).kind).toBe('too-large');
    expect((await failure(http.send(`${origin}/huge`, { limit: 50_000 }))).kind).toBe('too-large');
  });

  it('refuses truncated codings and codings that were not asked for', async () => {
    handlers.set('/cut', (_, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('hello').subarray(0, 12)),
    );
    handlers.set('/odd', (_, response) => response.writeHead(200, { 'content-encoding': 'rot13' }).end('uryyb'));
    expect((await failure(http.send(`${origin}/cut`, { limit: 1000 }))).kind).toBe('length');
    expect((await failure(http.send(`${origin}/odd`, { limit: 1000 }))).message).toMatch(/content encoding/);
  });

  it('refuses a body shorter than announced, after trying again', async () => {
    handlers.set('/short', (_, response) => {
      response.writeHead(200, { 'content-length': '10' });
      response.write('12345', () => response.destroy());
    });
    const before = seen.length;
    const error = await failure(http.send(`${origin}/short`, { limit: 1000 }));
    expect(error.kind).toBe('length');
    expect(seen.length - before).toBeGreaterThan(1);
  });

  it('takes of a body longer than announced what was announced, and no second answer out of the rest', async () => {
    const lying = createTcpServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () =>
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcHTTP/1.1 200 OK\r\n\r\nevil'),
      );
    });
    await new Promise<void>((resolve) => lying.listen(0, '127.0.0.1', resolve));
    const address = lying.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const result = await http.send(`http://127.0.0.1:${port}/`, { limit: 100 }).then(
      (answer) => answer.body.toString(),
      (error: unknown) => (error instanceof HttpError ? 'refused' : 'crash'),
    );
    expect(['abc', 'refused']).toContain(result);
    lying.close();
  });

  it('has nothing to read after HEAD, whatever length is announced', async () => {
    handlers.set('/head', (_, response) => response.writeHead(200, { 'content-length': '5000000' }).end());
    const answer = await http.send(`${origin}/head`, { method: 'HEAD', limit: 10 });
    expect([answer.status, answer.body.length]).toEqual([200, 0]);
  });
});

describe('redirects', () => {
  it('follows them and says where the answer came from', async () => {
    handlers.set('/a', to('/b?x=1'));
    handlers.set('/b', (_, response) => response.end('b'));
    const answer = await http.send(`${origin}/a`, { limit: 10 });
    expect([answer.body.toString(), answer.url]).toEqual(['b', `${origin}/b?x=1`]);
  });

  it('gives the redirect itself where none may be followed', async () => {
    const answer = await http.send(`${origin}/a`, { limit: 10, redirects: 0 });
    expect([answer.status, answer.headers.location]).toEqual([302, '/b?x=1']);
  });

  it('ends circles and long chains', async () => {
    handlers.set('/loop', to('/loop2'));
    handlers.set('/loop2', to('/loop'));
    handlers.set('/more', (request, response) => {
      const n = Number(new URL(request.url ?? '', origin).searchParams.get('n') ?? '0');
      response.writeHead(302, { location: `/more?n=${n + 1}` }).end();
    });
    const circle = await failure(http.send(`${origin}/loop`, { limit: 10 }));
    expect([circle.kind, circle.message]).toEqual(['redirects', expect.stringContaining('circle')]);
    const before = seen.length;
    expect((await failure(http.send(`${origin}/more`, { limit: 10, redirects: 3 }))).kind).toBe('redirects');
    expect(seen.length - before).toBe(4);
  });

  it('leaves credentials with their origin', async () => {
    handlers.set('/home', to(`/here`));
    handlers.set('/here', to(`${otherOrigin}/there`));
    handlers.set('/there', (_, response) => response.end('ok'));
    seen.length = 0;
    const own = createHttp({ origins: { [origin]: { bearer: 'secret-1' }, [otherOrigin]: { bearer: 'secret-2' } } });
    await own.send(`${origin}/home`, { limit: 10, headers: { Cookie: 'c=1' } });
    own.close();
    expect(seen.map(({ authorization, cookie }) => [authorization, cookie])).toEqual([
      ['Bearer secret-1', 'c=1'],
      ['Bearer secret-1', 'c=1'],
      [undefined, undefined],
    ]);
  });

  it('refuses what is not the web', async () => {
    handlers.set('/file', to('file:///etc/passwd'));
    handlers.set('/nonsense', to('http://['));
    for (const path of ['/file', '/nonsense']) {
      expect((await failure(http.send(`${origin}${path}`, { limit: 10 }))).kind).toBe('redirects');
    }
  });

  it('sends no body on after 302 or 303 to a POST, and the same after 307', async () => {
    const bodies: string[] = [];
    handlers.set('/p303', (_, response) => response.writeHead(303, { location: '/take' }).end());
    handlers.set('/p307', (_, response) => response.writeHead(307, { location: '/take' }).end());
    handlers.set('/take', (request, response) => {
      let text = `${request.method} `;
      request.on('data', (chunk) => {
        text += String(chunk);
      });
      request.on('end', () => {
        bodies.push(text);
        response.end();
      });
    });
    await http.send(`${origin}/p303`, { method: 'POST', body: 'data', limit: 10 });
    await http.send(`${origin}/p307`, { method: 'POST', body: 'data', limit: 10 });
    expect(bodies).toEqual(['GET ', 'POST data']);
  });
});

describe('retries and deadlines', () => {
  it('tries again after 503 and a reset, and then has the answer', async () => {
    let tries = 0;
    handlers.set('/flaky', (request, response) => {
      tries++;
      if (tries === 1) response.writeHead(503, { 'retry-after': '0' }).end();
      else if (tries === 2) request.socket.destroy();
      else response.end('well');
    });
    expect((await http.send(`${origin}/flaky`, { limit: 10 })).body.toString()).toBe('well');
    expect(tries).toBe(3);
  });

  it('gives back the last 5xx, and does not wait for a Retry-After of an hour', async () => {
    handlers.set('/down', (_, response) => response.writeHead(503, { 'retry-after': '3600' }).end());
    seen.length = 0;
    expect((await http.send(`${origin}/down`, { limit: 10 })).status).toBe(503);
    expect(seen.length).toBe(1);
  });

  it('never sends a POST twice', async () => {
    handlers.set('/post', (_, response) => response.writeHead(500).end());
    seen.length = 0;
    expect((await http.send(`${origin}/post`, { method: 'POST', limit: 10 })).status).toBe(500);
    expect(seen.length).toBe(1);
  });

  it('ends a slow drip at the deadline of the whole exchange', async () => {
    handlers.set('/drip', (_, response) => {
      const timer = setInterval(() => response.write('x'), 20);
      response.on('close', () => clearInterval(timer));
    });
    const error = await failure(http.send(`${origin}/drip?token=secret`, { limit: 1e6, timeoutMs: 200 }));
    expect([error.kind, error.message]).toEqual(['timeout', `${origin}/drip did not answer completely within 0.2 s`]);
  });

  it('ends when it is told to', async () => {
    handlers.set('/never', () => undefined);
    const abort = new AbortController();
    const waiting = failure(http.send(`${origin}/never`, { limit: 10, signal: abort.signal }));
    await expect.poll(() => seen.some(({ url }) => url === '/never')).toBe(true);
    abort.abort();
    expect((await waiting).kind).toBe('aborted');
  });
});

describe('addresses and connections', () => {
  it('takes the user of an address for Basic and shows neither him nor the query', async () => {
    seen.length = 0;
    const address = `${origin.replace('//', '//ann:pass%21word@')}/nowhere?token=s3cret`;
    await http.send(address, { limit: 100 });
    expect(seen[0]?.authorization).toBe(`Basic ${Buffer.from('ann:pass!word').toString('base64')}`);
    const error = await failure(http.send(address, { limit: 3 }));
    expect(error.message).toContain(`${origin}/nowhere`);
    expect(error.message).not.toMatch(/ann|pass|s3cret|token/);
  });

  it('says that nothing listens', async () => {
    const gone = createTcpServer();
    await new Promise<void>((resolve) => gone.listen(0, '127.0.0.1', resolve));
    const address = gone.address();
    await new Promise((resolve) => gone.close(resolve));
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    expect((await failure(http.send(`http://127.0.0.1:${port}/`, { limit: 10 }))).kind).toBe('refused');
    expect((await failure(http.send('ftp://x/', { limit: 10 }))).kind).toBe('other');
  });

  it('says that an answer is not HTTP', async () => {
    const odd = createTcpServer((socket) => {
      socket.on('error', () => undefined);
      socket.end('SSH-2.0-OpenSSH_9.2\r\n');
    });
    await new Promise<void>((resolve) => odd.listen(0, '127.0.0.1', resolve));
    const address = odd.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    expect((await failure(http.send(`http://127.0.0.1:${port}/`, { limit: 10 }))).message).toMatch(/is not HTTP/);
    odd.close();
  });

  it('opens no more connections than it may', async () => {
    let open = 0;
    let most = 0;
    const count = createServer((_, response) => {
      setTimeout(() => response.end('x'), 10);
    });
    count.on('connection', (socket) => {
      open++;
      most = Math.max(most, open);
      socket.on('close', () => open--);
    });
    const where = await listen(count);
    const narrow = createHttp({ connections: 3 });
    await Promise.all(Array.from({ length: 20 }, () => narrow.send(where, { limit: 10 })));
    narrow.close();
    count.close();
    expect(most).toBe(3);
  });

  it('asks over the proxy of the environment, but never for loopback', async () => {
    const asked: string[] = [];
    const proxy = createServer((request, response) => {
      asked.push(request.url ?? '');
      response.end('from the proxy');
    });
    // CONNECT goes to our own plain server: enough to see that a tunnel was asked for.
    proxy.on('connect', (request, socket) => {
      asked.push(`CONNECT ${request.url}`);
      const port = Number(new URL(origin).port);
      const through = connect(port, '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        through.pipe(socket).pipe(through);
      });
      through.on('error', () => socket.destroy());
      socket.on('error', () => through.destroy());
    });
    const at = await listen(proxy);
    const env = { http_proxy: at, HTTPS_PROXY: at, NO_PROXY: 'direct.invalid' };
    const proxied = createHttp({ env, pauseMs: 1 });
    const answer = await proxied.send('http://registry.invalid/v2/', { limit: 100 });
    expect(answer.body.toString()).toBe('from the proxy');
    await failure(proxied.send('https://tls.invalid/', { limit: 100, retries: 0 }));
    await proxied.send(`${origin}/nowhere`, { limit: 100 });
    await failure(proxied.send('http://direct.invalid/', { limit: 100, retries: 0 }));
    expect(asked).toEqual(['http://registry.invalid/v2/', 'CONNECT tls.invalid:443']);
    proxied.close();
    proxy.closeAllConnections();
    proxy.close();
  });
});
