/** A small run of scripts/baseline-accuracy.ts, whose tables are in docs/accuracy.md: bounds that a worse limit breaks. */
import { beforeAll, describe, expect, it } from 'vitest';
import { countAtLeast, poissonAtLeast } from '../../stats/tails.ts';
import { chanceOf } from './chance.testing.ts';
import { KINDS, type Kind } from './simulate.testing.ts';
import { type Study, studyContainer } from './study.testing.ts';

const DAY = 1440;
/** Learned for a day, then judged by the next. Shocks without end (heavy tail) are another matter: see docs/accuracy.md. */
const studies = new Map<Kind, Study[]>();
const all: Study[] = [];
beforeAll(() => {
  KINDS.filter((kind) => kind !== 'heavy tail').forEach((kind, row) => {
    const both = [1, 2].flatMap((seed) => studyContainer(kind, 7000 + 10 * row + seed, [DAY], DAY));
    studies.set(kind, both);
    all.push(...both);
  });
}, 300_000);

describe('with a day learned', () => {
  it('has few false alarms in the next', () => {
    // 432 container-hours: 0.4 if the goal holds. More than four have a probability of 6e-5 then.
    expect(all.reduce((sum, one) => sum + one.hours, 0)).toBe(432);
    expect(all.reduce((sum, one) => sum + one.rateEvents, 0)).toBeLessThanOrEqual(4);
  });

  it.each([
    [10, 0.85],
    [4, 0.7],
    [3, 0.6],
  ])('finds what is %d times as frequent in at least that share: %d', (size, share) => {
    const injections = all.flatMap((one) => one.injections.filter((injection) => injection.size === size));
    expect(injections.length).toBeGreaterThan(40);
    expect(injections.filter(({ delay }) => delay !== null).length / injections.length).toBeGreaterThan(share);
  });

  it('finds nearly all that is three times as frequent in a steady service, in its first window', () => {
    const steady = studies.get('poisson')?.flatMap((one) => one.injections.filter(({ size }) => size === 3)) ?? [];
    expect(steady.length).toBeGreaterThan(4);
    expect(steady.map(({ delay }) => delay)).toEqual(steady.map(() => 1));
  });

  it('does not find half again, which it says is too little', () => {
    const half = all.flatMap((one) => one.injections.filter(({ size }) => size === 1.5));
    expect(half.filter(({ delay }) => delay !== null).length / half.length).toBeLessThan(0.3);
  });
});

describe('the chance that simulated services are made of', () => {
  it.each([
    [3, 8],
    [50, 66],
    [2000, 2100],
  ])('is Poisson around %d', (mean, far) => {
    const chance = chanceOf(4);
    const draws = 100_000;
    let sum = 0;
    let beyond = 0;
    for (let i = 0; i < draws; i++) {
      const drawn = chance.poisson(mean);
      sum += drawn;
      if (drawn >= far) beyond++;
    }
    expect(Math.abs(sum / draws - mean)).toBeLessThan(4 * Math.sqrt(mean / draws));
    const wanted = poissonAtLeast(far, mean);
    expect(Math.abs(beyond / draws - wanted)).toBeLessThan(4 * Math.sqrt(wanted / draws));
  });

  it('spreads as told', () => {
    const chance = chanceOf(6);
    const draws = 100_000;
    let beyond = 0;
    for (let i = 0; i < draws; i++) if (chance.poisson(50 * chance.gamma(0.4)) >= 120) beyond++;
    const wanted = countAtLeast(120, 50, 1 + 0.4 * 0.4 * 50);
    expect(Math.abs(beyond / draws - wanted)).toBeLessThan(4 * Math.sqrt(wanted / draws));
  });
});
