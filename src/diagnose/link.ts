/**
 * Which growing heap sites belong to which growing goroutine cluster or holder (S15 without a dump). Two things must
 * agree: they share code, and they grow in step. A heap dump would prove it; this is the best that profiles can say.
 */
import { correlation } from '../stats/regression.ts';
import type { SeriesTrend } from '../stats/shape.ts';
import { type Cluster, sharesCode } from './clusters.ts';
import { outerFunction, packageOf } from './packages.ts';
import type { Site } from './sites.ts';

export interface GrowingSite {
  readonly site: Site;
  readonly trend: SeriesTrend;
  /** Standard deviation (bytes) that sampling alone gives to its growth. */
  readonly noise: number;
  readonly grown: number;
  readonly grownObjects: number;
}

export interface GrowingCluster {
  readonly cluster: Cluster;
  readonly trend: SeriesTrend;
  /** Goroutines more at the end than at the start. */
  readonly grown: number;
}

export interface LinkedSite {
  readonly site: GrowingSite;
  /** New objects per new goroutine. */
  readonly perGoroutine: number;
  /** Shares code with the cluster; otherwise it only grows in step and has no user code of its own. */
  readonly sharesCode: boolean;
  /** Grows by as many objects as the cluster by goroutines, interval by interval. */
  readonly inStep: boolean;
}

/**
 * The growing sites that go with this cluster, heaviest first. `caller`: the user's function behind a cluster that has no
 * user code on its own stack.
 */
export function linkSites(
  cluster: GrowingCluster,
  sites: readonly GrowingSite[],
  common: ReadonlySet<string>,
  caller?: string,
): LinkedSite[] {
  const linked: LinkedSite[] = [];
  for (const site of sites) {
    const perGoroutine = cluster.grown > 0 ? site.grownObjects / cluster.grown : 0;
    const own = ownFunctions(site.site, common);
    const related =
      site.site.owned &&
      (sharesCode(cluster.cluster, own) ||
        startedThere(cluster, site, perGoroutine) ||
        (caller !== undefined && own.has(outerFunction(caller))));
    const step = inStep(cluster, site, perGoroutine);
    if (related || step) linked.push({ site, perGoroutine, sharesCode: related, inStep: step });
  }
  return linked.sort((a, b) => b.site.grown - a.site.grown);
}

/**
 * In a small service the function that starts the goroutines is on most stacks, and so says little by itself; but what is
 * allocated below it by the handful, rising when they rise, is what they were given.
 */
function startedThere({ cluster }: GrowingCluster, { site }: GrowingSite, perGoroutine: number): boolean {
  const creator = outerFunction(cluster.dump?.creator?.function ?? '');
  if (creator === '' || creator === 'main.main' || !site.functions.has(creator)) return false;
  return perGoroutine >= FEW.least && perGoroutine <= FEW.most && correlation(site.objects, cluster.count) > 0.9;
}

/** A handful of the runtime's and net/http's own objects come with every goroutine: a g, buffers, a request. */
const FEW = { least: 0.3, most: 30 };

/**
 * Do they grow together though no code is shared? Sites without user code must come by the handful. User code of the
 * cluster's package (of any, where the cluster has no user code itself) must show one new object per new goroutine, interval by interval, closer than chance: each
 * interval within three standard deviations (with two, one leak in five fails at one of five intervals), the whole closer
 * than that, and enough samples that this means something.
 */
function inStep(cluster: GrowingCluster, growing: GrowingSite, perGoroutine: number): boolean {
  const { site } = growing;
  if (!site.owned) return perGoroutine >= FEW.least && perGoroutine <= FEW.most;
  const { owned, where } = cluster.cluster;
  if (owned && packageOf(site.where.function) !== packageOf(where.function)) return false;
  const size = growing.grownObjects > 0 ? growing.grown / growing.grownObjects : 0;
  if (size <= 0 || growing.noise / size > 0.35 * growing.grownObjects) return false;
  let intervals = 0;
  let apart = 0;
  for (let i = 1; i < site.objects.length; i++) {
    const objects = (site.objects[i] ?? Number.NaN) - (site.objects[i - 1] ?? Number.NaN);
    const goroutines = (cluster.cluster.count[i] ?? Number.NaN) - (cluster.cluster.count[i - 1] ?? Number.NaN);
    if (Number.isNaN(objects) || Number.isNaN(goroutines)) continue;
    intervals++;
    const variance = Math.max(0, (site.variance[i] ?? 0) - (site.variance[i - 1] ?? 0)) / size ** 2;
    // The two profiles are taken a moment apart: one goroutine more or less is no contradiction.
    apart += Math.abs(objects - goroutines);
    if (Math.abs(objects - goroutines) > 1 + 3 * Math.sqrt(variance)) return false;
  }
  // One more or less at every interval would still be no step that they keep together.
  const most = 1 + 0.25 * cluster.grown + (2 * growing.noise * Math.sqrt(intervals)) / size;
  return intervals >= 3 && apart <= most;
}

/**
 * Is `holder` (a map, timer, context … that grows) what keeps `kept`? They must share code beyond what everything
 * shares, and the holder must not be lonelier than what it holds: one entry for at most a few thousand objects.
 */
export function holds(holder: GrowingSite, kept: GrowingSite, common: ReadonlySet<string>): boolean {
  if (holder === kept || !kept.site.owned) return false;
  if (holder.site.where.function === kept.site.where.function) return true;
  for (const name of ownFunctions(holder.site, common)) if (kept.site.functions.has(name)) return true;
  return false;
}

/** The functions of a site that tell it from others; the one that allocates always does. */
function ownFunctions(site: Site, common: ReadonlySet<string>): Set<string> {
  const own = new Set<string>([outerFunction(site.where.function)]);
  for (const name of site.functions) if (!common.has(name)) own.add(name);
  return own;
}
