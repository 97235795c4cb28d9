/** Durations and sizes as they are written in the configuration. */
import { DURATION_FORM, durationMs as readDuration } from '../../findings/duration.ts';

const SIZE = /^(\d{1,12}(?:\.\d{1,6})?)(B|KB|MB|GB|TB|KiB|MiB|GiB|TiB)$/;

export { DURATION_FORM };
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

/** `15s`, `5m`, `1h30m`, `7d`, `2w` → ms; 0 for what DURATION_FORM does not match, which the schema refuses. */
export function durationMs(text: string): number {
  return readDuration(text) ?? 0;
}

/** `512MiB`, `20GB`, `1.5GiB` → bytes; 0 for what SIZE_FORM does not match. */
export function sizeBytes(text: string): number {
  const [, amount, unit] = SIZE.exec(text) ?? [];
  return Math.round(Number(amount ?? 0) * (SIZE_UNITS[unit ?? ''] ?? 0));
}
