import { normalCdf } from './normal.ts';
import { kendallVariance, medianSlope, tieSizes } from './theil-sen.ts';

export interface Trend {
  /** Kendall's S: rising pairs minus falling pairs. */
  readonly s: number;
  /** Two-sided p value of "no monotone trend". */
  readonly p: number;
  /** How p was found: counted exactly, by the normal approximation, or with Hamed–Rao's correction. */
  readonly method: 'exact' | 'normal' | 'hamed-rao';
}

/** Up to this many untied points p is counted, not approximated: at n = 6 the normal form is off by a factor of two. */
const EXACT_LIMIT = 10;

/** Above this many points autocorrelation is estimated and corrected for; below it the estimate is noise itself. */
const AUTOCORRELATION_FROM = 11;

/**
 * Mann–Kendall test for a monotone trend in values that are in time order. Null below three points.
 * Sources: Mann 1945, Kendall 1975; Hamed & Rao 1998 for autocorrelated series.
 */
export function mannKendall(y: ArrayLike<number>): Trend | null {
  const n = y.length;
  if (n < 3) return null;
  let s = 0;
  for (let i = 0; i < n; i++) for (let j = i + 1; j < n; j++) s += Math.sign((y[j] ?? 0) - (y[i] ?? 0));
  const ties = tieSizes(y);
  if (n <= EXACT_LIMIT && ties.length === 0) return { s, p: exactP(n, s), method: 'exact' };
  let variance = kendallVariance(n, ties);
  let method: Trend['method'] = 'normal';
  if (n >= AUTOCORRELATION_FROM) {
    const factor = hamedRaoFactor(y);
    if (factor !== 1) {
      variance *= factor;
      method = 'hamed-rao';
    }
  }
  // The correction for continuity: S moves in steps of two.
  const z = variance <= 0 || s === 0 ? 0 : (s - Math.sign(s)) / Math.sqrt(variance);
  return { s, p: Math.min(1, 2 * (1 - normalCdf(Math.abs(z)))), method };
}

/** Two-sided p by counting permutations: the number of inversions of n items, by the usual recurrence. */
function exactP(n: number, s: number): number {
  const most = (n * (n - 1)) / 2;
  let counts = new Float64Array(most + 1);
  counts[0] = 1;
  let permutations = 1;
  for (let k = 2; k <= n; k++) {
    const next = new Float64Array(most + 1);
    for (let inversions = 0; inversions <= most; inversions++) {
      let sum = 0;
      for (let step = 0; step < k && step <= inversions; step++) sum += counts[inversions - step] ?? 0;
      next[inversions] = sum;
    }
    counts = next;
    permutations *= k;
  }
  // S = most − 2 × inversions; the tail at least as far out as |s|.
  const atMost = Math.floor((most - Math.abs(s)) / 2);
  let tail = 0;
  for (let inversions = 0; inversions <= atMost; inversions++) tail += counts[inversions] ?? 0;
  return Math.min(1, (2 * tail) / permutations);
}

/**
 * A line that rises by so many times what its points stray from it (root of the mean square) is no wandering around a level,
 * however smoothly they stray: ranks do not see how small that is. Half a wave comes to 25; of simulated walks by chance
 * of 11, 14 and 24 points, 7, 4 and 1 in 100,000 are as straight.
 */
const STRAIGHT = 30;

function spreadOf(values: Float64Array): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
}

/**
 * Hamed & Rao 1998: autocorrelated values carry less information than their number says, so the variance of S is
 * multiplied by n/n*. Ranks of the detrended series, lags whose autocorrelation is significant at 5 %.
 */
function hamedRaoFactor(y: ArrayLike<number>): number {
  const n = y.length;
  const time = Float64Array.from({ length: n }, (_, i) => i);
  const slope = medianSlope(time, y) ?? 0;
  const residuals = Float64Array.from(y, (value, i) => value - slope * i);
  if (Math.abs(slope) * (n - 1) > STRAIGHT * spreadOf(residuals)) return 1;
  const ranks = averageRanks(residuals);
  const mean = (n + 1) / 2;
  let variance = 0;
  for (const rank of ranks) variance += (rank - mean) ** 2;
  if (variance === 0) return 1;
  const bound = 1.959963984540054 / Math.sqrt(n);
  let sum = 0;
  for (let lag = 1; lag < n - 2; lag++) {
    let covariance = 0;
    for (let i = 0; i + lag < n; i++) covariance += ((ranks[i] ?? 0) - mean) * ((ranks[i + lag] ?? 0) - mean);
    const rho = covariance / variance;
    if (Math.abs(rho) > bound) sum += (n - lag) * (n - lag - 1) * (n - lag - 2) * rho;
  }
  const factor = 1 + (2 / (n * (n - 1) * (n - 2))) * sum;
  // Negative autocorrelation would make us surer than independent points do; we do not take that gift.
  return Math.max(1, factor);
}

/** 1-based ranks; equal values share their average rank. */
function averageRanks(values: Float64Array): Float64Array {
  const order = Array.from(values.keys()).sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0));
  const ranks = new Float64Array(values.length);
  for (let start = 0; start < order.length; ) {
    let end = start + 1;
    while (end < order.length && values[order[end] ?? 0] === values[order[start] ?? 0]) end++;
    for (let i = start; i < end; i++) ranks[order[i] ?? 0] = (start + end + 1) / 2;
    start = end;
  }
  return ranks;
}
