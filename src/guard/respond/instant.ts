/** Instants as the clocks of a time zone show them. Pure. */

/** `2026-11-23 09:10 GMT+1`; with seconds where they are not zero. */
export function formatInstant(at: number, zone: string): string {
  const { year, month, day, hour, minute, second, timeZoneName } = wallClock(at, zone);
  return `${year}-${month}-${day} ${hour}:${minute}${second === '00' ? '' : `:${second}`} ${timeZoneName}`;
}

/** `12:00 GMT+1` today, `Tue 11-24 12:00 GMT+1` on another day; whole minutes, rounded down: earlier is safer. */
export function formatDue(at: number, zone: string, now: number): string {
  const { year, month, day, weekday, hour, minute, timeZoneName } = wallClock(at, zone);
  const today = wallClock(now, zone);
  const same = year === today.year && month === today.month && day === today.day;
  return `${same ? '' : `${weekday} ${month}-${day} `}${hour}:${minute} ${timeZoneName}`;
}

/** `11-23 10:04:07`: within one incident the year is known from its head. */
export function formatStamp(at: number, zone: string): string {
  const { month, day, hour, minute, second } = wallClock(at, zone);
  return `${month}-${day} ${hour}:${minute}:${second}`;
}

/** Two digits each but for the year. */
type WallClock = Readonly<Partial<Record<Intl.DateTimeFormatPartTypes, string>>>;

/** By zone: making one costs as much as hundreds of uses. */
const formats = new Map<string, Intl.DateTimeFormat>();

function wallClock(at: number, zone: string): WallClock {
  let format = formats.get(zone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      weekday: 'short',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
      timeZoneName: 'short',
    });
    formats.set(zone, format);
  }
  const parts: Partial<Record<Intl.DateTimeFormatPartTypes, string>> = {};
  for (const { type, value } of format.formatToParts(at)) parts[type] = value;
  return parts;
}
