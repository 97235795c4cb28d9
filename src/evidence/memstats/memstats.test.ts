import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EvidenceError } from '../error.ts';
import { parseLabels } from './exposition.ts';
import { readExpvar } from './expvar.ts';
import { readPrometheus } from './prometheus.ts';
import type { MemStats } from './stats.ts';
import { readHeapTrailer } from './trailer.ts';

const TESTDATA = join(import.meta.dirname, 'testdata');
const VERSIONS = readdirSync(TESTDATA).filter((name) => name.startsWith('go1.'));
const load = (...path: string[]): Buffer => readFileSync(join(TESTDATA, ...path));

/** What the documentation of runtime.MemStats says holds in every reading. */
function expectConsistent(stats: MemStats | null): void {
  const field = (name: keyof MemStats): number => {
    const value = stats?.[name];
    expect([name, typeof value]).toEqual([name, 'number']);
    return Number(value);
  };
  expect(field('Alloc')).toBe(field('HeapAlloc'));
  expect(field('HeapSys')).toBe(field('HeapIdle') + field('HeapInuse'));
  expect(field('HeapObjects')).toBe(field('Mallocs') - field('Frees'));
  expect(field('HeapReleased')).toBeLessThanOrEqual(field('HeapIdle'));
  const systems = ['HeapSys', 'StackSys', 'MSpanSys', 'MCacheSys', 'BuckHashSys', 'GCSys', 'OtherSys'] as const;
  expect(systems.reduce((sum, name) => sum + field(name), 0)).toBe(field('Sys'));
  expect(field('MSpanInuse')).toBeLessThanOrEqual(field('MSpanSys'));
  expect(field('MCacheInuse')).toBeLessThanOrEqual(field('MCacheSys'));
  expect(field('StackInuse')).toBeLessThanOrEqual(field('StackSys'));
  expect(field('HeapAlloc')).toBeGreaterThan(4 << 20); // what the captured programs hold
}

describe.each(VERSIONS)('%s', (version) => {
  it('heap?debug=1: the trailer adds up, and is what the text says', () => {
    const text = load(version, 'heap-debug1.txt');
    const stats = readHeapTrailer(text);
    expectConsistent(stats);
    expect(stats.source).toBe('heap-debug1');
    expect(stats.HeapAlloc).toBeGreaterThan(32 << 20);
    for (const name of ['TotalAlloc', 'NextGC', 'LastGC', 'NumGC', 'NumForcedGC', 'GCCPUFraction', 'MaxRSS'] as const) {
      const printed = Number(new RegExp(`^# ${name} = (.*)$`, 'm').exec(text.toString())?.[1]);
      expect([name, stats[name]]).toEqual([name, printed]);
    }
    expect(stats.PauseNs).toHaveLength(256);
    expect(stats.PauseNs?.[((stats.NumGC ?? 0) + 255) % 256]).toBeGreaterThan(0); // the newest
    expect(stats.PauseNs?.filter((ns) => ns > 0)).toHaveLength(stats.NumGC ?? 0);
  });

  it('/debug/vars: MemStats, and every other number by its path', () => {
    const page = readExpvar(load(version, 'vars.json'));
    expectConsistent(page.memstats);
    expect(page.memstats?.PauseNs?.reduce((sum, ns) => sum + ns, 0)).toBe(page.memstats?.PauseTotalNs);
    // Read a moment later; Go 1.27 ran the leak detector's cycle in between.
    const before = readHeapTrailer(load(version, 'heap-debug1.txt')).NumGC ?? 0;
    expect((page.memstats?.NumGC ?? 0) - before).toBe(version === 'go1.27.1' ? 1 : 0);
    expect(Object.fromEntries(page.numbers)).toEqual({ 'orders.accepted': 12, 'orders.seconds': 1.5, ratio: 0.25 });
  });
});

describe('Prometheus text', () => {
  it('has the samples that prometheus/common reads out of the same page', () => {
    const { samples } = readPrometheus(load('metrics.txt'));
    const theirs: { name: string; labels: Record<string, string>; value: string }[] = JSON.parse(
      load('metrics.json').toString(),
    );
    const ours = new Map<string, number>();
    const key = (name: string, labels: Record<string, string>): string =>
      `${name} ${JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)))}`;
    for (let s = 0; s < samples.count; s++) {
      ours.set(
        key(samples.names[samples.name[s] ?? 0] ?? '', Object.fromEntries(parseLabels(samples.labels[s] ?? ''))),
        samples.value[s] ?? 0,
      );
    }
    expect(theirs.length).toBeGreaterThan(100);
    const number = (text: string): number =>
      text === '+Inf' ? Number.POSITIVE_INFINITY : text === '-Inf' ? Number.NEGATIVE_INFINITY : Number(text);
    for (const { name, labels, value } of theirs)
      expect([name, ours.get(key(name, labels))]).toEqual([name, number(value)]);
    expect(samples.unread).toBe(0);
    expect(samples.types.get('http_requests_total')).toBe('counter');
  });

  it('is MemStats, from go_memstats_* and from runtime/metrics alone', () => {
    for (const name of ['metrics.txt', 'openmetrics.txt']) {
      const { memstats, goVersion } = readPrometheus(load(name));
      expect(goVersion).toBe('go1.26.8');
      expect(memstats).toMatchObject({ source: 'prometheus', NumForcedGC: 1, MemLimit: 2 ** 30 });
      expect(memstats.NumGC).toBeGreaterThanOrEqual(1);
      expect(memstats.RSS).toBeGreaterThan(4 << 20);
      expect(memstats.HeapLive).toBeGreaterThan(4 << 20);
      expect(memstats.ProcessStart).toBeGreaterThan(1.7e9);
      expect(memstats.PauseTotalNs).toBeGreaterThan(0);
      expect(memstats.LastGC).toBeGreaterThan(1.7e18);
      expect(memstats.Goroutines).toBeGreaterThan(0);
      expectConsistent(memstats);
    }
    expectConsistent(readPrometheus(load('runtime-only.txt')).memstats);
  });

  it('reads exemplars, timestamps, escapes, odd numbers and quoted names', () => {
    const { samples } = readPrometheus(
      Buffer.from(
        [
          '# HELP a text with {braces} 12',
          'a{b="\\"c\\n\\\\}",} +Inf 171234',
          '  a{b="x"}\t-1.5e-3\r',
          'a NaN # {trace_id="} 5"} 1 2',
          '{"http.requests", code="500", "my label"="y"} 3',
          'b{} 0.5',
          'b',
          'c{x="1" 2',
          'd 1x',
          '# EOF',
        ].join('\n'),
      ),
    );
    const rows = Array.from({ length: samples.count }, (_, s) => [
      samples.names[samples.name[s] ?? 0],
      Object.fromEntries(parseLabels(samples.labels[s] ?? '')),
      samples.value[s],
    ]);
    expect(rows).toEqual([
      ['a', { b: '"c\n\\}' }, Number.POSITIVE_INFINITY],
      ['a', { b: 'x' }, -0.0015],
      ['a', {}, Number.NaN],
      ['http.requests', { code: '500', 'my label': 'y' }, 3],
      ['b', {}, 0.5],
    ]);
    expect(samples.unread).toBe(3);
  });

  it('has no memory limit where GOMEMLIMIT is off', () => {
    expect(
      readPrometheus(Buffer.from('go_gc_gomemlimit_bytes 9.223372036854776e+18\n')).memstats.MemLimit,
    ).toBeUndefined();
  });
});

describe('what is none of these', () => {
  it.each([
    ['a heap profile without a trailer', readHeapTrailer, 'heap profile: 0: 0 [0: 0] @ heap/1048576\n', /debug=1/],
    ['a page that is not JSON', readExpvar, '<html>', /\/debug\/vars/],
    ['JSON that is no object', readExpvar, '[1]', /one JSON object/],
    ['a web page', readPrometheus, '<!doctype html>\n<p>hello\n', /no sample/],
    ['nothing', readPrometheus, '', /no sample/],
  ])('%s', (_, read, text, message) => {
    expect(() => read(Buffer.from(text))).toThrow(EvidenceError);
    expect(() => read(Buffer.from(text))).toThrow(message);
  });

  it('an expvar page with Go’s NaN, and one without memstats', () => {
    const page = readExpvar(Buffer.from('{\n"a": NaN,\n"b": {"c": +Inf, "d": 2}\n}\n'));
    expect([page.memstats, Object.fromEntries(page.numbers)]).toEqual([null, { 'b.d': 2 }]);
  });
});
