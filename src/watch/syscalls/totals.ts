/** What one window says of its target as a whole: calls by syscall, and the flows of all its processes together. */
import { FLOW_FIELDS, type FlowField, type PerFlow, perFlow } from '../../evidence/syscalls/flows.ts';
import type { SyscallRecording } from '../../evidence/syscalls/recording.ts';

export interface Totals {
  /** Those that were called, in the order of the recording. */
  readonly syscalls: readonly string[];
  readonly calls: Float64Array;
  /** NaN where a flow was collected of no process. */
  readonly flows: PerFlow<number>;
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

function flowTotals(flows: SyscallRecording['flows']): PerFlow<number> {
  return perFlow((field) => {
    const measured = flows[field].filter((value) => !Number.isNaN(value));
    return measured.length === 0 ? Number.NaN : measured.reduce((total, value) => total + value, 0);
  });
}

/** The columns that the store has for series, in their order. What came later is in the windows themselves, until those are put together. */
export const STORED_FLOWS: readonly FlowField[] = FLOW_FIELDS.slice(0, FLOW_FIELDS.indexOf('load') + 1);

/** As STORED_FLOWS. */
export function flowValues(flows: PerFlow<number>): number[] {
  return STORED_FLOWS.map((name) => flows[name]);
}

/** Whether a window was counted from its beginning to its end and nothing of it was lost. */
export function isWhole({ windows }: Pick<SyscallRecording, 'windows'>): boolean {
  return windows.complete.every((one) => one === 1) && windows.lost.every((lost) => lost === 0);
}
