/** gctrace and scavtrace lines as columns. Units are in the field names; the meaning is that of runtime/extern.go. */
export interface GcTrace {
  readonly count: number;
  readonly cycle: Int32Array;
  /** Seconds since the program started (`@0.012s`). */
  readonly at_s: Float64Array;
  readonly gcCpuPercent: Float64Array;
  /** Wall clock: STW sweep termination, concurrent mark and scan, STW mark termination. */
  readonly sweepTerm_ms: Float64Array;
  readonly mark_ms: Float64Array;
  readonly markTerm_ms: Float64Array;
  /** Heap at start of the cycle, at its end, and what was marked live, in MB as printed (MiB, rounded up). */
  readonly heapStart_MB: Float64Array;
  readonly heapEnd_MB: Float64Array;
  readonly heapLive_MB: Float64Array;
  readonly goal_MB: Float64Array;
  /** Go ≥ 1.18; NaN before. */
  readonly stacks_MB: Float64Array;
  readonly globals_MB: Float64Array;
  readonly procs: Int32Array;
  /** 1 where `(forced)`. */
  readonly forced: Uint8Array;
  /** 1 where `(checking for goroutine leaks)`. */
  readonly leakCheck: Uint8Array;
  /** Byte offset of the line in the input. */
  readonly offset: Float64Array;
}

export interface ScavTrace {
  readonly count: number;
  /**
   * KiB returned to the system since the last line, in the background and eagerly. Go < 1.21 prints one sum (`KiB work`): it
   * is in releasedBg_KiB, and releasedEager_KiB is NaN.
   */
  readonly releasedBg_KiB: Float64Array;
  readonly releasedEager_KiB: Float64Array;
  /** KiB that the runtime retains as address space while they are returned to the system (`KiB now`, `KiB total`). */
  readonly retained_KiB: Float64Array;
  /** Share of the memory not returned that is in use. */
  readonly utilPercent: Float64Array;
  /** 1 where `(forced)`: debug.FreeOSMemory. */
  readonly forced: Uint8Array;
  /** Byte offset of the line in the input. */
  readonly offset: Float64Array;
}

export interface TraceLog {
  readonly gc: GcTrace;
  readonly scav: ScavTrace;
  /** Lines that begin like a trace line and could not be read: counted, first ones kept. */
  readonly unread: { readonly count: number; readonly examples: readonly string[] };
}
