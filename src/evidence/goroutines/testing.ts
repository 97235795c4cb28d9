import type { GoroutineDump } from './dump.ts';
import { FLAG } from './dump.ts';
import { stateText } from './header.ts';

/** One goroutine spelt out, for tests: the columns say the same. */
export interface Spelt {
  readonly id: number;
  /** With its adjuncts, as the runtime prints it. */
  readonly state: string;
  readonly minutes: number;
  readonly locked: boolean;
  readonly system: boolean;
  readonly elided: boolean;
  readonly labels: Readonly<Record<string, string>> | null;
  /** `function file:line`, leaf first. */
  readonly stack: readonly string[];
  readonly creator: string | null;
  readonly creatorId: number;
}

export function spell(dump: GoroutineDump): Spelt[] {
  const frame = (f: number): string => `${dump.frames.function[f]} ${dump.frames.file[f]}:${dump.frames.line[f]}`;
  return Array.from({ length: dump.count }, (_, g) => {
    const stack = dump.stack[g] ?? 0;
    const flags = dump.flags[g] ?? 0;
    const labels = dump.labelSets[dump.labels[g] ?? -1];
    const creator = dump.creator[g] ?? -1;
    return {
      id: dump.id[g] ?? 0,
      state: stateText(dump.states[dump.state[g] ?? 0] ?? '', flags),
      minutes: dump.waitMinutes[g] ?? 0,
      locked: (flags & FLAG.locked) !== 0,
      system: (flags & FLAG.system) !== 0,
      elided: dump.stackElided[stack] === 1,
      labels: labels === undefined ? null : Object.fromEntries(labels),
      stack: Array.from(dump.stackFrames.subarray(dump.stackOffsets[stack], dump.stackOffsets[stack + 1]), frame),
      creator: creator < 0 ? null : frame(creator),
      creatorId: dump.creatorId[g] ?? -1,
    };
  });
}
