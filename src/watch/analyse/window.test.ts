import { expect, it } from 'vitest';
import { apart } from './window.ts';

const at = (...times: readonly number[]) => times.map((time) => ({ at: time }));

it('counts two captures of almost one moment as the later one', () => {
  expect(apart(at(0, 60, 120, 121, 180, 240, 299, 300))).toEqual(at(0, 60, 121, 180, 240, 300));
});

it('keeps a first look that is closer together than what follows it', () => {
  const looks = at(0, 60, 120, 180, 480, 780, 1080, 1380, 1680);
  expect(apart(looks)).toEqual(looks);
});

it('keeps all of what comes at one pace, and has no opinion on one or none', () => {
  for (const even of [at(0, 15, 30, 46, 59, 75), at(7), at()]) expect(apart(even)).toEqual(even);
});
