/**
 * Numbers as people read them. Binary units, one decimal where it says something, English thousands separators.
 * Every function answers `unknown` for NaN and the infinities: a number that is none must not look like one.
 */

import type { Quantity } from './model.ts';

const BINARY = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;

/** `bytes` as `512 B`, `1.5 KiB`, `34.1 MiB`, `412 MiB`; negative numbers keep their sign. */
export function formatBytes(bytes: number): string {
  if (!Number.isFinite(bytes)) return 'unknown';
  let scaled = Math.abs(bytes);
  let unit = 0;
  // 1023.95 would print as `1024.0`, so the step to the next unit comes a little before 1024.
  while (scaled >= 1023.95 && unit < BINARY.length - 1) {
    scaled /= 1024;
    unit++;
  }
  const digits = unit === 0 ? 0 : scaled >= 99.95 ? 0 : 1;
  return `${sign(bytes, scaled, digits)}${group(scaled.toFixed(digits))} ${BINARY[unit] ?? 'PiB'}`;
}

/** A difference in bytes, always with its sign: `+34.1 MiB`, `-2.0 KiB`, `0 B`. */
export function formatBytesChange(bytes: number): string {
  return bytes > 0 && Number.isFinite(bytes) ? `+${formatBytes(bytes)}` : formatBytes(bytes);
}

/** Bytes per hour: `412 MiB/h`. */
export function formatRate(bytesPerHour: number): string {
  return Number.isFinite(bytesPerHour) ? `${formatBytes(bytesPerHour)}/h` : 'unknown';
}

/** `seconds` in at most two units: `3.5 ms`, `20 s`, `3 min 20 s`, `3 h 40 min`, `5 d 2 h`. */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds)) return 'unknown';
  if (seconds < 0) return `-${formatDuration(-seconds)}`;
  if (seconds === 0) return '0 s';
  if (seconds < 0.9995e-3) return `${trim(seconds * 1e6, 1)} us`;
  if (seconds < 0.9995) return `${trim(seconds * 1e3, 1)} ms`;
  if (seconds < 9.95) return `${trim(seconds, 1)} s`;
  // Each range is decided after rounding to its smaller unit: 59.6 s is 1 min, 23 h 59.8 min is 1 d.
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return pair(whole, 60, 'min', 1, 's');
  const minutes = Math.round(seconds / 60) * 60;
  if (minutes < 86_400) return pair(minutes, 3600, 'h', 60, 'min');
  return pair(Math.round(seconds / 3600) * 3600, 86_400, 'd', 3600, 'h');
}

/** Whole numbers with separators (`12,345`); fractions keep one decimal below 100. */
export function formatCount(count: number): string {
  if (!Number.isFinite(count)) return 'unknown';
  const size = Math.abs(count);
  const digits = Number.isInteger(count) || size >= 99.95 ? 0 : size >= 0.95 ? 1 : 2;
  return `${sign(count, size, digits)}${group(size.toFixed(digits))}`;
}

/** `value` in its unit, as in Quantity. */
export function formatValue(value: number, unit: Quantity['unit']): string {
  switch (unit) {
    case 'bytes':
      return formatBytes(value);
    case 'bytes/h':
      return formatRate(value);
    case 'count':
      return formatCount(value);
    case 'count/h':
      return `${formatCount(value)}/h`;
    case 'count/min':
      return `${formatCount(value)}/min`;
    case '1/s':
      return `${formatCount(value)}/s`;
    case 'ns':
      return formatDuration(value / 1e9);
    case 'ms':
      return formatDuration(value / 1e3);
    case 's':
      return formatDuration(value);
    case 'ratio':
      return Number.isFinite(value) ? `${trim(value * 100, 1)} %` : 'unknown';
  }
}

function pair(whole: number, big: number, bigName: string, small: number, smallName: string): string {
  const rest = Math.floor((whole % big) / small);
  const head = `${group(String(Math.floor(whole / big)))} ${bigName}`;
  return rest === 0 ? head : `${head} ${rest} ${smallName}`;
}

/** At most `digits` decimals, none where they would be zero. */
function trim(value: number, digits: number): string {
  return group(String(Number(value.toFixed(digits))));
}

/** A minus sign only where something other than zero is printed. */
function sign(value: number, size: number, digits: number): string {
  return value < 0 && Number(size.toFixed(digits)) !== 0 ? '-' : '';
}

function group(digits: string): string {
  const [whole = '', fraction] = digits.split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return fraction === undefined ? grouped : `${grouped}.${fraction}`;
}
