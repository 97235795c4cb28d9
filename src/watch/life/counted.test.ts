import { expect, test } from 'vitest';
import type { Finding } from '../../findings/model.ts';
import type { FindingRecord, TargetInfo } from '../model.ts';
import { advance } from './advance.ts';
import { abandoned, advanceCounted, QUIET, QUIET_NEVER_SEEN } from './counted.ts';
import { apply, findingOf, readTable, targetOf } from './testing.ts';

const MINUTE = 60_000;
const [A, B] = [targetOf('a'), targetOf('b')];

function burst(over: Partial<Finding> = {}): Finding {
  return {
    ...findingOf('a', { verdict: 'confirmed', rate: 0 }),
    ...{ rule: 'syscall-rate-anomaly', title: 'shop calls openat 640 times a minute.', growth: null, holds: null },
    ...{ fingerprint: '00000000000000b1', evidence: [], severity: 'medium' },
    ...over,
  };
}

/** A service of two instances, window after window. */
function world() {
  const records = new Map<string, FindingRecord>();
  const events: string[] = [];
  const ids = new Set<string>();
  const window = (
    minute: number,
    findings: readonly Finding[],
    over: { target?: TargetInfo; whole?: boolean; gone?: boolean } = {},
  ) => {
    const { target = A, whole = true, gone = false } = over;
    const change = advanceCounted(records.values(), {
      ...{ target, from: (minute - 1) * MINUTE, at: minute * MINUTE, build: 'v1', whole, findings },
      current: new Set(gone ? [target.id] : [A.id, B.id]),
    });
    apply(records, change);
    for (const { id, kind, says } of change.events) {
      ids.add(id);
      events.push(`${minute} ${kind}: ${says}`);
    }
    return change;
  };
  return { window, events, ids, record: () => [...records.values()][0], records };
}

test('opens in its first window, and resolves after enough windows without it', () => {
  const { window, events, record } = world();
  window(1, [burst()]);
  expect(record()).toMatchObject({ state: 'open', verdict: 'confirmed', instances: [A.id], from: 0, to: MINUTE });
  window(2, [burst()]);
  for (let i = 1; i < QUIET; i++) window(2 + i, []);
  expect(record()).toMatchObject({ state: 'open', from: 0, to: 2 * MINUTE, lastSeen: 2 * MINUTE });
  window(2 + QUIET, []);
  expect(record()).toMatchObject({ state: 'resolved', instances: [], resolvedAt: (2 + QUIET) * MINUTE });
  expect(events).toEqual([
    '1 opened: Seen on a: shop calls openat 640 times a minute.',
    `${2 + QUIET} resolved: Over on a: ${QUIET} windows in a row without it, for 5 min.`,
  ]);
  window(20, [burst()]);
  expect(record()).toMatchObject({ state: 'regressed', from: 19 * MINUTE });
  expect(events.at(-1)).toMatch(/^20 regressed: Seen again on a/);
});

test('a window that was not counted whole shows what is there, and not that something is gone', () => {
  const { window, record } = world();
  window(1, [burst()], { whole: false });
  expect(record()?.state).toBe('open');
  for (let i = 2; i < 20; i++) window(i, [], { whole: false });
  expect(record()?.state).toBe('open');
});

test('what was never seen before has to stay away for longer', () => {
  const { window, record } = world();
  window(1, [burst({ rule: 'syscall-never-seen' })]);
  for (let i = 0; i < QUIET_NEVER_SEEN - 1; i++) window(2 + i, []);
  expect(record()?.state).toBe('open');
  window(1 + QUIET_NEVER_SEEN, []);
  expect(record()?.state).toBe('resolved');
});

test('waits for every instance that has it; one that is gone is done with', () => {
  const { window, record } = world();
  window(1, [burst()]);
  window(1, [burst()], { target: B });
  expect(record()?.instances).toEqual([B.id, A.id]);
  for (let i = 2; i < 10; i++) window(i, []);
  expect(record()).toMatchObject({ state: 'open', instances: [B.id] });
  window(10, [], { gone: true });
  expect(record()).toMatchObject({ state: 'resolved', resolvedBy: expect.stringContaining('is gone') });
});

test('ends what is open of instances that are all gone, and nothing else', () => {
  const { window, record, records } = world();
  window(1, [burst()]);
  const at = (minutes: number, ...ids: string[]) => abandoned(records.values(), new Set(ids), minutes * MINUTE);
  expect(at(30), 'it may come back').toEqual({ findings: [], events: [] });
  expect(at(120, A.id), 'it is there, and nobody counts').toEqual({ findings: [], events: [] });
  const change = at(120, B.id);
  expect(change.events.map(({ kind, says }) => `${kind}: ${says}`)).toEqual([
    'resolved: Every instance that had it is gone, and nothing was counted of them for 1 h 59 min.',
  ]);
  apply(records, change);
  expect(record()).toMatchObject({ state: 'resolved', instances: [] });
  expect(at(180)).toEqual({ findings: [], events: [] });
});

test('tells when it worsens, and nothing twice', () => {
  const { window, events, ids, records } = world();
  window(1, [burst()]);
  expect(window(1, [burst()]), 'a replay').toEqual({ findings: [], events: [] });
  window(2, [burst({ severity: 'high' })]);
  window(3, [burst({ severity: 'medium' })]);
  window(4, [burst({ severity: 'high' })]);
  expect(events.map((one) => one.split(':')[0])).toEqual(['1 opened', '2 worsened']);
  expect(ids.size).toBe(2);
  // The life of leaks leaves it alone, whatever it measures.
  const measured = readTable('90m a v1 up=9h 1h:- → ').map(({ measurement }) => advance(records.values(), measurement));
  expect(measured).toEqual([{ findings: [], events: [] }]);
});

test('shows what is only suspected, and tells nobody until it is confirmed', () => {
  const { window, events, record } = world();
  const maybe = burst({ verdict: 'suspected' });
  window(1, [maybe]);
  expect(record()).toMatchObject({ state: 'open', verdict: 'suspected', memory: { told: null } });
  for (let i = 2; i <= 1 + QUIET; i++) window(i, []);
  expect(record()?.state).toBe('resolved');
  window(20, [maybe]);
  expect(record()?.state).toBe('open');
  expect(events).toEqual([]);
  window(21, [burst()]);
  expect(events).toEqual(['21 opened: Seen on a: shop calls openat 640 times a minute.']);
  for (let i = 22; i < 22 + QUIET; i++) window(i, []);
  expect(events.at(-1)).toMatch(/^26 resolved/);
  // What was told to be over is so until it is confirmed again.
  window(40, [maybe]);
  expect(record()?.state).toBe('resolved');
  window(41, [burst()]);
  expect(events.slice(2).map((one) => one.split(':')[0])).toEqual(['41 regressed']);
});
