import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Severity } from '../../findings/model.ts';
import { advance } from './clock.ts';
import { openingEvents } from './events.ts';
import { calendarOf } from './hours.ts';
import { artefactOf } from './identity.ts';
import type { ClockState, Matrix, ResponseEvent } from './model.ts';
import { DAY, event, findingOf, found, HOUR, hoursOf, INCIDENT, MINUTE, matrixOf, rowOf } from './testing.ts';

/** A Monday, 10:00 in Berlin. */
const T = Date.UTC(2026, 10, 23, 9);
const FIX = artefactOf('fix-with-test', 'abc123', '');

function clockAt(
  events: readonly ResponseEvent[],
  matrix: Matrix,
  now: number,
  clock: ClockState['clock'] = 'resolve',
): ClockState | undefined {
  return advance(events, matrix, now).incidents[0]?.clocks.find((each) => each.clock === clock);
}

const attached = (at: number): ResponseEvent => event(at, { kind: 'attached', role: 'development', artefact: FIX });
const checked = (at: number, passed: boolean): ResponseEvent =>
  event(at, { kind: 'checked', role: 'development', artefact: FIX.id, passed, says: '' });
const paused = (at: number): ResponseEvent => event(at, { kind: 'paused', role: null, why: '' });
const resumed = (at: number): ResponseEvent => event(at, { kind: 'resumed', role: null });

it('is asked once about each pause, however many somebody makes', () => {
  const flapping = Array.from({ length: 30_000 }, (_, i) => [paused(T + 2 * i + 1), resumed(T + 2 * i + 2)]).flat();
  // Every other ms counted.
  expect(clockAt([found(T), ...flapping], matrixOf(), T + HOUR)?.usedMs).toBe(HOUR - 30_000);
}, 15_000);

describe('a clock', () => {
  it('is due to the ms: the ms before is in time, the ms itself is late', () => {
    const events = [found(T)];
    expect(clockAt(events, matrixOf(), T)).toMatchObject({ state: 'running', usedMs: 0, dueAt: T + 2 * HOUR });
    expect(clockAt(events, matrixOf(), T + 2 * HOUR - 1)).toMatchObject({ state: 'running' });
    expect(clockAt(events, matrixOf(), T + 2 * HOUR)).toMatchObject({ state: 'breached', dueAt: T + 2 * HOUR });
    const done = (at: number) => [...events, attached(at), checked(at, true)];
    expect(clockAt(done(T + 2 * HOUR - 1), matrixOf(), T + DAY)).toMatchObject({ state: 'met', usedMs: 2 * HOUR - 1 });
    expect(clockAt(done(T + 2 * HOUR), matrixOf(), T + DAY)).toMatchObject({
      state: 'met-late',
      dueAt: null,
      breachedAt: T + 2 * HOUR,
    });
  });

  it('goes on for what is only said where a check is asked, and again when the check fails later', () => {
    const events = [found(T), attached(T + 1)];
    expect(clockAt(events, matrixOf(), T + HOUR)?.state).toBe('running');
    const passed = [...events, checked(T + 2, true)];
    expect(clockAt(passed, matrixOf(), T + HOUR)).toMatchObject({ state: 'met', stoppedAt: T + 2 });
    const withdrawn = [...passed, checked(T + 3, false)];
    expect(clockAt(withdrawn, matrixOf(), T + HOUR)).toMatchObject({ state: 'running', usedMs: HOUR });
    expect(clockAt([...withdrawn, checked(T + 9, true)], matrixOf(), T + HOUR)?.stoppedAt).toBe(T + 9);
  });

  it('stops by the proof that its row asks for, and by no other', () => {
    const flat = event(T + 5, { kind: 'measured', flat: true, says: '' });
    const all = [found(T), attached(T + 1), checked(T + 2, true), flat];
    for (const [proof, at] of [
      ['said', T + 1],
      ['checked', T + 2],
      ['measured', T + 5],
    ] as const)
      expect(clockAt(all, matrixOf([rowOf({ proof })]), T + 9)?.stoppedAt).toBe(at);
    const again = event(T + 6, { kind: 'measured', flat: false, says: '' });
    expect(clockAt([...all, again], matrixOf([rowOf({ proof: 'measured' })]), T + 9)?.state).toBe('running');
    // Of another role, or of another kind, it is no answer.
    expect(clockAt(all, matrixOf([rowOf({ role: 'security' })]), T + 9)?.state).toBe('running');
    expect(clockAt(all, matrixOf([rowOf({ artefact: 'rollback-plan', proof: 'said' })]), T + 9)?.state).toBe('running');
  });

  it('is acknowledged by its own role, or by its answer', () => {
    const matrix = matrixOf([rowOf({ acknowledgeMs: 10 * MINUTE })]);
    const by = (role: 'development' | 'security') => event(T + MINUTE, { kind: 'acknowledged', role, note: '' });
    expect(clockAt([found(T), by('security')], matrix, T + HOUR, 'acknowledge')?.state).toBe('breached');
    expect(clockAt([found(T), by('development')], matrix, T + HOUR, 'acknowledge')?.state).toBe('met');
    expect(clockAt([found(T), attached(T + 2)], matrix, T + HOUR, 'acknowledge')?.stoppedAt).toBe(T + 2);
  });

  it('stands still while paused, and no longer than it may', () => {
    const events = [found(T), paused(T + HOUR)];
    expect(clockAt(events, matrixOf(), T + DAY)).toMatchObject({ state: 'paused', usedMs: HOUR, dueAt: null });
    const back = [...events, resumed(T + 3 * HOUR)];
    expect(clockAt(back, matrixOf(), T + 3 * HOUR)).toMatchObject({ state: 'running', dueAt: T + 4 * HOUR });
    const limited = matrixOf([rowOf()], { longestPauseMs: HOUR });
    expect(clockAt(events, limited, T + 2 * HOUR)).toMatchObject({ state: 'running', dueAt: T + 3 * HOUR });
    expect(clockAt(events, limited, T + 3 * HOUR)?.state).toBe('breached');
    // Twice 40 minutes: of the second, 20 are over the hour.
    const twice = [found(T), ...[0, 60].flatMap((m) => [paused(T + m * MINUTE), resumed(T + (m + 40) * MINUTE)])];
    expect(clockAt(twice, limited, T + 100 * MINUTE)).toMatchObject({ usedMs: 40 * MINUTE, dueAt: T + 3 * HOUR });
    // Only the role that is named.
    const other = event(T + 1, { kind: 'paused', role: 'security', why: '' });
    expect(clockAt([found(T), other], matrixOf(), T + HOUR)?.state).toBe('running');
  });

  it('is shortened by a worse severity, never lengthened, and what was met stays met', () => {
    const matrix = matrixOf([rowOf({ severity: 'medium', dueMs: DAY }), rowOf({ severity: 'critical' })]);
    const worse = [found(T, 'medium'), found(T + 3 * HOUR, 'critical')];
    expect(clockAt(worse, matrix, T + 4 * HOUR)).toMatchObject({ allowedMs: 5 * HOUR, dueAt: T + 5 * HOUR });
    // Less was left.
    expect(clockAt([found(T, 'medium'), found(T + 23 * HOUR, 'critical')], matrix, T + 23 * HOUR)?.allowedMs).toBe(DAY);
    // Better again says nothing.
    expect(clockAt([...worse, found(T + 4 * HOUR, 'low')], matrix, T + 4 * HOUR)?.dueAt).toBe(T + 5 * HOUR);
    const met = [found(T, 'medium'), attached(T + 1), checked(T + 2, true), found(T + HOUR, 'critical')];
    expect(clockAt(met, matrix, T + DAY)).toMatchObject({ state: 'met', stoppedAt: T + 2, allowedMs: DAY });
  });

  it('starts with the severity that first owes something', () => {
    const matrix = matrixOf([rowOf({ severity: 'critical' })]);
    expect(clockAt([found(T, 'low')], matrix, T + HOUR)).toBeUndefined();
    expect(clockAt([found(T, 'low'), found(T + HOUR, 'critical')], matrix, T + 2 * HOUR)).toMatchObject({
      startedAt: T + HOUR,
      usedMs: HOUR,
      dueAt: T + 3 * HOUR,
    });
  });

  it('is dropped when the incident is closed in time without its proof, and breached when it is late', () => {
    const closed = (at: number) => [found(T), event(at, { kind: 'closed', says: '' })];
    expect(clockAt(closed(T + 1), matrixOf(), T + DAY)).toMatchObject({ state: 'dropped', stoppedAt: T + 1 });
    expect(clockAt(closed(T + 3 * HOUR), matrixOf(), T + DAY)).toMatchObject({ state: 'breached', usedMs: 3 * HOUR });
    expect(advance(closed(T + 1), matrixOf(), T + DAY).reminders).toEqual([]);
  });

  it('begins anew when the finding comes back', () => {
    const first = [found(T), attached(T + 1), checked(T + 2, true), event(T + 3, { kind: 'closed', says: '' })];
    const [closed] = advance(first, matrixOf(), T + DAY).incidents;
    const again = openingEvents(INCIDENT, closed ?? null, findingOf('high'), {
      source: 'test',
      seconds: null,
      at: T + DAY,
      by: 'x',
    });
    const [incident] = advance([...first, ...again], matrixOf(), T + DAY + HOUR).incidents;
    expect(incident).toMatchObject({ round: 2, state: 'open', foundAt: T, roundAt: T + DAY, artefacts: [] });
    expect(incident?.clocks).toMatchObject([{ startedAt: T + DAY, usedMs: HOUR, state: 'running' }]);
    expect(incident?.finding.severity).toBe('high');
    expect(incident?.rounds).toMatchObject([{ round: 1, closedAt: T + 3, clocks: [{ state: 'met' }] }]);
    // Told twice, it is the same.
    expect(
      openingEvents(INCIDENT, incident ?? null, findingOf('high'), {
        source: 'test',
        seconds: null,
        at: T + 2 * DAY,
        by: 'x',
      }),
    ).toEqual([]);
  });
});

describe('against a count of every minute', () => {
  const SEVERITIES: readonly Severity[] = ['low', 'medium', 'high', 'critical'];
  const allowed = { low: 40, medium: 25, high: 12, critical: 3 };
  const rows = SEVERITIES.map((severity) =>
    rowOf({ severity, dueMs: allowed[severity === 'info' ? 'low' : severity] * HOUR, proof: 'measured' }),
  );
  const step = fc.record({
    after: fc.integer({ min: 0, max: 12 * 60 }),
    what: fc.constantFrom('pause', 'resume', 'pause', 'resume', 'worse'),
  });

  it('has used, allowed and due as the count has, over pauses, hours, severities and changes of the clock', () => {
    fc.assert(
      fc.property(
        fc.array(step, { minLength: 3, maxLength: 10 }),
        fc.constantFrom(null, 90, 60 * 20),
        fc.option(
          fc.record({
            zone: fc.constantFrom('Europe/Berlin', 'America/New_York'),
            days: fc.constantFrom([1, 2, 3, 4, 5], [5, 6, 7]),
          }),
        ),
        fc.constantFrom('2026-03-27T10:00:00Z', '2026-10-23T21:30:00Z', '2026-11-01T03:00:00Z'),
        fc.nat(60 * 30),
        (steps, longest, zone, start, beyond) => {
          const hours = zone === null ? null : hoursOf({ ...zone, always: ['critical'] });
          const matrix = matrixOf(rows, { hours, longestPauseMs: longest === null ? null : longest * MINUTE });
          const t = Date.parse(start);
          const events = [found(t, 'low')];
          const kinds: { at: number; what: string }[] = [];
          let at = t;
          let severity = 0;
          for (const { after, what } of steps) {
            at += after * MINUTE;
            kinds.push({ at, what });
            if (what === 'pause') events.push(paused(at));
            if (what === 'resume') events.push(resumed(at));
            if (what === 'worse') {
              severity = Math.min(3, severity + 1);
              events.push(found(at, SEVERITIES[severity]));
            }
          }
          const now = at + beyond * MINUTE;
          const expected = countMinutes(kinds, t, now, longest, hours);
          const state = clockAt(events, matrix, now);
          expect({ used: state?.usedMs, allowed: state?.allowedMs }).toEqual({
            used: expected.used * MINUTE,
            allowed: expected.allowed * MINUTE,
          });
          expect(state?.state === 'breached').toBe(expected.breachedAt !== null);
          if (expected.breachedAt !== null) expect(state?.dueAt).toBe(expected.breachedAt);
          else if (state?.state === 'running' && state.dueAt !== null) {
            // What it foretells comes true to the minute when nothing happens any more.
            const later = countMinutes(kinds, t, state.dueAt, longest, hours);
            expect(later.breachedAt).toBe(state.dueAt);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  function countMinutes(
    steps: readonly { readonly at: number; readonly what: string }[],
    from: number,
    to: number,
    longest: number | null,
    hours: Matrix['hours'],
  ): { used: number; allowed: number; breachedAt: number | null } {
    let [used, severity, pausedFor, asked] = [0, 0, 0, false];
    let limit = allowed.low * 60;
    let breachedAt: number | null = null;
    for (let at = from; ; at += MINUTE) {
      for (const { what } of steps.filter((each) => each.at === at)) {
        if (what === 'pause') asked = true;
        if (what === 'resume') asked = false;
        if (what !== 'worse' || severity === 3) continue;
        severity++;
        limit = Math.min(limit, used + ([40, 25, 12, 3][severity] ?? 0) * 60);
      }
      if (used >= limit) breachedAt ??= at;
      if (at >= to) return { used, allowed: limit, breachedAt };
      if (asked && (longest === null || pausedFor < longest)) pausedFor++;
      // The calendar has its own count (hours.test.ts).
      else if (hours === null || severity === 3 || calendarOf(hours).worked(at, at + MINUTE) === MINUTE) used++;
    }
  }

  it('only ever goes up while time passes', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(3 * 24 * 60), { minLength: 2, maxLength: 6 }),
        fc.nat(600),
        fc.nat(600),
        (times, p, r) => {
          const events = [found(T), paused(T + p * MINUTE), resumed(T + (p + r) * MINUTE)];
          const matrix = matrixOf([rowOf({ dueMs: 5 * HOUR })], { hours: hoursOf() });
          const states = times.sort((a, b) => a - b).map((minutes) => clockAt(events, matrix, T + minutes * MINUTE));
          for (const [index, state] of states.entries()) {
            const before = states[index - 1];
            if (state === undefined || before === undefined) continue;
            expect(state.usedMs).toBeGreaterThanOrEqual(before.usedMs);
            if (before.state === 'breached') expect(state.state).toBe('breached');
          }
        },
      ),
      { numRuns: 20 },
    );
  });
});

it('does not depend on events that have not happened, on their order in one ms apart, nor on ids that come twice', () => {
  const events = [found(T), attached(T + 5), checked(T + 6, true)];
  const { incidents } = advance(events, matrixOf(), T + 5);
  expect(incidents[0]?.clocks[0]?.state).toBe('running');
  expect(advance([...events, ...events], matrixOf(), T + 9)).toEqual(advance(events, matrixOf(), T + 9));
  expect(advance(events.toReversed(), matrixOf(), T + 9)).toEqual(advance(events, matrixOf(), T + 9));
});
