/**
 * Signals from what the kernel counted: descriptors and mapped bytes as levels (what came less what went), in the time of the
 * case, so that they can be held against what /proc, the runtime and the profiles say at the visits.
 */
import { formatCount } from '../findings/units.ts';
import { correlation } from '../stats/regression.ts';
import { type Looks, shapeOf } from '../stats/shape.ts';
import type { Signal } from './signals.ts';
import { type Level, levelOf, type SyscallSeries, sumOf } from './syscall-series.ts';

export interface SyscallSignals {
  readonly series: SyscallSeries;
  /** The recording. */
  readonly capture: string;
  /** Descriptors opened less closed since the counting began; null where that was not collected. */
  readonly fds: Counted | null;
  /** Bytes mapped less unmapped. */
  readonly mapped: Counted | null;
  /** connect, all of the window; null where not collected. */
  readonly connects: number | null;
  readonly connectFailures: number | null;
  /** Connects per second, a point per window. */
  readonly connectRate: Signal;
  /** Work per second as the collector knew it; empty where it knew none. */
  readonly load: Signal;
}

/** A level as a signal, and how far it can be trusted. */
export interface Counted extends Signal {
  /** See Level. */
  readonly unknown: number;
  readonly lost: number;
}

/** Rises that matter: descriptors as in /proc/PID/fd, bytes as for RSS (signals.ts). */
const FLOOR_FDS = 10;
const FLOOR_BYTES = 4 * 1024 * 1024;
/** Theil–Sen looks at all pairs; beyond this many points more of them change nothing. */
const MOST_POINTS = 400;

/** `start`: of the window, ms since the epoch. */
export function syscallSignals(series: SyscallSeries, capture: string, start: number, looks: Looks): SyscallSignals {
  const counted = (level: Level | null, floor: number): Counted | null => {
    if (level === null) return null;
    const thin = thinned(level);
    const at = thin.at.map((time) => (time - start) / 1000);
    const trend = shapeOf(at, thin.value, floor, looks);
    return { at, value: thin.value, captures: [capture], trend, unknown: level.unknown, lost: level.lost };
  };
  return {
    series,
    capture,
    fds: counted(levelOf(series, 'fdsOpened', 'fdsClosed'), FLOOR_FDS),
    mapped: counted(levelOf(series, 'mappedBytes', 'unmappedBytes'), FLOOR_BYTES),
    connects: sumOf(series, 'connects'),
    connectFailures: sumOf(series, 'connectFailures'),
    connectRate: rateOf(series, series.connects, capture, start, looks),
    load: rateOf(series, series.load, capture, start, looks),
  };
}

function thinned({ at, value }: Level): { at: readonly number[]; value: readonly number[] } {
  const stride = Math.ceil(at.length / MOST_POINTS);
  if (stride <= 1) return { at, value };
  const kept = (_: number, i: number): boolean => i % stride === 0 || i === at.length - 1;
  return { at: at.filter(kept), value: value.filter(kept) };
}

function rateOf(series: SyscallSeries, counts: Float64Array, capture: string, start: number, looks: Looks): Signal {
  const at: number[] = [];
  const value: number[] = [];
  const stride = Math.max(1, Math.ceil(counts.length / MOST_POINTS));
  for (let i = 0; i < counts.length; i += stride) {
    const seconds = ((series.at[i] ?? 0) - (series.from[i] ?? 0)) / 1000;
    const rate = (counts[i] ?? Number.NaN) / seconds;
    if (Number.isNaN(rate) || seconds <= 0) continue;
    at.push(((series.at[i] ?? 0) - start) / 1000);
    value.push(rate);
  }
  return { at, value, captures: value.length > 0 ? [capture] : [], trend: shapeOf(at, value, 0, looks) };
}

/** The level at other times (seconds, as `level.at`), linearly between its points; NaN outside them. */
export function levelAt(level: Pick<Signal, 'at' | 'value'>, times: readonly number[]): Float64Array {
  return Float64Array.from(times, (time) => {
    const after = level.at.findIndex((at) => at >= time);
    const right = level.at[after] ?? Number.NaN;
    if (after < 0 || Number.isNaN(right)) return Number.NaN;
    const value = level.value[after] ?? Number.NaN;
    if (right === time) return value;
    const left = level.at[after - 1] ?? Number.NaN;
    const before = level.value[after - 1] ?? Number.NaN;
    return before + ((time - left) / (right - left)) * (value - before);
  });
}

/** Descriptors per goroutine that hold some: an end of a connection, or both ends in one process and a little more. */
const STEP = { least: 0.4, most: 3 };

/**
 * Does the level rise with the other series, by about as much? `values` at `times`, in seconds; where only one of the two was
 * looked at, nothing is compared.
 */
export function risesWith(level: Signal, times: readonly number[], values: ArrayLike<number>): boolean {
  const own: number[] = [];
  const other: number[] = [];
  for (const [i, value] of levelAt(level, times).entries()) {
    const beside = values[i] ?? Number.NaN;
    if (Number.isNaN(value) || Number.isNaN(beside)) continue;
    own.push(value);
    other.push(beside);
  }
  const ratio = ((own.at(-1) ?? 0) - (own[0] ?? 0)) / ((other.at(-1) ?? 0) - (other[0] ?? 0));
  return own.length >= 3 && ratio >= STEP.least && ratio <= STEP.most && correlation(own, other) > 0.9;
}

/** How a sentence about counts goes on where the kernel had to drop events. */
export function droppedText(lost: number): string {
  return `; ${formatCount(lost)} ${lost === 1 ? 'event was' : 'events were'} dropped, so some may be missing`;
}
