const BLOCKS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const;
/** Eight levels again, for terminals without Unicode. */
const PLAIN = ['_', '.', ':', '-', '=', '+', '*', '#'] as const;

/** Growth below this share of the largest value does not fill the picture: a flat series must look flat. */
const SMALLEST_SPAN = 0.2;

/**
 * `values` as a line of bars, one column each; more than `width` of them are averaged in equal buckets. The lowest bar
 * is the smallest value, the highest the largest, but the picture spans at least a fifth of the largest value.
 */
export function sparkline(values: readonly number[], width: number, unicode: boolean): string {
  if (values.length === 0 || width < 1) return '';
  const points = values.length > width ? buckets(values, width) : values;
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of points) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  const span = Math.max(high - low, Math.abs(high) * SMALLEST_SPAN);
  const bars = unicode ? BLOCKS : PLAIN;
  return points
    .map((value) => {
      const level = span === 0 ? 0 : Math.round(((value - low) / span) * (bars.length - 1));
      return bars[Math.min(bars.length - 1, Math.max(0, level))] ?? bars[0];
    })
    .join('');
}

function buckets(values: readonly number[], count: number): number[] {
  return Array.from({ length: count }, (_, i) => {
    const from = Math.floor((i * values.length) / count);
    const to = Math.max(from + 1, Math.floor(((i + 1) * values.length) / count));
    let sum = 0;
    for (const value of values.slice(from, to)) sum += value;
    return sum / (to - from);
  });
}
