/**
 * Heap sites over time. A site is a user's line together with what kind of thing it allocates; the stacks that lead to
 * it are summed. Heap profiles are sampled, so every sum carries its variance.
 */
import { expandFrames, sampleTypeIndex } from '../evidence/pprof/frames.ts';
import type { Profile } from '../evidence/pprof/profile.ts';
import type { Snapshot } from '../evidence/timeline.ts';
import type { Where } from '../findings/model.ts';
import { outerFunction } from './packages.ts';
import { type Frame, frameSource, isProfiling, userFrame, userFunctions } from './stacks.ts';

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
  readonly via: string;
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
  /** The heaviest stack in the last profile, leaf first. */
  stack: readonly Frame[];
  stackBytes: number;
}

const DEFAULT_RATE = 512 * 1024;

/** All sites of all snapshots that have a heap profile. */
export function heapSites(snapshots: readonly Snapshot[]): Site[] {
  const sites = new Map<string, Site>();
  const has = snapshots.map((snapshot) => snapshot.heap !== undefined);
  for (const [index, snapshot] of snapshots.entries())
    if (snapshot.heap !== undefined) addProfile(sites, snapshot.heap.data, index, has);
  return [...sites.values()];
}

function addProfile(sites: Map<string, Site>, profile: Profile, index: number, has: readonly boolean[]): void {
  const inuseSpace = profile.samples.values[sampleTypeIndex(profile, 'inuse_space')];
  const inuseObjects = profile.samples.values[sampleTypeIndex(profile, 'inuse_objects')];
  const allocSpace = profile.samples.values[sampleTypeIndex(profile, 'alloc_space')];
  const allocObjects = profile.samples.values[sampleTypeIndex(profile, 'alloc_objects')];
  if (inuseSpace === undefined || inuseObjects === undefined) return;
  const rate = profile.period > 0 ? profile.period : DEFAULT_RATE;
  const view = expandFrames(profile);
  const source = frameSource(profile, view);
  const siteOfStack = new Array<Site | null | undefined>(source.stackCount);
  for (let sample = 0; sample < profile.samples.count; sample++) {
    const stack = view.stackOfSample[sample] ?? 0;
    let site = siteOfStack[stack];
    if (site === undefined) {
      const frames = source.frames(stack);
      site = isProfiling(frames) ? null : siteFor(sites, frames, has);
      siteOfStack[stack] = site;
    }
    if (site === null) continue;
    const bytes = inuseSpace[sample] ?? 0;
    const objects = inuseObjects[sample] ?? 0;
    add(site.bytes, index, bytes);
    add(site.objects, index, objects);
    add(site.variance, index, samplingVariance(bytes, objects, rate));
    add(site.allocBytes, index, allocSpace?.[sample] ?? 0);
    add(site.allocObjects, index, allocObjects?.[sample] ?? 0);
    if (bytes > site.stackBytes) {
      site.stackBytes = bytes;
      site.stack = source.frames(stack);
    }
  }
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

function siteFor(sites: Map<string, Site>, frames: readonly Frame[], has: readonly boolean[]): Site {
  const user = userFrame(frames);
  const at = user >= 0 ? user : blameInStd(frames);
  const frame = frames[at] ?? { function: '', file: '', line: 0, owner: 'std' as const };
  const kind = siteKind(frames, at);
  const via = at > 0 ? (frames[at - 1]?.function ?? '') : '';
  const key = `${kind}\0${frame.function}\0${frame.file}\0${frame.line}`;
  let site = sites.get(key);
  if (site === undefined) {
    const column = (): Float64Array => Float64Array.from(has, (there) => (there ? 0 : Number.NaN));
    site = {
      key,
      kind,
      where: { function: frame.function, file: frame.file, line: frame.line },
      owned: user >= 0,
      via,
      allocator: '',
      functions: new Set(),
      poolUsers: new Set(),
      bytes: column(),
      objects: column(),
      variance: column(),
      allocBytes: column(),
      allocObjects: column(),
      stack: frames,
      stackBytes: -1,
    };
    sites.set(key, site);
  }
  for (const name of userFunctions(frames)) site.functions.add(name);
  const get = frames.findIndex((entry) => entry.function === 'sync.(*Pool).Get');
  const taker = get < 0 ? undefined : frames.slice(get + 1).find((entry) => entry.owner !== 'std');
  if (taker !== undefined) site.poolUsers.add(outerFunction(taker.function));
  return site;
}

/** No user code on the stack: the outermost function that is still about memory is the one that callers know. */
function blameInStd(frames: readonly Frame[]): number {
  return frames.findIndex((frame) => !frame.function.startsWith('runtime.'));
}

const TIMER = /^time\.(AfterFunc|NewTimer|NewTicker|After|Tick|newTimer)$/;
const CONTEXT =
  /^context\.(With(Cancel|CancelCause|Timeout|TimeoutCause|Deadline|DeadlineCause)|AfterFunc|withCancel|propagateCancel|\(\*cancelCtx\)\.(propagateCancel|Done))$/;
const SYNC_MAP = /^(sync\.\(\*Map\)\.|internal\/sync\.\(\*(HashTrieMap|node|indirect)|sync\.newEntry)/;
const MAP_RUNTIME = /^(runtime\.(mapassign|makemap|hashGrow|growWork|evacuate)|internal\/runtime\/maps\.)/;

/** Frames before `at` are what the user's line called; the one after it is who called the user's function. */
function siteKind(frames: readonly Frame[], at: number): SiteKind {
  for (let i = 0; i < at; i++) {
    const name = frames[i]?.function ?? '';
    if (TIMER.test(name)) return 'timer';
    if (CONTEXT.test(name)) return 'context';
    if (SYNC_MAP.test(name)) return 'sync-map';
    if (MAP_RUNTIME.test(name)) return 'map';
    if (name.startsWith('sync.(*Pool).')) return 'pool';
  }
  // Pool.New: the user's function was called by Get.
  return frames[at + 1]?.function === 'sync.(*Pool).Get' ? 'pool' : 'heap';
}

/** Does this allocator symbol mean that a map grew? */
export function isMapAllocator(symbol: string): boolean {
  return MAP_RUNTIME.test(symbol);
}
