import { expect, test } from 'vitest';
import type { MetricColumns } from '../model.ts';
import { cached } from './cached.ts';
import { createSparklines } from './sparklines.ts';

const NOTHING: MetricColumns = { at: new Float64Array(), values: {} };

test('nobody waits for a refresh, and a failure is told to the next who finds nothing', async () => {
  let asked = 0;
  let answer: () => Promise<Map<string, MetricColumns>> = async () => new Map([['a', NOTHING]]);
  const store = {
    metrics: () => {
      asked++;
      return answer();
    },
  };
  const lines = createSparklines(
    store,
    () => ['a'],
    () => 0,
  );
  const [one, two] = await Promise.all([lines.get(), lines.get()]);
  expect([asked, one === two]).toEqual([1, true]);
  expect(await lines.get()).toBe(one);
  expect(asked).toBe(1);
  // After what it is worth the old one is still answered, while a new one is made.
  let done = (_: Map<string, MetricColumns>): void => undefined;
  answer = () =>
    new Promise((resolve) => {
      done = resolve;
    });
  await expect.poll(async () => (await lines.get()) === one && asked).toBe(2);
  const fresh = new Map([['b', NOTHING]]);
  done(fresh);
  await expect.poll(() => lines.get()).toBe(fresh);
  answer = async () => {
    throw new Error('disk');
  };
  await expect.poll(() => lines.get().then(() => '', String)).toContain('disk');
});

test('an answer is kept for a moment, a failure is not', async () => {
  let made = 0;
  const one = cached(60_000, async () => ++made);
  expect(await Promise.all([one.get(), one.get()])).toEqual([1, 1]);
  expect(await one.get()).toBe(1);
  one.clear();
  expect(await one.get()).toBe(2);
  const bad = cached(60_000, async () => {
    made++;
    throw new Error(`failed ${made}`);
  });
  await expect(bad.get()).rejects.toThrow('failed 3');
  await expect(bad.get()).rejects.toThrow('failed 4');
});
