import { expect, it } from 'vitest';
import { NOON, sampleCapture, sampleHeap, sampleSummary, sampleTarget, siteShape } from '../history/sample.testing.ts';
import { compareView } from './compare.ts';

it('lists the sites that have memory in use at one of the ends, the largest change first', () => {
  const target = sampleTarget(1).id;
  const shapes = [0, 1, 2, 3].map((i) => siteShape(i));
  const summary = (at: number, bytes: readonly number[]) => ({
    ...sampleSummary(sampleCapture(target, at, null), shapes, []),
    heap: { ...sampleHeap(shapes, at), bytes: Float64Array.from(bytes) },
  });
  const info = (id: string, at: number) => ({
    ...{ id, target, instance: 'a', at, reason: 'schedule' as const, build: null, name: null, parts: [] },
  });
  const view = compareView({
    base: info('1', NOON),
    head: info('2', NOON + 60_000),
    before: summary(NOON, [100, 0, 5, 0]),
    after: summary(NOON + 60_000, [90, 50, 0, 0]),
    diagnosis: null,
  });
  expect(view.sites.map(({ where, before, after }) => [where.function, before, after])).toEqual([
    [shapes[1]?.where.function, 0, 50],
    [shapes[0]?.where.function, 100, 90],
    [shapes[2]?.where.function, 5, 0],
  ]);
});
