import { describe, expect, it } from 'vitest';
import { formatBytes, formatBytesChange, formatCount, formatDuration, formatRate, formatValue } from './units.ts';

const MIB = 1024 * 1024;

describe('formatBytes', () => {
  it.each([
    [0, '0 B'],
    [-0, '0 B'],
    [0.3, '0 B'],
    [-0.3, '0 B'],
    [1023, '1,023 B'],
    [1024, '1.0 KiB'],
    [1536, '1.5 KiB'],
    [1024 * 1023.99, '1.0 MiB'],
    [34.1 * MIB, '34.1 MiB'],
    [412 * MIB, '412 MiB'],
    [1000 * MIB, '1,000 MiB'],
    [-2 * MIB, '-2.0 MiB'],
    [3.5 * 1024 ** 4, '3.5 TiB'],
    [2000 * 1024 ** 5, '2,000 PiB'],
    [Number.NaN, 'unknown'],
    [Number.POSITIVE_INFINITY, 'unknown'],
  ])('%f → %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text));

  it('signs changes', () => {
    expect([5 * MIB, 0, -5 * MIB, Number.NaN].map(formatBytesChange)).toEqual([
      '+5.0 MiB',
      '0 B',
      '-5.0 MiB',
      'unknown',
    ]);
  });
});

describe('formatDuration', () => {
  it.each([
    [0, '0 s'],
    [41e-6, '41 us'],
    [0.0035, '3.5 ms'],
    [0.9999, '1 s'],
    [1.5, '1.5 s'],
    [9.96, '10 s'],
    [59.6, '1 min'],
    [200, '3 min 20 s'],
    [3599.7, '1 h'],
    [13_200, '3 h 40 min'],
    [86_399, '1 d'],
    [5 * 86_400 + 2 * 3600 + 59, '5 d 2 h'],
    [400 * 86_400, '400 d'],
    [-20, '-20 s'],
    [Number.NaN, 'unknown'],
  ])('%f → %s', (seconds, text) => expect(formatDuration(seconds)).toBe(text));
});

describe('formatCount', () => {
  it.each([
    [0, '0'],
    [12_345, '12,345'],
    [-1_234_567, '-1,234,567'],
    [49.8, '49.8'],
    [0.25, '0.25'],
    [0.999, '1.0'],
    [1234.5, '1,235'],
    [Number.NaN, 'unknown'],
  ])('%f → %s', (count, text) => expect(formatCount(count)).toBe(text));
});

it('writes every unit of a quantity', () => {
  expect(formatRate(8 * MIB)).toBe('8.0 MiB/h');
  expect(formatValue(8 * MIB, 'bytes')).toBe('8.0 MiB');
  expect(formatValue(8 * MIB, 'bytes/h')).toBe('8.0 MiB/h');
  expect(formatValue(12, 'count')).toBe('12');
  expect(formatValue(1200, 'count/h')).toBe('1,200/h');
  expect(formatValue(50.25, '1/s')).toBe('50.3/s');
  expect(formatValue(187_000, 'ns')).toBe('187 us');
  expect(formatValue(1500, 'ms')).toBe('1.5 s');
  expect(formatValue(90, 's')).toBe('1 min 30 s');
  expect(formatValue(0.256, 'ratio')).toBe('25.6 %');
});
