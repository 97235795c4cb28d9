/**
 * Runtime memory counters from whichever source has them (heap debug=1 trailer, expvar, Prometheus text).
 * Names are those of runtime.MemStats; bytes unless the name says otherwise. A field that the source lacks is absent.
 */
export interface MemStats {
  readonly source: 'heap-debug1' | 'expvar' | 'prometheus';
  readonly Alloc?: number;
  readonly TotalAlloc?: number;
  readonly Sys?: number;
  readonly Mallocs?: number;
  readonly Frees?: number;
  readonly HeapAlloc?: number;
  readonly HeapSys?: number;
  readonly HeapIdle?: number;
  readonly HeapInuse?: number;
  readonly HeapReleased?: number;
  readonly HeapObjects?: number;
  readonly StackInuse?: number;
  readonly StackSys?: number;
  readonly MSpanInuse?: number;
  readonly MSpanSys?: number;
  readonly MCacheInuse?: number;
  readonly MCacheSys?: number;
  readonly BuckHashSys?: number;
  readonly GCSys?: number;
  readonly OtherSys?: number;
  readonly NextGC?: number;
  /** ns since the epoch. */
  readonly LastGC?: number;
  readonly PauseTotalNs?: number;
  readonly NumGC?: number;
  readonly NumForcedGC?: number;
  readonly GCCPUFraction?: number;
  /** Ring of the most recent 256 pauses, ns; the newest is at (NumGC+255)%256. */
  readonly PauseNs?: readonly number[];
  /** Goroutine count where the source has it (go_goroutines). */
  readonly Goroutines?: number;
  /** Peak RSS in bytes (`# MaxRSS`, Linux). */
  readonly MaxRSS?: number;
  /** process_resident_memory_bytes. */
  readonly RSS?: number;
  /** go_gc_gomemlimit_bytes or GOMEMLIMIT where known. */
  readonly MemLimit?: number;
  /** go_gc_heap_live_bytes: marked live by the last GC. */
  readonly HeapLive?: number;
  /** process_start_time_seconds, seconds since the epoch; a change means a restart. */
  readonly ProcessStart?: number;
}
