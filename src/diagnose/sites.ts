/** Heap sites over time, joined from the summaries of a window's heap profiles. */
import type { Where } from '../findings/model.ts';
import type { Frame } from './stacks.ts';
import type { HeapSummary, SiteKind, SiteShape } from './summary.ts';

export interface Site {
  readonly key: string;
  readonly kind: SiteKind;
  readonly where: Where;
  /** Is `where` the user's (or a dependency's) code? */
  readonly owned: boolean;
  /** These five are those of the newest profile: a site that grows is in it. See SiteShape. */
  readonly via: string;
  readonly allocator: string;
  readonly functions: ReadonlySet<string>;
  readonly poolUsers: readonly string[];
  readonly stack: readonly Frame[];
  /** Per snapshot index; NaN where that snapshot has no heap profile. bytes and objects in use, unsampled. */
  readonly bytes: Float64Array;
  readonly objects: Float64Array;
  /** Variance of `bytes` from sampling, bytes². */
  readonly variance: Float64Array;
  /** Cumulative bytes allocated; NaN also where the site was too small to be kept. */
  readonly allocBytes: Float64Array;
}

/** `allocators`: see Timeline.allocators. A site's allocator is known where symbols were collected; a map outranks the rest. */
export type AllocatorOf = (shape: SiteShape) => string;

/**
 * All sites of a window; one entry per snapshot, undefined where it has no heap profile.
 *
 * A site that is missing from a complete profile had nothing in use there. From one whose small sites were dropped it
 * had at most `floor`, and then the least growth is assumed that is possible: as much as in the profiles beside it, up to
 * the floor. So a site that came into sight grew from the floor on, not from nothing, and one that went out of sight did
 * not grow.
 */
export function joinSites(summaries: readonly (HeapSummary | undefined)[], allocatorOf: AllocatorOf): Site[] {
  const joined = new Map<string, Joined>();
  const last = summaries.findLast((summary) => summary !== undefined);
  for (const [index, summary] of summaries.entries()) {
    if (summary === undefined) continue;
    for (const [i, shape] of summary.sites.entries()) {
      let site = joined.get(shape.key);
      if (site === undefined) {
        site = { shape, columns: columnsFor(summaries) };
        joined.set(shape.key, site);
      } else if (summary === last) site.shape = shape;
      const { columns } = site;
      columns.bytes[index] = summary.bytes[i] ?? 0;
      columns.objects[index] = summary.objects[i] ?? 0;
      columns.variance[index] = summary.variance[i] ?? 0;
      columns.allocBytes[index] = summary.allocBytes[i] ?? 0;
      columns.seen[index] = 1;
    }
  }
  const cut = summaries.some((summary) => summary !== undefined && summary.rest.sites > 0);
  const sites: Site[] = [];
  for (const { shape, columns } of joined.values()) {
    if (cut) fillGaps(columns, summaries);
    const { bytes, objects, variance, allocBytes } = columns;
    const { key, kind, where, owned, via, functions, poolUsers, stack } = shape;
    const allocator = allocatorOf(shape);
    sites.push({
      ...{ key, kind, where, owned, via, allocator, functions: setOf(functions), poolUsers, stack },
      ...{ bytes, objects, variance, allocBytes },
    });
  }
  return sites;
}

interface Columns {
  readonly bytes: Float64Array;
  readonly objects: Float64Array;
  readonly variance: Float64Array;
  readonly allocBytes: Float64Array;
  /** 1 where the summary has the site. */
  readonly seen: Uint8Array;
}

interface Joined {
  shape: SiteShape;
  readonly columns: Columns;
}

function columnsFor(summaries: readonly (HeapSummary | undefined)[]): Columns {
  const column = (): Float64Array => {
    const values = new Float64Array(summaries.length);
    for (const [i, summary] of summaries.entries()) if (summary === undefined) values[i] = Number.NaN;
    return values;
  };
  return {
    bytes: column(),
    objects: column(),
    variance: column(),
    allocBytes: column(),
    seen: new Uint8Array(summaries.length),
  };
}

/** Sets of the functions of one shape, which every window asks for again. */
const SETS = new WeakMap<readonly string[], ReadonlySet<string>>();

function setOf(functions: readonly string[]): ReadonlySet<string> {
  let set = SETS.get(functions);
  if (set === undefined) {
    set = new Set(functions);
    SETS.set(functions, set);
  }
  return set;
}

function fillGaps(
  { bytes, objects, variance, allocBytes, seen }: Columns,
  summaries: readonly (HeapSummary | undefined)[],
): void {
  const { before, after } = neighbours(seen);
  for (const [i, summary] of summaries.entries()) {
    if (summary === undefined || seen[i] === 1 || summary.rest.sites === 0) continue;
    allocBytes[i] = Number.NaN;
    const [left, right] = [before[i] ?? -1, after[i] ?? -1];
    const source = left < 0 || (right >= 0 && (bytes[right] ?? 0) < (bytes[left] ?? 0)) ? right : left;
    const beside = bytes[source] ?? 0;
    const value = Math.min(summary.floor, beside);
    const share = beside > 0 ? value / beside : 0;
    bytes[i] = value;
    objects[i] = (objects[source] ?? 0) * share;
    variance[i] = (variance[source] ?? 0) * share;
  }
}

/** Per index: the nearest index before and after it that was seen; -1 where there is none. */
export function neighbours(seen: Uint8Array): { before: Int32Array; after: Int32Array } {
  const before = new Int32Array(seen.length);
  const after = new Int32Array(seen.length);
  let last = -1;
  for (let i = 0; i < seen.length; i++) {
    before[i] = last;
    if (seen[i] === 1) last = i;
  }
  last = -1;
  for (let i = seen.length - 1; i >= 0; i--) {
    after[i] = last;
    if (seen[i] === 1) last = i;
  }
  return { before, after };
}

/**
 * Variance of an unsampled sum. An object of size s is sampled with p = 1 − e^(−s/rate); the profile has already
 * divided by p, so n = objects × p were seen, and the variance of n/p is n(1 − p)/p², times s² in bytes.
 */
export function samplingVariance(bytes: number, objects: number, rate: number): number {
  if (objects <= 0 || bytes <= 0 || rate <= 1) return 0;
  const size = bytes / objects;
  const p = 1 - Math.exp(-size / rate);
  return ((objects * (1 - p)) / p) * size * size;
}
