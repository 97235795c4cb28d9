import { Z95 } from './normal.ts';

export interface Slope {
  /** Median of the pairwise slopes, in y units per x unit. */
  readonly slope: number;
  /** 95 % interval (Sen 1968). */
  readonly low: number;
  readonly high: number;
  /** Median of y minus slope × median of x. */
  readonly intercept: number;
}

/**
 * Theil–Sen estimator: one bad snapshot in four does not move it, which a least-squares line cannot say.
 * x and y have equal length n; pairs with equal x are left out. O(n² log n): thin series above a few thousand points.
 * Null with fewer than two distinct x.
 */
export function theilSen(x: ArrayLike<number>, y: ArrayLike<number>): Slope | null {
  const n = Math.min(x.length, y.length);
  const sorted = pairSlopes(x, y, n);
  const count = sorted.length;
  if (count === 0) return null;
  const slope = medianOfSorted(sorted);
  // Sen's interval: ranks around the middle, as wide as Kendall's S varies under no trend. Ties in y narrow it.
  const sigma = Math.sqrt(kendallVariance(n, tieSizes(x, n), tieSizes(y, n)));
  const width = Z95 * sigma;
  const lowRank = Math.max(Math.round((count - width) / 2) - 1, 0);
  const highRank = Math.min(Math.round((count + width) / 2), count - 1);
  return {
    slope,
    low: at(sorted, lowRank),
    high: at(sorted, highRank),
    intercept: median(y, n) - slope * median(x, n),
  };
}

/** The slope alone: a third of the work. Null with fewer than two distinct x. */
export function medianSlope(x: ArrayLike<number>, y: ArrayLike<number>): number | null {
  const sorted = pairSlopes(x, y, Math.min(x.length, y.length));
  return sorted.length === 0 ? null : medianOfSorted(sorted);
}

/** Slopes of all pairs with distinct x, ascending. */
function pairSlopes(x: ArrayLike<number>, y: ArrayLike<number>, n: number): Float64Array {
  const slopes = new Float64Array((n * (n - 1)) / 2);
  let count = 0;
  for (let i = 0; i < n; i++) {
    for (let j = i + 1; j < n; j++) {
      const dx = at(x, j) - at(x, i);
      if (dx !== 0) slopes[count++] = (at(y, j) - at(y, i)) / dx;
    }
  }
  return slopes.subarray(0, count).sort();
}

/** Variance of Kendall's S without trend; ties subtract (Kendall 1975). */
export function kendallVariance(n: number, ...ties: readonly (readonly number[])[]): number {
  let total = n * (n - 1) * (2 * n + 5);
  for (const sizes of ties) for (const t of sizes) total -= t * (t - 1) * (2 * t + 5);
  return total / 18;
}

/** Sizes of the groups of equal values, those above one. */
export function tieSizes(values: ArrayLike<number>, n = values.length): number[] {
  const sorted = Float64Array.from(values).subarray(0, n).sort();
  const sizes: number[] = [];
  let start = 0;
  for (let i = 1; i <= n; i++) {
    if (i < n && at(sorted, i) === at(sorted, start)) continue;
    if (i - start > 1) sizes.push(i - start);
    start = i;
  }
  return sizes;
}

export function median(values: ArrayLike<number>, n = values.length): number {
  return medianOfSorted(Float64Array.from(values).subarray(0, n).sort());
}

function medianOfSorted(sorted: Float64Array): number {
  const n = sorted.length;
  if (n === 0) return Number.NaN;
  const middle = n >> 1;
  return n % 2 === 1 ? at(sorted, middle) : (at(sorted, middle - 1) + at(sorted, middle)) / 2;
}

function at(values: ArrayLike<number>, index: number): number {
  return values[index] ?? Number.NaN;
}
