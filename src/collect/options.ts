/** What a caller can decide about a collection. `src/cli/target-options.ts` fills these from the command line. */
import type { HttpOptions } from './http.ts';

export interface CollectOptions {
  /** Length of the window, ms. */
  readonly windowMs: number;
  /** Visits spread over the window, first and last included; at least 2. */
  readonly snapshots: number;
  /** Where to leave the bundle; absent: a temporary directory that the caller removes. */
  readonly out?: string;
  /** Prometheus metric (with or without `{label="value"}`) or expvar key that measures load. */
  readonly loadMetric?: string;
  /** debug=2 dumps, which stop the world, are only asked for below this many goroutines. */
  readonly goroutineLimit: number;
  /** For a child: where its pprof is, when it cannot be found by looking. */
  readonly pprof?: string;
  /** Pass the output of a lab service through, too. */
  readonly verbose: boolean;
  readonly http: HttpOptions;
  /**
   * Count in the kernel what the process asks of it (root, Linux). `where possible` is for a PID: any other target's process was
   * not named by who asks. Absent: `no`.
   */
  readonly syscalls?: SyscallWish;
  /** Ask the probe for a heap dump at the last visit. It stops the program while it is written; never by default. */
  readonly heapdump?: HeapDumpRequest;
}

export type SyscallWish = 'no' | 'where possible' | 'insisted';

export interface HeapDumpRequest {
  /** The token that the service gave to its probe. */
  readonly token: string;
  /** Longest pause to accept, as Go writes it (`5s`); absent: what the service itself allows. */
  readonly maxPause?: string;
}

export const DEFAULTS = { windowMs: 5 * 60_000, snapshots: 6, goroutineLimit: 10_000, timeoutMs: 30_000 } as const;

export type Phase = 'snapshot' | 'wait' | 'last' | 'done';

/** State of a running collection; bytes and ms. */
export interface Progress {
  readonly phase: Phase;
  /** Snapshots taken so far, and planned. */
  readonly snapshot: number;
  readonly of: number;
  readonly elapsed: number;
  readonly remaining: number;
  readonly rss?: number;
  readonly goroutines?: number;
  readonly liveHeap?: number;
}

export interface CollectHooks {
  readonly onProgress?: (progress: Progress) => void;
  /** One sentence worth telling at once (pprof found at …, the target restarted …). */
  readonly onNote?: (sentence: string) => void;
  /** A line that a started program printed; stderr gets it where this is absent. */
  readonly onOutput?: (line: string) => void;
  /** Aborting ends the window early; what was collected still becomes a bundle. */
  readonly signal?: AbortSignal;
}

export interface Collected {
  readonly dir: string;
  /** True where the caller has to remove `dir` after use. */
  readonly temporary: boolean;
}
