/** The numbers behind plots: stacks, ticks, rows of the table beside them. */
import { format } from '../format.ts';

type Column = readonly (number | null)[];

/**
 * Running sums of `columns` (one entry per point each), lowest first: where the top of each layer is. A null or negative
 * entry adds nothing. Null where nothing at all was measured.
 */
export function stack(columns: readonly Column[]): (number | null)[][] {
  const points = columns[0]?.length ?? 0;
  const sums = new Array<number>(points).fill(0);
  const measured = Array.from({ length: points }, (_, i) =>
    columns.some((column) => column[i] !== null && column[i] !== undefined),
  );
  return columns.map((column) =>
    Array.from({ length: points }, (_, i) => {
      sums[i] = (sums[i] ?? 0) + Math.max(0, column[i] ?? 0);
      return measured[i] ? (sums[i] ?? 0) : null;
    }),
  );
}

/** Steps between ticks of a byte axis, ascending: 1, 2, 4 … 512 of every binary unit. */
export const BYTE_STEPS: readonly number[] = Array.from({ length: 54 }, (_, i) => 2 ** i);

/** Values along an axis; the smallest unit that tells neighbours apart is up to the formatter. */
export function tickLabels(values: readonly number[], unit: string): string[] {
  return values.map((value) => (value === 0 ? '0' : format(value, unit).replace(/\.0(?= )/, '')));
}

const CLOCK = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const SECONDS = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const DAY = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });

/** Labels of a time axis: `14:03:20`, `14:03`, and the day where it begins. `step` and times in ms. */
export function timeLabels(times: readonly number[], step: number): string[] {
  return times.map((at, i) => {
    const before = times[i - 1];
    const day = DAY.format(at);
    if (step >= 86_400_000) return day;
    const text = step < 60_000 ? SECONDS.format(at) : CLOCK.format(at);
    const newDay = before !== undefined && DAY.format(before) !== day;
    return newDay ? day : text;
  });
}

/** Indices of at most `limit` of `count` points, evenly, first and last among them. */
export function thinned(count: number, limit: number): number[] {
  if (count <= limit) return Array.from({ length: count }, (_, i) => i);
  return Array.from({ length: limit }, (_, i) => Math.round((i * (count - 1)) / (limit - 1)));
}

/** Index of the entry of ascending `at` that is nearest to `time`; -1 where there is none. */
export function nearest(at: readonly number[], time: number): number {
  let best = -1;
  let distance = Number.POSITIVE_INFINITY;
  for (let i = 0; i < at.length; i++) {
    const d = Math.abs((at[i] ?? 0) - time);
    if (d < distance) {
      distance = d;
      best = i;
    }
  }
  return best;
}

/** How many usual steps without a measurement make a gap. */
const GAP = 5;

/**
 * A series without the moments at which it was not measured: metrics are taken more often than profiles, and each tells
 * something else. Where it was not measured for much longer than usual, one null stays, and the line breaks there.
 */
export function measured(at: readonly number[], value: Column): { at: number[]; value: (number | null)[] } {
  const kept = { at: [] as number[], value: [] as (number | null)[] };
  const there = at.flatMap((_, i) => (value[i] === null || value[i] === undefined ? [] : [i]));
  const steps = there.slice(1).map((i, n) => (at[i] ?? 0) - (at[there[n] ?? 0] ?? 0));
  const usual = steps.toSorted((a, b) => a - b)[steps.length >> 1] ?? 0;
  for (const [n, i] of there.entries()) {
    const step = steps[n - 1] ?? 0;
    const here = at[i] ?? 0;
    if (step > GAP * usual) {
      kept.at.push(here - step / 2);
      kept.value.push(null);
    }
    kept.at.push(here);
    kept.value.push(value[i] ?? null);
  }
  return kept;
}
