/**
 * Stacks as (function, line) frames with inlined calls expanded, for detectors: they ask "which functions", never
 * "which program counter".
 *
 * Samples that differ only in their labels or size class share a stack; stacks are interned, so that what is decided
 * about a stack is decided once. Two stacks are the same when their locations are.
 */
import { internStacks } from './intern-stacks.ts';
import type { FunctionIndex, Profile } from './profile.ts';

export interface FrameView {
  /** Number of distinct stacks. */
  readonly stackCount: number;
  /** Per sample: index of its stack. */
  readonly stackOfSample: Int32Array;
  /** CSR: frames of stack k are frameOffsets[k] .. frameOffsets[k+1], leaf first, innermost inlined call first. */
  readonly frameOffsets: Uint32Array;
  /** FunctionIndex, or -1 where the location has no symbol. */
  readonly frameFunction: Int32Array;
  /** 1-based; 0 is unknown. */
  readonly frameLine: Int32Array;
}

/** Index of the sample type with that name (`inuse_space`), or -1. */
export function sampleTypeIndex(profile: Profile, type: string): number {
  return profile.sampleTypes.findIndex((sampleType) => sampleType.type === type);
}

/** Fully qualified, e.g. `main.(*Store).Put`; empty for -1. */
export function functionName(profile: Profile, f: FunctionIndex): string {
  return profile.strings[profile.functions.name[f] ?? 0] ?? '';
}

/** As the compiler recorded it; empty for -1. */
export function functionFile(profile: Profile, f: FunctionIndex): string {
  return profile.strings[profile.functions.filename[f] ?? 0] ?? '';
}

export function expandFrames(profile: Profile): FrameView {
  const { stackCount, stackOfSample, representative } = internStacks(profile.samples);
  const { stackOffsets, stackLocations } = profile.samples;
  const { lineOffsets, lineFunction, lineNumber } = profile.locations;
  const frameOffsets = new Uint32Array(stackCount + 1);
  let total = 0;
  for (let k = 0; k < stackCount; k++) {
    const sample = representative[k] ?? 0;
    const end = stackOffsets[sample + 1] ?? 0;
    for (let i = stackOffsets[sample] ?? 0; i < end; i++) {
      const l = stackLocations[i] ?? 0;
      total += Math.max(1, (lineOffsets[l + 1] ?? 0) - (lineOffsets[l] ?? 0));
    }
    frameOffsets[k + 1] = total;
  }
  const frameFunction = new Int32Array(total);
  const frameLine = new Int32Array(total);
  let at = 0;
  for (let k = 0; k < stackCount; k++) {
    const sample = representative[k] ?? 0;
    const end = stackOffsets[sample + 1] ?? 0;
    for (let i = stackOffsets[sample] ?? 0; i < end; i++) {
      const l = stackLocations[i] ?? 0;
      const first = lineOffsets[l] ?? 0;
      const last = lineOffsets[l + 1] ?? 0;
      if (first === last) frameFunction[at++] = -1;
      for (let n = first; n < last; n++) {
        frameFunction[at] = lineFunction[n] ?? -1;
        frameLine[at++] = lineNumber[n] ?? 0;
      }
    }
  }
  return { stackCount, stackOfSample, frameOffsets, frameFunction, frameLine };
}
