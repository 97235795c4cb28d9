/** What holds for every sequence of measurements and every interleaving with what people do. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { FindingEvent, FindingRecord, LifeState } from '../model.ts';
import { acknowledge, unacknowledge } from './actions.ts';
import { advance } from './advance.ts';
import { findingId } from './identity.ts';
import type { LifeChange, Measurement } from './life.ts';
import { apply, type Shown, targetOf, windowOf } from './testing.ts';

const INSTANCES = ['a', 'b', 'c'];

const shown: fc.Arbitrary<Shown> = fc.record({
  verdict: fc.constantFrom(
    'proven' as const,
    'confirmed' as const,
    'confirmed' as const,
    'suspected' as const,
    'cleared' as const,
  ),
  rate: fc.constantFrom(1, 10, 100, 1000),
  severity: fc.constantFrom('critical' as const, 'high' as const, 'low' as const),
  name: fc.constantFrom('p.One', 'p.Two'),
});

const windowWords = fc.record({
  name: fc.constantFrom('1h' as const, '6h' as const),
  shows: fc.array(shown, { maxLength: 2 }),
  legs: fc.record({ heap: fc.constantFrom(0, 12), gc: fc.constant(12) }),
});

/** Minutes since the measurement before; now and then the clock steps back, or stands. */
const step = fc.record({
  minutes: fc.oneof(
    { weight: 8, arbitrary: fc.integer({ min: 1, max: 90 }) },
    { weight: 1, arbitrary: fc.constantFrom(0, -30) },
  ),
  instance: fc.constantFrom(...INSTANCES),
  build: fc.constantFrom('v1', 'v2', null),
  aliveMinutes: fc.integer({ min: 0, max: 600 }),
  windows: fc.array(windowWords, { maxLength: 2 }),
  current: fc.subarray(INSTANCES),
  person: fc.constantFrom('nothing' as const, 'nothing' as const, 'acknowledge' as const, 'unacknowledge' as const),
});

/** What the events of a finding tell of it. */
interface Told {
  readonly state: LifeState;
  /** Somebody was told that it is there. */
  readonly open: boolean;
}

function after({ state, open }: Told, event: FindingEvent): Told {
  switch (event.kind) {
    case 'opened':
      expect(open).toBe(false);
      return { state: state === 'acknowledged' ? state : 'open', open: true };
    case 'regressed':
      expect(state).toBe('resolved');
      return { state: 'regressed', open: true };
    case 'resolved':
      expect(open || state === 'acknowledged').toBe(true);
      return { state: 'resolved', open: false };
    case 'worsened':
      expect(open).toBe(true);
      return { state, open };
    case 'acknowledged':
      return { state: 'acknowledged', open };
    case 'unacknowledged':
      expect(state).toBe('acknowledged');
      return { state: 'open', open };
    case 'silenced':
      return { state, open };
  }
}

test('one record for each finding, events that agree with its state, and replays that change nothing', () => {
  const kinds = new Set<string>();
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const records = new Map<string, FindingRecord>();
      const ids = new Set<string>();
      const told = new Map<string, Told>();
      let at = 1e12;
      const take = (change: LifeChange): void => {
        expect(new Set(change.findings.map((record) => record.id)).size).toBe(change.findings.length);
        for (const record of change.findings)
          expect(record.id).toBe(findingId(record.environment, record.service, record.fingerprint));
        for (const event of change.events) {
          expect(ids.has(event.id)).toBe(false);
          ids.add(event.id);
          kinds.add(event.kind);
          expect(change.findings.some((record) => record.id === event.finding)).toBe(true);
          told.set(event.finding, after(told.get(event.finding) ?? { state: 'open', open: false }, event));
        }
        apply(records, change);
      };
      for (const { minutes, instance, build, aliveMinutes, windows, current, person } of steps) {
        at += minutes * 60_000;
        const measurement: Measurement = {
          target: targetOf(instance),
          at,
          build,
          windows: windows.map((words) => windowOf(instance, at, aliveMinutes * 60_000, words)),
          current: new Set([instance, ...current].map((name) => targetOf(name).id)),
        };
        const before = [...records.values()];
        const change = advance(before, measurement);
        // Made again after a crash before the commit, it is the same, ids included.
        expect(advance(before, measurement)).toEqual(change);
        take(change);
        // Made again after a crash behind the commit, it changes nothing.
        expect(advance(records.values(), measurement)).toEqual({ findings: [], events: [] });
        for (const [i, record] of [...records.values()].entries()) {
          if (person === 'acknowledge') take(acknowledge(record, `ada ${ids.size}`, '', at + i));
          if (person === 'unacknowledge') take(unacknowledge(record, `ada ${ids.size}`, at + i));
        }
        for (const record of records.values()) {
          const { state, memory } = record;
          expect(memory?.told === null).toBe(record.verdict === 'suspected');
          if (state === 'resolved') expect(record.resolvedAt).not.toBeNull();
          expect(state === 'acknowledged').toBe(record.acknowledged !== null);
          if (memory?.told === null) continue;
          const by = told.get(record.id)?.state;
          // Taking an acknowledgement back leads to what it was before, which the events before it say.
          expect(by === state || (by === 'open' && state === 'regressed')).toBe(true);
        }
      }
    }),
    { numRuns: 300 },
  );
  // The sequences go everywhere, or the laws say nothing.
  expect([...kinds].sort()).toEqual(['acknowledged', 'opened', 'regressed', 'resolved', 'unacknowledged', 'worsened']);
});
