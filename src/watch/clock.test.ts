import fc from 'fast-check';
import { expect, it } from 'vitest';
import { SteadyTime } from './clock.ts';
import { VirtualClock } from './virtual-clock.testing.ts';

it('follows the wall clock, forward at once and back at half speed until it has caught up', async () => {
  const clock = new VirtualClock(1_000_000);
  const time = new SteadyTime(clock);
  await clock.advance(5_000);
  expect(time.now()).toBe(1_005_000);
  expect(time.problem()).toBeNull();
  clock.step(60_000);
  expect(time.now()).toBe(1_065_000);
  expect(time.problem()).toMatch(/set forward by 60\.0 s/);
  clock.step(-100_000);
  expect(time.now()).toBe(1_065_000);
  expect(time.problem()).toMatch(/set back by 100\.0 s/);
  await clock.advance(10_000);
  expect(time.now()).toBe(1_070_000);
  // Half a second is caught up in each second: 200 s for 100 s.
  for (let s = 0; s < 190; s++) {
    await clock.advance(1_000);
    time.now();
  }
  expect(time.now()).toBe(clock.wall());
  await clock.advance(900_000);
  expect(time.problem()).toBeNull();
  expect(time.now()).toBe(clock.wall());
});

it('goes on after what is stored already, and says so', () => {
  const clock = new VirtualClock(1_000_000);
  const time = new SteadyTime(clock);
  time.notBefore(1_500_000);
  expect(time.now()).toBe(1_500_000);
  expect(time.problem()).toMatch(/500 s behind what is stored/);
});

it('never goes back, whatever the wall clock does', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.integer({ min: 0, max: 100_000 }), fc.integer({ min: -1_000_000, max: 1_000_000 })), {
        maxLength: 30,
      }),
      async (steps) => {
        const clock = new VirtualClock();
        const time = new SteadyTime(clock);
        let before = time.now();
        for (const [passed, step] of steps) {
          await clock.advance(passed);
          clock.step(step);
          const now = time.now();
          expect(now).toBeGreaterThanOrEqual(before);
          expect(now).toBeGreaterThanOrEqual(clock.wall());
          before = now;
        }
      },
    ),
  );
});
