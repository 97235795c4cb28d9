/**
 * What the diagnosis needs of one heap or goroutine profile, and no more: a few kilobytes instead of the profile. Every
 * diagnosis is made from these, that of a bundle too, so that a long window can be diagnosed without reading a profile twice.
 */

import type { Captured, Snapshot, Timeline } from '../evidence/timeline.ts';
import type { Where } from '../findings/model.ts';
import type { Frame, ParkState } from './stacks.ts';
import type { SyscallSeries } from './syscall-series.ts';

/** What holds the memory, as far as the stack tells. `heap` is anything else. */
export type SiteKind = 'heap' | 'map' | 'sync-map' | 'pool' | 'timer' | 'context';

/** A heap site without its numbers: the same in every capture of one build, but for the heaviest stack. */
export interface SiteShape {
  /** Kind and line. */
  readonly key: string;
  readonly kind: SiteKind;
  /** The user's line, or the standard library's function where no user code is on the stack. */
  readonly where: Where;
  /** Is `where` the user's (or a dependency's) code? */
  readonly owned: boolean;
  /** The function that `where` called to allocate, e.g. `bytes.growSlice`; empty where it allocates itself. */
  readonly via: string;
  /** The runtime function that allocated (`runtime.mapassign_faststr`), where symbols were collected. */
  readonly allocator: string;
  /** Non-standard functions on its stacks, callers too; closures count to the function that they are written in. */
  readonly functions: readonly string[];
  /** Functions on its stacks that call sync.(*Pool).Get: its objects were made by Pool.New for them. */
  readonly poolUsers: readonly string[];
  /** Heaviest stack, leaf first. */
  readonly stack: readonly Frame[];
}

/** One heap profile by site. Columns have one entry per site; bytes and objects are unsampled, variance is bytes². */
export interface HeapSummary {
  readonly sites: readonly SiteShape[];
  /** In use. */
  readonly bytes: Float64Array;
  readonly objects: Float64Array;
  /** Of `bytes`, from sampling. */
  readonly variance: Float64Array;
  /** Allocated since the process started. */
  readonly allocBytes: Float64Array;
  readonly allocObjects: Float64Array;
  /** Sites that were too small to be kept one by one, as a sum. */
  readonly rest: { readonly sites: number; readonly bytes: number; readonly allocBytes: number };
  /** No site that is missing from `sites` had more bytes in use than this; 0 where they had none. */
  readonly floor: number;
  /** Functions on most of the stacks of the whole profile; they say nothing about belonging together (link.ts). */
  readonly common: readonly string[];
  /** The user line that allocated most while sending HTTP requests; null where none was sampled. */
  readonly sender: Sender | null;
}

/** Bytes in use and allocated on the way into net/http's client. */
export interface Sender {
  readonly where: Where;
  readonly inuse: number;
  readonly allocated: number;
}

/** A goroutine cluster without its numbers. */
export interface ClusterShape {
  /** State, line and entry. */
  readonly key: string;
  readonly state: ParkState;
  /** The user's line at which it waits; the leaf-most named std function where no user code is on the stack. */
  readonly where: Where;
  readonly owned: boolean;
  /** The function that the goroutine was started with. */
  readonly entry: Where;
  readonly functions: readonly string[];
  /** Leaf first. */
  readonly stack: readonly Frame[];
}

/** What a debug=2 dump says of the goroutines that wait at one line in one way. */
export interface ClusterWaits {
  /** The line with the `go` statement. */
  readonly creator: Where | null;
  readonly maxWaitMinutes: number;
  /** Goroutines by minutes waited: [0, 1), [1, 5), [5, 15), [15, 60), [60, 1440), longer. */
  readonly histogram: readonly [number, number, number, number, number, number];
  /** Id of one of them. */
  readonly example: number;
  /** Ids, ascending: who is still there at the next dump. A summary that is kept has the lowest (oldest) some thousands. */
  readonly ids: readonly number[];
}

/** A dump by line and state (`waitsKey` in goroutine-summary.ts). */
export type WaitTable = ReadonlyMap<string, ClusterWaits>;

/** One goroutine profile by cluster. */
export interface GoroutineSummary {
  readonly clusters: readonly ClusterShape[];
  readonly count: Float64Array;
  /** All goroutines, those of the clusters left out included. */
  readonly total: number;
  /** No cluster that is missing from `clusters` had more goroutines than this; 0 where all are there. */
  readonly floor: number;
  /** Per cluster; null where no dump was taken with it or the dump does not have it. Absent without a dump. */
  readonly waits?: readonly (ClusterWaits | null)[];
}

/** A visit with its profiles summarised. */
export interface SummarisedSnapshot extends Omit<Snapshot, 'heap' | 'goroutines' | 'dump' | 'leaks'> {
  readonly heap?: Captured<HeapSummary>;
  readonly goroutines?: Captured<GoroutineSummary>;
  readonly waits?: Captured<WaitTable>;
  readonly leaks?: Captured<GoroutineSummary>;
  /** Bytes marked live by the last GC, where HeapAlloc was not read right after a forced one. */
  readonly liveHeap?: number;
  /** What memory is limited to and by what, where neither `process` nor `memstats` says so. */
  readonly limit?: { readonly bytes: number; readonly source: string };
}

/** A timeline with its profiles summarised: what all detectors work on. */
export interface SummarisedTimeline extends Omit<Timeline, 'snapshots' | 'syscallCounts'> {
  readonly snapshots: readonly SummarisedSnapshot[];
  /** What the process asked of the kernel; its windows may be shorter or longer than the time between two visits. */
  readonly syscallSeries?: Captured<SyscallSeries>;
  /**
   * The window begins so soon after the process did that filling caches and pools cannot be told from a leak: nothing
   * is confirmed by growth alone.
   */
  readonly warmingUp?: boolean;
  readonly patient?: Patience;
}

/**
 * For one who looks at the same series again and again, for weeks. Chance must be smaller then, and growth that cannot be told
 * from the load's in this window is left to a later one, unless there is no time for that (`isUrgent` in case.ts).
 */
export interface Patience {
  /** The process is not much older than the window: see Looks in stats/shape.ts. */
  readonly young: boolean;
  /** Does another window show the finding with this fingerprint, too? Asked of every finding; what has to wait is not told. */
  readonly agreed: (fingerprint: string) => boolean;
}
