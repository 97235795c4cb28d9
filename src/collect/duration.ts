import { UsageError } from './error.ts';

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
const PART = /(\d+(?:\.\d+)?)(ms|s|m|h)/g;
const WHOLE = /^(?:\d+(?:\.\d+)?(?:ms|s|m|h))+$/;

/** `20s`, `5m`, `1h30m`, `500ms` → ms. The form is Go's time.ParseDuration without signs and without ns and µs. */
export function parseDuration(text: string, option: string): number {
  if (text.length > 64 || !WHOLE.test(text)) {
    throw new UsageError(`${option}: "${text.slice(0, 64)}" is not a duration; write it like 20s, 5m or 1h30m`);
  }
  let ms = 0;
  for (const [, amount, unit] of text.matchAll(PART)) ms += Number(amount) * (UNIT_MS[unit ?? ''] ?? 0);
  return Math.round(ms);
}

/** ms → `850ms`, `20s`, `5m`, `1h30m`; whole seconds from one second on. */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)}ms`;
  const seconds = Math.round(ms / 1000);
  const parts = [
    [Math.floor(seconds / 3600), 'h'],
    [Math.floor(seconds / 60) % 60, 'm'],
    [seconds % 60, 's'],
  ] as const;
  return parts.map(([amount, unit]) => (amount > 0 ? `${amount}${unit}` : '')).join('');
}
