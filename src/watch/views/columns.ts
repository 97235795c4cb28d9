/** Columns of the store as the page gets them: plain arrays, null where nothing was measured. */
import type { SeriesView } from '../api/contract.ts';

/** More points than a plot has pixels say nothing. */
export const MAX_POINTS = 600;

export function nullable(column: ArrayLike<number>): (number | null)[] {
  return Array.from(column, orNull);
}

export function orNull(value: number | null | undefined): number | null {
  return value !== null && value !== undefined && Number.isFinite(value) ? value : null;
}

/** A series thinned to at most `most` points by leaving out evenly; the first and the last point stay. */
export function seriesView(
  name: string,
  unit: string,
  { at, value }: { readonly at: ArrayLike<number>; readonly value: ArrayLike<number> },
  most = MAX_POINTS,
): SeriesView {
  const count = Math.min(at.length, value.length);
  const kept = Math.min(count, most);
  const view: SeriesView = { name, unit, at: [], value: [] };
  for (let i = 0; i < kept; i++) {
    const row = kept === 1 ? count - 1 : Math.round((i * (count - 1)) / (kept - 1));
    view.at.push(at[row] ?? 0);
    view.value.push(orNull(value[row]));
  }
  return view;
}
