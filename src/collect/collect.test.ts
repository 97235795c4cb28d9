/** Real Go processes behind every kind of door; each collection becomes a bundle that is read back. */
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Timeline } from '../evidence/timeline.ts';
import {
  buildTarget,
  freshDir,
  type RunningTarget,
  shortOptions,
  startTarget,
  withHttp,
} from '../testing/target-service.ts';
import { readTimeline } from './bundle.ts';
import { collect } from './collect.ts';
import { readManifest } from './manifest.ts';
import type { CollectOptions } from './options.ts';
import { resolveTarget } from './resolve.ts';

const running: RunningTarget[] = [];
const dirs: string[] = [];

beforeAll(() => {
  buildTarget();
});
afterEach(async () => {
  for (const target of running.splice(0)) await target.kill();
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true });
});

async function start(...args: string[]): Promise<RunningTarget> {
  const target = await startTarget(...args);
  running.push(target);
  return target;
}

function temporary(): string {
  const dir = freshDir();
  dirs.push(dir);
  return dir;
}

async function take(
  word: string,
  options: CollectOptions = shortOptions(),
): Promise<{ dir: string; timeline: Timeline }> {
  const { dir } = await collect(await resolveTarget([word]), options);
  dirs.push(dir);
  return { dir, timeline: await readTimeline(dir) };
}

/** Everything that a local service with all its pages must yield. */
function expectComplete(timeline: Timeline, snapshots = 2): void {
  expect(timeline.notes).toEqual([]);
  expect(timeline.snapshots).toHaveLength(snapshots);
  for (const { heap, memstats, goroutines, process } of timeline.snapshots) {
    expect(heap?.data.sampleTypes.map(({ type }) => type)).toContain('inuse_space');
    expect(memstats?.data.HeapAlloc).toBeGreaterThan(0);
    expect(goroutines?.data.samples.count).toBeGreaterThan(0);
    expect(process?.data.rss).toBeGreaterThan(1 << 20);
  }
  expect(timeline.snapshots.at(-1)?.dump?.data.count).toBeGreaterThan(1);
  expect(timeline.restarts).toEqual([]);
}

describe('URL targets', () => {
  it('takes everything a local service offers, with its cost', async () => {
    const { url, pid } = await start();
    const { dir, timeline } = await take(url, shortOptions({ snapshots: 3, windowMs: 600 }));
    expectComplete(timeline, 3);
    expect(timeline).toMatchObject({ service: 'target', mainModule: 'example.com/acme/target', restarts: [] });
    expect(timeline.goVersion).toMatch(/^go1\./);
    expect(timeline.load).toEqual({ metric: 'http_requests_total', kind: 'counter', guessed: true });
    const load = timeline.snapshots.map((snapshot) => snapshot.load?.data ?? 0);
    expect(load[2]).toBeGreaterThan(load[0] ?? 0);
    expect(timeline.rssSamples?.at.length).toBeGreaterThan(1);
    // Dumps stop the world: only at the first and the last visit.
    expect(timeline.snapshots.map(({ dump }) => dump !== undefined)).toEqual([true, false, true]);
    const manifest = readManifest(dir);
    expect(manifest.target.pid).toBe(pid);
    for (const capture of manifest.captures) {
      expect(capture.bytes).toBe(statSync(join(dir, capture.file ?? '')).size);
      if (capture.url !== undefined) expect(capture).toMatchObject({ status: 200, ms: expect.any(Number) });
    }
    expect(manifest.captures.find(({ kind }) => kind === 'goroutine-debug2')?.stopsTheWorld).toBe(true);
    expect(statSync(dir).mode & 0o777).toBe(0o700);
    for (const file of readdirSync(dir)) expect(statSync(join(dir, file)).mode & 0o777).toBe(0o600);
  });

  it('asks in the planned order: heap with GC first, counters right after it', async () => {
    const { url } = await start();
    const { dir } = await take(url);
    const first = readManifest(dir).captures.filter(({ snapshot }) => snapshot === 0);
    expect(first.map(({ kind }) => kind)).toEqual([
      'heap',
      'expvar',
      'goroutine',
      'process',
      'prometheus',
      'goroutine-debug2',
    ]);
    expect(first[0]?.url).toMatch(/heap\?gc=1$/);
  });

  it.each(['/debug/pprof', '/debug/pprof/heap', '/debug/vars', '/metrics'])(
    'finds the service from %s',
    async (path) => {
      const { url } = await start();
      expectComplete((await take(url + path)).timeline);
    },
  );

  it('takes host:port without a scheme', async () => {
    const { url } = await start();
    expectComplete((await take(url.replace('http://', ''))).timeline);
    expectComplete((await take(`:${new URL(url).port}`)).timeline);
  });

  it.each(['/admin', '/admin/', '/admin/debug/pprof/', '/admin/debug/vars'])(
    'finds pprof under a mount prefix from %s',
    async (path) => {
      const { url } = await start('-prefix', '/admin');
      expectComplete((await take(url + path)).timeline);
    },
  );

  it('does without the index page, and reads MemStats from the heap text where there is no expvar', async () => {
    const { url } = await start('-no-index', '-no-vars');
    const { timeline } = await take(url);
    expectComplete(timeline);
    expect(timeline.snapshots[0]?.memstats?.data).toMatchObject({ source: 'heap-debug1', RSS: 12_345_000 });
  });

  it('speaks over a Unix socket', async () => {
    const socket = join(temporary(), 'pprof.sock');
    await start('-unix', socket);
    for (const word of [`unix:${socket}`, `http+unix://${encodeURIComponent(socket)}/debug/pprof/`, socket]) {
      expectComplete((await take(word)).timeline);
    }
  });

  it('reads the wanted load metric, with a label selector, and says so when it is nowhere', async () => {
    const { url } = await start();
    const picked = await take(url, shortOptions({ loadMetric: 'http_requests_total{code="500"}' }));
    expect(picked.timeline.load).toMatchObject({ guessed: false, kind: 'counter' });
    expect(picked.timeline.snapshots.map(({ load }) => load?.data)).toEqual([3, 3]);
    const expvar = await take(url, shortOptions({ loadMetric: 'requests_total' }));
    expect(expvar.timeline.snapshots[0]?.load?.file).toBe('000-vars.json');
    const absent = await take(url, shortOptions({ loadMetric: 'no_such_metric' }));
    expect(absent.timeline.load).toBeNull();
    expect(absent.timeline.notes).toEqual([expect.stringContaining('no_such_metric')]);
  });

  it('asks for goroutineleak at every visit where it is offered', async () => {
    const profile = join(import.meta.dirname, '../evidence/pprof/testdata/go1.27/heap.pb.gz');
    const server = http.createServer((request, response) => {
      const path = request.url?.split('?')[0] ?? '';
      const links = ['heap', 'goroutine', 'goroutineleak'].map((name) => `<a href='${name}?debug=1'>${name}</a>`);
      if (path === '/debug/pprof/') response.end(links.join());
      else if (/^\/debug\/pprof\/(heap|goroutine|goroutineleak)$/.test(path)) response.end(readFileSync(profile));
      else response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : 0;
    const { timeline } = await take(`127.0.0.1:${port}`, shortOptions({ snapshots: 3 }));
    server.close();
    expect(timeline.snapshots.map(({ leaks }) => leaks?.file)).toEqual([
      '000-goroutineleak.pb.gz',
      '001-goroutineleak.pb.gz',
      '002-goroutineleak.pb.gz',
    ]);
  });

  it('asks for no dump above the goroutine limit', async () => {
    const { url } = await start();
    const { timeline } = await take(url, shortOptions({ goroutineLimit: 3 }));
    expect(timeline.snapshots.every(({ dump }) => dump === undefined)).toBe(true);
  });
});

describe('credentials', () => {
  /** The secret must not be in any file of the bundle; the service's own command line is its own (expvar prints it). */
  function expectSecret(dir: string, secret: string): void {
    for (const file of readdirSync(dir)) {
      if (!file.endsWith('-vars.json')) expect(readFileSync(join(dir, file)).includes(secret)).toBe(false);
    }
  }

  it('logs in with --user and with userinfo in the URL', async () => {
    const { url } = await start('-basic', 'ann:s3cret');
    const { dir, timeline } = await take(url, withHttp({ user: { name: 'ann', password: 's3cret' } }));
    expectComplete(timeline);
    expectSecret(dir, 's3cret');
    const inUrl = await take(url.replace('http://', 'http://ann:s3cret@'));
    expectComplete(inUrl.timeline);
    expectSecret(inUrl.dir, 's3cret');
  });

  it('logs in with a bearer token and with a header', async () => {
    const bearer = await start('-bearer', 'tok-12345');
    const first = await take(bearer.url, withHttp({ bearer: 'tok-12345' }));
    expectComplete(first.timeline);
    expectSecret(first.dir, 'tok-12345');
    const header = await start('-header', 'X-Key: k-98765');
    const second = await take(header.url, withHttp({ headers: [['X-Key', 'k-98765']] }));
    expectComplete(second.timeline);
    expectSecret(second.dir, 'k-98765');
  });

  it('says how to log in, and when the login is refused', async () => {
    const { url } = await start('-basic', 'ann:s3cret');
    await expect(take(url)).rejects.toThrow(/wants a login \(401\).*--user/);
    await expect(take(url, withHttp({ user: { name: 'ann', password: 'wrong' } }))).rejects.toThrow(
      /does not accept the credentials/,
    );
  });
});

describe('TLS', () => {
  it('trusts what it is told to trust', async () => {
    const cert = join(temporary(), 'cert.pem');
    const { url } = await start('-tls', cert);
    await expect(take(url)).rejects.toThrow(/self-signed.*--cacert FILE.*--insecure/);
    await expect(take(url.replace('https:', 'http:'))).rejects.toThrow(/use https:\/\//);
    expectComplete((await take(url, withHttp({ ca: readFileSync(cert, 'utf8') }))).timeline);
    expectComplete((await take(url, withHttp({ insecure: true }))).timeline);
  });

  it('shows a client certificate', async () => {
    const dir = temporary();
    const { url } = await start('-tls', join(dir, 'cert.pem'), '-mtls', join(dir, 'key.pem'));
    const cert = readFileSync(join(dir, 'cert.pem'), 'utf8');
    await expect(take(url, withHttp({ ca: cert }))).rejects.toThrow(/client certificate.*--cert FILE/);
    const key = readFileSync(join(dir, 'key.pem'), 'utf8');
    expectComplete((await take(url, withHttp({ ca: cert, cert, key }))).timeline);
  });

  it('says so when the port does not speak TLS', async () => {
    const { url } = await start();
    await expect(take(url.replace('http:', 'https:'))).rejects.toThrow(/does not speak TLS; use http:\/\//);
  });
});

describe('processes', () => {
  it('finds pprof on the ports of a PID', async () => {
    const { pid } = await start();
    const { timeline } = await take(String(pid));
    expectComplete(timeline);
    expect(timeline.instance).toContain(`pid ${pid}`);
  });

  it('finds pprof behind TLS on the ports of a PID', async () => {
    const { pid } = await start('-tls', join(temporary(), 'cert.pem'));
    expectComplete((await take(String(pid), withHttp({ insecure: true }))).timeline);
  });

  it('watches a process without pprof from outside, and says so', async () => {
    const { pid } = await start('-no-pprof');
    const { timeline } = await take(String(pid));
    expect(timeline.notes).toEqual([expect.stringMatching(/no pprof was found on port \d+/)]);
    expect(timeline.snapshots.map(({ process }) => process?.data.pid)).toEqual([pid, pid]);
    expect(timeline.service).toBe('target');
  });
});

describe('what goes wrong on the way', () => {
  /** A window that only ends when the test says so: what happens meanwhile depends on no clock. */
  async function takeUntil(
    word: string,
    step: (taken: number, stop: () => void) => void,
  ): Promise<{ dir: string; timeline: Timeline }> {
    const stop = new AbortController();
    let seen = 0;
    const { dir } = await collect(await resolveTarget([word]), shortOptions({ windowMs: 200_000, snapshots: 1000 }), {
      signal: stop.signal,
      onProgress: ({ snapshot }) => {
        if (snapshot === seen) return;
        seen = snapshot;
        step(snapshot, () => stop.abort());
      },
    });
    dirs.push(dir);
    return { dir, timeline: await readTimeline(dir) };
  }

  it('keeps what it has when the target dies', async () => {
    const target = await start();
    const { timeline } = await takeUntil(target.url, (taken, stop) => {
      if (taken === 2) void target.kill();
      if (taken === 5) stop();
    });
    expect(timeline.snapshots.filter(({ heap }) => heap !== undefined).length).toBeGreaterThanOrEqual(2);
    expect(timeline.notes.join('\n')).toMatch(/at snapshot .*connection refused/);
  });

  it('ends the window when a PID is gone', async () => {
    const target = await start();
    const { timeline } = await takeUntil(String(target.pid), (taken) => {
      if (taken === 2) void target.kill();
    });
    expect(timeline.notes.join('\n')).toContain(`process ${target.pid} has ended`);
  });

  it('recognises a restart in the middle and takes up the new process', async () => {
    const first = await start();
    const { port } = new URL(first.url);
    let second: RunningTarget | null = null;
    let enough = Infinity;
    const { timeline } = await takeUntil(first.url, (taken, stop) => {
      if (taken === 2) {
        void first.kill().then(async () => {
          second = await start('-addr', `127.0.0.1:${port}`);
        });
      }
      if (second !== null && enough === Infinity) enough = taken + 2;
      if (taken >= enough) stop();
    });
    expect(timeline.restarts).toHaveLength(1);
    expect(timeline.notes.join('\n')).toContain('was restarted before snapshot');
    expect(timeline.snapshots.at(-1)?.process?.data.pid).toBe(running.at(-1)?.pid);
    expect(timeline.snapshots.at(-1)?.heap).toBeDefined();
  });

  it('ends early on the signal, with one last visit, and still has a bundle', async () => {
    const { url } = await start();
    const { dir, timeline } = await takeUntil(url, (_, stop) => stop());
    // The first visit took a dump, and the last was right after it; a second point is worth more than haste.
    expectComplete({ ...timeline, notes: [] });
    expect(timeline.notes).toEqual([expect.stringMatching(/^the window was ended early, after \S+ of 3m20s$/)]);
    expect(readManifest(dir).interrupted).toBe(true);
  });

  it('writes to --out only when complete, and never over something', async () => {
    const { url } = await start();
    const parent = temporary();
    const out = join(parent, 'bundle');
    const during: boolean[] = [];
    const onProgress = () => during.push(readdirSync(parent).includes('bundle'));
    expect(await collect(await resolveTarget([url]), shortOptions({ out }), { onProgress })).toEqual({
      dir: out,
      temporary: false,
    });
    expect(during.length).toBeGreaterThan(2);
    expect(during).not.toContain(true);
    expect(readdirSync(parent)).toEqual(['bundle']);
    await expect(collect(await resolveTarget([url]), shortOptions({ out }))).rejects.toThrow(/not empty/);
    writeFileSync(join(parent, 'file'), '');
    await expect(collect(await resolveTarget([url]), shortOptions({ out: join(parent, 'file') }))).rejects.toThrow(
      /is a file/,
    );
    // A failed collection leaves nothing behind.
    const failing = collect(await resolveTarget(['127.0.0.1:1']), shortOptions({ out: join(parent, 'no') }));
    await expect(failing).rejects.toThrow(/connection refused/);
    expect(readdirSync(parent).sort()).toEqual(['bundle', 'file']);
  });

  it('does not take the memory of whoever only forwards the port', async () => {
    const { url } = await start();
    const { hostname, port } = new URL(url);
    const tunnel = http.createServer((request, response) => {
      http.get({ hostname, port, path: request.url }, (answer) => answer.pipe(response));
    });
    await new Promise<void>((resolve) => tunnel.listen(0, '127.0.0.1', resolve));
    const address = tunnel.address();
    const there = typeof address === 'object' ? address?.port : 0;
    const { timeline } = await take(`127.0.0.1:${there}`);
    tunnel.close();
    expect(timeline.notes).toEqual([expect.stringContaining('tunnel or a proxy')]);
    expect(timeline.snapshots.every(({ process }) => process === undefined)).toBe(true);
    // Still known by name, from the heap profile's own mapping, and by version, from the metrics page.
    expect(timeline.service).toBe('target');
    expect(timeline.goVersion).toMatch(/^go1\./);
  });
});
