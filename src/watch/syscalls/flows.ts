/** The flows of the process behind a target, window after window: what counts are joined with other evidence by. */
import { processesIn, type SyscallSeries, seriesOfProcess } from '../../diagnose/syscall-series.ts';
import { perFlow } from '../../evidence/syscalls/flows.ts';
import type { SyscallRecording, TracedProcess } from '../../evidence/syscalls/recording.ts';
import type { SyscallWindow } from '../model.ts';

/** `pid`: of the process that answers for the target; null: the oldest one of each window. */
export function flowsOf(windows: readonly SyscallWindow[], pid: number | null): SyscallSeries {
  return concat(
    windows.flatMap(({ recording }) => {
      const own = pid === null ? NOBODY : processesIn(recording, pid);
      const process = own.size > 0 ? own : processesIn(recording, oldest(recording.processes));
      return process.size === 0 ? [] : [seriesOfProcess(recording, process)];
    }),
  );
}

const NOBODY: ReadonlySet<number> = new Set();

function oldest(processes: SyscallRecording['processes']): number | undefined {
  return processes.reduce<TracedProcess | undefined>(
    (best, one) => (best === undefined || one.startedAt < best.startedAt ? one : best),
    undefined,
  )?.pid;
}

/** One after the other, oldest first. */
export function concat(parts: readonly SyscallSeries[]): SyscallSeries {
  const column = (name: keyof SyscallSeries): Float64Array =>
    Float64Array.from(parts.flatMap((part) => [...part[name]]));
  return {
    from: column('from'),
    at: column('at'),
    lost: column('lost'),
    ...perFlow(column),
  };
}

/** Windows that a target keeps: twice as many at most, then neighbours of the older half become one. */
const KEPT = 2000;

/** The same with fewer points: levels and sums stay what they are. */
export function thinned(series: SyscallSeries): SyscallSeries {
  const { length } = series.at;
  if (length <= 2 * KEPT) return series;
  const pairs = Math.floor((length - KEPT) / 2);
  const fold = (column: Float64Array, join: (a: number, b: number) => number): Float64Array =>
    Float64Array.from({ length: length - pairs }, (_, i) =>
      i < pairs ? join(column[2 * i] ?? 0, column[2 * i + 1] ?? 0) : (column[i + pairs] ?? 0),
    );
  const sum = (column: Float64Array): Float64Array => fold(column, (a, b) => a + b);
  return {
    from: fold(series.from, (a) => a),
    at: fold(series.at, (_, b) => b),
    lost: sum(series.lost),
    ...perFlow((field) => sum(series[field])),
  };
}
