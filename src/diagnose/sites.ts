/**
 * Heap sites over time. A site is a user's line together with what kind of thing it allocates; the stacks that lead to
 * it are summed. Heap profiles are sampled, so every sum carries its variance.
 */
import { expandFrames, type FrameView, functionFile, functionName, sampleTypeIndex } from '../evidence/pprof/frames.ts';
import type { Profile } from '../evidence/pprof/profile.ts';
import type { Snapshot } from '../evidence/timeline.ts';
import type { Where } from '../findings/model.ts';
import { type Frame, frameSource } from './stacks.ts';
import { type FunctionTraits, functionTraits, OWNER, TRAIT, traitOf } from './traits.ts';

/** What holds the memory, as far as the stack tells. `heap` is anything else. */
export type SiteKind = 'heap' | 'map' | 'sync-map' | 'pool' | 'timer' | 'context';

export interface Site {
  readonly key: string;
  readonly kind: SiteKind;
  /** The user's line, or the standard library's function where no user code is on the stack. */
  readonly where: Where;
  /** Is `where` the user's (or a dependency's) code? */
  readonly owned: boolean;
  /** The function that `where` called to allocate, e.g. `bytes.growSlice`; empty where it allocates itself. */
  via: string;
  /** The runtime function that allocated (`runtime.mapassign_faststr`), where symbols were collected. */
  allocator: string;
  /** Non-standard functions on its stacks, callers too. */
  readonly functions: Set<string>;
  /** Functions on its stacks that call sync.(*Pool).Get: its objects were made by Pool.New for them. */
  readonly poolUsers: Set<string>;
  /** Per snapshot index; NaN where that snapshot has no heap profile. bytes and objects in use, unsampled. */
  readonly bytes: Float64Array;
  readonly objects: Float64Array;
  /** Variance of `bytes` from sampling, bytes². */
  readonly variance: Float64Array;
  /** Cumulative bytes and objects allocated. */
  readonly allocBytes: Float64Array;
  readonly allocObjects: Float64Array;
  /** The heaviest stack in the last profile, leaf first; empty where it is not in that. */
  stack: readonly Frame[];
}

const DEFAULT_RATE = 512 * 1024;

/**
 * All sites of all snapshots that have a heap profile. Functions and the heaviest stack are those of the last profile: a
 * site that grows is in it. Half a million stacks of depth 20 are looked at as numbers, about a second a profile.
 */
export function heapSites(snapshots: readonly Snapshot[]): Site[] {
  const sites = new Map<string, Site>();
  const has = snapshots.map((snapshot) => snapshot.heap !== undefined);
  const last = has.lastIndexOf(true);
  for (const [index, snapshot] of snapshots.entries()) {
    if (snapshot.heap === undefined) continue;
    const columns = addProfile(sites, snapshot.heap.data, index, has);
    if (index === last && columns !== null) describe(columns);
  }
  return [...sites.values()];
}

/** One profile with the site of each of its stacks; null where a stack is our own profiling. */
interface SitedProfile {
  readonly profile: Profile;
  readonly view: FrameView;
  readonly traits: FunctionTraits;
  /** Index into `sites`, or -1. */
  readonly siteOfStack: Int32Array;
  readonly sites: readonly Site[];
  /** In-use bytes of each stack. */
  readonly stackBytes: Float64Array;
}

function addProfile(
  sites: Map<string, Site>,
  profile: Profile,
  index: number,
  has: readonly boolean[],
): SitedProfile | null {
  const inuseSpace = profile.samples.values[sampleTypeIndex(profile, 'inuse_space')];
  const inuseObjects = profile.samples.values[sampleTypeIndex(profile, 'inuse_objects')];
  const allocSpace = profile.samples.values[sampleTypeIndex(profile, 'alloc_space')];
  const allocObjects = profile.samples.values[sampleTypeIndex(profile, 'alloc_objects')];
  if (inuseSpace === undefined || inuseObjects === undefined) return null;
  const rate = profile.period > 0 ? profile.period : DEFAULT_RATE;
  const view = expandFrames(profile);
  const traits = functionTraits(profile);
  const { siteOfStack, own } = sitesOfStacks(sites, profile, view, traits, has);
  const stackBytes = new Float64Array(view.stackCount);
  for (let sample = 0; sample < profile.samples.count; sample++) {
    const stack = view.stackOfSample[sample] ?? 0;
    const site = own[siteOfStack[stack] ?? -1];
    if (site === undefined) continue;
    const bytes = inuseSpace[sample] ?? 0;
    const objects = inuseObjects[sample] ?? 0;
    add(site.bytes, index, bytes);
    add(site.objects, index, objects);
    add(site.variance, index, samplingVariance(bytes, objects, rate));
    add(site.allocBytes, index, allocSpace?.[sample] ?? 0);
    add(site.allocObjects, index, allocObjects?.[sample] ?? 0);
    add(stackBytes, stack, bytes);
  }
  return { profile, view, traits, siteOfStack, sites: own, stackBytes };
}

function sitesOfStacks(
  sites: Map<string, Site>,
  profile: Profile,
  view: FrameView,
  traits: FunctionTraits,
  has: readonly boolean[],
): { siteOfStack: Int32Array; own: Site[] } {
  const siteOfStack = new Int32Array(view.stackCount).fill(-1);
  const own: Site[] = [];
  // Function, line and kind in one number: strings are made once per site and profile, not per stack.
  const known = new Map<number, number>();
  for (let stack = 0; stack < view.stackCount; stack++) {
    const at = blameOf(view, traits, stack);
    if (at < 0) continue;
    const kind = kindOfStack(view, traits, stack, at);
    const fn = view.frameFunction[at] ?? -1;
    const line = view.frameLine[at] ?? 0;
    const key = ((fn + 1) * 8 + kind) * 2 ** 22 + (line & 0x3fffff);
    let index = known.get(key);
    if (index === undefined) {
      const via = at > (view.frameOffsets[stack] ?? 0) ? functionName(profile, view.frameFunction[at - 1] ?? -1) : '';
      const where = { function: functionName(profile, fn), file: functionFile(profile, fn), line };
      const owned = fn >= 0 && traits.owner[fn] !== OWNER.std;
      index = own.length;
      own.push(siteFor(sites, where, { kind, owned, via, has }));
      known.set(key, index);
    }
    siteOfStack[stack] = index;
  }
  return { siteOfStack, own };
}

/** Fills in what only sites that grow are asked for: functions, who takes from pools, the heaviest stack. */
function describe({ profile, view, traits, siteOfStack, sites, stackBytes }: SitedProfile): void {
  const source = frameSource(profile, view);
  const { order, offsets } = groupBySite(siteOfStack, sites.length);
  // The site that saw a function last: sets would have to be asked for every frame of every stack.
  const seenBy = new Int32Array(traits.outerNames.length).fill(-1);
  for (const [index, site] of sites.entries()) {
    let best = -1;
    for (let i = offsets[index] ?? 0; i < (offsets[index + 1] ?? 0); i++) {
      const stack = order[i] ?? 0;
      if (best < 0 || (stackBytes[stack] ?? 0) > (stackBytes[best] ?? 0)) best = stack;
      let poolGet = false;
      for (let f = view.frameOffsets[stack] ?? 0; f < (view.frameOffsets[stack + 1] ?? 0); f++) {
        const fn = view.frameFunction[f] ?? -1;
        if (fn < 0 || traits.owner[fn] === OWNER.std) {
          poolGet ||= traits.trait[fn] === TRAIT.poolGet;
          continue;
        }
        const outer = traits.outer[fn] ?? 0;
        if (poolGet) site.poolUsers.add(traits.outerNames[outer] ?? '');
        poolGet = false;
        if (seenBy[outer] === index) continue;
        seenBy[outer] = index;
        site.functions.add(traits.outerNames[outer] ?? '');
      }
    }
    if (best < 0) continue;
    site.stack = source.frames(best);
    // Several callees may allocate for one line; the heaviest is meant.
    const at = blameOf(view, traits, best);
    site.via = at > (view.frameOffsets[best] ?? 0) ? functionName(profile, view.frameFunction[at - 1] ?? -1) : '';
  }
}

/** Stacks in the order of their sites (counting sort): those of site s are order[offsets[s] .. offsets[s+1]). */
function groupBySite(siteOfStack: Int32Array, count: number): { order: Int32Array; offsets: Int32Array } {
  const offsets = new Int32Array(count + 1);
  for (const site of siteOfStack) if (site >= 0) offsets[site + 1] = (offsets[site + 1] ?? 0) + 1;
  for (let site = 0; site < count; site++) offsets[site + 1] = (offsets[site + 1] ?? 0) + (offsets[site] ?? 0);
  const next = offsets.slice();
  const order = new Int32Array(offsets[count] ?? 0);
  for (const [stack, site] of siteOfStack.entries()) {
    if (site < 0) continue;
    const at = next[site] ?? 0;
    order[at] = stack;
    next[site] = at + 1;
  }
  return { order, offsets };
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

function add(column: Float64Array, index: number, value: number): void {
  column[index] = (column[index] ?? 0) + value;
}

function siteFor(
  sites: Map<string, Site>,
  where: Where,
  more: { kind: number; owned: boolean; via: string; has: readonly boolean[] },
): Site {
  const kind = KINDS[more.kind] ?? 'heap';
  const key = `${kind}\0${where.function}\0${where.file}\0${where.line}`;
  const found = sites.get(key);
  if (found !== undefined) return found;
  const column = (): Float64Array => Float64Array.from(more.has, (there) => (there ? 0 : Number.NaN));
  const site: Site = {
    key,
    kind,
    where,
    owned: more.owned,
    via: more.via,
    allocator: '',
    functions: new Set(),
    poolUsers: new Set(),
    bytes: column(),
    objects: column(),
    variance: column(),
    allocBytes: column(),
    allocObjects: column(),
    stack: [],
  };
  sites.set(key, site);
  return site;
}

/** Index is the number in a site's key. */
const KINDS: readonly SiteKind[] = ['heap', 'map', 'sync-map', 'pool', 'timer', 'context'];

/**
 * Frame index that a stack is blamed on: user code, else a dependency, else the first that is not the runtime's; -1 for
 * our own profiling.
 */
function blameOf(view: FrameView, traits: FunctionTraits, stack: number): number {
  const begin = view.frameOffsets[stack] ?? 0;
  const end = view.frameOffsets[stack + 1] ?? 0;
  let user = -1;
  let dependency = -1;
  let std = -1;
  for (let i = begin; i < end; i++) {
    const fn = view.frameFunction[i] ?? -1;
    const owner = fn < 0 ? OWNER.std : traits.owner[fn];
    const trait = fn < 0 ? TRAIT.none : traits.trait[fn];
    if (trait === TRAIT.profiling) return -1;
    if (user < 0 && owner === OWNER.user) user = i;
    if (dependency < 0 && owner === OWNER.dependency) dependency = i;
    if (std < 0 && trait !== TRAIT.runtime) std = i;
  }
  if (user >= 0) return user;
  if (dependency >= 0) return dependency;
  return Math.max(std, begin);
}

/** Frames before `at` are what the blamed line called; the one after it is who called its function. Index into KINDS. */
function kindOfStack(view: FrameView, traits: FunctionTraits, stack: number, at: number): number {
  for (let i = view.frameOffsets[stack] ?? 0; i < at; i++) {
    switch (traits.trait[view.frameFunction[i] ?? -1]) {
      case TRAIT.map:
        return 1;
      case TRAIT.syncMap:
        return 2;
      case TRAIT.pool:
      case TRAIT.poolGet:
        return 3;
      case TRAIT.timer:
        return 4;
      case TRAIT.context:
        return 5;
    }
  }
  // Pool.New: the user's function was called by Get.
  const caller = at + 1 < (view.frameOffsets[stack + 1] ?? 0) ? (view.frameFunction[at + 1] ?? -1) : -1;
  return traits.trait[caller] === TRAIT.poolGet ? 3 : 0;
}

/** Does this allocator symbol mean that a map grew? */
export function isMapAllocator(symbol: string): boolean {
  return traitOf(symbol) === TRAIT.map;
}
