/** Readers of recordings of syscalls and of what bpftrace, perf trace and strace print. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BpftraceWindows } from '../src/evidence/syscalls/bpftrace.ts';
import { readRecording } from '../src/evidence/syscalls/read.ts';
import { flowsOfTable, readPerfSummary, readStraceTable } from '../src/evidence/syscalls/tables.ts';
import { type FuzzTarget, textOf } from './target.ts';

const testdata = join(import.meta.dirname, '..', 'src', 'evidence', 'syscalls', 'testdata');
const seed = (name: string): Uint8Array => new Uint8Array(readFileSync(join(testdata, name)));

export const targets: readonly FuzzTarget[] = [
  {
    name: 'syscall recording',
    seeds: () => [seed('recording.jsonl')],
    run: (input) => {
      const recording = readRecording(input);
      const { counts, flows, windows, processes, containers, syscalls } = recording;
      const inside = (column: Iterable<number>, length: number): boolean =>
        [...column].every((index) => index < length);
      const ok =
        inside(counts.window, windows.from.length) &&
        inside(counts.process, processes.length) &&
        inside(counts.syscall, syscalls.length) &&
        inside(flows.process, processes.length) &&
        processes.every(({ container }) => container < containers.length);
      if (!ok) throw new Error('an index of the recording leads nowhere');
    },
  },
  {
    name: 'bpftrace output',
    seeds: () => [seed('bpftrace.jsonl')],
    run: (input) => {
      const windows = new BpftraceWindows(1000);
      for (const line of textOf(input).split('\n')) windows.line(line);
      windows.end();
    },
  },
  {
    name: 'perf trace summary',
    seeds: () => [seed('perf-trace.txt')],
    run: (input) => {
      for (const table of readPerfSummary(textOf(input))) flowsOfTable(table);
    },
  },
  {
    name: 'strace table',
    seeds: () => [seed('strace.txt'), seed('strace-threads.txt')],
    run: (input) => {
      flowsOfTable(readStraceTable(textOf(input)));
    },
  },
];
