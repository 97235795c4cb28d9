/** What perf 6.1 and strace 6.1 printed of real programs; testdata/strace.txt is of a loop of open, failing open, close. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { flowsOfTable, readPerfSummary, readStraceTable } from './tables.ts';

const read = (name: string): string => readFileSync(join(import.meta.dirname, 'testdata', name), 'utf8');

it('reads a table per thread from perf trace -s', () => {
  const tables = readPerfSummary(read('perf-trace.txt'));
  expect(tables.map(({ comm, tid }) => [comm, tid])).toEqual([
    ['multi', 7220],
    ['multi', 7221],
    ['multi', 7222],
  ]);
  expect(tables.map(({ calls }) => calls.get('getppid'))).toEqual([undefined, 1000, 1000]);
  expect(tables[0]?.errors).toEqual(new Map([['access', 1]]));
});

it('reads strace -c with and without failures, and says the same as perf of the same program', () => {
  const table = readStraceTable(read('strace-threads.txt'));
  expect(table.calls.get('getppid')).toBe(2000);
  expect(table.calls.has('total')).toBe(false);
  const perf = readPerfSummary(read('perf-trace.txt'));
  for (const name of ['mmap', 'openat', 'close', 'mprotect', 'madvise', 'getppid']) {
    const sum = perf.reduce((all, { calls }) => all + (calls.get(name) ?? 0), 0);
    expect([name, sum]).toEqual([name, table.calls.get(name)]);
  }
  expect(table.errors).toEqual(new Map([['access', 1]]));
});

it('takes descriptors from calls that succeeded', () => {
  expect(flowsOfTable(readStraceTable(read('strace.txt')))).toEqual({
    filesOpened: 39,
    fdsOpened: 39,
    fdsClosed: 39,
    connects: 0,
  });
});

it('refuses other text in one sentence', () => {
  expect(() => readStraceTable('strace: Process 1 attached')).toThrow('there is no table of calls');
  expect(() => readPerfSummary('hello')).toThrow('there is no "Summary of events"');
});
