/** Runtime counters, a process and a load metric as the columns of METRICS. */
import type { MemStats } from '../../evidence/memstats/stats.ts';
import type { ProcessStats } from '../../evidence/process/process.ts';
import type { Metric, MetricPoint } from '../model.ts';

export type Values = MetricPoint['values'];

/** `forced`: the counters were read right after a forced GC, so what is allocated is what is live. */
export function counterValues(stats: MemStats, forced: boolean): Values {
  return present({
    rss_bytes: stats.RSS,
    live_heap_bytes: forced ? (stats.HeapAlloc ?? stats.HeapLive) : stats.HeapLive,
    heap_alloc_bytes: stats.HeapAlloc,
    heap_inuse_bytes: stats.HeapInuse,
    heap_idle_bytes: stats.HeapIdle,
    heap_released_bytes: stats.HeapReleased,
    heap_sys_bytes: stats.HeapSys,
    stack_inuse_bytes: stats.StackInuse,
    runtime_bytes: sum(stats.MSpanSys, stats.MCacheSys, stats.BuckHashSys, stats.GCSys, stats.OtherSys),
    sys_bytes: stats.Sys,
    next_gc_bytes: stats.NextGC,
    alloc_bytes_total: stats.TotalAlloc,
    gc_cycles_total: stats.NumGC,
    gc_pause_ns_total: stats.PauseTotalNs,
    goroutines: stats.Goroutines,
    limit_bytes: stats.MemLimit,
    start_time_seconds: stats.ProcessStart,
  });
}

/** What the system says of a process of this machine goes before what it says of itself. */
export function processValues(stats: ProcessStats, startedAt: number | null): Values {
  return present({
    rss_bytes: stats.rss,
    open_fds: stats.fds,
    limit_bytes: stats.cgroup?.limit,
    start_time_seconds: startedAt ?? undefined,
  });
}

/** Later ones win, but of two limits the nearer one. */
export function merged(...all: readonly Values[]): Values {
  const values: Partial<Record<Metric, number>> = Object.assign({}, ...all);
  const limits = all.flatMap(({ limit_bytes }) => (limit_bytes === undefined ? [] : [limit_bytes]));
  if (limits.length > 0) values.limit_bytes = Math.min(...limits);
  return values;
}

/** Numbers that are none are left out: the store and the statistics take missing for missing. */
function present(values: Readonly<Partial<Record<Metric, number | undefined>>>): Values {
  return Object.fromEntries(
    Object.entries(values).filter(([, value]) => value !== undefined && Number.isFinite(value)),
  );
}

function sum(...terms: readonly (number | undefined)[]): number | undefined {
  let all = 0;
  for (const term of terms) {
    if (term === undefined) return undefined;
    all += term;
  }
  return all;
}
