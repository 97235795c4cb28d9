import { readFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { HOSTILE } from '../../../bench/soak-farm/hostile.ts';
import { parseAddress } from '../../collect/address.ts';
import type { WatchTarget } from '../config/config.ts';
import { target as scheduled } from '../schedule/testing.ts';
import { Visitor } from './visitor.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
}

const INDEX = "<a href='heap?debug=1'>heap</a><a href='goroutine?debug=1'>goroutine</a>";
const GOROUTINES = readFileSync(
  new URL('../../../bench/soak-farm/recorded/closure-drags-heap-goroutine.pb.gz', import.meta.url),
);

/** A service with pprof and a metrics page, whose pages can be replaced. */
function service(pages: Partial<Record<string, RequestListener | string>>, asked: string[] = []): RequestListener {
  return (request, response) => {
    const path = (request.url ?? '').split('?', 1)[0] ?? '';
    asked.push(request.url ?? '');
    const page = pages[path];
    if (typeof page === 'function') page(request, response);
    else if (page !== undefined) response.end(page);
    else if (path === '/debug/pprof/') response.end(INDEX);
    else if (path === '/debug/pprof/heap' && request.url?.includes('debug=1'))
      response.end('heap profile: 0: 0 [0: 0] @ heap/1\n');
    else if (path.startsWith('/debug/pprof/')) response.end(GOROUTINES);
    else response.writeHead(404).end();
  };
}

function metrics(values: Readonly<Record<string, number>>, version = ''): string {
  const build = version === '' ? '' : `go_build_info{checksum="",path="example.com/orders",version="${version}"} 1\n`;
  return `${build}go_info{version="go1.26.8"} 1\n${Object.entries(values)
    .map(([name, value]) => `${name} ${value}\n`)
    .join('')}`;
}

function visitor(
  url: string,
  changes: Partial<WatchTarget> = {},
  stop = new AbortController(),
  askLoad: () => Promise<number | null> = async () => null,
): Visitor {
  const address = parseAddress(url);
  const http = { headers: [], insecure: false, timeoutMs: 10_000 };
  let now = 1_700_000_000_000;
  const options = {
    now: () => {
      now += 1000;
      return now;
    },
    stop: stop.signal,
    askLoad,
  };
  return new Visitor({ ...scheduled('orders'), address, http, ...changes }, options);
}

const ROOM = 100 * 2 ** 20;

describe('what is taken', () => {
  it('forces a GC, reads the counters right after it, and takes no more than it needs', async () => {
    const asked: string[] = [];
    const values = { go_memstats_heap_alloc_bytes: 5e6, go_goroutines: 12, process_resident_memory_bytes: 9e6 };
    const one = visitor(await serve(service({ '/metrics': metrics(values) }, asked)));
    const found = await one.visit('profiles', ROOM);
    expect(found).toMatchObject({ ok: true, problem: null, newLife: true, identity: { goVersion: 'go1.26.8' } });
    expect(found.values).toMatchObject({ live_heap_bytes: 5e6, goroutines: 12, rss_bytes: 9e6 });
    expect(found.parts.map(({ kind }) => kind)).toEqual(['heap', 'prometheus', 'goroutine']);
    expect(found.cost.captures).toBe(1);
    expect(found.cost.pauseMs).toBeLessThanOrEqual(one.estimate('profiles').pauseMs);
    asked.length = 0;
    const cheap = await one.visit('metrics', ROOM);
    expect(asked).toEqual(['/metrics']);
    expect(cheap.cost.captures).toBe(0);
    // Without a forced GC what is allocated is not what is live.
    expect(cheap.values).not.toHaveProperty('live_heap_bytes');
    asked.length = 0;
    await one.visit('deep', ROOM);
    expect(asked).toContain('/debug/pprof/goroutine?debug=2');
  });

  it('takes no dump of all goroutines where there are too many', async () => {
    const asked: string[] = [];
    const url = await serve(service({}, asked));
    const one = visitor(url, { schedule: { ...scheduled('orders').schedule, goroutineLimit: 0 } });
    await one.visit('deep', ROOM);
    expect(asked.filter((path) => path.includes('debug=2'))).toEqual([]);
  });

  it('finds the load metric by itself, and sees that a gauge is one', async () => {
    let requests = 1;
    let queue = 1;
    const url = await serve(
      service({
        '/metrics': (_, response) =>
          response.end(metrics({ http_requests_total: 10 + 5 * requests++, queue_depth: queue, go_goroutines: 3 })),
      }),
    );
    const one = visitor(url);
    expect((await one.visit('metrics', ROOM)).load).toBeNull();
    expect((await one.visit('metrics', ROOM)).load).toMatchObject({ metric: 'http_requests_total', kind: 'counter' });
    expect((await one.visit('metrics', ROOM)).values.load).toBe(30);
    const wanted = visitor(url, { load: { prometheus: null, metric: 'queue_depth' } });
    for (const depth of [1, 4, 2]) {
      queue = depth;
      await wanted.visit('metrics', ROOM);
    }
    expect(wanted.load).toEqual({ metric: 'queue_depth', source: 'prometheus', kind: 'gauge', guessed: false });
  });
});

describe('lives', () => {
  it('tells a deploy from a restart, and neither from a clock that jitters', async () => {
    let page = '';
    const one = visitor(await serve(service({ '/metrics': (_, response) => response.end(page) })));
    const at = async (start: number, version: string) => {
      page = metrics({ go_goroutines: 3, process_start_time_seconds: start }, version);
      return one.visit('profiles', ROOM);
    };
    expect(await at(1000, 'v1')).toMatchObject({
      newLife: true,
      mark: null,
      startedAt: 1000,
      identity: { build: 'v1' },
    });
    expect(await at(1000.01, 'v1')).toMatchObject({ newLife: false, mark: null, startedAt: 1000 });
    const restarted = await at(2000, 'v1');
    expect(restarted).toMatchObject({ newLife: true, mark: { kind: 'restart', build: 'v1' }, startedAt: 2000 });
    const deployed = await at(3000, 'v2');
    expect(deployed).toMatchObject({ newLife: true, mark: { kind: 'deploy', build: 'v2' }, identity: { build: 'v2' } });
    expect(deployed.mark?.says).toMatch(/^build v2 in place of v1; the process started at /);
  });

  it('sees a restart by counters that fall where nothing tells the start', async () => {
    let cycles = 50;
    const url = await serve(
      service({
        '/metrics': (_, response) => response.end(metrics({ go_goroutines: 3, go_gc_duration_seconds_count: cycles })),
      }),
    );
    const one = visitor(url);
    await one.visit('metrics', ROOM);
    cycles = 3;
    const found = await one.visit('metrics', ROOM);
    expect(found).toMatchObject({ newLife: true, mark: { kind: 'restart' } });
    expect(found.mark?.says).toMatch(/gc_cycles_total fell from 50 to 3/);
    expect(found.startedAt).toBeGreaterThan(1_600_000_000);
    expect((await one.visit('metrics', ROOM)).mark).toBeNull();
  });

  it('knows after a restart of the server what was there before', async () => {
    const url = await serve(
      service({ '/metrics': metrics({ go_goroutines: 3, process_start_time_seconds: 5000 }, 'v2') }),
    );
    const one = visitor(url);
    const nothing = { heap: null, goroutines: null, leaks: null, metrics: {} };
    one.resume({ capture: 'c', target: 't', at: 1, build: 'v1', startedAt: 4000, ...nothing });
    expect(await one.visit('profiles', ROOM)).toMatchObject({ newLife: true, mark: { kind: 'deploy', build: 'v2' } });
  });
});

describe('bounds', () => {
  it('takes no byte more than it may, discovery and failures included', async () => {
    let sent = 0;
    const url = await serve(
      service({
        '/debug/pprof/heap': (_, response) => {
          sent++;
          response.end(Buffer.alloc(300_000, 0x1f));
        },
      }),
    );
    const found = await visitor(url).visit('profiles', 200_000);
    expect(sent).toBeGreaterThan(0);
    expect(found.cost.bytes).toBeLessThanOrEqual(200_000);
    expect(found.problem).toMatch(/sends more than may be taken of this target now/);
  });

  it('does not wait for a server that knows the load for longer than a visit may take', async () => {
    const url = await serve(service({ '/metrics': metrics({ go_goroutines: 3 }) }));
    const prometheus = {
      address: parseAddress(url),
      http: { headers: [], insecure: false, timeoutMs: 300 },
      query: 'up',
    };
    const load = { prometheus, metric: null };
    const answers: Promise<number | null>[] = [Promise.resolve(7), new Promise(() => {})];
    // So long the second visit lasts, and so long a busy machine has for the first.
    const http = { headers: [], insecure: false, timeoutMs: 3000 };
    const one = visitor(url, { load, http }, new AbortController(), () => answers.shift() ?? Promise.resolve(null));
    expect((await one.visit('metrics', ROOM)).values.load).toBe(7);
    const found = await one.visit('metrics', ROOM);
    expect(found.ok).toBe(true);
    expect(found.values).not.toHaveProperty('load');
  });

  it('ends when the server stops', async () => {
    const stop = new AbortController();
    const one = visitor(
      await serve(service({ '/debug/pprof/heap': () => stop.abort(new Error('stopping')) })),
      {},
      stop,
    );
    const found = await one.visit('profiles', ROOM);
    expect(found).toMatchObject({ ok: false, problem: expect.stringMatching(/given up: stopping/) });
  });

  const sentences: Readonly<Record<keyof typeof HOSTILE, RegExp>> = {
    garbage: /./,
    endless: /sends more than/,
    trickle: /no answer from|was given up|took longer/,
    redirect: /redirects to http:\/\/169\.254\.169\.254, which is not followed/,
    'redirect-port': /redirects to http:\/\/127\.0\.0\.1:1, which is not followed/,
    error: /answers 500/,
    bomb: /./,
    'encoded-bomb': /broken gzip body|sends more than/,
    cut: /closed the connection without a complete answer/,
    silent: /no answer from/,
  };
  for (const [name, listener] of Object.entries(HOSTILE)) {
    it(`is not upset by ${name}`, async () => {
      const pages = { '/debug/pprof/heap': listener, '/debug/pprof/goroutine': listener, '/metrics': listener };
      // Only those that say nothing are waited for; the others have all the time that a busy machine needs.
      const timeoutMs = name === 'trickle' || name === 'silent' ? 300 : 10_000;
      const one = visitor(await serve(service(pages)), { http: { headers: [], insecure: false, timeoutMs } });
      const found = await one.visit('profiles', 20 * 2 ** 20);
      expect(found.cost.bytes).toBeLessThanOrEqual(20 * 2 ** 20);
      const wanted = Object.entries(sentences).find(([key]) => key === name)?.[1];
      // What is no profile is only seen where it is read: in the analysis.
      if (name !== 'garbage' && name !== 'bomb') expect(found.problem).toMatch(wanted ?? /never/);
      // It has to be readable beside the others: the sentence is one line.
      expect(found.problem ?? '').not.toMatch(/\n/);
    });
  }
});
