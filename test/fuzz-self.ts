/** Targets that test the fuzzing engine itself: each fails in its own way, and `steady` does not. */

import type { FuzzTarget } from '../fuzz/target.ts';
import { EvidenceError } from '../src/evidence/error.ts';

const seeds = (): Uint8Array[] => [Buffer.from('seed 12\nline two\n'), Buffer.from([0x0a, 0x03, 0x80, 0x80, 0x01])];

export const targets: readonly FuzzTarget[] = [
  {
    name: 'steady',
    seeds,
    run: (input) => {
      if (input.length > 10) throw new EvidenceError('test', 'too long', 10);
    },
  },
  {
    name: 'throws',
    seeds,
    run: (input) => {
      if (input.length > 20) throw new TypeError('not an EvidenceError');
    },
  },
  {
    name: 'hangs',
    seeds,
    run: (input) => {
      while (input[0] === 0xff) Math.random();
    },
  },
  {
    name: 'greedy',
    seeds,
    run: (input) => {
      kept = input.length === 0 ? new Uint8Array(64 * 1024 * 1024).fill(1) : null;
    },
  },
];

/** Holds what `greedy` took until the next input, so that it is there to be measured. */
export let kept: Uint8Array | null = null;
