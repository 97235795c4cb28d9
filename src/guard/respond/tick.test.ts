import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { advance } from './clock.ts';
import type { Matrix, Reminder, ResponseEvent, ResponseStore } from './model.ts';
import { event, found, HOUR, MINUTE, matrixOf, memoryStore, rowOf } from './testing.ts';
import { type Send, tick } from './tick.ts';

const T = Date.UTC(2026, 10, 23, 9);

class Crash extends Error {}

/** Ends the process at its n-th effect: before or after an append, before or after a delivery. */
function world(events: ResponseEvent[]) {
  const got: { id: string; receiver: string; says: string }[] = [];
  let left = Number.POSITIVE_INFINITY;
  const step = (): void => {
    if (left-- <= 0) throw new Crash();
  };
  const inner = memoryStore(events);
  const store: ResponseStore = {
    events: inner.events,
    append: async (more) => {
      if (more.length === 0) return;
      step();
      await inner.append(more);
      step();
    },
  };
  const send: Send = async ({ id, says }: Reminder, receiver) => {
    step();
    got.push({ id, receiver, says });
    step();
    return null;
  };
  return {
    got,
    send,
    async run(now: number, matrix: Matrix, crashAfter: number, sends: Send = send): Promise<void> {
      left = crashAfter;
      try {
        await tick(store, matrix, () => now, sends, 'test');
      } catch (error) {
        if (!(error instanceof Crash)) throw error;
      }
      left = Number.POSITIVE_INFINITY;
    },
  };
}

const MATRIX = matrixOf([rowOf({ acknowledgeMs: 10 * MINUTE }), rowOf({ role: 'operations', dueMs: 15 * MINUTE })], {
  escalation: [
    { at: 0.5, tell: ['role'] },
    { at: 0.8, tell: ['role'] },
    { at: 1, tell: ['role', 'lead'] },
    { at: 1.5, tell: ['lead'] },
  ],
});

describe('reminders', () => {
  it('come at their share of the time, to the ms, once', async () => {
    const { got, run } = world([found(T)]);
    const matrix = matrixOf();
    for (const [at, count] of [
      [HOUR - 1, 0],
      [HOUR, 1],
      [HOUR + 1, 1],
      [2 * HOUR - 1, 1],
      [2 * HOUR, 3],
      [9 * HOUR, 3],
    ] as const) {
      await run(T + at, matrix, Number.POSITIVE_INFINITY);
      expect(got).toHaveLength(count);
    }
    expect(got.map(({ receiver }) => receiver)).toEqual(['development', 'development', 'lead']);
    expect(got[0]?.says).toBe(
      'critical goroutine-growth in shop: development owes a fix with a test, 1 h of 2 h left, due 2026-11-23 11:00 UTC',
    );
    expect(got[1]?.says).toContain('the 2 h are over, since 2026-11-23 11:00 UTC');
  });

  it('of steps that passed while nothing ran is the last one, to all, and says that it is late', async () => {
    const { got, run } = world([found(T)]);
    await run(T + 5 * HOUR, matrixOf(), Number.POSITIVE_INFINITY);
    expect(got.map(({ receiver }) => receiver)).toEqual(['development', 'lead']);
    expect(got[0]?.says).toContain('(this is told 3 h late)');
  });

  it('stop when the clock does, and when the incident is closed', () => {
    const acknowledged = event(T + 1, { kind: 'acknowledged', role: 'development', note: '' });
    const closed = event(T + 2, { kind: 'closed', says: '' });
    const told = (events: ResponseEvent[]) =>
      advance(events, MATRIX, T + 9 * MINUTE).reminders.map(({ role, clock }) => `${role} ${clock}`);
    expect(told([found(T)])).toEqual(['development acknowledge', 'operations resolve']);
    expect(told([found(T), acknowledged])).toEqual(['operations resolve']);
    expect(told([found(T), acknowledged, closed])).toEqual([]);
  });

  it('are sent again only to those who have not taken them', async () => {
    const { got, run, send } = world([found(T)]);
    const failing: Send = async (reminder, receiver, incident) =>
      receiver === 'lead' ? 'it answers 503' : send(reminder, receiver, incident);
    await run(T + 2 * HOUR, matrixOf(), Number.POSITIVE_INFINITY, failing);
    await run(T + 2 * HOUR + 5 * MINUTE, matrixOf(), Number.POSITIVE_INFINITY);
    expect(got.map(({ receiver }) => receiver)).toEqual(['development', 'lead']);
    // As it was planned, word for word: a receiver that knows the id may compare.
    expect(got[1]?.says).toBe(got[0]?.says);
    expect(got[1]?.id).toBe(got[0]?.id);
  });

  it('are neither lost nor doubled over a crash between any two steps', async () => {
    const wanted = (await deliveriesOver(Number.MAX_SAFE_INTEGER)).unique;
    expect(wanted.size).toBeGreaterThan(8);
    let crashes = 0;
    for (let crash = 0; ; crash++) {
      const { unique, twice, crashed } = await deliveriesOver(crash);
      if (!crashed) break;
      crashes++;
      expect(unique).toEqual(wanted);
      // Sent twice is only what was under way, with the same id, which is what the receiver goes by.
      expect(twice).toBeLessThanOrEqual(1);
    }
    expect(crashes).toBeGreaterThan(30);
  });

  /** Ticks every three minutes for three hours; one tick is ended at the n-th effect of all and comes again. */
  async function deliveriesOver(crash: number): Promise<{ unique: Set<string>; twice: number; crashed: boolean }> {
    const events = [found(T)];
    const { got, run } = world(events);
    let effects = 0;
    let crashed = false;
    for (let minute = 2; minute <= 182; minute += 3) {
      const before = events.length + got.length;
      const now = T + minute * MINUTE;
      // Two counts per effect: before it and after it.
      const allowed = crashed ? Number.POSITIVE_INFINITY : crash - effects;
      const probe = world([...events]);
      await probe.run(now, MATRIX, Number.POSITIVE_INFINITY);
      const steps = stepsOf(events, probe.got.length, now);
      if (!crashed && allowed < steps) crashed = true;
      await run(now, MATRIX, allowed);
      if (crashed && allowed !== Number.POSITIVE_INFINITY) await run(now, MATRIX, Number.POSITIVE_INFINITY);
      effects += steps;
      expect(events.length + got.length).toBeGreaterThanOrEqual(before);
    }
    const all = got.map(({ id, receiver }) => `${id} ${receiver}`);
    return { unique: new Set(all), twice: all.length - new Set(all).size, crashed };
  }

  function stepsOf(events: readonly ResponseEvent[], sends: number, now: number): number {
    const { reminders } = advance(events, MATRIX, now);
    return (reminders.length > 0 ? 2 : 0) + sends * 4;
  }

  it('reach everybody over random crashes, failures and pauses in running', async () => {
    const one = fc.record({ after: fc.integer({ min: 1, max: 40 }), crash: fc.nat(12), fails: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(one, { minLength: 1, maxLength: 12 }), async (ticks) => {
        const events = [found(T)];
        const { got, run, send } = world(events);
        let now = T;
        for (const { after, crash, fails } of ticks) {
          now += after * MINUTE;
          await run(now, MATRIX, crash, fails ? async () => 'it answers 500' : send);
        }
        await run(now, MATRIX, Number.POSITIVE_INFINITY);
        // Nothing is left, and nothing comes of asking again.
        const count = got.length;
        await run(now, MATRIX, Number.POSITIVE_INFINITY);
        expect(got).toHaveLength(count);
        expect(advance(events, MATRIX, now).reminders).toEqual([]);
        // Of each clock, everybody of the last step whose time has come was told, of that step or of a later one.
        for (const [clock, role, allowed] of [
          ['acknowledge', 'development', 10],
          ['resolve', 'development', 120],
          ['resolve', 'operations', 15],
        ] as const) {
          const due = MATRIX.escalation.filter(({ at }) => T + at * allowed * MINUTE <= now).length - 1;
          const planned = events.filter(
            (each) => each.kind === 'reminded' && each.clock === clock && each.role === role,
          );
          const steps = planned.map((each) => (each.kind === 'reminded' ? each.step : -1));
          expect(steps.at(-1) ?? -1).toBe(due);
          expect(steps).toEqual([...new Set(steps)].sort((a, b) => a - b));
          const last = planned.at(-1);
          if (last?.kind !== 'reminded') continue;
          for (const receiver of last.receivers)
            expect(got.some((each) => each.id === last.id && each.receiver === receiver)).toBe(true);
        }
      }),
      { numRuns: 60 },
    );
  });
});
