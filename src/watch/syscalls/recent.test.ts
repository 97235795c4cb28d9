import { expect, test } from 'vitest';
import { readRecording } from '../../evidence/syscalls/read.ts';
import { framesOf } from '../../guard/baseline/frames.ts';
import { Recent } from './recent.ts';
import { type Sample, TestRecording } from './testing.ts';

function windowOf(from: number, samples: readonly Sample[], ms = 1000) {
  const made = new TestRecording();
  return readRecording(Buffer.from(made.header() + made.window(from, samples, ms)));
}

/** Calls of each frame, by what the statistics make of the recording. */
function framesIn(recent: Recent, windowMs: number): [number, number, number, string][] {
  const recording = recent.recording();
  if (recording === null) return [];
  const frames = framesOf(recording, { warmUpMs: 0, windowMs });
  const found: [number, number, number, string][] = [];
  frames.walk(({ from, to }) => {
    found.push([from, to, frames.calls.reduce((sum, one) => sum + one, 0), frames.instances[0]?.leftOut ?? '?']);
  });
  return found;
}

test('keeps as many windows of the profile’s length, however short those are that are counted', () => {
  const recent = new Recent();
  const all = new Recent();
  for (let i = 0; i < 500; i++) {
    const window = windowOf(i * 1000, [{ pid: 7, calls: { read: i } }]);
    recent.add(window, 10_000);
    all.add(window, Number.NaN);
  }
  const frames = framesIn(recent, 10_000);
  expect(frames).toHaveLength(40);
  expect(frames[0]).toEqual([100_000, 110_000, 1045, '']);
  expect(frames.at(-1)).toEqual([490_000, 500_000, 4945, '']);
  expect(recent.recording()?.counts.calls).toHaveLength(40);
  expect(all.recording()?.windows.from, 'without a profile each is its own').toHaveLength(40);
});

test('what is not whole yet is there as it was counted, and a pause begins anew', () => {
  const recent = new Recent();
  for (const at of [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 30, 31])
    recent.add(windowOf(at * 1000, [{ pid: 7, calls: { read: 1 } }]), 10_000);
  expect(framesIn(recent, 10_000)).toEqual([
    [0, 10_000, 10, ''],
    [10_000, 13_000, 3, 'incomplete'],
    [30_000, 32_000, 2, 'incomplete'],
  ]);
  recent.clear();
  expect([recent.isEmpty, recent.recording()]).toEqual([true, null]);
});

test('processes that are gone are forgotten, and flows are summed where they were collected', () => {
  const recent = new Recent();
  for (let i = 0; i < 90; i++)
    recent.add(windowOf(i * 1000, [{ pid: 100 + i, calls: { read: 1 }, ...(i % 2 === 0 ? { opened: i } : {}) }]), 2000);
  const recording = recent.recording();
  expect(recording?.processes.map(({ pid }) => pid)).toEqual(Array.from({ length: 80 }, (_, i) => 110 + i));
  expect([...(recording?.flows.fdsOpened.slice(0, 4) ?? [])]).toEqual([10, Number.NaN, 12, Number.NaN]);
});
