/**
 * Sites and clusters are described alike in every capture of every instance of a service; each description is kept once.
 * Without this a thousand targets would keep a thousand copies of the same stacks.
 */

import type { Frame } from '../../diagnose/stacks.ts';
import type { ClusterShape, GoroutineSummary, HeapSummary, SiteShape } from '../../diagnose/summary.ts';

/** Beyond this many descriptions the table is begun anew; what targets keep stays theirs. */
const MOST = 100_000;
/** Descriptions with one key: the heaviest stack of a site changes now and then. */
const VARIANTS = 4;

export class Shapes {
  readonly #sites = new Map<string, SiteShape[]>();
  readonly #clusters = new Map<string, ClusterShape[]>();

  /** The summary with shared descriptions; with those of `before` as a whole, where it has the same sites. */
  heap(summary: HeapSummary, before: HeapSummary | null): HeapSummary {
    const sites = summary.sites.map((site) => shared(this.#sites, site, sameSite));
    return { ...summary, sites: sameItems(sites, before?.sites) ?? sites };
  }

  goroutines(summary: GoroutineSummary, before: GoroutineSummary | null): GoroutineSummary {
    const clusters = summary.clusters.map((cluster) => shared(this.#clusters, cluster, sameCluster));
    return { ...summary, clusters: sameItems(clusters, before?.clusters) ?? clusters };
  }
}

function shared<T extends { readonly key: string }>(
  table: Map<string, T[]>,
  shape: T,
  same: (a: T, b: T) => boolean,
): T {
  if (table.size > MOST) table.clear();
  const variants = table.get(shape.key);
  if (variants === undefined) {
    table.set(shape.key, [shape]);
    return shape;
  }
  const known = variants.find((variant) => same(variant, shape));
  if (known !== undefined) return known;
  if (variants.length >= VARIANTS) variants.shift();
  variants.push(shape);
  return shape;
}

function sameItems<T>(items: readonly T[], before: readonly T[] | undefined): readonly T[] | null {
  return before !== undefined && equal(items, before, Object.is) ? before : null;
}

function sameSite(a: SiteShape, b: SiteShape): boolean {
  return (
    a.via === b.via &&
    a.allocator === b.allocator &&
    equal(a.functions, b.functions, Object.is) &&
    equal(a.poolUsers, b.poolUsers, Object.is) &&
    equal(a.stack, b.stack, sameFrame)
  );
}

function sameCluster(a: ClusterShape, b: ClusterShape): boolean {
  return equal(a.functions, b.functions, Object.is) && equal(a.stack, b.stack, sameFrame);
}

function sameFrame(a: Frame, b: Frame): boolean {
  return a.line === b.line && a.function === b.function && a.file === b.file;
}

function equal<T>(a: readonly T[], b: readonly T[], same: (a: T, b: T) => boolean): boolean {
  return a.length === b.length && a.every((item, i) => same(item, b[i] ?? item));
}
