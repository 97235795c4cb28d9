import { describe, expect, it } from 'vitest';
import { mannKendall } from './mann-kendall.ts';
import { normalCdf, t95 } from './normal.ts';
import { correlation, slopeBesideLoad } from './regression.ts';
import { shapeOf } from './shape.ts';
import { theilSen } from './theil-sen.ts';

const index = (y: readonly number[]): number[] => y.map((_, i) => i);
const WAVE = Array.from({ length: 24 }, (_, i) => Math.round((Math.sin(i / 3) * 5 + i * 0.1) * 1000) / 1000);
/** Annual flow of the Nile at Aswan, 1871–1900, 10⁸ m³ (Cobb 1978). */
const NILE = [
  1120, 1160, 963, 1210, 1160, 1160, 813, 1230, 1370, 1140, 995, 935, 1110, 994, 1020, 960, 1180, 799, 958, 1140, 1100,
  1210, 1150, 1250, 1260, 1220, 1030, 1100, 774, 840,
];

describe('theilSen agrees with scipy.stats.theilslopes 1.16', () => {
  it.each([
    { y: [1, 2, 3, 5, 8, 13], slope: 2, low: 1, high: 4, intercept: -1 },
    { y: [1, 3, 2, 5, 8, 13], slope: 2.4, low: 0.5, high: 4, intercept: -2 },
    { y: [1, 1, 2, 2, 2, 3, 3, 5], slope: 0.45, low: 0.25, high: 0.75, intercept: 0.425 },
    { y: NILE, slope: -1.1111111111, low: -9.4705882353, high: 4.4444444444, intercept: 1131.1111111111 },
    { y: WAVE, slope: 0.0060264706, low: -0.3142, high: 0.2489545455, intercept: 1.8741955882 },
  ])('$slope', ({ y, slope, low, high, intercept }) => {
    const found = theilSen(index(y), y);
    expect(found?.slope).toBeCloseTo(slope, 9);
    expect(found?.low).toBeCloseTo(low, 9);
    expect(found?.high).toBeCloseTo(high, 9);
    expect(found?.intercept).toBeCloseTo(intercept, 9);
  });

  it('has no slope without two distinct x', () => {
    expect(theilSen([], [])).toBeNull();
    expect(theilSen([3, 3], [1, 9])).toBeNull();
  });
});

describe('mannKendall', () => {
  it('counts p exactly for a few untied points (scipy kendalltau exact)', () => {
    expect(mannKendall([1, 2, 3, 5, 8, 13])).toMatchObject({ s: 15, method: 'exact', p: expect.closeTo(2 / 720, 12) });
    expect(mannKendall([1, 3, 2, 5, 8, 13])?.p).toBeCloseTo(0.0166666667, 9);
    expect(mannKendall([4, 3, 2, 1])?.p).toBeCloseTo(2 / 24, 12);
    expect(mannKendall([1, 2])).toBeNull();
  });

  it('approximates with ties (pymannkendall original_test)', () => {
    const trend = mannKendall([1, 1, 2, 2, 2, 3, 3, 5]);
    expect(trend?.s).toBe(23);
    expect(trend?.p).toBeCloseTo(0.004397969, 6);
  });

  it('says nothing about the Nile before its dam (pymannkendall: p = 0.592)', () => {
    expect(mannKendall(NILE)?.s).toBe(-31);
    expect(mannKendall(NILE)?.p).toBeCloseTo(0.592096976, 5);
  });

  it('is as sure of fourteen points on a line as of ten, however smoothly they stray by a hundredth', () => {
    // Megabytes that a lab service holds, every ten seconds; ranks alone made p = 0.0003 of them.
    const held = [210, 252, 252, 294, 336, 378, 420, 462, 504, 546, 588, 630, 672, 714];
    const trend = mannKendall(held);
    expect(trend?.method).toBe('normal');
    expect(trend?.p).toBeLessThan(1e-5);
    // Half a wave rises as much and strays more: its points are no independent ones.
    const wave = held.map((_, i) => -Math.cos((Math.PI * i) / 13));
    expect(mannKendall(wave)?.method).toBe('hamed-rao');
  });

  it('widens p for an autocorrelated series (pymannkendall hamed_rao_modification_test: 0.98688)', () => {
    const trend = mannKendall(WAVE);
    expect(trend?.method).toBe('hamed-rao');
    expect(trend?.p).toBeCloseTo(0.9868802228, 5);
  });

  it('is level for constants', () => {
    expect(mannKendall([5, 5, 5, 5, 5])?.p).toBeCloseTo(1, 6);
  });
});

describe('normal and t', () => {
  it('match the tables', () => {
    expect(normalCdf(0)).toBeCloseTo(0.5, 6);
    expect(normalCdf(1.959964)).toBeCloseTo(0.975, 6);
    expect(normalCdf(-3)).toBeCloseTo(0.0013499, 6);
    expect(t95(5)).toBeCloseTo(2.571, 3);
    expect(t95(60)).toBeCloseTo(2.0003, 2);
    expect(t95(1000)).toBeCloseTo(1.9623, 3);
  });
});

describe('slopeBesideLoad', () => {
  const time = [0, 1, 2, 3, 4, 5, 6, 7];
  const load = [3, 7, 2, 9, 4, 8, 1, 6];
  it('agrees with numpy lstsq and its covariance', () => {
    const noise = [0.1, -0.2, 0.05, 0.15, -0.1, 0.2, -0.05, -0.1];
    const y = time.map((t, i) => 2 + 0.5 * t + 3 * (load[i] ?? 0) + (noise[i] ?? 0));
    const found = slopeBesideLoad(time, load, y);
    expect(found?.slope).toBeCloseTo(0.49411765, 7);
    expect(found?.low).toBeCloseTo(0.430431155, 4);
    expect(found?.high).toBeCloseTo(0.5578041391, 4);
    expect(found?.perLoad).toBeCloseTo(3.01102941, 7);
    expect(found?.collinearity).toBeCloseTo(0.03984095, 7);
  });

  it('refuses to separate load from time where they run together', () => {
    expect(slopeBesideLoad(time, time, time)).toBeNull();
    expect(slopeBesideLoad(time, load.fill(4), time)).toBeNull();
    expect(correlation(time, time)).toBeCloseTo(1, 12);
  });
});

describe('shapeOf', () => {
  const time = [0, 4, 8, 12, 16, 20];
  it.each([
    { y: [10, 20, 30, 40, 50, 60], shape: 'rising' },
    { y: [10, 12, 20, 30, 50, 90], shape: 'rising' },
    { y: [10, 40, 58, 60, 60, 60], shape: 'plateau' },
    { y: [10, 60, 90, 50, 20, 11], shape: 'drained' },
    { y: [2, 20, 8, 16, 11, 12], shape: 'level' },
    { y: [10, 12, 9, 11, 10, 12], shape: 'level' },
    { y: [10, 40, 12, 45, 11, 44], shape: 'level' },
  ])('$y is $shape', ({ y, shape }) => {
    expect(shapeOf(time, y, 5).shape).toBe(shape);
  });

  it('claims nothing from three points, and nothing below the floor', () => {
    expect(shapeOf([0, 1, 2], [1, 2, 3], 0).shape).toBe('unknown');
    expect(shapeOf(time, [1, 2, 3, 4, 5, 6], 100).shape).toBe('level');
    expect(shapeOf([0, 1, 2, 3], [1, 2, 3, 4], 1).shape).toBe('rising');
  });
});
