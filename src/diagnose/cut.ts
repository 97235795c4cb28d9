/** Makes a summary small enough to be kept for weeks: the large sites and clusters one by one, the others as a sum. */
import type { GoroutineSummary, HeapSummary } from './summary.ts';

export interface CutLimits {
  /** Sites with bytes in use that are kept at most, the largest ones. */
  readonly sites: number;
  /** Sites with less in use are not kept, bytes. Growth counts from 512 KiB on, so little of it goes unseen below this. */
  readonly bytes: number;
  /** Sites that are kept for what they have allocated, in use or not: they say who makes garbage. */
  readonly allocating: number;
  /** Clusters that are kept at most. */
  readonly clusters: number;
}

/** With the default sampling rate any site in use has half a megabyte, so nothing in use is cut before there are 256 sites. */
export const KEPT: CutLimits = { sites: 256, bytes: 64 * 1024, allocating: 8, clusters: 256 };

/** The summary without its small sites; the order of those kept stays. */
export function cutHeap(summary: HeapSummary, limits: CutLimits = KEPT): HeapSummary {
  const { sites, bytes, allocBytes, rest } = summary;
  const used = sites.map((_, i) => i).filter((i) => (bytes[i] ?? 0) > 0);
  const largest = used.sort((a, b) => (bytes[b] ?? 0) - (bytes[a] ?? 0));
  const keep = new Set(largest.slice(0, limits.sites).filter((i) => (bytes[i] ?? 0) >= limits.bytes));
  for (const i of topOf(allocBytes, limits.allocating)) keep.add(i);
  if (keep.size === sites.length) return summary;
  let [cutBytes, cutAlloc, floor] = [rest.bytes, rest.allocBytes, summary.floor];
  for (let i = 0; i < sites.length; i++) {
    if (keep.has(i)) continue;
    cutBytes += bytes[i] ?? 0;
    cutAlloc += allocBytes[i] ?? 0;
    floor = Math.max(floor, bytes[i] ?? 0);
  }
  const order = [...keep].sort((a, b) => a - b);
  const pick = (column: Float64Array): Float64Array => Float64Array.from(order, (i) => column[i] ?? 0);
  return {
    ...summary,
    sites: order.flatMap((i) => sites[i] ?? []),
    bytes: pick(bytes),
    objects: pick(summary.objects),
    variance: pick(summary.variance),
    allocBytes: pick(allocBytes),
    allocObjects: pick(summary.allocObjects),
    rest: { sites: rest.sites + sites.length - keep.size, bytes: cutBytes, allocBytes: cutAlloc },
    floor,
  };
}

/** The summary with its largest clusters. */
export function cutGoroutines(summary: GoroutineSummary, limits: CutLimits = KEPT): GoroutineSummary {
  const { clusters, count, waits } = summary;
  if (clusters.length <= limits.clusters) return summary;
  const order = topOf(count, limits.clusters).sort((a, b) => a - b);
  const kept = new Set(order);
  let { floor } = summary;
  for (const [i, goroutines] of count.entries()) if (!kept.has(i)) floor = Math.max(floor, goroutines);
  return {
    ...summary,
    clusters: order.flatMap((i) => clusters[i] ?? []),
    count: Float64Array.from(order, (i) => count[i] ?? 0),
    floor,
    ...(waits === undefined ? {} : { waits: order.map((i) => waits[i] ?? null) }),
  };
}

/** Indices of the largest values above 0, largest first. */
function topOf(values: Float64Array, most: number): number[] {
  return [...values.keys()]
    .filter((i) => (values[i] ?? 0) > 0)
    .sort((a, b) => (values[b] ?? 0) - (values[a] ?? 0))
    .slice(0, most);
}
