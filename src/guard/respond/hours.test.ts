import fc from 'fast-check';
import { expect, it } from 'vitest';
import { calendarOf } from './hours.ts';
import type { BusinessHours } from './model.ts';
import { DAY, HOUR, hoursOf, MINUTE } from './testing.ts';

/** With changes of the clock by an hour, by half an hour, at other hours, and none. */
const ZONES = ['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kolkata', 'Africa/Casablanca', 'UTC'];

/** Days around the changes of 2026, UTC. */
const NEAR = [
  '2026-03-07',
  '2026-03-28',
  '2026-04-04',
  '2026-10-03',
  '2026-10-24',
  '2026-10-31',
  '2026-02-14',
  '2026-06-01',
];

/** The wall clock, asked minute by minute: another way to the same, without offsets. */
function isWorked(hours: BusinessHours, at: number): boolean {
  const parts = new Map(
    wall(hours.zone)
      .formatToParts(at)
      .map(({ type, value }) => [type, value]),
  );
  const day = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'].indexOf(parts.get('weekday') ?? '') + 1;
  const date = `${parts.get('year')}-${parts.get('month')}-${parts.get('day')}`;
  const minute = Number(parts.get('hour')) * 60 + Number(parts.get('minute'));
  return hours.days.includes(day) && !hours.holidays.includes(date) && hours.from <= minute && minute < hours.to;
}

const walls = new Map<string, Intl.DateTimeFormat>();
function wall(zone: string): Intl.DateTimeFormat {
  const known = walls.get(zone);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    hourCycle: 'h23',
    weekday: 'short',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  });
  walls.set(zone, made);
  return made;
}

const someHours = fc
  .record({
    zone: fc.constantFrom(...ZONES),
    days: fc.uniqueArray(fc.integer({ min: 1, max: 7 }), { minLength: 1 }),
    from: fc.integer({ min: 0, max: 1439 }),
    length: fc.integer({ min: 1, max: 1440 }),
    holidays: fc.subarray(['2026-03-29', '2026-03-30', '2026-10-25', '2026-10-26', '2026-03-08']),
  })
  .map(({ length, ...rest }) => hoursOf({ ...rest, to: Math.min(1440, rest.from + length) }));

it('counts as the wall clock does, minute by minute, over changes of the clock', () => {
  fc.assert(
    fc.property(someHours, fc.constantFrom(...NEAR), fc.nat(1440), fc.nat(2 * 1440), (hours, day, shift, length) => {
      const from = Date.parse(`${day}T00:00:00Z`) + shift * MINUTE;
      const calendar = calendarOf(hours);
      let worked = 0;
      for (let minute = 0; minute < length; minute++) {
        const at = from + minute * MINUTE;
        // The first instant by which so many have been worked is the end of the minute that was worked.
        if (isWorked(hours, at)) {
          worked++;
          if (worked % 97 === 1) expect(calendar.after(from, worked * MINUTE)).toBe(at + MINUTE);
        }
      }
      expect(calendar.worked(from, from + length * MINUTE)).toBe(worked * MINUTE);
    }),
    { numRuns: 20 },
  );
});

it('counts an hour that is shown twice twice, and one that is skipped not at all', () => {
  const night = hoursOf({ days: [7], from: 2 * 60, to: 3 * 60 });
  const count = (day: string): number =>
    calendarOf(night).worked(Date.parse(`${day}T00:00:00Z`) - DAY, Date.parse(`${day}T00:00:00Z`) + DAY);
  expect(count('2026-03-29')).toBe(0);
  expect(count('2026-10-25')).toBe(2 * HOUR);
  expect(count('2026-06-07')).toBe(HOUR);
});

it('answers to the ms', () => {
  const calendar = calendarOf(hoursOf());
  const friday = Date.parse('2026-11-27T15:59:59.999Z');
  expect(calendar.after(friday, 1)).toBe(friday + 1);
  // Closed at 17:00 Berlin, 16:00 UTC; the next ms is worked on Monday at 9:00.
  expect(calendar.after(friday, 2)).toBe(Date.parse('2026-11-30T08:00:00.001Z'));
});

it('never comes where no day is worked', () => {
  const holidays = Array.from({ length: 1900 }, (_, i) =>
    new Date(Date.UTC(2026, 0, 1) + i * DAY).toISOString().slice(0, 10),
  );
  expect(calendarOf(hoursOf({ holidays })).after(Date.UTC(2026, 0, 5), 1)).toBeNull();
});
