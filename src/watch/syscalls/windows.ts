/**
 * Recordings of a whole machine cut into windows of one target each, and windows of one target put together again. Both go
 * through the builder of recordings, so indices are always those of what comes out.
 */
import { RecordingBuilder } from '../../evidence/syscalls/build.ts';
import { FLOW_FIELDS, type Flows } from '../../evidence/syscalls/flows.ts';
import type { SyscallRecording } from '../../evidence/syscalls/recording.ts';
import type { SyscallWindow, TargetId } from '../model.ts';

/** Which processes (indices into `processes`) of a recording belong to a target. */
export type Membership = ReadonlyMap<TargetId, readonly number[]>;

/** One window for each target of which a process was alive in it, in order of time. */
export function windowsOf(recording: SyscallRecording, members: Membership): SyscallWindow[] {
  const targetOf: (TargetId | undefined)[] = [];
  for (const [target, processes] of members) for (const process of processes) targetOf[process] = target;
  const rows = rowsByWindow(recording);
  const found: SyscallWindow[] = [];
  for (const [window, { counts, flows }] of rows.entries()) {
    const alive = new Set<TargetId>();
    const { counts: c, flows: f } = recording;
    for (const row of counts) alive.add(targetOf[c.process[row] ?? -1] ?? '');
    for (const row of flows) alive.add(targetOf[f.process[row] ?? -1] ?? '');
    alive.delete('');
    for (const target of alive) {
      const builder = new RecordingBuilder(recording.host);
      for (const state of recording.sources) builder.source(state);
      addWindow(builder, recording, window, {
        counts: counts.filter((row) => targetOf[c.process[row] ?? -1] === target),
        flows: flows.filter((row) => targetOf[f.process[row] ?? -1] === target),
      });
      const at = recording.windows.from[window] ?? 0;
      found.push({ target, at, until: recording.windows.to[window] ?? 0, recording: builder.build() });
    }
  }
  return found;
}

/** Windows of one target as one recording; null where there is none. Oldest first; one that overlaps another is left out. */
export function joined(windows: readonly SyscallWindow[]): SyscallRecording | null {
  const [first] = windows;
  if (first === undefined) return null;
  const builder = new RecordingBuilder(first.recording.host);
  for (const { recording } of windows) {
    if ((recording.windows.from[0] ?? 0) < builder.lastEnd) continue;
    for (const state of recording.sources) builder.source(state);
    const { counts, flows } = recording;
    addWindow(builder, recording, 0, { counts: [...counts.window.keys()], flows: [...flows.window.keys()] });
  }
  return builder.build();
}

interface Rows {
  /** Rows of `counts` and `flows`. */
  readonly counts: readonly number[];
  readonly flows: readonly number[];
}

function rowsByWindow({ windows, counts, flows }: SyscallRecording): Rows[] {
  const found = Array.from(windows.from, () => ({ counts: [] as number[], flows: [] as number[] }));
  for (const [row, window] of counts.window.entries()) found[window]?.counts.push(row);
  for (const [row, window] of flows.window.entries()) found[window]?.flows.push(row);
  return found;
}

function addWindow(builder: RecordingBuilder, from: SyscallRecording, window: number, rows: Rows): void {
  const { windows, counts, flows, processes, containers, syscalls } = from;
  const processOf = (index: number): number | null => {
    const process = processes[index];
    const container = containers[process?.container ?? -1];
    if (process === undefined || container === undefined) return null;
    return builder.process({ ...process, container: builder.container(container) });
  };
  builder.window({
    from: windows.from[window] ?? 0,
    to: windows.to[window] ?? 0,
    complete: windows.complete[window] === 1,
    lost: windows.lost[window] ?? 0,
  });
  for (const row of rows.counts) {
    const process = processOf(counts.process[row] ?? -1);
    const syscall = builder.syscall(syscalls[counts.syscall[row] ?? -1] ?? '');
    if (process !== null && syscall >= 0) builder.count(process, syscall, counts.calls[row] ?? 0);
  }
  for (const row of rows.flows) {
    const process = processOf(flows.process[row] ?? -1);
    if (process === null) continue;
    const found: { -readonly [K in keyof Flows]: Flows[K] } = {};
    for (const field of FLOW_FIELDS) {
      const value = flows[field][row] ?? Number.NaN;
      if (!Number.isNaN(value)) found[field] = value;
    }
    builder.flow(process, found);
  }
}
