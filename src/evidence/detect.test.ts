import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { detectTextEvidence } from './detect.ts';

const load = (path: string): Buffer => readFileSync(join(import.meta.dirname, path));

it.each([
  ['goroutines/testdata/go1.27.1/debug2.txt', 'goroutine-dump'],
  ['goroutines/testdata/go1.19.13/sigquit.txt', 'goroutine-dump'],
  ['goroutines/testdata/go1.26.8/deadlock.txt', 'goroutine-dump'],
  ['gctrace/testdata/go1.10.8.log', 'gctrace'],
  ['gctrace/testdata/go1.27.1.log', 'gctrace'],
  ['memstats/testdata/metrics.txt', 'prometheus'],
  ['memstats/testdata/openmetrics.txt', 'prometheus'],
  ['memstats/testdata/go1.23.4/vars.json', 'expvar'],
  ['memstats/testdata/go1.23.4/heap-debug1.txt', null],
  ['process/testdata/go1.23.4/smaps.txt', null],
])('%s is %s', (path, kind) => {
  expect(detectTextEvidence(load(path))).toBe(kind);
});

it.each([
  ['', null],
  ['goroutine profile: total 7\n1 @ 0x1 0x2\n', null],
  ['{"a": 1}', null],
  ['a line\ngoroutine 5 [select, 3 minutes]:\n', 'goroutine-dump'],
  ['10:00 gc 5 @0.104s 2%: 0.01+', 'gctrace'],
  ['up 1\n', 'prometheus'],
  ['\u001f\u008b\b\u0000goroutine', null],
])('%j', (text, kind) => {
  expect(detectTextEvidence(Buffer.from(text, 'latin1'))).toBe(kind);
});
