/**
 * The engine of the response clock: what happened, the matrix and the time give how every incident stands, and what is to be told
 * now. Pure: the same arguments give the same answer, on any machine, after any crash.
 *
 * A driver (tick.ts) appends a `reminded` event for what is not planned yet, sends, and appends `told` for what was taken.
 */
import {
  type ClockName,
  type IncidentState,
  type Matrix,
  type Reminder,
  type ResponseEvent,
  ROLES,
  type Round,
} from './model.ts';
import { nextOf, remindersOf } from './remind.ts';
import { clockOf, type RoleClock } from './role-clock.ts';
import { artefactsOf, incidentsOf, measuredOf, type RoundEvents } from './rounds.ts';

const CLOCKS: readonly ClockName[] = ['acknowledge', 'resolve'];

export interface Advanced {
  /** In the order in which they were found. */
  readonly incidents: readonly IncidentState[];
  readonly reminders: readonly Reminder[];
  /** When there is something to be told next, or a clock is over its time; null: not as things stand. */
  readonly next: number | null;
}

/**
 * @param events in the order in which they were appended; those later than `now` have not happened, an id counts once
 * @param now ms since the epoch
 */
export function advance(events: readonly ResponseEvent[], matrix: Matrix, now: number): Advanced {
  const told = toldOf(events);
  const reminders: Reminder[] = [];
  const incidents: IncidentState[] = [];
  let next: number | null = null;
  for (const { id, source, foundAt, rounds, events: all } of incidentsOf(events, now)) {
    const last = rounds.at(-1);
    if (last === undefined) continue;
    const clocks = clocksOf(last, matrix, now);
    if (last.closedAt === null) {
      reminders.push(...remindersOf(id, last, clocks, matrix, told, now));
      for (const clock of clocks) next = earlier(next, nextOf(clock, matrix, now));
    }
    incidents.push({
      id,
      source,
      foundAt,
      ...stateOf(last, clocks),
      state: last.closedAt === null ? 'open' : 'closed',
      rounds: rounds.slice(0, -1).flatMap((round) => closedRound(round, matrix, now)),
      events: all,
    });
  }
  return { incidents, reminders, next };
}

function earlier(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.min(a, b);
}

function clocksOf(round: RoundEvents, matrix: Matrix, now: number): RoleClock[] {
  return ROLES.flatMap((role) => CLOCKS.flatMap((clock) => clockOf(round, role, clock, matrix, now) ?? []));
}

function stateOf(
  round: RoundEvents,
  clocks: readonly RoleClock[],
): Pick<IncidentState, 'round' | 'roundAt' | 'closedAt' | 'finding' | 'seconds' | 'clocks' | 'artefacts' | 'measured'> {
  const [first] = round.found;
  const worst = round.found.at(-1) ?? first;
  if (worst === undefined) throw new Error('a round without a finding');
  return {
    round: round.round,
    roundAt: round.roundAt,
    closedAt: round.closedAt,
    finding: worst.finding,
    seconds: worst.seconds,
    clocks: clocks.map(({ state }) => state),
    artefacts: artefactsOf(round),
    measured: measuredOf(round),
  };
}

function closedRound(round: RoundEvents, matrix: Matrix, now: number): Round[] {
  const { closedAt, seconds: _, ...rest } = stateOf(round, clocksOf(round, matrix, now));
  return closedAt === null ? [] : [{ ...rest, closedAt }];
}

function toldOf(events: readonly ResponseEvent[]): Map<string, Set<string>> {
  const told = new Map<string, Set<string>>();
  for (const event of events) {
    if (event.kind !== 'told') continue;
    const receivers = told.get(event.reminder) ?? new Set();
    told.set(event.reminder, receivers.add(event.receiver));
  }
  return told;
}
