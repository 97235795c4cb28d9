/** What is remembered of one target: the current life of its process, in four windows. */
import type { ProcessStats } from '../../evidence/process/process.ts';
import { type CaptureSummary, WINDOWS, type WindowName } from '../model.ts';
import { Ring } from './ring.ts';

/** A capture in the memory; summaries of one target share their descriptions. */
export interface Point extends CaptureSummary {
  /** Allocators by line, where this capture had the symbols. */
  readonly allocators: ReadonlyMap<string, readonly string[]> | null;
  readonly limit: { readonly bytes: number; readonly source: string } | null;
  /** How many descriptors may be open, and of what kinds those are that are; null where this capture did not look. */
  readonly descriptors: Pick<ProcessStats, 'fdLimit' | 'fdKinds'> | null;
}

/** What a capture has that is not stored. */
export type Extras = Pick<Point, 'allocators' | 'limit' | 'descriptors'>;

export const NO_EXTRAS: Extras = { allocators: null, limit: null, descriptors: null };

/** Windows, shortest first. */
export const WINDOW_NAMES: readonly WindowName[] = ['1h', '6h', '24h', '7d'];

/** Dumps and leak profiles are rare and dear: these many are kept however the windows are thinned. */
const DEEP = 4;

export class TargetMemory {
  readonly rings: ReadonlyMap<WindowName, Ring<Point>> = new Map(
    WINDOW_NAMES.map((name) => [name, new Ring<Point>(WINDOWS[name])]),
  );
  /** Captures with a dump: the first of this life and the newest ones. Oldest first. */
  readonly dumps: Point[] = [];
  /** Captures with a goroutineleak profile. */
  readonly leaks: Point[] = [];
  /** Fingerprints that each window's last diagnosis had, told or not. */
  readonly seen = new Map<WindowName, ReadonlySet<string>>();
  readonly firstAt: number;
  last: Point | null = null;

  constructor(firstAt: number) {
    this.firstAt = firstAt;
  }

  /** The windows that took the capture. */
  add(point: Point): WindowName[] {
    this.last = point;
    if (point.goroutines?.waits !== undefined) keepDeep(this.dumps, point);
    if (point.leaks !== null) keepDeep(this.leaks, point);
    return WINDOW_NAMES.filter((name) => this.rings.get(name)?.add(point));
  }
}

function keepDeep(list: Point[], point: Point): void {
  list.push(point);
  // The first says who was there at the start.
  if (list.length > DEEP) list.splice(1, 1);
}

/** Counters that only rise within one life of a process. */
const COUNTERS = ['alloc_bytes_total', 'gc_cycles_total', 'gc_pause_ns_total'] as const;
/** Exporters compute the start from boot time, which may jitter by a clock tick, s. */
const START_JITTER = 1;

/** Is this capture of another process than the one before: started at another time, another build, or counters that fell? */
export function isNewLife(before: CaptureSummary, now: CaptureSummary): boolean {
  if (before.build !== null && now.build !== null && before.build !== now.build) return true;
  if (before.startedAt !== null && now.startedAt !== null)
    return Math.abs(before.startedAt - now.startedAt) > START_JITTER;
  return COUNTERS.some((name) => (now.metrics[name] ?? Infinity) < (before.metrics[name] ?? -Infinity));
}
