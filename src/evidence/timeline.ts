/**
 * All evidence of one window, parsed, in time order: what `collect/` hands to `diagnose/`. It is built from a bundle
 * only, so that a live run and a re-run see the same.
 */

import type { SyscallStack } from './exectrace/read.ts';
import type { TraceLog } from './gctrace/trace.ts';
import type { GoroutineDump } from './goroutines/dump.ts';
import type { MemStats } from './memstats/stats.ts';
import type { Profile } from './pprof/profile.ts';
import type { ProcessStats } from './process/process.ts';
import type { SyscallRecording } from './syscalls/recording.ts';

/** A parsed capture with the file it came from (path inside the bundle) and when it was taken (ms since the epoch). */
export interface Captured<T> {
  readonly file: string;
  readonly at: number;
  readonly data: T;
}

/** One visit to the target: everything taken close together. Any part may be missing. */
export interface Snapshot {
  /** ms since the epoch, of the heap profile where there is one. */
  readonly at: number;
  /** Heap profile after a forced GC (`heap?gc=1`), sample types alloc_objects, alloc_space, inuse_objects, inuse_space. */
  readonly heap?: Captured<Profile>;
  /** Runtime counters read right after that GC. */
  readonly memstats?: Captured<MemStats>;
  /** Goroutine profile (debug=0): one sample per distinct stack with a count. */
  readonly goroutines?: Captured<Profile>;
  /** Goroutine dump (debug=2). */
  readonly dump?: Captured<GoroutineDump>;
  /** The runtime's goroutineleak profile. */
  readonly leaks?: Captured<Profile>;
  readonly process?: Captured<ProcessStats>;
  /** Value of the load metric (cumulative counter, or gauge as `loadKind` says). */
  readonly load?: Captured<number>;
}

export interface Timeline {
  readonly service: string;
  readonly instance: string;
  readonly goVersion: string | null;
  /** Path of the main module, e.g. `example.com/orders`, where the executable could be read. */
  readonly mainModule?: string | null;
  /** ms since the epoch. */
  readonly start: number;
  readonly end: number;
  readonly snapshots: readonly Snapshot[];
  /** gctrace/scavtrace of a process that we started, or that was handed in as a log. */
  readonly trace?: Captured<TraceLog>;
  /** RSS between the visits (bytes), of a process on the collector's machine; `at` in ms since the epoch. */
  readonly rssSamples?: { readonly at: readonly number[]; readonly rss: readonly number[] };
  readonly load: { readonly metric: string; readonly kind: 'counter' | 'gauge'; readonly guessed: boolean } | null;
  /** Index of the first snapshot after each restart of the target; empty where it ran through. */
  readonly restarts: readonly number[];
  /**
   * The runtime functions with memory in use at a line (`function\\0line` → `runtime.mapassign_faststr`, …), heaviest
   * first, where a heap?debug=1 capture and its symbols were taken: profile.proto hides the runtime's frames, and with
   * them what is a map.
   */
  readonly allocators?: ReadonlyMap<string, readonly string[]>;
  /** Stacks that entered system calls in one second of execution trace, taken where memory grew outside the Go heap. */
  readonly syscalls?: Captured<readonly SyscallStack[]>;
  /** What the process asked of the kernel over the window, counted by the collector of src/collect/syscalls. */
  readonly syscallCounts?: Captured<SyscallRecording>;
  /**
   * Names in the bundle of a heap dump that the probe gave, and of the executable where the process was on this machine.
   * They are read where they are used, being as large as the heap.
   */
  readonly heapDump?: { readonly dump: string; readonly executable: string | null };
  /** What could not be taken or read, one sentence each. */
  readonly notes: readonly string[];
}
