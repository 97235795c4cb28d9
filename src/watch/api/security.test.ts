import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { type IncomingHttpHeaders, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { createApi } from './app.ts';
import * as contract from './contract.ts';
import { captureId, FINDING, HOSTILE, startTestApi, type TestApi } from './testing.ts';

const TOKEN = 'a-token-that-is-long-enough';
/** All that tells something, or changes something. */
const CLOSED = [
  ['GET', '/api/fleet'],
  ['GET', '/api/findings'],
  ['GET', `/api/findings/${FINDING}`],
  ['GET', '/api/services/prod/shop'],
  ['GET', '/api/services/prod/shop/goroutines'],
  ['GET', '/api/services/prod/shop/syscalls'],
  ['GET', '/api/captures'],
  ['GET', `/api/captures/${captureId(0, 8)}`],
  ['GET', `/api/captures/${captureId(0, 8)}/parts/heap`],
  ['GET', `/api/flame?head=${captureId(0, 8)}`],
  ['GET', `/api/heap?capture=${captureId(0, 8)}`],
  ['GET', `/api/compare?base=${captureId(0, 1)}&head=${captureId(0, 8)}`],
  ['GET', '/api/status'],
  ['GET', '/api/alerts'],
  ['GET', '/api/events'],
  ['GET', '/metrics'],
  ['POST', `/api/findings/${FINDING}/acknowledge`],
  ['DELETE', `/api/findings/${FINDING}/acknowledge`],
  ['POST', `/api/findings/${FINDING}/silence`],
  ['DELETE', `/api/findings/${FINDING}/silence`],
  ['GET', '/api/incidents'],
  ['GET', '/api/incidents/counts'],
  ['GET', `/api/incidents/${FINDING}`],
  ['POST', `/api/incidents/${FINDING}/acknowledge`],
  ['POST', `/api/incidents/${FINDING}/attach`],
  ['POST', `/api/incidents/${FINDING}/pause`],
  ['POST', `/api/incidents/${FINDING}/resume`],
  ['POST', `/api/incidents/${FINDING}/close`],
  ['POST', `/api/incidents/${FINDING}/check`],
  ['GET', '/api/response-report'],
  ['GET', '/api/response-export?form=defectdojo'],
  ['POST', '/api/open?name=x'],
] as const;

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** The path goes out as it is: no client tidies it up. */
function raw(
  api: Pick<TestApi, 'url'>,
  path: string,
  headers: Record<string, string> = {},
  method = 'GET',
  body = '',
): Promise<Answer> {
  const { hostname, port } = new URL(api.url);
  return new Promise((resolve, reject) => {
    const length: Record<string, string> = body === '' ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    const all = { ...length, ...headers };
    const sent = request({ hostname, port, path, method, headers: all, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (piece: string) => {
        text += piece;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

function errorOf(text: string): string {
  const answer: unknown = JSON.parse(text);
  if (typeof answer !== 'object' || answer === null || !('error' in answer)) throw new Error(`no problem: ${text}`);
  expect(Object.keys(answer)).toEqual(['error']);
  expect(String(answer.error)).not.toMatch(/\n|node_modules|\.ts:|\bat \S+ \(/);
  return String(answer.error);
}

describe('with a token', () => {
  let api: TestApi;
  let dir: string;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'hemostat-ui-'));
    await mkdir(join(dir, 'ui', 'assets'), { recursive: true });
    await writeFile(join(dir, 'ui', 'index.html'), '<!doctype html><title>hemostat</title>');
    await writeFile(join(dir, 'ui', 'assets', 'page-1a2b.js'), 'export {};');
    await writeFile(join(dir, 'ui', '.hidden.js'), 'contents of the secret');
    await writeFile(join(dir, 'secret.txt'), 'contents of the secret');
    await symlink(join(dir, 'secret.txt'), join(dir, 'outside.txt'));
    api = await startTestApi({ token: TOKEN, loopback: false, uiDir: join(dir, 'ui') });
  });
  afterAll(async () => {
    await api.close();
    await rm(dir, { recursive: true, force: true });
  });

  test.each(CLOSED)('%s %s needs it', async (method, path) => {
    const type = { 'content-type': path.startsWith('/api/open') ? 'application/octet-stream' : 'application/json' };
    const without = await raw(api, path, type, method, method === 'GET' ? '' : '{}');
    expect(without.status).toBe(401);
    expect(errorOf(without.text)).toContain('token');
    expect(without.text).not.toContain(TOKEN);
    const basic = await raw(api, path, { authorization: `Basic ${TOKEN}` }, method);
    expect(basic.status).toBe(401);
    // In a URL it would end up in logs and histories.
    const inUrl = await raw(api, `${path}${path.includes('?') ? '&' : '?'}token=${TOKEN}`, type, method);
    expect(inUrl.status).toBe(401);
  });

  test('there is no route that this test does not know', async () => {
    const document = z
      .object({ paths: z.record(z.string(), z.record(z.string(), z.unknown())) })
      .parse(await (await api.get('/openapi.json')).json());
    const known = new Set(CLOSED.map(([method, path]) => `${method} ${path.split('?', 1)[0]}`));
    const open = ['GET /api/session', 'POST /api/login', 'POST /api/logout', 'GET /healthz'];
    const fill = (path: string): string =>
      path
        .replace('/findings/{id}', `/findings/${FINDING}`)
        .replace('/incidents/{id}', `/incidents/${FINDING}`)
        .replace('/captures/{id}', `/captures/${captureId(0, 8)}`)
        .replace('{environment}/{service}', 'prod/shop')
        .replace('{kind}', 'heap');
    const unknown: string[] = [];
    for (const [path, operations] of Object.entries(document.paths)) {
      for (const method of Object.keys(operations)) {
        const route = `${method.toUpperCase()} ${fill(path)}`;
        if (method !== 'head' && !known.has(route) && !open.includes(route)) unknown.push(route);
      }
    }
    expect(unknown).toEqual([]);
  });

  test('the right one is taken, in any case of the scheme', async () => {
    expect((await raw(api, '/api/fleet', { authorization: `bearer ${TOKEN}` })).status).toBe(200);
    expect((await raw(api, '/metrics', { authorization: `Bearer ${TOKEN}` })).text).toContain('hemostat_up 1');
  });

  test('logging in gives a cookie that no script and no other site can use, and that is not the token', async () => {
    const json = { 'content-type': 'application/json' };
    expect(JSON.parse((await raw(api, '/api/session')).text)).toEqual({ tokenNeeded: true, loggedIn: false });
    const login = await raw(api, '/api/login', json, 'POST', JSON.stringify({ token: TOKEN }));
    expect(login.status).toBe(204);
    const [cookie = ''] = login.headers['set-cookie'] ?? [];
    expect(cookie).toMatch(/; HttpOnly; SameSite=Strict/);
    expect(cookie).not.toContain(TOKEN);
    const pair = cookie.split(';', 1)[0] ?? '';
    expect((await raw(api, '/api/fleet', { cookie: `a=b; ${pair}; c=d` })).status).toBe(200);
    expect(JSON.parse((await raw(api, '/api/session', { cookie: pair })).text).loggedIn).toBe(true);
    expect((await raw(api, '/api/fleet', { cookie: `${pair}x` })).status).toBe(401);
    // The time in it is signed, too.
    const later = pair.replace(/=(\d+)/, (_, time) => `=${Number(time) + 1}`);
    expect((await raw(api, '/api/fleet', { cookie: later })).status).toBe(401);
    api.backend.world.now += 31 * 86_400_000;
    expect((await raw(api, '/api/fleet', { cookie: pair })).status).toBe(401);
    api.backend.world.now -= 31 * 86_400_000;
    const behindProxy = { ...json, 'x-forwarded-proto': 'https' };
    const secure = await raw(api, '/api/login', behindProxy, 'POST', JSON.stringify({ token: TOKEN }));
    expect(secure.headers['set-cookie']?.[0]).toMatch(/; Secure$/);
    const logout = await raw(api, '/api/logout', {}, 'POST');
    expect(logout.headers['set-cookie']?.[0]).toMatch(/^hemostat_session=; .*Max-Age=0/);
  });

  test('a change by another site is refused, with whatever credentials', async () => {
    const own = new URL(api.url).host;
    const path = `/api/findings/${FINDING}/acknowledge`;
    const send = (headers: Record<string, string>) =>
      raw(
        api,
        path,
        { 'content-type': 'application/json', authorization: `Bearer ${TOKEN}`, ...headers },
        'POST',
        JSON.stringify({ by: 'me' }),
      );
    expect((await send({ origin: 'https://evil.test' })).status).toBe(403);
    expect((await send({ origin: 'null' })).status).toBe(403);
    expect((await send({ origin: `http://${own}.evil.test` })).status).toBe(403);
    expect((await send({ 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    expect(api.backend.world.findings[0]?.acknowledged).toBeNull();
    expect((await send({ origin: `http://${own}`, 'sec-fetch-site': 'same-origin' })).status).toBe(200);
    // A form of another site can send this type, and none that is taken.
    expect((await send({ 'content-type': 'text/plain' })).status).toBe(415);
  });

  test('nothing outside of the page can be had by a path', async () => {
    const index = await raw(api, '/');
    expect(index.text).toContain('<title>hemostat</title>');
    for (const path of [
      '/../secret.txt',
      '/..%2fsecret.txt',
      '/%2e%2e/secret.txt',
      '/assets/../../secret.txt',
      '/assets/..%2f..%2fsecret.txt',
      '/assets/%2e%2e%2f%2e%2e%2fsecret.txt',
      '/..%5csecret.txt',
      '/assets/..\\..\\secret.txt',
      '//secret.txt',
      `/${join(dir, 'secret.txt')}`,
      '/.hidden.js',
      '/secret.txt%00.js',
      '/%c0%ae%c0%ae/secret.txt',
    ]) {
      const answer = await raw(api, path);
      expect(answer.text, path).not.toContain('contents of the secret');
      expect(answer.status, path).toBeGreaterThanOrEqual(400);
      expect(answer.status, path).toBeLessThan(500);
    }
    const authorization = `Bearer ${TOKEN}`;
    for (const id of ['..%2f..%2fetc%2fpasswd', '%2e%2e', "a'%20OR%201=1", `${captureId(0, 8)}%00`, 'x'.repeat(600)]) {
      expect((await raw(api, `/api/captures/${id}`, { authorization })).status, id).toBe(400);
      expect((await raw(api, `/api/captures/${id}/parts/heap`, { authorization })).status, id).toBe(400);
      expect((await raw(api, `/api/findings/${id}`, { authorization })).status, id).toBe(400);
      expect((await raw(api, `/api/flame?head=${id}`, { authorization })).status, id).toBe(400);
    }
    const kind = await raw(api, `/api/captures/${captureId(0, 8)}/parts/..%2fheap`, { authorization });
    expect(kind.status).toBe(400);
  });

  test('every answer tells the browser to run and embed nothing foreign', async () => {
    for (const path of ['/', '/assets/page-1a2b.js', '/api/fleet', '/api/none']) {
      const { headers } = await raw(api, path, { authorization: `Bearer ${TOKEN}` });
      expect(headers['content-security-policy'], path).toMatch(/^default-src 'self';/);
      expect(headers['content-security-policy'], path).toContain("frame-ancestors 'none'");
      expect(headers['content-security-policy'], path).not.toContain('unsafe');
      expect(headers['x-content-type-options'], path).toBe('nosniff');
      expect(headers['referrer-policy'], path).toBe('no-referrer');
    }
    const assets = await raw(api, '/assets/page-1a2b.js');
    expect(assets.headers['cache-control']).toContain('immutable');
    const data = await raw(api, '/api/fleet', { authorization: `Bearer ${TOKEN}` });
    expect(data.headers['cache-control']).toBe('no-store');
    expect(data.headers['access-control-allow-origin']).toBeUndefined();
  });

  test('hostile names come back as text of JSON, and bytes as a download', async () => {
    const fleet = await api.get('/api/fleet');
    expect(fleet.headers.get('content-type')).toMatch(/^application\/json/);
    const names = contract.fleet.parse(await fleet.json()).services.map((row) => row.service);
    expect(names).toContain(HOSTILE);
    const service = await api.get(`/api/services/prod/${encodeURIComponent(HOSTILE)}`);
    expect(contract.service.parse(await service.json()).service).toBe(HOSTILE);
    const flame = await api.get(`/api/flame?head=${captureId(0, 8)}`);
    expect(flame.headers.get('content-type')).toMatch(/^application\/json/);
    expect(contract.flame.parse(await flame.json()).strings.join('\n')).toContain('<script');
    const part = await api.get(`/api/captures/${captureId(0, 8)}/parts/heap`);
    expect(part.headers.get('content-type')).toBe('application/octet-stream');
    expect(part.headers.get('content-disposition')).toMatch(/^attachment; filename="[\w.-]+"$/);
    // What comes back of a wrong request is text, too.
    const wrong = await api.get(`/api/captures/${encodeURIComponent('<img src=x onerror=alert(1)>')}`);
    expect(wrong.headers.get('content-type')).toMatch(/^application\/json/);
    expect(await wrong.text()).not.toContain('<img');
  });

  // Last of this server: it locks this address out.
  test('tokens cannot be tried by the thousand', async () => {
    const json = { 'content-type': 'application/json' };
    const statuses: number[] = [];
    for (let i = 0; i < 12; i++) {
      const answer = await raw(api, '/api/login', json, 'POST', JSON.stringify({ token: `wrong-${i}` }));
      statuses.push(answer.status);
      expect(errorOf(answer.text)).not.toContain(`wrong-${i}`);
    }
    expect(statuses.slice(0, 10)).toEqual(new Array(10).fill(401));
    expect(statuses.slice(10)).toEqual([429, 429]);
    const right = await raw(api, '/api/login', json, 'POST', JSON.stringify({ token: TOKEN }));
    expect(right.status).toBe(429);
    expect(right.headers['retry-after']).toMatch(/^\d+$/);
    expect((await raw(api, '/api/fleet', { authorization: `Bearer ${TOKEN}` })).status).toBe(429);
    api.backend.world.now += 61_000;
    expect((await raw(api, '/api/fleet', { authorization: `Bearer ${TOKEN}` })).status).toBe(200);
    api.backend.world.now -= 61_000;
  });
});

describe('without a token, on loopback', () => {
  const limits = { heapDump: 4 << 20, other: 1 << 20 };
  let api: TestApi;
  let temp: string;
  beforeAll(async () => {
    temp = await mkdtemp(join(tmpdir(), 'hemostat-open-'));
    api = await startTestApi({ tempDir: temp, open: { limits } });
  });
  afterAll(async () => {
    await api.close();
    await rm(temp, { recursive: true, force: true });
  });
  const open = (body: string | Uint8Array<ArrayBuffer> | ReadableStream, headers: Record<string, string> = {}) =>
    fetch(`${api.url}/api/open?name=file`, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/octet-stream', ...headers },
      duplex: 'half',
    });
  const left = () => readdir(temp).catch(() => []);

  test('no server starts that others could reach', async () => {
    await expect(createApi(api.backend, { token: null, loopback: false, uiDir: null })).rejects.toThrow(
      /needs a token/,
    );
  });

  test('a name that another site makes resolve to this machine is refused', async () => {
    const { port } = new URL(api.url);
    for (const host of [`localhost:${port}`, `127.0.0.1:${port}`, `[::1]:${port}`, 'LOCALHOST']) {
      expect((await raw(api, '/api/fleet', { host })).status, host).toBe(200);
    }
    for (const host of ['evil.test', `127.0.0.1.evil.test:${port}`, 'localhost.evil.test', '10.0.0.1', '0.0.0.0']) {
      const answer = await raw(api, '/api/fleet', { host });
      expect(answer.status, host).toBe(403);
      errorOf(answer.text);
    }
  });

  test('heap contents are not handed out', async () => {
    const answer = await raw(api, `/api/captures/${captureId(0, 8)}/parts/heapdump`);
    expect(answer.status).toBe(403);
    expect(errorOf(answer.text)).toContain('token');
  });

  test('health and what is wrong', async () => {
    expect(await (await api.get('/healthz')).json()).toEqual({ status: 'ok' });
    api.backend.world.health = 'The store cannot be written.';
    const sick = await api.get('/healthz');
    expect(sick.status).toBe(503);
    expect(errorOf(await sick.text())).toBe('The store cannot be written.');
    api.backend.world.health = null;
  });

  test('a defect of ours tells nothing of itself', async () => {
    const { health } = api.backend;
    Object.assign(api.backend, {
      health: () => {
        throw new Error('password=hunter2 at /home/me/x.ts:3');
      },
    });
    const answer = await raw(api, '/healthz');
    Object.assign(api.backend, { health });
    expect(answer.status).toBe(500);
    expect(errorOf(answer.text)).not.toMatch(/hunter2|home/);
  });

  test('bodies have limits', async () => {
    const answer = await api.send('POST', `/api/findings/${FINDING}/acknowledge`, { by: 'x'.repeat(100_000) });
    expect(answer.status).toBe(413);
    const proto = await api.send(
      'POST',
      `/api/findings/${FINDING}/acknowledge`,
      JSON.parse('{"__proto__":{"by":"me"}}'),
    );
    expect(proto.status).toBe(400);
    const deep = `${'['.repeat(30_000)}${']'.repeat(30_000)}`;
    const json = { 'content-type': 'application/json' };
    expect((await raw(api, '/api/login', json, 'POST', deep)).status).toBe(400);
  });

  test('an upload that says that it is too large is refused before it is read', async () => {
    const answer = await raw(
      api,
      '/api/open?name=file',
      { 'content-type': 'application/octet-stream', 'content-length': String(limits.heapDump + 1) },
      'POST',
      'go1.7 heap dump\n',
    );
    expect(answer.status).toBe(413);
    expect(errorOf(answer.text)).toContain('4.0 MiB');
    expect(await left()).toEqual([]);
  });

  test('one that does not say so is refused on its way, and what came of it is removed', async () => {
    let sent = 0;
    const endless = new ReadableStream({
      pull(controller) {
        sent += 65_536;
        controller.enqueue(new Uint8Array(65_536).fill(65));
      },
    });
    // The server stops reading: the client sees the answer, or a broken connection while it still sends.
    const outcome = await open(endless).then(
      (answer) => answer.status,
      () => 'broken',
    );
    expect([413, 'broken']).toContain(outcome);
    // Buffers of the two ends come on top of the limit.
    expect(sent).toBeLessThan(limits.other + (32 << 20));
    await expect.poll(left).toEqual([]);
    const dump = new Uint8Array(limits.other + 1000);
    dump.set(new TextEncoder().encode('go1.7 heap dump\n'));
    // A heap dump may be larger than others; this one is damaged.
    expect((await open(dump)).status).toBe(422);
    expect(await left()).toEqual([]);
  });

  test('a decompression bomb is refused', async () => {
    const member = gzipSync(new Uint8Array(32 << 20), { level: 9 });
    // 32 members of 32 MiB are 1 GiB out of 1 MB.
    const bomb = Buffer.concat(new Array(30).fill(member));
    expect(bomb.length).toBeLessThan(limits.other);
    const answer = await open(bomb);
    expect(answer.status).toBe(422);
    expect(errorOf(await answer.text())).toMatch(/unpacks to more than 256 MiB|more than \d+ MiB of memory/);
    expect(await left()).toEqual([]);
  });

  test('garbage and text are refused with what they are', async () => {
    expect(errorOf(await (await open('<!doctype html><p>hello')).text())).toContain('HTML page');
    expect((await open(new Uint8Array(1000).map((_, i) => (i * 7919) % 256))).status).toBe(422);
    const empty = await open('');
    expect(empty.status).toBe(400);
    expect(await left()).toEqual([]);
  });
});

test('with a token, a proxy may give the page its own name', async () => {
  const api = await startTestApi({ token: TOKEN }, { empty: true });
  const authorization = `Bearer ${TOKEN}`;
  expect((await raw(api, '/api/fleet', { host: 'hemostat.example.test', authorization })).status).toBe(200);
  expect((await raw(api, '/api/fleet', { host: 'hemostat.example.test' })).status).toBe(401);
  await api.close();
});

test('a file that takes too long or too much memory is given up', async () => {
  const slow = await startTestApi({ open: { other: { memory: 1 << 30, time: 1 } } }, { empty: true });
  const fat = await startTestApi({ open: { other: { memory: 1 << 20, time: 60_000 } } }, { empty: true });
  const send = async (api: TestApi) => {
    const headers = { 'content-type': 'application/octet-stream' };
    const answer = await fetch(`${api.url}/api/open?name=x`, { method: 'POST', body: 'go_goroutines 12\n', headers });
    return { status: answer.status, error: errorOf(await answer.text()) };
  };
  try {
    expect(await send(slow)).toEqual({ status: 422, error: expect.stringContaining('takes more than') });
    expect(await send(fat)).toEqual({ status: 422, error: expect.stringContaining('more than 1 MiB of memory') });
  } finally {
    await slow.close();
    await fat.close();
  }
});
