/** Bundles and plain files, whole and damaged. */
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readExpvar } from '../evidence/memstats/expvar.ts';
import { readPrometheus } from '../evidence/memstats/prometheus.ts';
import type { MemStats } from '../evidence/memstats/stats.ts';
import type { Snapshot } from '../evidence/timeline.ts';
import { freshDir, shortOptions, startTarget } from '../testing/target-service.ts';
import { memoryLimit, readTimeline } from './bundle.ts';
import { BundleWriter } from './bundle-writer.ts';
import { collect } from './collect.ts';
import { describeCaptures } from './cost.ts';
import { chooseLoad, expvarPage, prometheusPage } from './load.ts';
import { StderrLog } from './log.ts';
import { parseManifest, readManifest } from './manifest.ts';
import { captureNotes } from './notes.ts';
import { resolveTarget } from './resolve.ts';
import { findRestarts } from './restarts.ts';

const root = freshDir();
const bundle = join(root, 'bundle');

beforeAll(async () => {
  const target = await startTarget();
  try {
    await collect(await resolveTarget([target.url]), shortOptions({ out: bundle, snapshots: 3, windowMs: 1200 }));
  } finally {
    await target.kill();
  }
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** A copy of the bundle to damage. */
function copy(name: string): string {
  const dir = join(root, name);
  cpSync(bundle, dir, { recursive: true });
  return dir;
}

async function fromFiles(...files: string[]) {
  const { dir, temporary } = await collect(await resolveTarget(files), shortOptions());
  expect(temporary).toBe(true);
  try {
    return { manifest: readManifest(dir), timeline: await readTimeline(dir) };
  } finally {
    rmSync(dir, { recursive: true });
  }
}

describe('a bundle', () => {
  it('reads the same every time, wherever it lies', async () => {
    expect(await readTimeline(copy('elsewhere'))).toEqual(await readTimeline(bundle));
  });

  it('loses one capture to damage, not the rest', async () => {
    const dir = copy('damaged');
    writeFileSync(join(dir, '001-heap.pb.gz'), '<html>login</html>');
    writeFileSync(join(dir, '001-vars.json'), '{"memstats":');
    writeFileSync(join(dir, '000-process.json'), '{"pid":"x"}');
    rmSync(join(dir, '002-goroutine.pb.gz'));
    const timeline = await readTimeline(dir);
    expect(timeline.snapshots.map(({ heap }) => heap !== undefined)).toEqual([true, false, true]);
    // expvar is gone, what the metrics page knows is left.
    expect(timeline.snapshots[1]?.memstats?.data).toMatchObject({ source: 'prometheus' });
    expect(timeline.notes).toHaveLength(4);
    for (const file of ['000-process.json', '001-heap.pb.gz', '001-vars.json', '002-goroutine.pb.gz']) {
      expect(timeline.notes.filter((note) => note.startsWith(`${file} could not be used: `))).toHaveLength(1);
    }
  });

  it('cannot make hemostat read files outside of it', () => {
    const text = readFileSync(join(bundle, 'manifest.json'), 'utf8');
    for (const name of ['../../etc/passwd', '/etc/passwd', 'a/b', '..', '.hidden', '']) {
      const hostile = text.replaceAll('000-heap.pb.gz', name);
      expect(() => parseManifest(hostile, 'm')).toThrow(/captures\.0\.file: is not a plain file name/);
    }
  });

  it('that is none says so', async () => {
    expect(() => parseManifest('{', 'x/manifest.json')).toThrow(/^x\/manifest\.json is not JSON/);
    expect(() => parseManifest('{}', 'm')).toThrow(/is not a bundle manifest \(schema: /);
    expect(() => parseManifest('{"schema":"hemostat/bundle@9"}', 'm')).toThrow(
      /has schema hemostat\/bundle@9, this hemostat reads hemostat\/bundle@1/,
    );
    await expect(readTimeline(root)).rejects.toThrow(/has no manifest\.json/);
    await expect(collect({ kind: 'bundle', dir: bundle }, shortOptions({ out: root }))).rejects.toThrow(
      /is a bundle already/,
    );
    expect(await collect({ kind: 'bundle', dir: bundle }, shortOptions())).toEqual({ dir: bundle, temporary: false });
  });

  it('tells what it cost in lines of at most 80 columns', () => {
    const lines = describeCaptures(readManifest(bundle), 'b', true).split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(lines.filter((line) => line.includes('goroutine-debug2')).length).toBe(3);
    expect(lines.at(-2)).toBe('next: hemostat diagnose b');
  });
});

describe('the log of a started program', () => {
  it('is bounded, but its GC trace goes on to the end', () => {
    const out = join(root, 'chatty');
    const writer = new BundleWriter(out);
    const log = new StderrLog(writer);
    const line = Buffer.from(`${'x'.repeat(1023)}\n`.repeat(1024));
    for (let i = 0; i < 40; i++) log.write(line);
    log.write(Buffer.from('the end\ngc 99 @9.9s 0%: 0+0+0 ms clock\n'));
    log.close(0);
    const [entry] = writer.captures;
    const text = writer.read('stderr.log').toString();
    writer.discard();
    expect(entry).toMatchObject({ file: 'stderr.log', kind: 'log', bytes: text.length });
    expect(text.length).toBeLessThan(33 << 20);
    expect(text.endsWith('gc 99 @9.9s 0%: 0+0+0 ms clock\n')).toBe(true);
    expect(text).not.toContain('the end');
    expect(log.note).toContain('more than 32 MiB');
    expect(readdirSync(root)).not.toContain('chatty');
  });
});

describe('plain files', () => {
  it('become snapshots in the order of their own time', async () => {
    const heaps = ['002-heap.pb.gz', '000-heap.pb.gz', '001-heap.pb.gz'].map((file) => join(bundle, file));
    const { timeline, manifest } = await fromFiles(...heaps, join(bundle, '002-goroutine-debug2.txt'));
    expect(timeline.snapshots.map(({ heap }) => heap?.file)).toEqual([
      '000-heap.pb.gz',
      '001-heap.pb.gz',
      '002-heap.pb.gz',
    ]);
    const nanos = timeline.snapshots.map(({ heap }) => heap?.data.timeNanos ?? 0n);
    expect(timeline.snapshots.map(({ at }) => at)).toEqual(nanos.map((time) => Number(time / 1_000_000n)));
    expect(timeline.snapshots[2]?.dump?.data.count).toBeGreaterThan(1);
    expect(timeline).toMatchObject({ service: 'target', notes: [] });
    expect(manifest.target).toEqual({
      kind: 'files',
      description: '002-heap.pb.gz 000-heap.pb.gz 001-heap.pb.gz 002-goroutine-debug2.txt',
    });
  });

  it('of every other kind go where they belong', async () => {
    const log = join(root, 'app.log');
    writeFileSync(
      log,
      'started\n2026/01/02 gc 1 @0.012s 2%: 0.026+0.39+0.10 ms clock, 0.21+0.88/0.52/0+0.84 ms cpu, 4->4->0 MB, 5 MB goal, 0 MB stacks, 0 MB globals, 8 P\n',
    );
    const plain = join(root, 'heap.pb');
    writeFileSync(plain, gunzipSync(readFileSync(join(bundle, '000-heap.pb.gz'))));
    const others = ['000-goroutine.pb.gz', '000-vars.json', '000-metrics.txt'].map((file) => join(bundle, file));
    const { timeline } = await fromFiles(plain, log, ...others);
    expect(timeline.trace?.data.gc.count).toBe(1);
    expect(timeline.snapshots).toHaveLength(1);
    const [first] = timeline.snapshots;
    expect([first?.heap, first?.goroutines, first?.memstats].every((part) => part !== undefined)).toBe(true);
  });

  it('with one name from two places are both kept', async () => {
    const other = join(root, 'other');
    mkdirSync(other);
    cpSync(join(bundle, '001-heap.pb.gz'), join(other, '000-heap.pb.gz'));
    const { timeline } = await fromFiles(join(bundle, '000-heap.pb.gz'), join(other, '000-heap.pb.gz'));
    expect(timeline.snapshots.map(({ heap }) => heap?.file)).toEqual(['000-heap.pb.gz', '2-000-heap.pb.gz']);
  });

  it('take the time of the file where they have none of their own', async () => {
    const dumps = [join(root, 'late.txt'), join(root, 'early.txt')];
    for (const [i, file] of dumps.entries()) {
      cpSync(join(bundle, '000-goroutine-debug2.txt'), file);
      utimesSync(file, 2000 - 1000 * i, 2000 - 1000 * i);
    }
    const { timeline } = await fromFiles(...dumps);
    expect(timeline.snapshots.map(({ at, dump }) => [at, dump?.file])).toEqual([
      [1_000_000, 'early.txt'],
      [2_000_000, 'late.txt'],
    ]);
  });

  it('that are no evidence are named with what they are', async () => {
    const good = readFileSync(join(bundle, '000-heap.pb.gz'));
    const bad: [string, Buffer | string, RegExp][] = [
      ['empty.pb.gz', '', /empty\.pb\.gz: the file is empty/],
      ['page.pb.gz', '<!DOCTYPE html><html>', /page\.pb\.gz: is a web page/],
      ['cut.pb.gz', good.subarray(0, good.length / 2), /cut\.pb\.gz: /],
      ['noise.bin', Buffer.from([1, 2, 3, 250, 251]), /noise\.bin: /],
    ];
    for (const [name, content, expected] of bad) {
      const file = join(root, name);
      writeFileSync(file, content);
      const thrown: unknown = await fromFiles(file).catch((error: unknown) => error);
      expect(thrown).toMatchObject({ name: 'TargetError', message: expect.stringMatching(expected) });
    }
    expect(readdirSync(root)).not.toContain('.partial');
  });
});

describe('restarts', () => {
  const memstats = (values: Partial<MemStats>): Snapshot => ({
    at: 0,
    memstats: { file: '', at: 0, data: { source: 'expvar', ...values } },
  });
  const process = (pid: number, startTicks: number): Snapshot => ({
    at: 0,
    process: { file: '', at: 0, data: { pid, startTicks } },
  });
  it('show as counters that go backwards, another start or another process', () => {
    expect(
      findRestarts([memstats({ NumGC: 5 }), memstats({ NumGC: 7 }), memstats({ NumGC: 1 }), memstats({ NumGC: 2 })]),
    ).toEqual([2]);
    expect(findRestarts([memstats({ TotalAlloc: 5 }), { at: 1 }, memstats({ TotalAlloc: 4 })])).toEqual([2]);
    expect(
      findRestarts([
        memstats({ ProcessStart: 100 }),
        memstats({ ProcessStart: 100.02 }),
        memstats({ ProcessStart: 160 }),
      ]),
    ).toEqual([2]);
    expect(findRestarts([process(1, 10), process(1, 10), process(1, 20), process(2, 20)])).toEqual([2, 3]);
    expect(findRestarts([])).toEqual([]);
    // HeapAlloc may fall; it is no counter.
    expect(findRestarts([memstats({ HeapAlloc: 5 }), memstats({ HeapAlloc: 1 })])).toEqual([]);
  });
});

describe('the load metric', () => {
  const vars = (...values: object[]) =>
    values.map((value) => expvarPage(readExpvar(Buffer.from(JSON.stringify(value)))));
  const metrics = (...texts: string[]) => texts.map((text) => prometheusPage(readPrometheus(Buffer.from(text))));
  it('is guessed from well-known counters that move, never from what counts trouble or ourselves', () => {
    expect(
      chooseLoad(vars({ orders_total: 1, errors_total: 9 }, { orders_total: 5, errors_total: 90 }), undefined),
    ).toEqual({
      metric: 'orders_total',
      source: 'expvar',
      kind: 'counter',
      guessed: true,
    });
    expect(
      chooseLoad(vars({ timeouts_total: 1, quotes_total: 1 }, { timeouts_total: 5, quotes_total: 2 }), undefined)
        ?.metric,
    ).toBe('quotes_total');
    const page = (n: number) =>
      `promhttp_metric_handler_requests_total{code="200"} ${n}\ngo_goroutines ${n}\nhttp_requests_total{code="200"} ${n}\nhttp_requests_total{code="404"} ${n}\n`;
    expect(chooseLoad(metrics(page(1), page(2)), undefined)?.metric).toBe('http_requests_total');
    expect(metrics(page(2))[0]?.read('http_requests_total')).toBe(4);
    expect(metrics(page(2))[0]?.read('http_requests_total{code="404"}')).toBe(2);
    expect(metrics(page(2))[0]?.read('http_requests_total{code="500"}')).toBeNull();
  });
  it('is not guessed where nothing fits', () => {
    expect(chooseLoad(vars({ queue: 1 }, { queue: 5 }), undefined)).toBeNull();
    expect(chooseLoad(vars({ requests: 9 }, { requests: 5 }), undefined)).toBeNull();
    expect(chooseLoad([], 'x')).toBeNull();
  });
  it('that is asked for is taken as it is: gauge where it falls', () => {
    expect(chooseLoad(vars({ queue: 4 }, { queue: 2 }), 'queue')).toMatchObject({ kind: 'gauge', guessed: false });
    expect(chooseLoad(vars({ http: { hits: 1 } }, { http: { hits: 2 } }), 'http.hits')).toMatchObject({
      kind: 'counter',
    });
    expect(chooseLoad(vars({ a: 1 }), 'b')).toBeNull();
  });
});

describe('notes and limits', () => {
  it('gather one failure over the visits that it happened at', () => {
    const failed = (snapshot: number, kind: 'heap' | 'process', error: string, url?: string) => ({
      kind,
      snapshot,
      at: 0,
      ms: 0,
      bytes: 0,
      stopsTheWorld: false,
      error,
      ...(url === undefined ? {} : { url }),
    });
    const manifest = {
      ...readManifest(bundle),
      captures: [
        failed(0, 'heap', 'refused', 'u'),
        failed(1, 'heap', 'refused', 'u'),
        failed(3, 'heap', 'refused', 'u'),
        failed(3, 'process', 'gone'),
      ],
    };
    expect(captureNotes(manifest)).toEqual(['at snapshot 1–2, 4: refused', 'at snapshot 4: process: gone']);
  });
  it.each([
    ['1073741824', 2 ** 30],
    ['512MiB', 2 ** 29],
    ['2GiB', 2 ** 31],
    ['off', null],
    [undefined, null],
    ['9223372036854775807', null],
  ])('GOMEMLIMIT=%s is %s bytes', (text, bytes) => expect(memoryLimit(text)).toBe(bytes));
});
