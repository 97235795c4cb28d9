import { expect, test } from 'vitest';
import { levelOf } from '../../diagnose/syscall-series.ts';
import { Analysis } from '../analyse/analysis.ts';
import { twiceRecorded } from '../analyse/testing.ts';
import { NOON, sampleSyscalls } from '../history/sample.testing.ts';
import { concat, flowsOf, thinned } from './flows.ts';

const MINUTE = 60_000;

function windows(count: number, from = NOON, ms = MINUTE) {
  return Array.from({ length: count }, (_, i) =>
    sampleSyscalls('t', from + i * ms, { openat: 4 }, { ms, fdsOpened: 30 + (i % 3) }),
  );
}

test('the flows are those of the process that answers, else of the oldest', () => {
  expect([...flowsOf(windows(2), 71).fdsOpened]).toEqual([30, 31]);
  expect([...flowsOf(windows(2), null).fdsOpened]).toEqual([30, 31]);
  // Of the other process nothing was collected, and that is no zero.
  expect([...flowsOf(windows(2), 72).fdsOpened]).toEqual([Number.NaN, Number.NaN]);
});

test('thinning keeps the level, the ends and the newest windows', () => {
  const series = flowsOf(windows(4500), 71);
  const thin = thinned(series);
  expect(thin.at.length).toBeLessThan(3300);
  expect([thin.from[0], thin.at.at(-1)]).toEqual([series.from[0], series.at.at(-1)]);
  expect([...thin.fdsOpened.slice(-1000)]).toEqual([...series.fdsOpened.slice(-1000)]);
  const level = (of: typeof series) => levelOf(of, 'fdsOpened', 'fdsClosed')?.value.at(-1);
  expect(level(series)).toBe(4500);
  expect(level(thin)).toBe(level(series));
  expect(thinned(concat([thin])).at).toHaveLength(thin.at.length);
});

test('counts join the windows of captures that they lie in, once each', () => {
  const inputs = twiceRecorded();
  const [first, last] = [inputs[0]?.at ?? 0, inputs.at(-1)?.at ?? 0];
  const ms = (last - first) / 10;
  const series = flowsOf(windows(20, first, ms), 71);
  const analysis = new Analysis();
  analysis.flows('t', series);
  analysis.flows('t', series);
  const found = inputs.map((input) => analysis.analyse(input)).flatMap((output) => output.windows);
  const whole = found.findLast(({ from, to }) => from === first && to === last);
  expect(whole?.legs?.syscall).toBe(10);
  expect(whole?.diagnosis.notes.join(' ')).not.toContain('undefined');
});
