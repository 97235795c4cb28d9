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
    ['gc-pause', 'ns', cycles === undefined || pause === undefined ? undefined : perEvent(pause, cycles)],
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
  return counter.map((value, i) => {
    const rise = value - (counter[i - 1] ?? Number.NaN);
    const seconds = ((at[i] ?? 0) - (at[i - 1] ?? 0)) / 1000;
    return rise >= 0 && seconds > 0 ? rise / seconds : Number.NaN;
  });
}

/** What one event cost since the point before; NaN where none happened. */
function perEvent(total: Float64Array, events: Float64Array): Float64Array {
  return total.map((value, i) => {
    const count = (events[i] ?? 0) - (events[i - 1] ?? Number.NaN);
    const rise = value - (total[i - 1] ?? Number.NaN);
    return count > 0 && rise >= 0 ? rise / count : Number.NaN;
  });
}
