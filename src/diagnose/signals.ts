/**
 * The signals of the whole process (S1), one value per snapshot: the sparklines, the gc and process legs, the ledger.
 */
import type { MemStats } from '../evidence/memstats/stats.ts';
import { type Looks, type SeriesTrend, shapeOf } from '../stats/shape.ts';
import type { SummarisedSnapshot, SummarisedTimeline } from './summary.ts';

/** One signal over the window; points that were not captured are left out. */
export interface Signal {
  /** Seconds since the start of the window. */
  readonly at: readonly number[];
  readonly value: readonly number[];
  readonly captures: readonly string[];
  readonly trend: SeriesTrend;
}

export interface Signals {
  /** Bytes of live heap: HeapAlloc right after a forced GC. */
  readonly liveHeap: Signal;
  /** True where liveHeap comes from a GC trace, since there was no pprof to ask. */
  readonly traced: boolean;
  readonly rss: Signal;
  readonly goroutines: Signal;
  readonly stackInuse: Signal;
  /** HeapInuse − HeapAlloc: free slots in spans that hold something, i.e. fragmentation. */
  readonly freeSlots: Signal;
  /** HeapIdle − HeapReleased: pages that the runtime keeps without using them. */
  readonly idleKept: Signal;
  /** RSS − (Sys − HeapReleased): what the kernel counts and Go's runtime does not know of. */
  readonly outsideGo: Signal;
  readonly fds: Signal;
  /** GC cycles per second that allocation caused, forced ones not counted. */
  readonly gcRate: Signal;
  /** ns; mean stop-the-world pause of the cycles of each interval. */
  readonly gcPause: Signal;
  /** Work per second: the load metric's rate, or the allocation rate as a stand-in. */
  readonly load: Signal;
  /** Is `load` a metric of the target (and which), or allocations per second? */
  readonly loadFrom: { readonly metric: string; readonly standIn: boolean };
  /** Bytes allocated per second over each interval. */
  readonly allocRate: Signal;
}

/** A rise below this over a whole window is not worth a person's attention, whatever its p value. */
const FLOOR_BYTES = 1024 * 1024;
/** Process memory moves by allocator and kernel steps; and a rise is compared with what is there already. */
const FLOOR_RSS = 4 * 1024 * 1024;

/**
 * `allocated`: per snapshot the bytes that the program has allocated by its heap profile, our own profiling left out; NaN
 * where there is no profile. The runtime's counters have no such exception: in a quiet service most of what they count is
 * us, and it grows with every goroutine that we list, so that a leak would look like rising load.
 */
export function signalsOf(timeline: SummarisedTimeline, allocated: ArrayLike<number>): Signals {
  const { snapshots, start } = timeline;
  const looks = looksOf(timeline);
  const series = (floor: number, of: (snapshot: SummarisedSnapshot) => Point | null): Signal => {
    const at: number[] = [];
    const value: number[] = [];
    const captures: string[] = [];
    for (const snapshot of snapshots) {
      const point = of(snapshot);
      if (point === null || !Number.isFinite(point.value)) continue;
      at.push((snapshot.at - start) / 1000);
      value.push(point.value);
      captures.push(point.file);
    }
    return signal(at, value, captures, floor, looks);
  };
  const mem = (of: (m: MemStats) => number | undefined) => (snapshot: SummarisedSnapshot) =>
    snapshot.memstats === undefined ? null : point(of(snapshot.memstats.data), snapshot.memstats.file);
  const allocRate = rates(snapshots, start, (snapshot) =>
    snapshot.memstats === undefined ? null : point(snapshot.memstats.data.TotalAlloc, snapshot.memstats.file),
  );
  const load = loadSignal(timeline);
  const liveHeap = series(FLOOR_BYTES, (snapshot) =>
    snapshot.memstats === undefined
      ? null
      : point(snapshot.liveHeap ?? snapshot.memstats.data.HeapAlloc, snapshot.memstats.file),
  );
  const counted = (of: (m: MemStats) => number | undefined): Signal => rates(snapshots, start, mem(of));
  return {
    // Without pprof the GC trace of a program that we started has the live heap of every cycle.
    liveHeap: liveHeap.value.length > 0 ? liveHeap : tracedHeap(timeline),
    traced: liveHeap.value.length === 0,
    gcRate: counted((m) => difference(m.NumGC, m.NumForcedGC ?? 0)),
    gcPause: ratio(
      counted((m) => m.PauseTotalNs),
      counted((m) => m.NumGC),
    ),
    rss: series(FLOOR_RSS, rssOf),
    goroutines: series(5, goroutinesOf),
    stackInuse: series(
      64 * 1024,
      mem((m) => m.StackInuse),
    ),
    freeSlots: series(
      8 * FLOOR_BYTES,
      mem((m) => difference(m.HeapInuse, m.HeapAlloc)),
    ),
    idleKept: series(
      8 * FLOOR_BYTES,
      mem((m) => difference(m.HeapIdle, m.HeapReleased)),
    ),
    outsideGo: series(FLOOR_RSS, outsideGoOf),
    fds: series(10, (snapshot) =>
      snapshot.process === undefined ? null : point(snapshot.process.data.fds, snapshot.process.file),
    ),
    load:
      load ??
      rates(snapshots, start, (snapshot) =>
        snapshot.heap === undefined ? null : point(allocated[snapshots.indexOf(snapshot)], snapshot.heap.file),
      ),
    loadFrom: { metric: load === null ? 'allocations' : (timeline.load?.metric ?? ''), standIn: load === null },
    allocRate,
  };
}

export function signal(at: number[], value: number[], captures: string[], floor: number, looks?: Looks): Signal {
  return { at, value, captures, trend: shapeOf(at, value, floor, looks) };
}

/** See shapeOf. */
export function looksOf({ patient }: SummarisedTimeline): Looks {
  if (patient === undefined) return 'once';
  return patient.young ? 'young' : 'often';
}

interface Point {
  readonly value: number;
  readonly file: string;
}

function point(value: number | undefined, file: string): Point | null {
  return value === undefined ? null : { value, file };
}

function difference(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? undefined : a - b;
}

/** RSS from the process, or from the target's own metrics. */
export function rssOf(snapshot: SummarisedSnapshot): Point | null {
  const own = snapshot.process?.data.rss;
  if (own !== undefined) return point(own, snapshot.process?.file ?? '');
  return snapshot.memstats === undefined ? null : point(snapshot.memstats.data.RSS, snapshot.memstats.file);
}

function goroutinesOf(snapshot: SummarisedSnapshot): Point | null {
  const profile = snapshot.goroutines;
  if (profile !== undefined) {
    return { value: profile.data.total, file: profile.file };
  }
  return snapshot.memstats === undefined ? null : point(snapshot.memstats.data.Goroutines, snapshot.memstats.file);
}

function outsideGoOf(snapshot: SummarisedSnapshot): Point | null {
  const rss = rssOf(snapshot);
  const m = snapshot.memstats?.data;
  if (rss === null || m?.Sys === undefined || m.HeapReleased === undefined) return null;
  return { value: rss.value - (m.Sys - m.HeapReleased), file: rss.file };
}

/** Theil–Sen looks at all pairs; beyond this many points more of them change nothing. */
const MOST_POINTS = 400;

/** The live heap after each GC from gctrace (MiB as printed), thinned; its times count from the first cycle. */
function tracedHeap(timeline: SummarisedTimeline): Signal {
  const gc = timeline.trace?.data.gc;
  if (timeline.trace === undefined || gc === undefined) return signal([], [], [], FLOOR_BYTES);
  const stride = Math.max(1, Math.ceil(gc.count / MOST_POINTS));
  const at: number[] = [];
  const value: number[] = [];
  for (let i = 0; i < gc.count; i += stride) {
    at.push((gc.at_s[i] ?? 0) - (gc.at_s[0] ?? 0));
    value.push((gc.heapLive_MB[i] ?? 0) * 1024 * 1024);
  }
  return signal(at, value, [timeline.trace.file], FLOOR_BYTES);
}

/** a / b where both have a value at the same time and b is not 0. */
function ratio(a: Signal, b: Signal): Signal {
  const at: number[] = [];
  const value: number[] = [];
  const captures: string[] = [];
  for (const [i, when] of a.at.entries()) {
    const other = b.value[b.at.indexOf(when)] ?? 0;
    if (other === 0) continue;
    at.push(when);
    value.push((a.value[i] ?? 0) / other);
    captures.push(a.captures[i] ?? '');
  }
  return signal(at, value, captures, 0);
}

/** Load per snapshot; a counter becomes its rate since the snapshot before. Null where the target has no load metric. */
function loadSignal(timeline: SummarisedTimeline): Signal | null {
  if (timeline.load === null) return null;
  const of = (snapshot: SummarisedSnapshot): Point | null =>
    snapshot.load === undefined ? null : point(snapshot.load.data, snapshot.load.file);
  if (timeline.load.kind === 'counter') {
    const found = rates(timeline.snapshots, timeline.start, of);
    return found.at.length < 2 ? null : found;
  }
  const at: number[] = [];
  const value: number[] = [];
  const captures: string[] = [];
  for (const snapshot of timeline.snapshots) {
    const found = of(snapshot);
    if (found === null) continue;
    at.push((snapshot.at - timeline.start) / 1000);
    value.push(found.value);
    captures.push(found.file);
  }
  return at.length < 2 ? null : signal(at, value, captures, 0);
}

/** Rate per second over the interval that ends at each snapshot; falling counters (a restart) are left out. */
function rates(
  snapshots: readonly SummarisedSnapshot[],
  start: number,
  of: (snapshot: SummarisedSnapshot) => Point | null,
): Signal {
  const at: number[] = [];
  const value: number[] = [];
  const captures: string[] = [];
  let before: { at: number; value: number } | null = null;
  for (const snapshot of snapshots) {
    const found = of(snapshot);
    if (found === null) continue;
    const now = { at: (snapshot.at - start) / 1000, value: found.value };
    if (before !== null && now.at > before.at && now.value >= before.value) {
      at.push(now.at);
      value.push((now.value - before.value) / (now.at - before.at));
      captures.push(found.file);
    }
    before = now;
  }
  return signal(at, value, captures, 0);
}
