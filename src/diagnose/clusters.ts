/**
 * Goroutine clusters over time, from the cheap goroutine profile; a debug=2 dump adds creators, waiting times and,
 * by goroutine id, whether those parked at the start are still parked at the end.
 */
import type { GoroutineDump } from '../evidence/goroutines/dump.ts';
import { expandFrames } from '../evidence/pprof/frames.ts';
import type { Profile } from '../evidence/pprof/profile.ts';
import type { Snapshot } from '../evidence/timeline.ts';
import type { Where } from '../findings/model.ts';
import { outerFunction, ownerOf } from './packages.ts';
import { type Frame, frameSource, isProfiling, type ParkState, parkState, userFrame, userFunctions } from './stacks.ts';

export interface Cluster {
  readonly key: string;
  readonly state: ParkState;
  /** The user's line at which it waits; the leaf-most named std function where no user code is on the stack. */
  readonly where: Where;
  readonly owned: boolean;
  /** The function that the goroutine was started with. */
  readonly entry: Where;
  readonly functions: ReadonlySet<string>;
  /** Goroutines per snapshot index; NaN where that snapshot has no goroutine profile. */
  readonly count: Float64Array;
  readonly stack: readonly Frame[];
  /** From the dumps; null where none was taken. */
  dump: ClusterDump | null;
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

/** Clusters of the snapshots' goroutine profiles, with what their dumps add. */
export function goroutineClusters(snapshots: readonly Snapshot[]): Cluster[] {
  const clusters = goroutineClustersIn(snapshots.map((snapshot) => snapshot.goroutines?.data));
  addDumps(clusters, snapshots);
  return clusters;
}

/** Clusters over a list of goroutine (or goroutineleak) profiles; `count` has one entry per profile. */
export function goroutineClustersIn(profiles: readonly (Profile | undefined)[]): Cluster[] {
  const clusters = new Map<string, Cluster>();
  const has = profiles.map((profile) => profile !== undefined);
  for (const [index, profile] of profiles.entries()) {
    // Both profiles have one sample type: the number of goroutines with that stack.
    const counts = profile?.samples.values[0];
    if (profile === undefined || counts === undefined) continue;
    const view = expandFrames(profile);
    const source = frameSource(profile, view);
    for (let sample = 0; sample < profile.samples.count; sample++) {
      const frames = source.frames(view.stackOfSample[sample] ?? 0);
      if (isProfiling(frames)) continue;
      const cluster = clusterFor(clusters, frames, has);
      cluster.count[index] = (cluster.count[index] ?? 0) + (counts[sample] ?? 0);
    }
  }
  return [...clusters.values()];
}

function clusterFor(clusters: Map<string, Cluster>, frames: readonly Frame[], has: readonly boolean[]): Cluster {
  const identity = identify(frames);
  let cluster = clusters.get(identity.key);
  if (cluster === undefined) {
    cluster = {
      ...identity,
      functions: userFunctions(frames),
      count: Float64Array.from(has, (there) => (there ? 0 : Number.NaN)),
      stack: frames,
      dump: null,
    };
    clusters.set(identity.key, cluster);
  }
  return cluster;
}

type Identity = Pick<Cluster, 'key' | 'state' | 'where' | 'owned' | 'entry'>;

/** Goroutines that wait at the same user line in the same way, started with the same function, are one cluster. */
function identify(frames: readonly Frame[]): Identity {
  const user = userFrame(frames);
  const at = user >= 0 ? user : frames.findIndex((frame) => !/^(runtime|internal)\b/.test(frame.function));
  const where = place(frames[Math.max(at, 0)]);
  const entry = place(frames.findLast((frame) => frame.function !== 'runtime.goexit'));
  const state = parkState(frames);
  const key = `${state}\0${where.function}\0${where.file}\0${where.line}\0${entry.function}`;
  return { key, state, where, owned: user >= 0, entry };
}

function place(frame: Frame | undefined): Where {
  return frame === undefined
    ? { function: '', file: '', line: 0 }
    : { function: frame.function, file: frame.file, line: frame.line };
}

interface Tally {
  creator: Where | null;
  maxWaitMinutes: number;
  example: number;
  ids: Set<number>;
}

/** Dumps name the same stacks without inlined runtime frames, so they are matched by the same identity. */
function addDumps(clusters: readonly Cluster[], snapshots: readonly Snapshot[]): void {
  const dumps = snapshots.flatMap((snapshot) => (snapshot.dump === undefined ? [] : [snapshot.dump.data]));
  const first = dumps[0];
  const last = dumps.at(-1);
  if (first === undefined || last === undefined) return;
  const before = tally(first);
  const after = last === first ? before : tally(last);
  for (const cluster of clusters) {
    const late = after.get(dumpKey(cluster.where, cluster.state));
    if (late === undefined) continue;
    const early = before.get(dumpKey(cluster.where, cluster.state));
    let survivors = 0;
    for (const id of early?.ids ?? []) if (late.ids.has(id)) survivors++;
    cluster.dump = {
      creator: late.creator,
      maxWaitMinutes: late.maxWaitMinutes,
      first: last === first ? 0 : (early?.ids.size ?? 0),
      survivors: last === first ? 0 : survivors,
      example: late.example,
    };
  }
}

function dumpKey(where: Where, state: ParkState): string {
  return `${where.function}\0${where.line}\0${state}`;
}

/** Wait reasons as runtime/runtime2.go prints them, to the states that profiles show. */
const STATE_OF_REASON: ReadonlyMap<string, ParkState> = new Map([
  ['chan send', 'chan send'],
  ['chan receive', 'chan receive'],
  ['select', 'select'],
  ['select (no cases)', 'select'],
  ['sync.Mutex.Lock', 'lock'],
  ['sync.RWMutex.RLock', 'lock'],
  ['sync.RWMutex.Lock', 'lock'],
  ['sync.Cond.Wait', 'wait'],
  ['sync.WaitGroup.Wait', 'wait'],
  ['semacquire', 'wait'],
  ['sleep', 'sleep'],
  ['IO wait', 'io'],
  ['syscall', 'syscall'],
]);

function tally(dump: GoroutineDump): Map<string, Tally> {
  const tallies = new Map<string, Tally>();
  const { frames } = dump;
  const frameAt = (index: number): Frame => {
    const name = frames.function[index] ?? '';
    const file = frames.file[index] ?? '';
    return { function: name, file, line: frames.line[index] ?? 0, owner: ownerOf(name, file) };
  };
  const stackFrames: Frame[][] = [];
  for (let stack = 0; stack + 1 < dump.stackOffsets.length; stack++) {
    const list: Frame[] = [];
    for (let i = dump.stackOffsets[stack] ?? 0; i < (dump.stackOffsets[stack + 1] ?? 0); i++)
      list.push(frameAt(dump.stackFrames[i] ?? 0));
    stackFrames.push(list);
  }
  for (let g = 0; g < dump.count; g++) {
    const list = stackFrames[dump.stack[g] ?? 0] ?? [];
    const identity = identify(list);
    const reason = dump.states[dump.state[g] ?? 0] ?? '';
    let state = STATE_OF_REASON.get(reason) ?? 'running';
    // The two refinements that the reason alone does not give; see parkState.
    if (state === 'select' && list[0]?.function === 'net/http.(*persistConn).readLoop') state = 'body';
    if (
      reason === 'semacquire' &&
      /^(internal\/)?sync\.(\(\*(RW)?Mutex\)|runtime_SemacquireMutex)/.test(lockFrame(list))
    )
      state = 'lock';
    const key = dumpKey(identity.where, state);
    let entry = tallies.get(key);
    if (entry === undefined) {
      entry = { creator: null, maxWaitMinutes: 0, example: dump.id[g] ?? 0, ids: new Set() };
      tallies.set(key, entry);
    }
    entry.ids.add(dump.id[g] ?? 0);
    entry.maxWaitMinutes = Math.max(entry.maxWaitMinutes, dump.waitMinutes[g] ?? 0);
    const creator = dump.creator[g] ?? -1;
    if (entry.creator === null && creator >= 0) entry.creator = place(frameAt(creator));
  }
  return tallies;
}

/** The sync function that a goroutine in `semacquire` came through; Go before 1.20 says no more than that. */
function lockFrame(list: readonly Frame[]): string {
  return list.find((frame) => frame.function !== 'sync.runtime_Semacquire')?.function ?? '';
}

/** Does this cluster wait in one of the functions of that site, or was it started there? Used to link the two. */
export function sharesCode(cluster: Cluster, functions: ReadonlySet<string>): boolean {
  for (const name of cluster.functions) if (functions.has(name)) return true;
  const creator = cluster.dump?.creator;
  return creator !== null && creator !== undefined && functions.has(outerFunction(creator.function));
}
