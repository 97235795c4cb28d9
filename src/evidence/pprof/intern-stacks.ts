/** Equal stacks get one number: open addressing over the rows of a CSR table, no string keys. */
import type { SampleIndex, SampleTable } from './profile.ts';

export interface InternedStacks {
  readonly stackCount: number;
  /** Per sample: index of its stack, numbered by first appearance. */
  readonly stackOfSample: Int32Array;
  /** Per stack: the first sample that has it. */
  readonly representative: Int32Array; // SampleIndex
}

// Differs between runs, so that no file can be made to collide.
const SEED = (Math.random() * 0x1_0000_0000) | 0;

/** @param salt per sample: samples with different salts never share a number (labels, for a merge) */
export function internStacks(
  samples: Pick<SampleTable, 'count' | 'stackOffsets' | 'stackLocations'>,
  salt: Int32Array | null = null,
): InternedStacks {
  const { count, stackOffsets, stackLocations } = samples;
  const slots = new Int32Array(1 << Math.ceil(Math.log2(2 * count + 2))).fill(-1);
  const mask = slots.length - 1;
  const hashes = new Int32Array(count);
  const stackOfSample = new Int32Array(count);
  const representative = new Int32Array(count);
  let stackCount = 0;
  for (let s = 0; s < count; s++) {
    const start = stackOffsets[s] ?? 0;
    const end = stackOffsets[s + 1] ?? 0;
    let h = SEED ^ (end - start) ^ Math.imul(salt?.[s] ?? 0, 0x85eb_ca6b);
    for (let i = start; i < end; i++) {
      h = Math.imul(h ^ (stackLocations[i] ?? 0), 0x9e37_79b1);
      h ^= h >>> 15;
    }
    let slot = h & mask;
    for (;;) {
      const stack = slots[slot] ?? -1;
      if (stack === -1) {
        slots[slot] = stackCount;
        hashes[stackCount] = h;
        representative[stackCount] = s;
        stackOfSample[s] = stackCount++;
        break;
      }
      const twin = representative[stack] ?? 0;
      if (hashes[stack] === h && salt?.[twin] === salt?.[s] && sameStack(samples, twin, s)) {
        stackOfSample[s] = stack;
        break;
      }
      slot = (slot + 1) & mask;
    }
  }
  return { stackCount, stackOfSample, representative: representative.slice(0, stackCount) };
}

function sameStack(
  { stackOffsets, stackLocations }: Pick<SampleTable, 'stackOffsets' | 'stackLocations'>,
  a: SampleIndex,
  b: SampleIndex,
): boolean {
  const startA = stackOffsets[a] ?? 0;
  const startB = stackOffsets[b] ?? 0;
  const depth = (stackOffsets[a + 1] ?? 0) - startA;
  if (depth !== (stackOffsets[b + 1] ?? 0) - startB) return false;
  for (let i = 0; i < depth; i++) {
    if (stackLocations[startA + i] !== stackLocations[startB + i]) return false;
  }
  return true;
}
