/** The runtime's and the kernel's numbers as METRICS, and back into what the diagnosis reads. */
import type { SummarisedSnapshot } from '../../diagnose/summary.ts';
import type { MemStats } from '../../evidence/memstats/stats.ts';
import type { ProcessStats } from '../../evidence/process/process.ts';
import type { Metric, MetricPoint } from '../model.ts';

type Values = MetricPoint['values'];

/** math.MaxInt64 is "no limit". */
const NO_LIMIT = 2 ** 62;

/** Metrics that are a field of MemStats each. */
const FIELDS: readonly (readonly [Metric, Exclude<keyof MemStats, 'source' | 'PauseNs'>])[] = [
  ['heap_alloc_bytes', 'HeapAlloc'],
  ['heap_inuse_bytes', 'HeapInuse'],
  ['heap_idle_bytes', 'HeapIdle'],
  ['heap_released_bytes', 'HeapReleased'],
  ['heap_sys_bytes', 'HeapSys'],
  ['stack_inuse_bytes', 'StackInuse'],
  ['sys_bytes', 'Sys'],
  ['next_gc_bytes', 'NextGC'],
  ['alloc_bytes_total', 'TotalAlloc'],
  ['gc_cycles_total', 'NumGC'],
  ['gc_pause_ns_total', 'PauseTotalNs'],
  ['goroutines', 'Goroutines'],
  ['start_time_seconds', 'ProcessStart'],
];

/**
 * What two readers say, as metrics. `forced`: the counters were read right after a forced GC, so that HeapAlloc is the
 * live heap; otherwise only a target that exports the live heap itself has it.
 */
export function metricsOf(
  memstats: MemStats | null,
  process: ProcessStats | null,
  { forced }: { readonly forced: boolean },
): Values {
  const values: Partial<Record<Metric, number>> = {};
  const put = (metric: Metric, value: number | undefined): void => {
    if (value !== undefined && Number.isFinite(value)) values[metric] = value;
  };
  for (const [metric, field] of FIELDS) put(metric, memstats?.[field]);
  put('rss_bytes', process?.rss ?? memstats?.RSS);
  put('live_heap_bytes', memstats?.HeapLive ?? (forced ? memstats?.HeapAlloc : undefined));
  put('runtime_bytes', runtimeBytes(memstats));
  put('open_fds', process?.fds);
  put('limit_bytes', limitOf(memstats, process)?.bytes);
  return values;
}

function runtimeBytes(m: MemStats | null): number | undefined {
  const parts = [m?.MSpanSys, m?.MCacheSys, m?.BuckHashSys, m?.GCSys, m?.OtherSys];
  return parts.every((part) => part === undefined)
    ? undefined
    : parts.reduce<number>((sum, part) => sum + (part ?? 0), 0);
}

/** The nearer limit and its name, as findings say it. */
export function limitOf(
  memstats: MemStats | null,
  process: ProcessStats | null,
): { readonly bytes: number; readonly source: string } | null {
  const cgroup = process?.cgroup?.limit ?? Infinity;
  const gomemlimit = memstats?.MemLimit ?? Infinity;
  if (Math.min(cgroup, gomemlimit) >= NO_LIMIT) return null;
  return cgroup <= gomemlimit ? { bytes: cgroup, source: 'cgroup limit' } : { bytes: gomemlimit, source: 'GOMEMLIMIT' };
}

/** The counters of a capture as the diagnosis reads them; `file` is the capture's id. */
export function snapshotOf(at: number, file: string, values: Values): SummarisedSnapshot {
  const data: { -readonly [Key in keyof MemStats]: MemStats[Key] } = { source: 'prometheus' };
  let known = 0;
  for (const [metric, field] of FIELDS) {
    const value = values[metric];
    if (value === undefined) continue;
    data[field] = value;
    known++;
  }
  if (values.runtime_bytes !== undefined) data.OtherSys = values.runtime_bytes;
  const { rss_bytes: rss, open_fds: fds, live_heap_bytes: liveHeap, load, limit_bytes: limit } = values;
  return {
    at,
    ...(known === 0 && liveHeap === undefined ? {} : { memstats: { file, at, data } }),
    ...(liveHeap === undefined ? {} : { liveHeap }),
    ...(rss === undefined && fds === undefined
      ? {}
      : {
          process: {
            file,
            at,
            data: { pid: 0, ...(rss === undefined ? {} : { rss }), ...(fds === undefined ? {} : { fds }) },
          },
        }),
    ...(load === undefined ? {} : { load: { file, at, data: load } }),
    ...(limit === undefined ? {} : { limit: { bytes: limit, source: 'memory limit' } }),
  };
}
