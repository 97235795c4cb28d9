import { EvidenceError } from '../error.ts';
import { parseLabels, readSamples, type Samples } from './exposition.ts';
import type { MemStats } from './stats.ts';

export interface PrometheusText {
  /** From `go_memstats_*`, else from the runtime/metrics names of client_golang's Go collector, and `process_*`. */
  readonly memstats: MemStats;
  readonly samples: Samples;
  /** `go_info{version=…}`, e.g. `go1.26.8`. */
  readonly goVersion?: string;
}

type Field = Exclude<keyof MemStats, 'source' | 'PauseNs'>;

/** A metric of client_golang, and what one of its units is in ours. */
const DIRECT: readonly (readonly [Field, string, number])[] = [
  ['Alloc', 'go_memstats_alloc_bytes', 1],
  ['TotalAlloc', 'go_memstats_alloc_bytes_total', 1],
  ['Sys', 'go_memstats_sys_bytes', 1],
  ['Mallocs', 'go_memstats_mallocs_total', 1],
  ['Frees', 'go_memstats_frees_total', 1],
  ['HeapAlloc', 'go_memstats_heap_alloc_bytes', 1],
  ['HeapSys', 'go_memstats_heap_sys_bytes', 1],
  ['HeapIdle', 'go_memstats_heap_idle_bytes', 1],
  ['HeapInuse', 'go_memstats_heap_inuse_bytes', 1],
  ['HeapReleased', 'go_memstats_heap_released_bytes', 1],
  ['HeapObjects', 'go_memstats_heap_objects', 1],
  ['StackInuse', 'go_memstats_stack_inuse_bytes', 1],
  ['StackSys', 'go_memstats_stack_sys_bytes', 1],
  ['MSpanInuse', 'go_memstats_mspan_inuse_bytes', 1],
  ['MSpanSys', 'go_memstats_mspan_sys_bytes', 1],
  ['MCacheInuse', 'go_memstats_mcache_inuse_bytes', 1],
  ['MCacheSys', 'go_memstats_mcache_sys_bytes', 1],
  ['BuckHashSys', 'go_memstats_buck_hash_sys_bytes', 1],
  ['GCSys', 'go_memstats_gc_sys_bytes', 1],
  ['OtherSys', 'go_memstats_other_sys_bytes', 1],
  ['NextGC', 'go_memstats_next_gc_bytes', 1],
  ['LastGC', 'go_memstats_last_gc_time_seconds', 1e9],
  ['GCCPUFraction', 'go_memstats_gc_cpu_fraction', 1], // client_golang < 1.13
  ['PauseTotalNs', 'go_gc_duration_seconds_sum', 1e9],
  ['NumGC', 'go_gc_cycles_total_gc_cycles_total', 1],
  ['NumGC', 'go_gc_duration_seconds_count', 1],
  ['NumForcedGC', 'go_gc_cycles_forced_gc_cycles_total', 1],
  ['Goroutines', 'go_goroutines', 1],
  ['Goroutines', 'go_sched_goroutines_goroutines', 1],
  ['RSS', 'process_resident_memory_bytes', 1],
  ['MemLimit', 'go_gc_gomemlimit_bytes', 1],
  ['HeapLive', 'go_gc_heap_live_bytes', 1],
  ['ProcessStart', 'process_start_time_seconds', 1],
];

const CLASS = 'go_memory_classes_';

/**
 * The same numbers as sums of runtime/metrics classes, as runtime.ReadMemStats defines its fields by them
 * (runtime/metrics/description.go): for services that export only those.
 */
const DERIVED: readonly (readonly [Field, readonly string[]])[] = [
  ['Alloc', [`${CLASS}heap_objects_bytes`]],
  ['HeapAlloc', [`${CLASS}heap_objects_bytes`]],
  ['HeapInuse', [`${CLASS}heap_objects_bytes`, `${CLASS}heap_unused_bytes`]],
  ['HeapIdle', [`${CLASS}heap_free_bytes`, `${CLASS}heap_released_bytes`]],
  ['HeapReleased', [`${CLASS}heap_released_bytes`]],
  ['HeapSys', ['objects', 'unused', 'free', 'released'].map((part) => `${CLASS}heap_${part}_bytes`)],
  ['StackInuse', [`${CLASS}heap_stacks_bytes`]],
  ['StackSys', [`${CLASS}heap_stacks_bytes`, `${CLASS}os_stacks_bytes`]],
  ['MSpanInuse', [`${CLASS}metadata_mspan_inuse_bytes`]],
  ['MSpanSys', [`${CLASS}metadata_mspan_inuse_bytes`, `${CLASS}metadata_mspan_free_bytes`]],
  ['MCacheInuse', [`${CLASS}metadata_mcache_inuse_bytes`]],
  ['MCacheSys', [`${CLASS}metadata_mcache_inuse_bytes`, `${CLASS}metadata_mcache_free_bytes`]],
  ['BuckHashSys', [`${CLASS}profiling_buckets_bytes`]],
  ['GCSys', [`${CLASS}metadata_other_bytes`]],
  ['OtherSys', [`${CLASS}other_bytes`]],
  ['Sys', [`${CLASS}total_bytes`]],
  ['NextGC', ['go_gc_heap_goal_bytes']],
  ['TotalAlloc', ['go_gc_heap_allocs_bytes_total']],
  ['HeapObjects', ['go_gc_heap_objects_objects']],
  ['Mallocs', ['go_gc_heap_allocs_objects_total', 'go_gc_heap_tiny_allocs_objects_total']],
  ['Frees', ['go_gc_heap_frees_objects_total', 'go_gc_heap_tiny_allocs_objects_total']],
];

/** No GOMEMLIMIT is math.MaxInt64. */
const NO_LIMIT = 2 ** 62;

/** Reads a `/metrics` page. Throws EvidenceError where it has no sample at all. */
export function readPrometheus(bytes: Uint8Array): PrometheusText {
  const samples = readSamples(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'));
  if (samples.count === 0) {
    throw new EvidenceError(
      'Prometheus text',
      'no sample in this text (no line such as "go_goroutines 12"); take the /metrics page',
    );
  }
  const values = new Map<string, number>();
  let goVersion: string | undefined;
  for (let s = 0; s < samples.count; s++) {
    const name = samples.names[samples.name[s] ?? 0] ?? '';
    const value = samples.value[s] ?? Number.NaN;
    const labels = samples.labels[s] ?? '';
    if (name === 'go_info') goVersion ??= parseLabels(labels).get('version');
    else if (Number.isFinite(value) && !values.has(name) && !labels.includes('quantile=')) values.set(name, value);
  }
  const memstats = { ...memstatsOf(values), source: 'prometheus' as const };
  return goVersion === undefined ? { memstats, samples } : { memstats, samples, goVersion };
}

function memstatsOf(values: ReadonlyMap<string, number>): Partial<Record<Field, number>> {
  const stats: Partial<Record<Field, number>> = {};
  for (const [field, metric, factor] of DIRECT) {
    const value = values.get(metric);
    if (value === undefined || stats[field] !== undefined) continue;
    if (field === 'MemLimit' && value >= NO_LIMIT) continue;
    stats[field] = factor === 1 ? value : Math.round(value * factor); // ns of the epoch
  }
  for (const [field, metrics] of DERIVED) {
    if (stats[field] !== undefined) continue;
    const parts = metrics.map((metric) => values.get(metric));
    if (parts.every((part) => part !== undefined)) stats[field] = parts.reduce((sum, part) => sum + part, 0);
  }
  return stats;
}
