import http from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { parseAddress } from './address.ts';
import { discover, mountPrefix, profilesOfIndex } from './discover.ts';
import { HttpClient } from './http.ts';

const servers: http.Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function serve(pages: (path: string) => { status?: number; body: string | Buffer } | null): Promise<HttpClient> {
  const server = http.createServer((request, response) => {
    const page = pages(request.url?.split('?')[0] ?? '');
    response.writeHead(page === null ? 404 : (page.status ?? 200)).end(page?.body);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  return new HttpClient(parseAddress(`127.0.0.1:${port}`), { headers: [], insecure: false, timeoutMs: 5000 });
}

describe('mountPrefix', () => {
  it.each([
    ['/', ''],
    ['', ''],
    ['/debug/pprof', ''],
    ['/debug/pprof/', ''],
    ['/debug/pprof/heap', ''],
    ['/debug', ''],
    ['/debug/vars', ''],
    ['/metrics', ''],
    ['/admin', '/admin'],
    ['/admin/', '/admin'],
    ['/admin/debug/pprof/goroutine', '/admin'],
    ['/a/b/debug/vars', '/a/b'],
    ['/profiles/heap', '/profiles'],
    ['/debugger', '/debugger'],
  ])('%s → "%s"', (path, prefix) => expect(mountPrefix(path)).toBe(prefix));
});

describe('profilesOfIndex', () => {
  const of = (html: string) => [...profilesOfIndex({ body: Buffer.from(html) })];
  it('reads the links of old and new indexes', () => {
    expect(of('<td><a href=/debug/pprof/heap?debug=1>heap</a>')).toEqual(['heap']);
    expect(of("<a href='heap?debug=1'>heap</a> <a href='goroutineleak?debug=1'>x</a>")).toEqual([
      'heap',
      'goroutineleak',
    ]);
    expect(of('<a href="goroutine?debug=2">full goroutine stack dump</a>')).toEqual(['goroutine']);
  });
  it('takes no other page for an index', () => {
    expect(of('<a href="/login?debug=1">log in</a>')).toEqual([]);
    expect(of('heap goroutine')).toEqual([]);
  });
});

describe('discover', () => {
  it('is not taken in by a page that answers everything', async () => {
    const client = await serve(() => ({ body: '<!doctype html><html><body>the shop</body></html>' }));
    await expect(discover(client)).rejects.toThrow(/answers with a web page: give the port and path/);
    const json = await serve(() => ({ body: '{}' }));
    await expect(discover(json)).rejects.toThrow(/something that is not pprof/);
  });

  it('says how to get pprof where there is none', async () => {
    const client = await serve(() => null);
    await expect(discover(client)).rejects.toThrow(
      /\/debug\/pprof\/ does not exist \(404\): import _ "net\/http\/pprof"/,
    );
  });

  it('passes on why it was not let in', async () => {
    await expect(discover(await serve(() => ({ status: 403, body: '' })))).rejects.toThrow(/wants a login \(403\)/);
    await expect(discover(await serve(() => ({ status: 502, body: 'bad gateway' })), { retries: 0 })).rejects.toThrow(
      /answers 502 \("bad gateway"\)/,
    );
  });

  it('takes pages for what they are and not for their address', async () => {
    const index = "<a href='heap?debug=1'>heap</a>";
    const client = await serve((path) => {
      if (path === '/debug/pprof/') return { body: index };
      if (path === '/debug/vars') return { body: '{"cmdline":[],"memstats":{}}' };
      return { body: '<html>nothing here</html>' };
    });
    expect(await discover(client)).toMatchObject({ pprof: '/debug/pprof/', vars: '/debug/vars', metrics: null });
  });
});
