import { expect, it } from 'vitest';
import { Ring } from './ring.ts';

const MINUTE = 60_000;

function filled(span: number, every: number, until: number): { ring: Ring<{ at: number }>; taken: number } {
  const ring = new Ring<{ at: number }>(span);
  let taken = 0;
  for (let at = 0; at <= until; at += every) if (ring.add({ at })) taken++;
  return { ring, taken };
}

const gaps = (ring: Ring<{ at: number }>) =>
  ring.points.slice(1).map((point, i) => (point.at - (ring.points[i]?.at ?? 0)) / MINUTE);

it('has every capture while the window is young', () => {
  expect(filled(60 * MINUTE, MINUTE / 4, 5 * MINUTE).ring.points).toHaveLength(21);
});

it.each([
  [60, 1],
  [360, 1],
  [10_080, 5],
])('thins a window of %i minutes with a capture every %i evenly, and reaches back all of it', (span, every) => {
  const { ring, taken } = filled(span * MINUTE, every * MINUTE, 5 * span * MINUTE);
  expect(ring.points.length).toBeGreaterThanOrEqual(12);
  expect(ring.points.length).toBeLessThanOrEqual(24);
  const between = gaps(ring);
  expect(Math.max(...between)).toBeLessThanOrEqual(2 * Math.min(...between));
  const length = ((ring.points.at(-1)?.at ?? 0) - (ring.points[0]?.at ?? 0)) / MINUTE;
  expect(length).toBeGreaterThan(0.85 * span);
  expect(length).toBeLessThanOrEqual(span);
  // A window that took no capture need not be diagnosed.
  if (every < span / 60) expect(taken).toBeLessThan(200);
});

it('takes captures that come a little early', () => {
  expect(filled(60 * MINUTE, 4.6 * MINUTE, 600 * MINUTE).ring.points.length).toBeGreaterThanOrEqual(12);
});
