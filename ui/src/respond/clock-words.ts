/** What a clock says, in words: colour alone says nothing. */
import type { IncidentView, ResponseClockView } from '../../../src/watch/api/contract.ts';
import { coarse, formatMoment } from '../format.ts';

/** How far a clock is at `now`: it goes on between two answers of the server, but for one that counts business hours only. */
export function usedShare({ usedMs, allowedMs, state, dueAt }: ResponseClockView, now: number): number {
  if (allowedMs <= 0) return 1;
  if (state !== 'running' || dueAt === null) return Math.max(0, usedMs / allowedMs);
  const left = Math.max(0, dueAt - now);
  // With closed hours before it, more wall time is left than counts.
  return left <= allowedMs ? Math.max(usedMs / allowedMs, 1 - left / allowedMs) : usedMs / allowedMs;
}

/** As the server says, and over once its time has come. */
export function stateAt(clock: ResponseClockView, now: number): ResponseClockView['state'] {
  return clock.state === 'running' && clock.dueAt !== null && clock.dueAt <= now ? 'breached' : clock.state;
}

export const SOON = 0.8;

/** `48 min left, due 12:00`, `Overdue by 12 min`, `met after 5 min`. */
export function clockSays(clock: ResponseClockView, now: number): string {
  const { allowedMs, usedMs, dueAt, breachedAt, stoppedAt } = clock;
  const of = `of ${span(allowedMs)}`;
  switch (stateAt(clock, now)) {
    case 'running':
      return dueAt === null
        ? `${span(allowedMs - usedMs)} left, and never due in these hours`
        : `${span(dueAt - now)} left, due ${formatMoment(dueAt, now)}`;
    case 'paused':
      return `Paused with ${span(allowedMs - usedMs)} left`;
    case 'breached': {
      const since = breachedAt ?? dueAt ?? now;
      if (stoppedAt !== null) return `Never met: ${span(usedMs - allowedMs)} over when it was closed`;
      return `Overdue by ${span(now - since)}, since ${formatMoment(since, now)}`;
    }
    case 'met':
      return `Met after ${span(usedMs)} ${of}`;
    case 'met-late':
      return `Met late: after ${span(usedMs)} ${of}`;
    case 'dropped':
      return `Not met: closed after ${span(usedMs)} ${of}`;
  }
}

export function span(ms: number): string {
  return coarse(Math.max(0, ms) / 1000);
}

export const URGENCY: Readonly<Record<NonNullable<IncidentView['urgency']>, string>> = {
  breached: 'Overdue',
  soon: 'Due soon',
  running: 'In time',
  paused: 'Paused',
  answered: 'Nothing owed',
};

export const ROLES = ['development', 'operations', 'security'] as const;
export type Role = (typeof ROLES)[number];
