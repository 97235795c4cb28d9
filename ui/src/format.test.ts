import { expect, it } from 'vitest';
import {
  coarse,
  format,
  formatAgo,
  formatChange,
  formatPlace,
  formatTimeToLimit,
  plural,
  shortBuild,
  shortFunction,
} from './format.ts';

it.each([
  [81.6 * 2 ** 20, 'bytes', '81.6 MiB'],
  [320 * 2 ** 20, 'bytes/h', '320 MiB/h'],
  [311_600, 'ns', '311.6 µs'],
  [2_000_000, 'ns', '2 ms'],
  [19, 'count', '19'],
  [12_345, 'count', '12,345'],
  [2.5, '1/s', '2.5/s'],
  [0.011, '1/s', '0.66/min'],
  [0, '1/s', '0/s'],
  [0.125, 'ratio', '12.5 %'],
  [13_200, 's', '3 h 40 min'],
  [7, 'widgets', '7 widgets'],
  [null, 'bytes', '–'],
  [Number.NaN, 'count', '–'],
  [-2048, 'bytes', '−2.0 KiB'],
])('writes %s %s as %s', (value, unit, text) => {
  expect(format(value, unit)).toBe(text);
});

it('gives changes their sign', () => {
  expect(formatChange(8, 'count')).toBe('+8');
  expect(formatChange(-3 * 2 ** 20, 'bytes')).toBe('−3.0 MiB');
  expect(formatChange(0, 'bytes')).toBe('0 B');
  expect(formatChange(null, 'bytes')).toBe('–');
});

it('says how long ago something was', () => {
  const now = 1_800_000_000_000;
  expect(formatAgo(null, now)).toBe('never');
  expect(formatAgo(now - 500, now)).toBe('now');
  expect(formatAgo(now - 40_000, now)).toBe('40 s ago');
  expect(formatAgo(now + 120_000, now)).toBe('in 2 min');
  expect(coarse(7200)).toBe('2 h');
  expect(coarse(3 * 86_400)).toBe('3 d');
});

it('writes names as short as they can be told apart', () => {
  expect(shortFunction('github.com/acme/shop/cart.(*Store).Put')).toBe('cart.(*Store).Put');
  expect(shortFunction('main.(*desk).submit.func1')).toBe('main.(*desk).submit.func1');
  // A type argument has slashes of its own.
  expect(shortFunction('a.com/x/list.Map[go.shape.struct { a.com/y/T }]')).toBe(
    'list.Map[go.shape.struct { a.com/y/T }]',
  );
  expect(formatPlace({ file: '/src/shop/main.go', line: 106 })).toBe('main.go:106');
  expect(formatPlace({ file: '', line: 0 })).toBe('');
  expect(shortBuild('0123456789abcdef0123456789abcdef01234567')).toBe('0123456789ab');
  expect(shortBuild('v1.42.0')).toBe('v1.42.0');
  expect(plural(1, 'instance')).toBe('1 instance');
  expect(plural(1200, 'capture')).toBe('1,200 captures');
  expect(formatTimeToLimit(null)).toBe('–');
  expect(formatTimeToLimit(0)).toBe('reached');
});
