/** One window of one target as a timeline that can be diagnosed. */
import { waitsOf } from '../../diagnose/goroutine-summary.ts';
import type { Patience, SummarisedSnapshot, SummarisedTimeline } from '../../diagnose/summary.ts';
import type { AnalyseInput } from './analyst.ts';
import { snapshotOf } from './metrics.ts';
import type { Timed } from './ring.ts';
import type { Point, TargetMemory } from './target.ts';

/**
 * Caches and pools of a process that has just started fill up, which looks like a leak until it ends. Captures of its first
 * minutes are left out of a window as soon as there are enough later ones, and until then nothing is confirmed by growth.
 * This long where the schedule does not say, ms.
 */
export const WARM_UP = 5 * 60_000;

/** Fewer captures than this are not diagnosed: no trend would be sure enough for one who looks again and again. */
export const ENOUGH = 7;

/** Whose windows they are. */
export type Subject = Pick<AnalyseInput, 'service' | 'instance' | 'goVersion' | 'load' | 'warmUpMs'> &
  Partial<Pick<AnalyseInput, 'source'>>;

export interface Window {
  /** At least ENOUGH, oldest first. */
  readonly points: readonly Point[];
  readonly first: Point;
  readonly last: Point;
  readonly warmingUp: boolean;
}

/** A capture that another one follows after less than this share of the usual gap says nothing of its own. */
const NEAR = 1 / 6;

/**
 * Without the older one of two that were taken at almost the same time: a deeper capture comes right after the one that
 * asked for it, and two points of one moment make a trend look less sure.
 */
export function apart<T extends Timed>(points: readonly T[]): readonly T[] {
  const gaps = points.slice(1).map(({ at }, i) => at - (points[i]?.at ?? at));
  const usual = gaps.toSorted((a, b) => a - b)[gaps.length >> 1] ?? 0;
  return points.filter((_, i) => i === points.length - 1 || (gaps[i] ?? 0) >= NEAR * usual);
}

/** The captures of a window that are compared; null where they are too few. */
export function windowOf(all: readonly Point[], warmUpMs: number = WARM_UP): Window | null {
  const points = apart(all);
  const first = points[0];
  const last = points.at(-1);
  if (first === undefined || last === undefined || points.length < ENOUGH) return null;
  if (last.startedAt === null) return { points, first, last, warmingUp: false };
  const warm = last.startedAt * 1000 + warmUpMs;
  const later = points.filter((point) => point.at >= warm);
  const [base] = later;
  if (base !== undefined && later.length >= ENOUGH) return { points: later, first: base, last, warmingUp: false };
  return { points, first, last, warmingUp: true };
}

/** The window for `diagnoseSummaries`. Captures are named by their ids. */
export function timelineOf(
  { points, first, last, warmingUp }: Window,
  memory: TargetMemory,
  { service, instance, goVersion, load }: Subject,
  agreed: Patience['agreed'],
): SummarisedTimeline {
  const { at: start } = first;
  const { at: end } = last;
  const snapshots = points.map(pointSnapshot);
  const inWindow = (point: Point): boolean => point.at >= start && point.at <= end;
  // A dump or leak profile counts also where the window has thinned out the capture that it came with.
  attach(snapshots, memory.dumps.filter(inWindow), (snapshot, { goroutines, capture, at }) => {
    const waits = goroutines === null ? undefined : waitsOf(goroutines);
    return waits === undefined ? snapshot : { ...snapshot, waits: { file: capture, at, data: waits } };
  });
  attach(snapshots, memory.leaks.filter(inWindow), (snapshot, { leaks, capture, at }) =>
    leaks === null ? snapshot : { ...snapshot, leaks: { file: capture, at, data: leaks } },
  );
  const allocators = points.findLast((point) => point.allocators !== null)?.allocators ?? null;
  return {
    service,
    instance,
    goVersion,
    start,
    end,
    snapshots,
    load,
    restarts: [],
    notes: warmingUp ? [WARMING_UP] : [],
    ...(allocators === null ? {} : { allocators }),
    warmingUp,
    patient: { agreed, young: isYoung(first, last) },
  };
}

/** Does the window take up more than half of the life of the process? */
function isYoung(first: Point, last: Point): boolean {
  return last.startedAt !== null && first.at - last.startedAt * 1000 < last.at - first.at;
}

const WARMING_UP =
  'The process started a short while ago: caches and pools that fill up look like a leak until they are full, so growth alone confirms nothing yet.';

function pointSnapshot({ at, capture, metrics, heap, goroutines, limit, descriptors }: Point): SummarisedSnapshot {
  const counters = snapshotOf(at, capture, metrics);
  const { process } = counters;
  return {
    ...counters,
    ...(process === undefined ? {} : { process: { ...process, data: { ...process.data, ...descriptors } } }),
    ...(heap === null ? {} : { heap: { file: capture, at, data: heap } }),
    ...(goroutines === null ? {} : { goroutines: { file: capture, at, data: goroutines } }),
    ...(limit === null ? {} : { limit }),
  };
}

/** Puts each extra on the snapshot nearest in time that has none yet; both are in the order of time and stay so. */
function attach(
  snapshots: SummarisedSnapshot[],
  extras: readonly Point[],
  put: (snapshot: SummarisedSnapshot, extra: Point) => SummarisedSnapshot,
): void {
  let next = 0;
  for (const [i, extra] of extras.entries()) {
    // Those that are still to come need a place, too.
    const end = snapshots.length - (extras.length - i);
    let best = next;
    for (let at = next; at <= end; at++)
      if (Math.abs((snapshots[at]?.at ?? 0) - extra.at) < Math.abs((snapshots[best]?.at ?? 0) - extra.at)) best = at;
    const snapshot = snapshots[best];
    if (snapshot === undefined) return;
    snapshots[best] = put(snapshot, extra);
    next = best + 1;
  }
}
