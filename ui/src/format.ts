/** How the page writes numbers, times and names: everywhere the same, always with the unit. Formatting itself is src/findings/units.ts. */
import { formatBytes, formatCount, formatDuration, formatRate, formatValue } from '../../src/findings/units.ts';

export { formatBytes, formatCount, formatDuration, formatRate };

/** `value` with a unit as the API writes it; units that are not known are put behind the number. */
export function format(value: number | null | undefined, unit: string): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return '–';
  switch (unit) {
    case 'bytes':
    case 'bytes/h':
    case 'count':
    case 'count/h':
    case 'count/min':
    case 'ns':
    case 's':
    case 'ratio':
    case 'ms':
      return micro(formatValue(value, unit));
    case '1/s':
      // Below one in ten seconds two digits say nothing any more.
      return value !== 0 && Math.abs(value) < 0.095 ? `${formatCount(value * 60)}/min` : formatValue(value, unit);
    default:
      return unit === '' ? formatCount(value) : `${formatCount(value)} ${unit}`;
  }
}

/** A difference with its sign, in the unit of the values. */
export function formatChange(value: number | null, unit: string): string {
  if (value === null || !Number.isFinite(value)) return '–';
  const text = format(Math.abs(value), unit);
  return value > 0 ? `+${text}` : value < 0 ? `−${text}` : text;
}

/** The terminal writes `us`; a page can write what is meant. */
function micro(text: string): string {
  return text.replace(/ us\b/, ' µs').replace(/^-/, '−');
}

/** `3 min ago`, `in 20 s`; `now` within two seconds. */
export function formatAgo(at: number | null, now: number): string {
  if (at === null) return 'never';
  const seconds = (now - at) / 1000;
  if (Math.abs(seconds) < 2) return 'now';
  const text = coarse(Math.abs(seconds));
  return seconds > 0 ? `${text} ago` : `in ${text}`;
}

/** One unit only: for what changes while one looks at it. */
export function coarse(seconds: number): string {
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  if (seconds < 129_600) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86_400)} d`;
}

/** Time to the limit as a person says it. */
export function formatTimeToLimit(seconds: number | null): string {
  return seconds === null ? '–' : seconds <= 0 ? 'reached' : formatDuration(seconds);
}

const TIME = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const SHORT = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const DAY = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });
const FULL = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  timeZoneName: 'short',
});

/** In the time zone of the person who looks. */
export const formatTime = (at: number): string => TIME.format(at);
export const formatFull = (at: number): string => FULL.format(at);

/** `14:03` on the same day, `3 Nov, 14:03` else; with seconds where things are less than a minute apart. */
export function formatMoment(at: number, now: number, seconds = false): string {
  const time = (seconds ? TIME : SHORT).format(at);
  return DAY.format(at) === DAY.format(now) ? time : `${DAY.format(at)}, ${time}`;
}

/** Both ends of a range, with seconds where it is shorter than ten minutes, with days where they differ. */
export function formatRange(from: number, to: number): string {
  const time = to - from < 600_000 ? TIME : SHORT;
  const sameDay = DAY.format(from) === DAY.format(to);
  const first = sameDay ? time.format(from) : `${DAY.format(from)}, ${time.format(from)}`;
  const second = sameDay ? time.format(to) : `${DAY.format(to)}, ${time.format(to)}`;
  return `${first} – ${second}`;
}

/** `main.go:106` of a place; the directory is in the title of the element. */
export function formatPlace(where: { readonly file: string; readonly line: number }): string {
  const file = where.file.slice(where.file.lastIndexOf('/') + 1);
  return file === '' ? '' : where.line > 0 ? `${file}:${where.line}` : file;
}

/** A function without the directories of its package: `github.com/a/b.(*T).M` as `b.(*T).M`. */
export function shortFunction(name: string): string {
  const bracket = name.search(/[([]/);
  const head = bracket < 0 ? name : name.slice(0, bracket);
  return name.slice(head.lastIndexOf('/') + 1);
}

/** `1 finding`, `2 findings`. */
export function plural(count: number, noun: string, nouns = `${noun}s`): string {
  return `${formatCount(count)} ${count === 1 ? noun : nouns}`;
}

/** A build as people know it: the first 12 of a revision, else as it is. */
export function shortBuild(build: string | null): string {
  if (build === null) return 'unknown build';
  return /^[0-9a-f]{20,}$/.test(build) ? build.slice(0, 12) : build;
}
