import { mannKendall } from './mann-kendall.ts';
import { type Slope, theilSen } from './theil-sen.ts';

/**
 * What a series did over the window.
 * - `rising`: a monotone trend, still going at the end.
 * - `plateau`: it rose, and levelled off before the end.
 * - `drained`: it rose and came back.
 * - `level`: nothing that the test can tell from noise.
 * - `unknown`: too few points to claim anything.
 */
export type Shape = 'rising' | 'plateau' | 'drained' | 'level' | 'unknown';

export interface SeriesTrend {
  readonly shape: Shape;
  readonly slope: Slope | null;
  /** Mann–Kendall, two-sided; null below four points. */
  readonly p: number | null;
  readonly first: number;
  readonly last: number;
  /** Share of the whole rise that falls in the second half of the window: 0.5 for a straight line. */
  readonly lateShare: number;
}

/** Below this no trend is claimed (diagnosis.md); four points in a row rising have p = 0.083. */
export const POINTS_FOR_TREND = 4;

/**
 * x ascending (any unit), y the values, `floor` the smallest rise over the window that matters (y units): a rise below
 * it is `level` whatever its p value. `looks`: see Looks.
 */
export function shapeOf(x: ArrayLike<number>, y: ArrayLike<number>, floor: number, looks: Looks = 'once'): SeriesTrend {
  const n = Math.min(x.length, y.length);
  const first = n > 0 ? (y[0] ?? 0) : 0;
  const last = n > 0 ? (y[n - 1] ?? 0) : 0;
  const slope = theilSen(x, y);
  if (n < POINTS_FOR_TREND || slope === null) return { shape: 'unknown', slope, p: null, first, last, lateShare: 0 };
  const p = mannKendall(y)?.p ?? 1;
  let peak = first;
  for (let i = 1; i < n; i++) peak = Math.max(peak, y[i] ?? 0);
  const rise = last - first;
  const middle = interpolate(x, y, ((x[0] ?? 0) + (x[n - 1] ?? 0)) / 2);
  const lateShare = rise > 0 ? (last - middle) / rise : 0;
  const base = { slope, p, first, last, lateShare };
  if (peak - first >= floor && peak - last > 0.5 * (peak - first)) return { shape: 'drained', ...base };
  if (rise < floor) return { shape: 'level', ...base };
  // A warm-up: most of the rise is early. A straight line has 0.5 late, a leak whose rate triples has more.
  if (lateShare < LATE_SHARE_OF_PLATEAU) return { shape: staysNear(x, y, last, rise) ? 'plateau' : 'level', ...base };
  if (looks === 'young' && lateShare < LATE_SHARE_OF_FILLING) return { shape: 'level', ...base };
  return { shape: p <= alphaOf(n, looks) && slope.low > 0 ? 'rising' : 'level', ...base };
}

/**
 * Is a series looked at once, or again and again for weeks? Then a rise by chance is found sooner or later. `young`: often, and
 * the process is not much older than the window: what rises ever more slowly is a cache that fills.
 */
export type Looks = 'once' | 'often' | 'young';

/**
 * The largest p value that is a trend. Often: with some fifty series and hundreds of looks a week, one in twenty would be an
 * alarm an hour. Seven points in a row have p = 0.0004; a full window has more to show, and is asked for more.
 */
function alphaOf(n: number, looks: Looks): number {
  if (looks !== 'once') return n <= 12 ? 5e-4 : 5e-5;
  return n === POINTS_FOR_TREND ? 0.1 : 0.05;
}

const LATE_SHARE_OF_PLATEAU = 0.2;
/** A cache that fills exponentially is below this once it has filled for 1.2 of its time constants; chance seldom brings a line there. */
const LATE_SHARE_OF_FILLING = 0.35;
/** How far the second half of a plateau may stray from its end, as a share of the rise before it. */
const WAVES_OF_PLATEAU = 0.35;

/** Is the second half of the window near its last value? Something that swings passes its end by chance. */
function staysNear(x: ArrayLike<number>, y: ArrayLike<number>, last: number, rise: number): boolean {
  const middle = ((x[0] ?? 0) + (x[x.length - 1] ?? 0)) / 2;
  for (let i = 0; i < x.length; i++)
    if ((x[i] ?? 0) >= middle && Math.abs((y[i] ?? 0) - last) > WAVES_OF_PLATEAU * rise) return false;
  return true;
}

/** Linear interpolation of y at x = where; x ascending. */
function interpolate(x: ArrayLike<number>, y: ArrayLike<number>, where: number): number {
  for (let i = 1; i < x.length; i++) {
    const right = x[i] ?? 0;
    if (right < where) continue;
    const left = x[i - 1] ?? 0;
    const share = right === left ? 1 : (where - left) / (right - left);
    return (y[i - 1] ?? 0) + share * ((y[i] ?? 0) - (y[i - 1] ?? 0));
  }
  return y[y.length - 1] ?? 0;
}
