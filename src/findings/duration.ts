/** Durations as they are written in files that people write for hemostat: `15s`, `5m`, `1h30m`, `7d`, `2w`. */

const DURATION = /^(?=\d)(?:(\d{1,4})w)?(?:(\d{1,5})d)?((?:\d{1,9}(?:\.\d{1,9})?(?:ms|s|m|h))*)$/;
const PART = /(\d+(?:\.\d+)?)(ms|s|m|h)/g;
const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
const DAY_MS = 86_400_000;

export const DURATION_FORM = new RegExp(DURATION.source);

/** ms; null for what DURATION_FORM does not match. */
export function durationMs(text: string): number | null {
  const match = DURATION.exec(text);
  if (match === null) return null;
  const [, weeks = '0', days = '0', rest = ''] = match;
  let ms = (Number(weeks) * 7 + Number(days)) * DAY_MS;
  for (const [, amount, unit = ''] of rest.matchAll(PART)) ms += Number(amount) * (UNIT_MS[unit] ?? 0);
  return Math.round(ms);
}

/** ms as `durationMs` reads it: `2h`, `1h30m`, `5d`. */
export function writeDuration(ms: number): string {
  if (ms <= 0) return '0s';
  let left = ms;
  let text = '';
  for (const [unit, size] of [
    ['d', DAY_MS],
    ['h', 3_600_000],
    ['m', 60_000],
    ['s', 1000],
    ['ms', 1],
  ] as const) {
    const count = Math.floor(left / size);
    if (count > 0) text += `${count}${unit}`;
    left -= count * size;
  }
  return text;
}
