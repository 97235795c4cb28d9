/**
 * Business hours: how many ms of a stretch of time are worked, and when a number of them has gone by.
 *
 * An instant is worked when the clock on the wall in the zone shows a worked day and a minute in [from, to). So an hour that is
 * shown twice in autumn counts twice, and one that is skipped in spring does not count. Days are looked at one after the other,
 * in UTC; within one the zone's offset is constant but for at most one change, whose instant is found by bisection.
 */
import type { BusinessHours } from './model.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** Days that are looked ahead: a calendar that is not worked in five years is never worked. */
const MOST_DAYS = 5 * 366;
/** Days whose windows are kept, about 200 B each. */
const MOST_KEPT = 4096;

/** Worked ms, [start, end) in UTC. */
type Window = readonly [start: number, end: number];

export interface Calendar {
  /** Worked ms in [from, to). */
  worked(from: number, to: number): number;
  /** The first instant from `from` on by which `ms` have been worked; null where that never comes. */
  after(from: number, ms: number): number | null;
}

const CALENDARS = new WeakMap<BusinessHours, Calendar>();

/** One for each object of hours: a calendar remembers the days that it has looked at. */
export function calendarOf(hours: BusinessHours): Calendar {
  const known = CALENDARS.get(hours);
  if (known !== undefined) return known;
  const made = makeCalendar(hours);
  CALENDARS.set(hours, made);
  return made;
}

/** Whether the machine knows the zone. */
export function isZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

function makeCalendar(hours: BusinessHours): Calendar {
  const offset = offsetsOf(hours.zone);
  const days = new Set(hours.days);
  const holidays = new Set(hours.holidays);
  const kept = new Map<number, readonly Window[]>();

  /** Those of the UTC day with this number. */
  function windowsOf(day: number): readonly Window[] {
    const known = kept.get(day);
    if (known !== undefined) return known;
    const start = day * DAY;
    const windows: Window[] = [];
    for (const [from, to, shift] of stretches(offset, start, start + DAY)) {
      for (let local = Math.floor((from + shift) / DAY); local * DAY < to + shift; local++) {
        if (!isWorked(local)) continue;
        const opens = Math.max(from, local * DAY + hours.from * MINUTE - shift);
        const closes = Math.min(to, local * DAY + hours.to * MINUTE - shift);
        if (opens < closes) windows.push([opens, closes]);
      }
    }
    if (kept.size >= MOST_KEPT) kept.clear();
    kept.set(day, windows);
    return windows;
  }

  /** `local`: days since 1970-01-01 on the wall. */
  function isWorked(local: number): boolean {
    const date = new Date(local * DAY);
    return days.has(date.getUTCDay() === 0 ? 7 : date.getUTCDay()) && !holidays.has(date.toISOString().slice(0, 10));
  }

  return {
    worked: (from, to) => {
      let sum = 0;
      for (let day = Math.floor(from / DAY); day * DAY < to; day++)
        for (const [opens, closes] of windowsOf(day)) sum += Math.max(0, Math.min(to, closes) - Math.max(from, opens));
      return sum;
    },
    after: (from, ms) => {
      if (ms <= 0) return from;
      let left = ms;
      const first = Math.floor(from / DAY);
      for (let day = first; day < first + MOST_DAYS; day++) {
        for (const [opens, closes] of windowsOf(day)) {
          const begins = Math.max(from, opens);
          const length = closes - begins;
          if (length <= 0) continue;
          if (left <= length) return begins + left;
          left -= length;
        }
      }
      return null;
    },
  };
}

/** [from, to) cut where the zone's offset changes, with the offset of each piece. */
function stretches(
  offset: (at: number) => number,
  from: number,
  to: number,
): readonly (readonly [from: number, to: number, offset: number])[] {
  const before = offset(from);
  const after = offset(to);
  if (before === after) return [[from, to, before]];
  // The first ms that has the new offset lies in (low, high].
  let low = from;
  let high = to;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offset(middle) === before) low = middle;
    else high = middle;
  }
  return high === to
    ? [[from, to, before]]
    : [
        [from, high, before],
        [high, to, after],
      ];
}

/** What to add to an instant, ms, to read it as the zone's wall clock does; by Intl, which has the zone's history. */
function offsetsOf(zone: string): (at: number) => number {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  return (at) => {
    const part: Partial<Record<Intl.DateTimeFormatPartTypes, number>> = {};
    for (const { type, value } of format.formatToParts(at)) part[type] = Number(value);
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part;
    return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(at / 1000) * 1000;
  };
}
