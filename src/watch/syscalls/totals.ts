/** What one window says of its target as a whole: calls by syscall, and the flows of all its processes together. */
import type { SyscallRecording } from '../../evidence/syscalls/recording.ts';
import { SYSCALL_FLOWS, type SyscallFlow } from '../model.ts';

export interface Totals {
  /** Those that were called, in the order of the recording. */
  readonly syscalls: readonly string[];
  readonly calls: Float64Array;
  /** NaN where a flow was collected of no process. */
  readonly flows: Readonly<Record<SyscallFlow, number>>;
}

export function totalsOf({ counts, flows, syscalls }: SyscallRecording): Totals {
  const sums = new Float64Array(syscalls.length);
  for (const [i, syscall] of counts.syscall.entries()) sums[syscall] = (sums[syscall] ?? 0) + (counts.calls[i] ?? 0);
  const called = [...syscalls.keys()].filter((i) => (sums[i] ?? 0) > 0);
  return {
    syscalls: called.map((i) => syscalls[i] ?? ''),
    calls: Float64Array.from(called, (i) => sums[i] ?? 0),
    flows: flowTotals(flows),
  };
}

function flowTotals(flows: SyscallRecording['flows']): Record<SyscallFlow, number> {
  const sum = (name: SyscallFlow): number => {
    const measured = flows[name].filter((value) => !Number.isNaN(value));
    return measured.length === 0 ? Number.NaN : measured.reduce((total, value) => total + value, 0);
  };
  return {
    fdsOpened: sum('fdsOpened'),
    fdsClosed: sum('fdsClosed'),
    filesOpened: sum('filesOpened'),
    mappedBytes: sum('mappedBytes'),
    unmappedBytes: sum('unmappedBytes'),
    connects: sum('connects'),
    connectFailures: sum('connectFailures'),
    load: sum('load'),
  };
}

/** The order of columns in the store; a flow that is added comes last. */
export function flowValues(flows: Readonly<Record<SyscallFlow, number>>): number[] {
  return SYSCALL_FLOWS.map((name) => flows[name]);
}

/** Whether a window was counted from its beginning to its end and nothing of it was lost. */
export function isWhole({ windows }: Pick<SyscallRecording, 'windows'>): boolean {
  return windows.complete.every((one) => one === 1) && windows.lost.every((lost) => lost === 0);
}
