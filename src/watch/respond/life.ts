/**
 * From the life of findings to what happens to incidents. Pure.
 *
 * A finding at or above the limit starts an incident when it is told (`opened`, or a `worsened` that crosses the limit); a
 * `worsened` with a worse severity makes its clocks shorter; `resolved` is a measurement that it is flat, `regressed` that it is
 * not: it opens the incident again where it was closed. Ids come from the events of the finding, so a replay makes the same.
 */
import type { Finding } from '../../findings/model.ts';
import { atLeast, severityAtLeast } from '../../findings/sort.ts';
import { openingEvents } from '../../guard/respond/events.ts';
import { eventId, incidentId } from '../../guard/respond/identity.ts';
import type { IncidentId, IncidentState, ResponseEvent } from '../../guard/respond/model.ts';
import type { LifeChange } from '../life/life.ts';
import type { FindingEvent, FindingRecord } from '../model.ts';
import type { RespondSettings } from './settings.ts';

/** Who says what the server saw. */
export const WATCH = 'hemostat watch';

export type Limit = Pick<RespondSettings, 'minSeverity' | 'minVerdict'>;

/** The same as `hemostat guard respond open` makes of a finding of watch. */
export function incidentOf(record: Pick<FindingRecord, 'environment' | 'service' | 'fingerprint'>): IncidentId {
  return incidentId(sourceOf(record), record.fingerprint);
}

export function sourceOf({ environment, service }: Pick<FindingRecord, 'environment' | 'service'>): string {
  return `watch ${environment}/${service}`;
}

/** What the events of findings mean. `known`: the incident as it stands before them; null where there is none. */
export function lifeResponses(
  { findings, events }: LifeChange,
  known: (incident: IncidentId) => IncidentState | null,
  limit: Limit,
): ResponseEvent[] {
  const records = new Map(findings.map((record) => [record.id, record]));
  return events.flatMap((event) => {
    const record = records.get(event.finding);
    if (record === undefined) return [];
    return ofEvent(event, record, known(incidentOf(record)), limit);
  });
}

function ofEvent(
  event: FindingEvent,
  record: FindingRecord,
  known: IncidentState | null,
  limit: Limit,
): ResponseEvent[] {
  const open = known?.state === 'open';
  switch (event.kind) {
    case 'opened':
      return opening(record, known, event.at, limit);
    case 'worsened':
      // Who closed it knew how bad it was then.
      return known !== null && !open && severityAtLeast(known.finding.severity, record.severity)
        ? []
        : opening(record, known, event.at, limit);
    case 'regressed':
      return [
        ...(open && known.measured?.flat === true ? [measured(record, event.id, event.at, false, event.says)] : []),
        ...opening(record, known, event.at, limit),
      ];
    case 'resolved':
      return open ? [measured(record, event.id, event.at, true, event.says)] : [];
    default:
      return [];
  }
}

/**
 * What is missing where findings were stored without their incidents: by a program that knew none, while clocks were off, or
 * under another limit. Clocks of what is found here start now: nobody is late for what they were not told.
 */
export function reconciled(
  record: FindingRecord,
  known: IncidentState | null,
  limit: Limit,
  now: number,
): ResponseEvent[] {
  const gone = record.state === 'resolved';
  if (known === null) {
    if (gone || record.memory?.told == null) return [];
    const found = opening(record, null, now, limit);
    const { acknowledged } = record;
    if (found.length === 0 || acknowledged === null) return found;
    const { by, note } = acknowledged;
    return [...found, acknowledgement(record, by, note, now)];
  }
  const flat = known.measured?.flat ?? null;
  if (known.state === 'open') {
    if (gone && flat !== true)
      return [measured(record, `reconciled ${record.resolvedAt}`, now, true, record.resolvedBy ?? 'it is over')];
    if (!gone && flat === true)
      return [measured(record, `reconciled ${now}`, now, false, 'the finding is there again')];
    return [];
  }
  // One that a person closed without a measurement stays closed.
  return !gone && flat === true ? opening(record, known, now, limit) : [];
}

/** A person who acknowledges a finding does so for development, which owes its fix. */
export function acknowledgement(record: FindingRecord, by: string, note: string, at: number): ResponseEvent {
  const incident = incidentOf(record);
  const id = eventId(incident, at, by, 'acknowledged');
  return { id, incident, at, by, kind: 'acknowledged', role: 'development', note };
}

function opening(record: FindingRecord, known: IncidentState | null, at: number, limit: Limit): ResponseEvent[] {
  if (!severityAtLeast(record.severity, limit.minSeverity) || !atLeast(record.verdict, limit.minVerdict)) return [];
  const seconds = Math.max(0, record.to - record.from) / 1000;
  // The record may have been worse than what was measured last; what people were told counts.
  const finding: Finding = { ...record.finding, severity: record.severity, verdict: record.verdict };
  return openingEvents(incidentOf(record), known, finding, { source: sourceOf(record), seconds, at, by: WATCH });
}

function measured(record: FindingRecord, cause: string, at: number, flat: boolean, says: string): ResponseEvent {
  const incident = incidentOf(record);
  return { id: eventId(incident, cause, 'measured', flat), incident, at, by: WATCH, kind: 'measured', flat, says };
}
