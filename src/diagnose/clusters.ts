/**
 * Goroutine clusters over time, joined from the summaries of a window's goroutine profiles; debug=2 dumps add creators,
 * waiting times and, by goroutine id, whether those parked at the start are still parked at the end.
 */
import type { Where } from '../findings/model.ts';
import { waitsKey } from './goroutine-summary.ts';
import { outerFunction } from './packages.ts';
import { neighbours } from './sites.ts';
import type { ClusterShape, GoroutineSummary, WaitTable } from './summary.ts';

export interface Cluster extends ClusterShape {
  /** Goroutines per snapshot index; NaN where that snapshot has no goroutine profile. */
  readonly count: Float64Array;
  /** From the dumps; null where none was taken or none has it. */
  readonly dump: ClusterDump | null;
}

export interface ClusterDump {
  /** The line with the `go` statement. */
  readonly creator: Where | null;
  readonly maxWaitMinutes: number;
  /** Goroutines in the first dump, and how many of just those are still in the cluster in the last one. */
  readonly first: number;
  readonly survivors: number;
  readonly example: number;
}

/**
 * All clusters of a window; one entry per snapshot, undefined where it has no goroutine profile. `dumps`: those of the
 * window, oldest first. A cluster that was too small to be kept is assumed to have grown as little as is possible, as
 * sites are (sites.ts).
 */
export function joinClusters(
  summaries: readonly (GoroutineSummary | undefined)[],
  dumps: readonly WaitTable[] = [],
): Cluster[] {
  const joined = new Map<string, { shape: ClusterShape; count: Float64Array; seen: Uint8Array }>();
  for (const [index, summary] of summaries.entries()) {
    if (summary === undefined) continue;
    for (const [i, shape] of summary.clusters.entries()) {
      let cluster = joined.get(shape.key);
      if (cluster === undefined) {
        const count = Float64Array.from(summaries, (other) => (other === undefined ? Number.NaN : 0));
        cluster = { shape, count, seen: new Uint8Array(summaries.length) };
        joined.set(shape.key, cluster);
      }
      cluster.count[index] = summary.count[i] ?? 0;
      cluster.seen[index] = 1;
    }
  }
  const cut = summaries.some((summary) => summary !== undefined && summary.floor > 0);
  return [...joined.values()].map(({ shape, count, seen }) => {
    if (cut) fillGaps(count, seen, summaries);
    return { ...shape, count, dump: dumpOf(shape, dumps) };
  });
}

function fillGaps(count: Float64Array, seen: Uint8Array, summaries: readonly (GoroutineSummary | undefined)[]): void {
  const { before, after } = neighbours(seen);
  for (const [i, summary] of summaries.entries()) {
    if (summary === undefined || seen[i] === 1) continue;
    const beside = Math.min(count[before[i] ?? -1] ?? Infinity, count[after[i] ?? -1] ?? Infinity);
    count[i] = Math.min(summary.floor, beside);
  }
}

function dumpOf(shape: ClusterShape, dumps: readonly WaitTable[]): ClusterDump | null {
  const [first] = dumps;
  const last = dumps.at(-1);
  const late = last?.get(waitsKey(shape));
  if (first === undefined || late === undefined) return null;
  const early = last === first ? undefined : first.get(waitsKey(shape));
  const still = new Set(late.ids);
  return {
    creator: late.creator,
    maxWaitMinutes: late.maxWaitMinutes,
    first: early?.ids.length ?? 0,
    survivors: early?.ids.filter((id) => still.has(id)).length ?? 0,
    example: late.example,
  };
}

/** Does this cluster wait in one of the functions of that site, or was it started there? Used to link the two. */
export function sharesCode(cluster: Cluster, functions: ReadonlySet<string>): boolean {
  for (const name of cluster.functions) if (functions.has(name)) return true;
  const creator = cluster.dump?.creator;
  return creator !== null && creator !== undefined && functions.has(outerFunction(creator.function));
}
