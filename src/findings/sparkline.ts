const BLOCKS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const;
/** Eight levels again, for terminals without Unicode. */
const PLAIN = ['_', '.', ':', '-', '=', '+', '*', '#'] as const;

/** Growth below this share of the largest value does not fill the picture: a flat series must look flat. */
const SMALLEST_SPAN = 0.2;

/**
 * `values` as a line of bars, one column each, with a space where there is no value. The lowest bar is the smallest
 * value, the highest the largest, but the picture spans at least a fifth of the largest value.
 */
export function sparkline(values: readonly (number | null)[], unicode: boolean): string {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (value === null) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  const span = Math.max(high - low, Math.abs(high) * SMALLEST_SPAN);
  const bars = unicode ? BLOCKS : PLAIN;
  return values
    .map((value) => {
      if (value === null) return ' ';
      const level = span === 0 ? 0 : Math.round(((value - low) / span) * (bars.length - 1));
      return bars[Math.min(bars.length - 1, Math.max(0, level))] ?? bars[0];
    })
    .join('');
}

/**
 * A series on a time axis of `columns` columns from `from` to `to` (the unit of `at`): the mean of the points that fall
 * into a column, else the point nearest in time, so that series with different points stand above each other. Nothing
 * before the first point and after the last. `at` ascends.
 */
export function onAxis(
  at: readonly number[],
  values: readonly number[],
  from: number,
  to: number,
  columns: number,
): (number | null)[] {
  const step = columns > 1 ? (to - from) / (columns - 1) : 0;
  const columnOf = (time: number): number => (step > 0 ? Math.round((time - from) / step) : 0);
  const sums = new Array<number>(columns).fill(0);
  const counts = new Array<number>(columns).fill(0);
  for (const [i, time] of at.entries()) {
    const column = Math.min(columns - 1, Math.max(0, columnOf(time)));
    sums[column] = (sums[column] ?? 0) + (values[i] ?? 0);
    counts[column] = (counts[column] ?? 0) + 1;
  }
  const filled = counts.flatMap((count, column) => (count > 0 ? [column] : []));
  const first = filled[0] ?? columns;
  const last = filled.at(-1) ?? -1;
  return sums.map((_, column) => {
    if (column < first || column > last) return null;
    const near = filled.reduce(
      (best, other) => (Math.abs(other - column) < Math.abs(best - column) ? other : best),
      first,
    );
    return (sums[near] ?? 0) / (counts[near] ?? 1);
  });
}
