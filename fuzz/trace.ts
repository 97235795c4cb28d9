/** The readers of what the last visit of a window asks: execution traces, hidden allocators and their symbols. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSyscallStacks } from '../src/evidence/exectrace/read.ts';
import { allocatorsByLine, hiddenAllocators, readSymbols } from '../src/evidence/pprof/allocators.ts';
import type { FuzzTarget } from './target.ts';

const evidence = join(import.meta.dirname, '..', 'src', 'evidence');

export const targets: readonly FuzzTarget[] = [
  {
    name: 'execution trace',
    seeds: () => [new Uint8Array(readFileSync(join(evidence, 'exectrace', 'testdata', 'go1.26.trace')))],
    run: (input) => {
      readSyscallStacks(input);
    },
  },
  {
    name: 'hidden allocators',
    seeds: () => [new Uint8Array(readFileSync(join(evidence, 'pprof', 'testdata', 'go1.27', 'heap.txt')))],
    run: (input) => {
      allocatorsByLine(hiddenAllocators(input), readSymbols(input));
    },
  },
];
