/**
 * A goroutine profile by cluster, and what a debug=2 dump says of the same goroutines: creators, waiting times, ids.
 * Goroutines that wait at the same user line in the same way, started with the same function, are one cluster.
 */
import type { GoroutineDump } from '../evidence/goroutines/dump.ts';
import { expandFrames } from '../evidence/pprof/frames.ts';
import type { Profile } from '../evidence/pprof/profile.ts';
import type { Where } from '../findings/model.ts';
import { ownerOf } from './packages.ts';
import { type Frame, frameSource, isProfiling, type ParkState, parkState, userFrame, userFunctions } from './stacks.ts';
import type { ClusterShape, ClusterWaits, GoroutineSummary, WaitTable } from './summary.ts';

/** All clusters of a goroutine (or goroutineleak) profile, our own profiling left out. */
export function summariseGoroutines(profile: Profile): GoroutineSummary {
  // Both profiles have one sample type: the number of goroutines with that stack.
  const counts = profile.samples.values[0] ?? new Float64Array(0);
  const view = expandFrames(profile);
  const source = frameSource(profile, view);
  const clusters: ClusterShape[] = [];
  const byKey = new Map<string, number>();
  /** Index into `clusters` by stack; -1 for our own profiling, -2 where it was not looked at yet. */
  const clusterOfStack = new Int32Array(view.stackCount).fill(-2);
  const sums: number[] = [];
  let total = 0;
  for (let sample = 0; sample < profile.samples.count; sample++) {
    const count = counts[sample] ?? 0;
    total += count;
    const stack = view.stackOfSample[sample] ?? 0;
    let index = clusterOfStack[stack] ?? -1;
    if (index === -2) {
      index = clusterOf(source.frames(stack), clusters, byKey);
      clusterOfStack[stack] = index;
    }
    if (index >= 0) sums[index] = (sums[index] ?? 0) + count;
  }
  return { clusters, count: Float64Array.from(sums), total, floor: 0 };
}

function clusterOf(frames: readonly Frame[], clusters: ClusterShape[], byKey: Map<string, number>): number {
  if (isProfiling(frames)) return -1;
  const identity = identify(frames);
  const known = byKey.get(identity.key);
  if (known !== undefined) return known;
  byKey.set(identity.key, clusters.length);
  return clusters.push({ ...identity, functions: [...userFunctions(frames)], stack: frames }) - 1;
}

type Identity = Pick<ClusterShape, 'key' | 'state' | 'where' | 'owned' | 'entry'>;

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

/** Key of a WaitTable. Dumps name the same stacks without inlined runtime frames, so they are matched by line and state. */
export function waitsKey({ where, state }: Pick<ClusterShape, 'where' | 'state'>): string {
  return `${where.function}\0${where.line}\0${state}`;
}

/** The summary with what a dump taken with it says of each cluster; `ids` at most so many each, the oldest. */
export function withWaits(summary: GoroutineSummary, table: WaitTable, ids: number): GoroutineSummary {
  const waits = summary.clusters.map((cluster) => {
    const found = table.get(waitsKey(cluster));
    if (found === undefined) return null;
    return found.ids.length <= ids ? found : { ...found, ids: found.ids.slice(0, ids) };
  });
  return { ...summary, waits };
}

/** What `withWaits` put in, by line and state again; undefined where no dump was taken. */
export function waitsOf(summary: GoroutineSummary): WaitTable | undefined {
  if (summary.waits === undefined) return undefined;
  const table = new Map<string, ClusterWaits>();
  for (const [i, cluster] of summary.clusters.entries()) {
    const waits = summary.waits[i];
    if (waits !== null && waits !== undefined) table.set(waitsKey(cluster), waits);
  }
  return table;
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

/** Upper ends of the waiting times in ClusterWaits.histogram, minutes. */
const WAIT_STEPS = [1, 5, 15, 60, 1440] as const;

interface Tally {
  creator: Where | null;
  maxWaitMinutes: number;
  readonly histogram: [number, number, number, number, number, number];
  readonly example: number;
  readonly ids: number[];
}

/** A dump by line and state. */
export function summariseDump(dump: GoroutineDump): WaitTable {
  const tallies = new Map<string, Tally>();
  const frameAt = frameReader(dump);
  /** By stack and wait reason, which decide the key. */
  const keys = new Map<number, string>();
  for (let g = 0; g < dump.count; g++) {
    const stack = dump.stack[g] ?? 0;
    const reason = dump.state[g] ?? 0;
    const number = stack * dump.states.length + reason;
    let key = keys.get(number);
    if (key === undefined) {
      key = keyOf(framesOf(dump, stack, frameAt), dump.states[reason] ?? '');
      keys.set(number, key);
    }
    let entry = tallies.get(key);
    if (entry === undefined) {
      const example = dump.id[g] ?? 0;
      entry = { creator: null, maxWaitMinutes: 0, histogram: [0, 0, 0, 0, 0, 0], example, ids: [] };
      tallies.set(key, entry);
    }
    const minutes = dump.waitMinutes[g] ?? 0;
    const step = WAIT_STEPS.findIndex((end) => minutes < end);
    const bucket = step < 0 ? WAIT_STEPS.length : step;
    entry.ids.push(dump.id[g] ?? 0);
    entry.histogram[bucket] = (entry.histogram[bucket] ?? 0) + 1;
    entry.maxWaitMinutes = Math.max(entry.maxWaitMinutes, minutes);
    const creator = dump.creator[g] ?? -1;
    if (entry.creator === null && creator >= 0) entry.creator = place(frameAt(creator));
  }
  for (const { ids } of tallies.values()) ids.sort((a, b) => a - b);
  return tallies;
}

/** Each frame of the table made once. */
function frameReader({ frames }: GoroutineDump): (index: number) => Frame {
  const made: Frame[] = [];
  return (index) => {
    let frame = made[index];
    if (frame === undefined) {
      const name = frames.function[index] ?? '';
      const file = frames.file[index] ?? '';
      frame = { function: name, file, line: frames.line[index] ?? 0, owner: ownerOf(name, file) };
      made[index] = frame;
    }
    return frame;
  };
}

function framesOf(dump: GoroutineDump, stack: number, frameAt: (index: number) => Frame): Frame[] {
  const frames: Frame[] = [];
  for (let i = dump.stackOffsets[stack] ?? 0; i < (dump.stackOffsets[stack + 1] ?? 0); i++)
    frames.push(frameAt(dump.stackFrames[i] ?? 0));
  return frames;
}

function keyOf(frames: readonly Frame[], reason: string): string {
  let state = STATE_OF_REASON.get(reason) ?? 'running';
  // The two refinements that the reason alone does not give; see parkState.
  if (state === 'select' && frames[0]?.function === 'net/http.(*persistConn).readLoop') state = 'body';
  if (
    reason === 'semacquire' &&
    /^(internal\/)?sync\.(\(\*(RW)?Mutex\)|runtime_SemacquireMutex)/.test(lockFrame(frames))
  )
    state = 'lock';
  return waitsKey({ where: identify(frames).where, state });
}

/** The sync function that a goroutine in `semacquire` came through; Go before 1.20 says no more than that. */
function lockFrame(frames: readonly Frame[]): string {
  return frames.find((frame) => frame.function !== 'sync.runtime_Semacquire')?.function ?? '';
}
