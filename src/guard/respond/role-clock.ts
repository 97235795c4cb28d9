/**
 * One clock of one role in one round. Pure.
 *
 * What counts is a line of time (line.ts); all else follows from it: used up to an instant, due when the allowed time is used.
 * In time is before `dueAt`: the ms of `dueAt` is the first that is too late.
 *
 * Where a finding gets worse, the clock may get shorter and never longer: what is left is at most what the new severity allows
 * from then on, because nobody can be late for a time that they were not given. What was met before stays met.
 */
import { type Line, makeLine, pausedAt, usedUntil, whenUsed } from './line.ts';
import { rowOf } from './match.ts';
import type { ArtefactState, BusinessHours, ClockName, ClockState, Matrix, MatrixRow, Role } from './model.ts';
import { artefactsOf, flatSince, pausesOf, type RoundEvents } from './rounds.ts';

export interface RoleClock {
  readonly state: ClockState;
  readonly line: Line;
  /** From when on `allowedMs` was what it is. */
  readonly allowedSince: number;
}

/** Null where the matrix asks nothing of that role. */
export function clockOf(
  round: RoundEvents,
  role: Role,
  clock: ClockName,
  matrix: Matrix,
  now: number,
): RoleClock | null {
  const terms = termsOf(round, role, clock, matrix);
  const [first] = terms;
  if (first === undefined) return null;
  const startedAt = first.at;
  const counted = round.found.map(({ at, finding }) => ({ at, counting: countingOf(finding.severity, matrix.hours) }));
  const line = makeLine(startedAt, counted, pausesOf(round, role), matrix.longestPauseMs, matrix.hours);
  let allowedMs = first.ms;
  let allowedSince = startedAt;
  let { row } = first;
  let stoppedAt = stopOf(round, role, clock, row, startedAt);
  for (const term of terms.slice(1)) {
    if (stoppedAt !== null && stoppedAt < term.at) break;
    const shorter = usedUntil(line, term.at) + term.ms;
    if (shorter < allowedMs) {
      allowedMs = shorter;
      allowedSince = term.at;
    }
    row = term.row;
    stoppedAt = stopOf(round, role, clock, row, startedAt);
  }
  const ends = stoppedAt ?? round.closedAt ?? now;
  const usedMs = usedUntil(line, ends);
  const late = usedMs >= allowedMs;
  const stopped = stoppedAt !== null || round.closedAt !== null;
  const paused = !stopped && pausedAt(line, now);
  return {
    line,
    allowedSince,
    state: {
      role,
      clock,
      startedAt,
      allowedMs,
      usedMs,
      dueAt: stopped || (paused && !late) ? null : whenUsed(line, allowedMs),
      breachedAt: late ? whenUsed(line, allowedMs) : null,
      state: stateOf(stoppedAt !== null, round.closedAt !== null, late, paused),
      stoppedAt: stopped ? ends : null,
      artefact: clock === 'resolve' ? row.artefact : null,
      proof: clock === 'resolve' ? row.proof : 'said',
    },
  };
}

function stateOf(stopped: boolean, closed: boolean, late: boolean, paused: boolean): ClockState['state'] {
  if (stopped) return late ? 'met-late' : 'met';
  if (late) return 'breached';
  if (closed) return 'dropped';
  return paused ? 'paused' : 'running';
}

interface Term {
  readonly at: number;
  readonly ms: number;
  readonly row: MatrixRow;
}

/** What is allowed from each instant on: one for each severity that the finding had and that owes something. */
function termsOf(round: RoundEvents, role: Role, clock: ClockName, matrix: Matrix): Term[] {
  return round.found.flatMap(({ at, finding }) => {
    const row = rowOf(matrix, finding.rule, finding.severity, role);
    const ms = clock === 'resolve' ? row?.dueMs : row?.acknowledgeMs;
    return row === null || ms === null || ms === undefined ? [] : [{ at, ms, row }];
  });
}

function countingOf(severity: MatrixRow['severity'], hours: BusinessHours | null): 'always' | 'hours' {
  return hours === null || hours.always.some((each) => each === severity) ? 'always' : 'hours';
}

/** Since when what ends the clock has been there without a break; null while it is not. */
function stopOf(round: RoundEvents, role: Role, clock: ClockName, row: MatrixRow, startedAt: number): number | null {
  const proven = row.dueMs === null ? null : provenSince(round, role, row);
  // Who has answered has seen it.
  const since = clock === 'acknowledge' ? earliest(acknowledgedAt(round, role), proven) : proven;
  return since === null ? null : Math.max(since, startedAt);
}

function earliest(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.min(a, b);
}

/** An artefact says it as well. */
function acknowledgedAt({ events }: RoundEvents, role: Role): number | null {
  const first = events.find(
    (event) => (event.kind === 'acknowledged' || event.kind === 'attached') && event.role === role,
  );
  return first?.at ?? null;
}

function provenSince(round: RoundEvents, role: Role, { artefact, proof }: MatrixRow): number | null {
  if (proof === 'measured') return flatSince(round);
  const own = artefactsOf(round).filter((each) => each.role === role && each.artefact.kind === artefact);
  if (proof === 'said') return own[0]?.at ?? null;
  return passedSince(round, role, own);
}

/** Since when at least one of the artefacts has passed its last check. */
function passedSince({ events }: RoundEvents, role: Role, own: readonly ArtefactState[]): number | null {
  const ids = new Set(own.map(({ artefact }) => artefact.id));
  const passing = new Set<string>();
  let since: number | null = null;
  for (const event of events) {
    if (event.kind !== 'checked' || event.role !== role || !ids.has(event.artefact)) continue;
    if (event.passed) passing.add(event.artefact);
    else passing.delete(event.artefact);
    since = passing.size === 0 ? null : (since ?? event.at);
  }
  return since;
}
