/** A clock's line of time: pieces that count always, in business hours or not at all, one after the other. Pure. */
import { calendarOf } from './hours.ts';
import type { BusinessHours } from './model.ts';

export type Counting = 'always' | 'hours' | 'paused';

/** [from, to); the last piece of a line that goes on ends at Infinity. */
export interface Piece {
  readonly from: number;
  readonly to: number;
  readonly counting: Counting;
}

/** [from, to) in which a clock was asked to stand still; an open one ends at Infinity. */
export interface Pause {
  readonly from: number;
  readonly to: number;
}

export interface Line {
  readonly pieces: readonly Piece[];
  readonly hours: BusinessHours | null;
}

/** ms that counted up to `until`. */
export function usedUntil({ pieces, hours }: Line, until: number): number {
  let used = 0;
  for (const { from, to, counting } of pieces) {
    const end = Math.min(to, until);
    if (end <= from) break;
    if (counting === 'always' || (counting === 'hours' && hours === null)) used += end - from;
    else if (counting === 'hours' && hours !== null) used += calendarOf(hours).worked(from, end);
  }
  return used;
}

/** The first instant by which `ms` have counted; null where that never comes as things stand. */
export function whenUsed({ pieces, hours }: Line, ms: number): number | null {
  let left = ms;
  for (const { from, to, counting } of pieces) {
    if (left <= 0) return from;
    if (counting === 'paused') continue;
    const calendar = counting === 'hours' && hours !== null ? calendarOf(hours) : null;
    const reached = calendar === null ? from + left : calendar.after(from, left);
    if (reached !== null && reached <= to) return reached;
    if (to === Infinity) return null;
    left -= calendar === null ? to - from : calendar.worked(from, to);
  }
  return null;
}

/** Whether the line stands still at that instant. */
export function pausedAt({ pieces }: Line, at: number): boolean {
  return pieces.some(({ from, to, counting }) => counting === 'paused' && from <= at && at < to);
}

/**
 * The line from `start` on.
 * @param counted how time counts from each instant on, in order; the first is at or before `start`
 * @param pauses in order, apart from one another
 * @param longest ms that may be paused in all; what goes beyond counts
 */
export function makeLine(
  start: number,
  counted: readonly { readonly at: number; readonly counting: 'always' | 'hours' }[],
  pauses: readonly Pause[],
  longest: number | null,
  hours: BusinessHours | null,
): Line {
  let budget = longest ?? Infinity;
  const still: Pause[] = [];
  for (const pause of pauses) {
    const from = Math.max(pause.from, start);
    const to = Math.min(pause.to, from + budget);
    if (to <= from) continue;
    still.push({ from, to });
    budget -= to - from;
  }
  const cuts = [start, ...counted.map(({ at }) => at), ...still.flatMap(({ from, to }) => [from, to])];
  const edges = [...new Set(cuts.filter((at) => at >= start && at < Infinity))].sort((a, b) => a - b);
  // Pauses are in order as edges are: each is looked at once, however many there are.
  let at = 0;
  const pieces = edges.map((from, index): Piece => {
    const to = edges[index + 1] ?? Infinity;
    while (at < still.length && (still[at]?.to ?? Infinity) <= from) at++;
    if ((still[at]?.from ?? Infinity) <= from) return { from, to, counting: 'paused' };
    return { from, to, counting: counted.findLast(({ at }) => at <= from)?.counting ?? 'always' };
  });
  return { pieces, hours };
}
