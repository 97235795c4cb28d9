import { t95 } from './normal.ts';

export interface PartialSlope {
  /** Slope of y over time with the load held constant, y units per time unit. */
  readonly slope: number;
  readonly low: number;
  readonly high: number;
  /** y units per unit of load. */
  readonly perLoad: number;
  /** Correlation of load with time; near ±1 the two cannot be told apart. */
  readonly collinearity: number;
}

/**
 * Least squares of y on time and load: how much of the growth the load does not explain.
 * All three have length n ≥ 4. Null where load or time do not vary, or where they are collinear (|r| > 0.95).
 */
export function slopeBesideLoad(
  time: ArrayLike<number>,
  load: ArrayLike<number>,
  y: ArrayLike<number>,
): PartialSlope | null {
  const n = Math.min(time.length, load.length, y.length);
  if (n < 4) return null;
  const t = centred(time, n);
  const l = centred(load, n);
  const v = centred(y, n);
  const tt = dot(t, t);
  const ll = dot(l, l);
  const tl = dot(t, l);
  const determinant = tt * ll - tl * tl;
  const collinearity = tt > 0 && ll > 0 ? tl / Math.sqrt(tt * ll) : 0;
  if (tt === 0 || ll === 0 || determinant <= 0 || Math.abs(collinearity) > 0.95) return null;
  const tv = dot(t, v);
  const lv = dot(l, v);
  const slope = (ll * tv - tl * lv) / determinant;
  const perLoad = (tt * lv - tl * tv) / determinant;
  let rest = 0;
  for (let i = 0; i < n; i++) rest += ((v[i] ?? 0) - slope * (t[i] ?? 0) - perLoad * (l[i] ?? 0)) ** 2;
  const degrees = n - 3;
  const half = t95(degrees) * Math.sqrt((rest / degrees) * (ll / determinant));
  return { slope, low: slope - half, high: slope + half, perLoad, collinearity };
}

/** Pearson's correlation; 0 where either side does not vary. */
export function correlation(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const n = Math.min(a.length, b.length);
  const x = centred(a, n);
  const y = centred(b, n);
  const scale = Math.sqrt(dot(x, x) * dot(y, y));
  return scale === 0 ? 0 : dot(x, y) / scale;
}

function centred(values: ArrayLike<number>, n: number): Float64Array {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += values[i] ?? 0;
  return Float64Array.from({ length: n }, (_, i) => (values[i] ?? 0) - sum / n);
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
}
