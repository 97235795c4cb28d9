/**
 * What one process asked of the kernel over time, a point per window: made from a recording, or from points that were kept.
 * Everything that joins system calls with other evidence works on this.
 */
import { type FlowField, type PerFlow, perFlow } from '../evidence/syscalls/flows.ts';
import { type Aspect, type SyscallRecording, sourceOf } from '../evidence/syscalls/recording.ts';

/**
 * Columns with one entry per window, in order. Counts are of the window, not since the start; NaN is "not collected". A window
 * may be missing (the collector paused, the process was not there): nothing is known of the time between.
 */
export interface SyscallSeries extends PerFlow<Float64Array> {
  /** Start of each window, ms since the epoch. */
  readonly from: Float64Array;
  /** Its end. */
  readonly at: Float64Array;
  /** Events that were dropped in it: where it is not 0 the counts are lower bounds. */
  readonly lost: Float64Array;
}

/** The aspect that a source must have collected for a flow to be known; the load comes from elsewhere. */
const ASPECTS = {
  fdsOpened: 'descriptors',
  fdsClosed: 'descriptors',
  filesOpened: 'descriptors',
  mappedBytes: 'mappings',
  unmappedBytes: 'mappings',
  connects: 'connects',
  connectFailures: 'connects',
  load: null,
  sentBytes: 'sockets',
  receivedBytes: 'sockets',
  connected: 'connects',
} as const satisfies PerFlow<Aspect | null>;

type Counted = Exclude<FlowField, 'load'>;

/**
 * Indices of the newest process with this number, and without a number of the only one; empty where the recording does not
 * have it. A process has several entries when it changed its name.
 */
export function processesIn({ processes }: SyscallRecording, pid: number | undefined): ReadonlySet<number> {
  const numbers = new Set(processes.map((process) => process.pid));
  const wanted = pid ?? (numbers.size === 1 ? [...numbers][0] : undefined);
  const newest = processes.findLast((process) => process.pid === wanted);
  const same = processes.flatMap((process, index) =>
    process.pid === newest?.pid && Object.is(process.startedAt, newest.startedAt) ? [index] : [],
  );
  return new Set(same);
}

/**
 * The flows of one process in the windows that were counted from end to end: while probes come and go, what takes is counted and
 * what gives back is not yet, or the other way round. A column whose aspect no source collected is NaN throughout.
 */
export function seriesOfProcess(recording: SyscallRecording, processes: ReadonlySet<number>): SyscallSeries {
  const { windows, flows } = recording;
  const rows: number[] = [];
  for (let row = 0; row < flows.window.length; row++)
    if (processes.has(flows.process[row] ?? -1) && windows.complete[flows.window[row] ?? -1] === 1) rows.push(row);
  const ofWindow = (column: Float64Array): Float64Array =>
    Float64Array.from(rows, (row) => column[flows.window[row] ?? -1] ?? Number.NaN);
  const ofRow = (column: Float64Array): Float64Array => Float64Array.from(rows, (row) => column[row] ?? Number.NaN);
  const flow = (field: FlowField): Float64Array => {
    const aspect = ASPECTS[field];
    const known = aspect === null || sourceOf(recording, aspect) !== null;
    return known ? ofRow(flows[field]) : new Float64Array(rows.length).fill(Number.NaN);
  };
  return {
    from: ofWindow(windows.from),
    at: ofWindow(windows.to),
    lost: ofWindow(windows.lost),
    ...perFlow(flow),
  };
}

/** The windows that lie in [from, to], ms since the epoch. */
export function between(series: SyscallSeries, from: number, to: number): SyscallSeries {
  const inside = (index: number): boolean => (series.from[index] ?? 0) >= from && (series.at[index] ?? 0) <= to;
  const cut = (column: Float64Array): Float64Array => column.filter((_, index) => inside(index));
  return {
    from: cut(series.from),
    at: cut(series.at),
    lost: cut(series.lost),
    ...perFlow((field) => cut(series[field])),
  };
}

/** A level that flows make: what came less what went, since the first window began. */
export interface Level {
  /** Ends of the windows, ms since the epoch, after the start of the first. */
  readonly at: readonly number[];
  /** 0 at the start. */
  readonly value: readonly number[];
  /** Share of the time between first and last point of which nothing is known. */
  readonly unknown: number;
  /** Events that were dropped meanwhile. */
  readonly lost: number;
}

/**
 * Sums what came less what went. A window that was not counted, or is missing, changes nothing: it makes the level's rise a
 * lower bound, and `unknown` says of how much of the time.
 */
export function levelOf(series: SyscallSeries, came: Counted, went: Counted): Level | null {
  const at: number[] = [];
  const value: number[] = [];
  let level = 0;
  let known = 0;
  let lost = 0;
  for (let i = 0; i < series.at.length; i++) {
    const change = (series[came][i] ?? Number.NaN) - (series[went][i] ?? Number.NaN);
    const from = series.from[i] ?? Number.NaN;
    const to = series.at[i] ?? Number.NaN;
    if (Number.isNaN(change) || !(to > from)) continue;
    if (at.length === 0) {
      at.push(from);
      value.push(0);
    }
    level += change;
    known += to - from;
    lost += series.lost[i] ?? 0;
    at.push(to);
    value.push(level);
  }
  const span = (at.at(-1) ?? 0) - (at[0] ?? 0);
  return span > 0 ? { at, value, unknown: Math.max(0, 1 - known / span), lost } : null;
}

/** Sum of a column, what was not collected left out; null where nothing was. */
export function sumOf(series: SyscallSeries, name: Counted): number | null {
  let sum = 0;
  let counted = false;
  for (const value of series[name]) {
    if (Number.isNaN(value)) continue;
    sum += value;
    counted = true;
  }
  return counted ? sum : null;
}
