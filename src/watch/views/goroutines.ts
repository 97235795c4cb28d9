/** The goroutines of one instance by cluster: how many, how they wait, who started them, and how that changed. */
import type { GoroutineSummary } from '../../diagnose/summary.ts';
import type { ClusterView, GoroutinesView } from '../api/contract.ts';
import type { KeyedSeries } from '../history/store.ts';
import type { CaptureSummary, TargetId } from '../model.ts';
import { seriesView } from './columns.ts';

/** Clusters that are shown; the page has a search for the rest of the stacks: the flame graph. */
export const MAX_CLUSTERS = 200;

export interface GoroutinesInput {
  readonly range: { readonly from: number; readonly to: number };
  readonly instance: TargetId;
  /** Of the range, oldest first. */
  readonly summaries: readonly CaptureSummary[];
  /** Of clusters, by key. */
  readonly series: readonly KeyedSeries[];
}

/** The clusters that are there now, for which series are to be asked; most first. */
export function clusterKeys(summaries: readonly CaptureSummary[], most: number): string[] {
  const now = summaries.findLast(({ goroutines }) => goroutines !== null)?.goroutines;
  return now === null || now === undefined ? [] : byCount(now, most).map((row) => now.clusters[row]?.key ?? '');
}

export function goroutinesView({ range, instance, summaries, series }: GoroutinesInput): GoroutinesView {
  const measured = summaries.filter(({ goroutines }) => goroutines !== null);
  const last = measured.at(-1);
  const first = measured.length > 1 ? measured[0] : undefined;
  const now = last?.goroutines ?? null;
  // Dumps are taken more rarely than profiles: the last one is better than none.
  const dump = measured.findLast(({ goroutines }) => goroutines?.waits !== undefined)?.goroutines ?? null;
  return {
    from: range.from,
    to: range.to,
    instance,
    capture: last?.capture ?? null,
    total: now?.total ?? 0,
    clusters: now === null ? [] : clusterViews(now, { before: first?.goroutines ?? null, dump, series }),
  };
}

export interface ClusterContext {
  readonly before: GoroutineSummary | null;
  readonly dump: GoroutineSummary | null;
  readonly series: readonly KeyedSeries[];
}

/** Most goroutines first. */
export function clusterViews(now: GoroutineSummary, { before, dump, series }: ClusterContext): ClusterView[] {
  const earlier = countByKey(before);
  const waits = new Map(dump?.clusters.map(({ key }, i) => [key, dump.waits?.[i] ?? null]));
  const points = new Map(series.map((one) => [one.key, one]));
  return byCount(now, MAX_CLUSTERS).flatMap((row) => {
    const cluster = now.clusters[row];
    if (cluster === undefined) return [];
    const wait = waits.get(cluster.key) ?? null;
    const own = points.get(cluster.key);
    return {
      key: cluster.key,
      state: cluster.state,
      where: { ...cluster.where },
      entry: { ...cluster.entry },
      creator: wait?.creator === null || wait === null ? null : { ...wait.creator },
      count: now.count[row] ?? 0,
      before: before === null ? null : (earlier.get(cluster.key) ?? 0),
      owned: cluster.owned,
      maxWaitMinutes: wait?.maxWaitMinutes ?? null,
      waits: wait === null ? null : [...wait.histogram],
      stack: cluster.stack.map(({ function: name, file, line }) => ({ function: name, file, line })),
      series: own === undefined ? null : seriesView('goroutines', 'count', own, 120),
    };
  });
}

/** Row numbers, most goroutines first. */
function byCount(summary: GoroutineSummary, most: number): number[] {
  return summary.clusters
    .map((_, row) => row)
    .sort((a, b) => (summary.count[b] ?? 0) - (summary.count[a] ?? 0))
    .slice(0, most);
}

export function countByKey(summary: GoroutineSummary | null): Map<string, number> {
  return new Map(summary?.clusters.map(({ key }, row) => [key, summary.count[row] ?? 0]));
}
