/**
 * A heap profile by site. A site is a user's line together with what kind of thing it allocates; the stacks that lead to
 * it are summed. Heap profiles are sampled, so every sum carries its variance.
 */
import { expandFrames, type FrameView, functionFile, functionName, sampleTypeIndex } from '../evidence/pprof/frames.ts';
import type { Profile } from '../evidence/pprof/profile.ts';
import { commonFunctions } from './common.ts';
import { mainSender } from './http-caller.ts';
import { samplingVariance } from './sites.ts';
import { type Frame, frameSource } from './stacks.ts';
import type { HeapSummary, SiteKind, SiteShape } from './summary.ts';
import { type FunctionTraits, functionTraits, OWNER, TRAIT } from './traits.ts';

const DEFAULT_RATE = 512 * 1024;

/**
 * `numbers` leaves out what only the newest profile of a window is asked for: functions, pools, stacks, the sender of
 * requests. Half a million stacks of depth 20 are looked at as numbers, about a second a profile.
 */
export type Detail = 'full' | 'numbers';

/** All sites of the profile, our own profiling left out. A profile without in-use values has none. */
export function summariseHeap(profile: Profile, detail: Detail = 'full'): HeapSummary {
  const inuseSpace = profile.samples.values[sampleTypeIndex(profile, 'inuse_space')];
  const inuseObjects = profile.samples.values[sampleTypeIndex(profile, 'inuse_objects')];
  const allocSpace = profile.samples.values[sampleTypeIndex(profile, 'alloc_space')];
  const allocated = profile.samples.values[sampleTypeIndex(profile, 'alloc_objects')];
  if (inuseSpace === undefined || inuseObjects === undefined) return EMPTY;
  const rate = profile.period > 0 ? profile.period : DEFAULT_RATE;
  const view = expandFrames(profile);
  const traits = functionTraits(profile);
  const { siteOfStack, sites } = sitesOfStacks(profile, view, traits);
  const column = (): Float64Array => new Float64Array(sites.length);
  const [bytes, objects, variance, allocBytes, allocObjects] = [column(), column(), column(), column(), column()];
  const stackBytes = new Float64Array(view.stackCount);
  for (let sample = 0; sample < profile.samples.count; sample++) {
    const stack = view.stackOfSample[sample] ?? 0;
    const site = siteOfStack[stack] ?? -1;
    if (site < 0) continue;
    const inuse = inuseSpace[sample] ?? 0;
    const count = inuseObjects[sample] ?? 0;
    add(bytes, site, inuse);
    add(objects, site, count);
    add(variance, site, samplingVariance(inuse, count, rate));
    add(allocBytes, site, allocSpace?.[sample] ?? 0);
    add(allocObjects, site, allocated?.[sample] ?? 0);
    add(stackBytes, stack, inuse);
  }
  const described =
    detail === 'full' ? describe({ profile, view, traits, siteOfStack, sites, stackBytes }) : sites.map(undescribed);
  return {
    sites: described,
    bytes,
    objects,
    variance,
    allocBytes,
    allocObjects,
    rest: { sites: 0, bytes: 0, allocBytes: 0 },
    floor: 0,
    common: detail === 'full' ? commonFunctions(described) : [],
    sender: detail === 'full' ? mainSender(profile, view, traits) : null,
  };
}

const NONE = new Float64Array(0);
const EMPTY: HeapSummary = {
  sites: [],
  bytes: NONE,
  objects: NONE,
  variance: NONE,
  allocBytes: NONE,
  allocObjects: NONE,
  rest: { sites: 0, bytes: 0, allocBytes: 0 },
  floor: 0,
  common: [],
  sender: null,
};

/** What is known of a site before its stacks are compared. */
type SiteIdentity = Pick<SiteShape, 'key' | 'kind' | 'where' | 'owned' | 'via'>;

function undescribed(site: SiteIdentity): SiteShape {
  return { ...site, allocator: '', functions: [], poolUsers: [], stack: [] };
}

function sitesOfStacks(
  profile: Profile,
  view: FrameView,
  traits: FunctionTraits,
): { siteOfStack: Int32Array; sites: SiteIdentity[] } {
  /** Index into `sites`; -1 where a stack is our own profiling. */
  const siteOfStack = new Int32Array(view.stackCount).fill(-1);
  const sites: SiteIdentity[] = [];
  // Function, line and kind in one number: strings are made once per site, not per stack.
  const known = new Map<number, number>();
  const byKey = new Map<string, number>();
  for (let stack = 0; stack < view.stackCount; stack++) {
    const at = blameOf(view, traits, stack);
    if (at < 0) continue;
    const kind = kindOfStack(view, traits, stack, at);
    const fn = view.frameFunction[at] ?? -1;
    const line = view.frameLine[at] ?? 0;
    const number = ((fn + 1) * 8 + kind) * 2 ** 22 + (line & 0x3fffff);
    let index = known.get(number);
    if (index === undefined) {
      const where = { function: functionName(profile, fn), file: functionFile(profile, fn), line };
      const key = `${KINDS[kind] ?? 'heap'}\0${where.function}\0${where.file}\0${line}`;
      // Two functions of a profile may have one name.
      index = byKey.get(key) ?? sites.length;
      if (index === sites.length) {
        const owned = fn >= 0 && traits.owner[fn] !== OWNER.std;
        sites.push({ key, kind: KINDS[kind] ?? 'heap', where, owned, via: calleeOf(profile, view, stack, at) });
        byKey.set(key, index);
      }
      known.set(number, index);
    }
    siteOfStack[stack] = index;
  }
  return { siteOfStack, sites };
}

/** The function that frame `at` of the stack called; empty for the leaf. */
function calleeOf(profile: Profile, view: FrameView, stack: number, at: number): string {
  return at > (view.frameOffsets[stack] ?? 0) ? functionName(profile, view.frameFunction[at - 1] ?? -1) : '';
}

interface SitedProfile {
  readonly profile: Profile;
  readonly view: FrameView;
  readonly traits: FunctionTraits;
  readonly siteOfStack: Int32Array;
  readonly sites: readonly SiteIdentity[];
  /** In-use bytes of each stack. */
  readonly stackBytes: Float64Array;
}

/** Fills in functions, who takes from pools, and the heaviest stack. */
function describe({ profile, view, traits, siteOfStack, sites, stackBytes }: SitedProfile): SiteShape[] {
  const source = frameSource(profile, view);
  const { order, offsets } = groupBySite(siteOfStack, sites.length);
  // The site that saw a function last: sets would have to be asked for every frame of every stack.
  const seenBy = new Int32Array(traits.outerNames.length).fill(-1);
  return sites.map((site, index) => {
    const functions: string[] = [];
    const poolUsers = new Set<string>();
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
        if (poolGet) poolUsers.add(traits.outerNames[outer] ?? '');
        poolGet = false;
        if (seenBy[outer] === index) continue;
        seenBy[outer] = index;
        functions.push(traits.outerNames[outer] ?? '');
      }
    }
    const stack: readonly Frame[] = best < 0 ? [] : source.frames(best);
    // Several callees may allocate for one line; the heaviest is meant.
    const via = best < 0 ? site.via : calleeOf(profile, view, best, blameOf(view, traits, best));
    return { ...site, via, allocator: '', functions, poolUsers: [...poolUsers], stack };
  });
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

function add(column: Float64Array, index: number, value: number): void {
  column[index] = (column[index] ?? 0) + value;
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
