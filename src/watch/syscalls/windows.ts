/** Recordings of a whole machine cut into windows of one target each, and windows of one target put together again. */
import type { SyscallRecording } from '../../evidence/syscalls/recording.ts';
import type { SyscallWindow, TargetId } from '../model.ts';
import { gather, wholeOf } from './gather.ts';

/** Which processes (indices into `processes`) of a recording belong to a target. */
export type Membership = ReadonlyMap<TargetId, readonly number[]>;

/** One window for each target of which a process was alive in it, in order of time. */
export function* windowsOf(recording: SyscallRecording, members: Membership): Generator<SyscallWindow> {
  const targetOf: (TargetId | undefined)[] = [];
  for (const [target, processes] of members) for (const process of processes) targetOf[process] = target;
  for (const [window, byTarget] of rowsByWindow(recording, targetOf).entries())
    for (const [target, { counts, flows }] of byTarget) {
      const cut = gather([{ recording, from: window, to: window + 1, counts, flows }]);
      const at = recording.windows.from[window] ?? 0;
      if (cut !== null) yield { target, at, until: recording.windows.to[window] ?? 0, recording: cut };
    }
}

/** Windows of one target as one recording; null where there is none. Oldest first; one that overlaps another is left out. */
export function joined(windows: readonly SyscallWindow[]): SyscallRecording | null {
  let end = Number.NEGATIVE_INFINITY;
  const kept = windows.filter(({ recording }) => {
    const follows = (recording.windows.from[0] ?? 0) >= end;
    if (follows) end = recording.windows.to.at(-1) ?? end;
    return follows;
  });
  return gather(kept.map(({ recording }) => wholeOf(recording)));
}

interface Rows {
  /** Rows of `counts` and `flows`. */
  readonly counts: number[];
  readonly flows: number[];
}

function rowsByWindow(
  { windows, counts, flows }: SyscallRecording,
  targetOf: readonly (TargetId | undefined)[],
): Map<TargetId, Rows>[] {
  const found = Array.from(windows.from, () => new Map<TargetId, Rows>());
  const rowsOf = (window: number, process: number): Rows | null => {
    const target = targetOf[process];
    const byTarget = found[window];
    if (target === undefined || byTarget === undefined) return null;
    const known = byTarget.get(target);
    if (known !== undefined) return known;
    const made: Rows = { counts: [], flows: [] };
    byTarget.set(target, made);
    return made;
  };
  for (const [row, window] of counts.window.entries()) rowsOf(window, counts.process[row] ?? 0)?.counts.push(row);
  for (const [row, window] of flows.window.entries()) rowsOf(window, flows.process[row] ?? 0)?.flows.push(row);
  return found;
}
