/**
 * What the diagnosis needs of one heap or goroutine profile, and no more: a few kilobytes instead of the profile. A long
 * window is diagnosed from the summaries of its captures, so that no profile is read twice.
 */

import type { Where } from '../findings/model.ts';
import type { SiteKind } from './sites.ts';
import type { Frame, ParkState } from './stacks.ts';

/** A heap site without its numbers: the same in every capture of one build. */
export interface SiteShape {
  readonly key: string;
  readonly kind: SiteKind;
  readonly where: Where;
  readonly owned: boolean;
  readonly via: string;
  readonly allocator: string;
  /** Non-standard functions on its stacks. */
  readonly functions: readonly string[];
  readonly poolUsers: readonly string[];
  /** Heaviest stack, leaf first. */
  readonly stack: readonly Frame[];
}

/** One heap profile by site. Columns have one entry per site; bytes and objects are unsampled, variance is bytes². */
export interface HeapSummary {
  readonly sites: readonly SiteShape[];
  readonly bytes: Float64Array;
  readonly objects: Float64Array;
  readonly variance: Float64Array;
  readonly allocBytes: Float64Array;
  readonly allocObjects: Float64Array;
  /** Sites that were too small to be kept one by one, as a sum. */
  readonly rest: { readonly sites: number; readonly bytes: number; readonly allocBytes: number };
  /** Functions on most of the stacks of the whole profile (link.ts); they say nothing about belonging together. */
  readonly common: readonly string[];
}

/** A goroutine cluster without its numbers. */
export interface ClusterShape {
  readonly key: string;
  readonly state: ParkState;
  readonly where: Where;
  readonly owned: boolean;
  /** The function that the goroutine was started with. */
  readonly entry: Where;
  readonly functions: readonly string[];
  readonly stack: readonly Frame[];
}

/** What a debug=2 dump adds to one cluster. */
export interface ClusterWaits {
  readonly creator: Where | null;
  readonly maxWaitMinutes: number;
  /** Goroutines by minutes waited: [0, 1), [1, 5), [5, 15), [15, 60), [60, 1440), longer. */
  readonly histogram: readonly [number, number, number, number, number, number];
  readonly example: number;
  /** Ids of its goroutines, ascending, at most some thousands: who is still there at the next dump. */
  readonly ids: readonly number[];
}

/** One goroutine profile by cluster. */
export interface GoroutineSummary {
  readonly clusters: readonly ClusterShape[];
  readonly count: Float64Array;
  /** All goroutines, those of the clusters left out included. */
  readonly total: number;
  /** Per cluster; null where no dump was taken with it or the dump does not have it. Absent without a dump. */
  readonly waits?: readonly (ClusterWaits | null)[];
}
