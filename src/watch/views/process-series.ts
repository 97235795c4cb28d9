/** The series of one process that the page draws, from the counters of METRICS. */
import type { SeriesView } from '../api/contract.ts';
import type { Metric, MetricColumns } from '../model.ts';
import { seriesView } from './columns.ts';

export const SERIES_METRICS = [
  'live_heap_bytes',
  'gc_cycles_total',
  'gc_pause_ns_total',
  'goroutines',
  'load',
  'rss_bytes',
  'limit_bytes',
] as const satisfies readonly Metric[];

export type ProcessSeries = 'live-heap' | 'gc-pause' | 'gc-rate' | 'goroutines' | 'load' | 'rss' | 'limit';

/** Those that were measured at all. `load`: how the load metric is to be read; null where there is none. */
export function processSeries(columns: MetricColumns, load: 'counter' | 'gauge' | null): SeriesView[] {
  const { at, values } = columns;
  const cycles = values.gc_cycles_total;
  const pause = values.gc_pause_ns_total;
  const found: (readonly [ProcessSeries, string, Float64Array | undefined])[] = [
    ['live-heap', 'bytes', values.live_heap_bytes],
    ['gc-pause', 'ns', cycles === undefined || pause === undefined ? undefined : perEvent(at, pause, cycles)],
    ['gc-rate', '1/s', cycles === undefined ? undefined : ratePerSecond(at, cycles)],
    ['goroutines', 'count', values.goroutines],
    load === 'counter' && values.load !== undefined
      ? ['load', '1/s', ratePerSecond(at, values.load)]
      : ['load', 'count', values.load],
    ['rss', 'bytes', values.rss_bytes],
    ['limit', 'bytes', values.limit_bytes],
  ];
  return found.flatMap(([name, unit, value]) =>
    value?.some(Number.isFinite) ? [seriesView(name, unit, { at, value })] : [],
  );
}

/** Per second since the point before; NaN where the counter fell (a restart) and at the first point. `at` in ms. */
function ratePerSecond(at: Float64Array, counter: Float64Array): Float64Array {
  const before = basesOf(at, counter);
  return counter.map((value, i) => {
    const base = before[i] ?? -1;
    const rise = value - (counter[base] ?? Number.NaN);
    const seconds = ((at[i] ?? 0) - (at[base] ?? 0)) / 1000;
    return rise >= 0 && seconds > 0 ? rise / seconds : Number.NaN;
  });
}

/** What one event cost since the point before; NaN where none happened. */
function perEvent(at: Float64Array, total: Float64Array, events: Float64Array): Float64Array {
  const before = basesOf(at, events);
  return total.map((value, i) => {
    const base = before[i] ?? -1;
    const count = (events[i] ?? 0) - (events[base] ?? Number.NaN);
    const rise = value - (total[base] ?? Number.NaN);
    return count > 0 && rise >= 0 ? rise / count : Number.NaN;
  });
}

/**
 * For each point the one before to compare it with, -1 where there is none. Metrics and profiles are often taken within a
 * moment of each other: a counter that stood still for that moment is no rate of 0, so the second of the two is left out.
 */
function basesOf(at: Float64Array, counter: Float64Array): Int32Array {
  const steps = at.slice(1).map((time, i) => time - (at[i] ?? 0));
  const usual = steps.sort()[Math.floor(steps.length * 0.75)] ?? 0;
  const bases = new Int32Array(at.length).fill(-1);
  let last = -1;
  let beforeLast = -1;
  for (let i = 0; i < at.length; i++) {
    const sameMoment = last >= 0 && (at[i] ?? 0) - (at[last] ?? 0) < usual / 2;
    if (sameMoment && Number.isFinite(counter[last])) continue;
    // The first of the two did not measure this: the second stands for both.
    if (!sameMoment) beforeLast = last;
    bases[i] = beforeLast;
    last = i;
  }
  return bases;
}
