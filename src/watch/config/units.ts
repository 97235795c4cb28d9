/** Durations and sizes as they are written in the configuration. */
import { parseDuration } from '../../collect/duration.ts';

const DURATION = /^(?=\d)(?:(\d{1,4})w)?(?:(\d{1,5})d)?((?:\d{1,9}(?:\.\d{1,9})?(?:ms|s|m|h))*)$/;
const SIZE = /^(\d{1,12}(?:\.\d{1,6})?)(B|KB|MB|GB|TB|KiB|MiB|GiB|TiB)$/;

export const DURATION_FORM = new RegExp(DURATION.source);
export const SIZE_FORM = new RegExp(SIZE.source);

const SIZE_UNITS: Readonly<Record<string, number>> = {
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
};

/** `15s`, `5m`, `1h30m`, `7d`, `2w` → ms. Throws UsageError for what DURATION_FORM does not match. */
export function durationMs(text: string): number {
  const [, weeks, days, rest] = DURATION.exec(text) ?? [];
  const whole = (Number(weeks ?? 0) * 7 + Number(days ?? 0)) * 86_400_000;
  if (rest === '') return whole;
  return whole + parseDuration(rest ?? text, 'duration');
}

/** `512MiB`, `20GB`, `1.5GiB` → bytes; 0 for what SIZE_FORM does not match. */
export function sizeBytes(text: string): number {
  const [, amount, unit] = SIZE.exec(text) ?? [];
  return Math.round(Number(amount ?? 0) * (SIZE_UNITS[unit ?? ''] ?? 0));
}
