import { expect, it } from 'vitest';
import { measured, nearest, stack, thinned, tickLabels, timeLabels } from './plot-math.ts';
import { firstAndLast, sparkPath } from './spark-path.ts';

it('stacks: each layer stands on those below; what is missing or negative adds nothing', () => {
  expect(
    stack([
      [1, 2, null, null],
      [10, -5, 30, null],
    ]),
  ).toEqual([
    [1, 2, 0, null],
    [11, 2, 30, null],
  ]);
  expect(stack([])).toEqual([]);
});

it('labels ticks with their unit', () => {
  expect(tickLabels([0, 32 * 2 ** 20, 1.5 * 2 ** 30], 'bytes')).toEqual(['0', '32 MiB', '1.5 GiB']);
  expect(tickLabels([100_000], 'ns')).toEqual(['100 µs']);
});

it('labels times as finely as they are apart, and days where they begin', () => {
  const at = new Date(2026, 2, 1, 23, 59, 40).getTime();
  expect(timeLabels([at, at + 10_000], 10_000)).toEqual(['23:59:40', '23:59:50']);
  expect(timeLabels([at, at + 60_000], 60_000)).toEqual(['23:59', '2 Mar']);
  expect(timeLabels([at], 86_400_000)).toEqual(['1 Mar']);
});

it('thins rows evenly, first and last kept', () => {
  expect(thinned(3, 5)).toEqual([0, 1, 2]);
  expect(thinned(9, 3)).toEqual([0, 4, 8]);
  expect(thinned(0, 3)).toEqual([]);
});

it('draws through moments without a measurement, and breaks where there were too many', () => {
  expect(measured([0, 5, 10, 15, 20], [1, null, 2, null, 3])).toEqual({ at: [0, 10, 20], value: [1, 2, 3] });
  expect(measured([0, 10, 20, 120, 130], [1, 2, 3, 4, 5])).toEqual({
    at: [0, 10, 20, 70, 120, 130],
    value: [1, 2, 3, null, 4, 5],
  });
  expect(measured([1, 2], [null, null])).toEqual({ at: [], value: [] });
});

it('finds the nearest point', () => {
  expect(nearest([10, 20, 40], 28)).toBe(1);
  expect(nearest([10, 20, 40], 99)).toBe(2);
  expect(nearest([], 1)).toBe(-1);
});

it('draws sparklines from zero, broken where nothing was measured', () => {
  const { line, end } = sparkPath([0, 10, 20, 30], [50, 100, null, 100], 106, 26);
  expect(line).toBe('M3 13L36.3 3M103 3');
  expect(end).toEqual({ x: 103, y: 3 });
  expect(sparkPath([], [], 100, 20)).toEqual({ line: '', area: '', end: null });
  // All zero is a flat line at the bottom, not a division by it.
  expect(sparkPath([0, 1], [0, 0], 100, 20).line).toBe('M3 17L97 17');
  expect(firstAndLast([null, 2, 3, null])).toEqual({ first: 2, last: 3 });
});
