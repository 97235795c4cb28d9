/**
 * Is it growing, how fast, and does the load explain it? The one place that decides, for heap sites, goroutine
 * clusters and process signals alike.
 */
import type { Growth } from '../findings/model.ts';
import { correlation, slopeBesideLoad } from '../stats/regression.ts';
import { type Looks, type SeriesTrend, shapeOf } from '../stats/shape.ts';
import type { Signal } from './signals.ts';

/** Seconds in an hour: slopes are per second inside, per hour outside. */
const HOUR = 3600;

export interface Limit {
  readonly bytes: number;
  readonly source: string;
}

/**
 * A series with the points that were not captured (NaN) taken out.
 * `at` in seconds, `values` per snapshot index.
 */
export function present(at: readonly number[], values: ArrayLike<number>): { at: number[]; value: number[] } {
  const kept = { at: [] as number[], value: [] as number[] };
  for (let i = 0; i < at.length; i++) {
    const value = values[i] ?? Number.NaN;
    if (Number.isNaN(value)) continue;
    kept.at.push(at[i] ?? 0);
    kept.value.push(value);
  }
  return kept;
}

/** Trend of a column per snapshot. `floor`: the smallest rise that matters, in the column's unit. `looks`: see shapeOf. */
export function trendOf(at: readonly number[], values: ArrayLike<number>, floor: number, looks?: Looks): SeriesTrend {
  const kept = present(at, values);
  return shapeOf(kept.at, kept.value, floor, looks);
}

/**
 * Growth of bytes from their trend. `noise` is the standard deviation (bytes) that sampling alone gives the difference
 * of the first and the last point: it widens the interval, since a sampled profile is surer of its slope than it should be.
 */
export function growthOf(
  trend: SeriesTrend,
  seconds: number,
  noise: number,
  used: number,
  limit: Limit | null,
): Growth | null {
  if (trend.slope === null || seconds <= 0) return null;
  const margin = (1.96 * noise) / seconds;
  const slope = trend.slope.slope;
  const low = Math.min(trend.slope.low, slope - margin);
  const high = Math.max(trend.slope.high, slope + margin);
  return {
    perHour: slope * HOUR,
    low: low * HOUR,
    high: high * HOUR,
    pValue: trend.p,
    timeToLimit: limit !== null && slope > 0 && low > 0 ? Math.max(0, limit.bytes - used) / slope : null,
    limit,
  };
}

/** What the load says of a growing series. */
export type LoadVerdict =
  /** The load explains the growth: with the load held constant none is left. */
  | { readonly kind: 'explains'; readonly says: string }
  /** Load and time rose together: the window cannot tell them apart. */
  | { readonly kind: 'confounded'; readonly says: string }
  /** The load does not explain it, or did not change. */
  | {
      readonly kind: 'no';
      readonly says: string /** Correlation with the load, where that changed. */;
      readonly r?: number;
    };

/** Load that varies by less than this share of its mean cannot explain growth. */
const STEADY_LOAD = 0.15;

/**
 * `load.at` are the snapshots' times; the series is read at those times only. A leak grows with the *number* of
 * requests served, memory that follows load with their *rate*: only the latter correlates with a rate that swings.
 */
export function explainedByLoad(load: Signal, at: readonly number[], values: ArrayLike<number>): LoadVerdict {
  const time: number[] = [];
  const rate: number[] = [];
  const y: number[] = [];
  for (let i = 0; i < load.at.length; i++) {
    const index = at.indexOf(load.at[i] ?? Number.NaN);
    const value = index < 0 ? Number.NaN : (values[index] ?? Number.NaN);
    if (Number.isNaN(value)) continue;
    time.push(load.at[i] ?? 0);
    rate.push(load.value[i] ?? 0);
    y.push(value);
  }
  if (time.length < 4) return { kind: 'no', says: 'too few points to compare with the load' };
  const mean = rate.reduce((sum, value) => sum + value, 0) / rate.length;
  const spread = Math.max(...rate) - Math.min(...rate);
  if (mean <= 0 || spread < STEADY_LOAD * mean) return { kind: 'no', says: 'the load was steady' };
  const r = correlation(rate, y);
  const trend = shapeOf(time, rate, STEADY_LOAD * mean);
  if (correlation(time, rate) > 0.95 && trend.slope !== null && trend.slope.slope > 0)
    return {
      kind: 'confounded',
      says: `the load rose all through the window (${percent(trend.last / trend.first - 1)})`,
    };
  const rest = slopeBesideLoad(time, rate, y);
  const raw = shapeOf(time, y, 0).slope?.slope ?? 0;
  if (rest !== null && r > 0.6 && rest.perLoad > 0 && (rest.low <= 0 || rest.slope < 0.25 * raw))
    return { kind: 'explains', says: `it follows the load (r = ${r.toFixed(2)}); beside the load nothing grows` };
  return { kind: 'no', says: `the load does not explain it (r = ${r.toFixed(2)})`, r };
}

function percent(share: number): string {
  return `${share >= 0 ? '+' : ''}${Math.round(share * 100)} %`;
}
