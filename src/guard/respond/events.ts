/** Events that machines append, made so that making them again makes the same. Pure. */
import type { EvidenceItem, Finding } from '../../findings/model.ts';
import { severityAtLeast } from '../../findings/sort.ts';
import { openingId, reopeningId, toldId } from './identity.ts';
import type { IncidentId, IncidentState, Reminder, ResponseEvent } from './model.ts';

/** Who opens it, from what, when, and how long was watched (s; null: not known). */
export interface Opening {
  readonly source: string;
  readonly seconds: number | null;
  readonly at: number;
  readonly by: string;
}

/**
 * What a finding that is there now adds: an incident, a new round of one that was closed, a worse severity, or nothing.
 * @param known the incident as it stands; null where there is none
 */
export function openingEvents(
  incident: IncidentId,
  known: IncidentState | null,
  finding: Finding,
  { source, seconds, at, by }: Opening,
): ResponseEvent[] {
  const found = (round: number): ResponseEvent => ({
    id: openingId(incident, round, finding.severity),
    incident,
    at,
    by,
    kind: 'found',
    finding,
    source,
    seconds,
  });
  if (known === null) return [found(1)];
  if (known.state === 'open')
    return severityAtLeast(known.finding.severity, finding.severity) ? [] : [found(known.round)];
  const round = known.round + 1;
  const says = 'the finding is there again';
  return [found(round), { id: reopeningId(incident, round), incident, at, by, kind: 'reopened', says }];
}

/** To be appended before the reminders are sent; nothing for those that are planned. */
export function plannedEvents(reminders: readonly Reminder[], at: number, by: string): ResponseEvent[] {
  return reminders
    .filter(({ planned }) => !planned)
    .map(({ id, incident, round, role, clock, step, receivers, at: due, says }) => {
      return { id, incident, at, by, kind: 'reminded', round, role, clock, step, receivers, due, says };
    });
}

/** To be appended when a receiver took it. */
export function toldEvent(
  reminder: Pick<Reminder, 'id' | 'incident'>,
  receiver: string,
  at: number,
  by: string,
): ResponseEvent {
  const { id, incident } = reminder;
  return { id: toldId(id, receiver), incident, at, by, kind: 'told', reminder: id, receiver };
}

/** Legs that a measurement of the running process speaks of; a finding of these can be measured flat. */
const MEASURED: readonly EvidenceItem['leg'][] = [
  'gc',
  'goroutine',
  'heap',
  'process',
  'load',
  'graph',
  'runtime',
  'syscall',
];

/** Why the incident may not be closed as answered yet, one part of a sentence each; empty: it may. */
export function missing({ finding, clocks, measured }: IncidentState): string[] {
  const open = clocks.filter(({ clock, stoppedAt }) => clock === 'resolve' && stoppedAt === null);
  const owed = open.map(({ role, artefact }) => `${role} still owes ${artefact ?? 'its proof'}`);
  if (measured !== null && !measured.flat) owed.push('it was last measured not flat');
  else if (measured === null && finding.evidence.some(({ leg }) => MEASURED.includes(leg)))
    owed.push('it has not been measured flat');
  return owed;
}
