/** Ids that every run makes alike, so that what is done twice is there once. 16 hex digits. */
import { createHash } from 'node:crypto';
import type { Severity } from '../../findings/model.ts';
import type { Artefact, ArtefactKind, ClockName, IncidentId, Role } from './model.ts';

/** @param origin where findings with this fingerprint are the same thing, e.g. `production/shop` */
export function incidentId(origin: string, fingerprint: string): IncidentId {
  return hash('incident', origin, fingerprint);
}

export function reminderId(incident: IncidentId, round: number, role: Role, clock: ClockName, step: number): string {
  return hash('reminder', incident, round, role, clock, step);
}

/** Of `found` and `reopened`, which a machine may say again after a crash. */
export function openingId(incident: IncidentId, round: number, severity: Severity): string {
  return hash('opening', incident, round, severity);
}

export function reopeningId(incident: IncidentId, round: number): string {
  return hash('reopening', incident, round);
}

export function toldId(reminder: string, receiver: string): string {
  return hash('told', reminder, receiver);
}

export function artefactOf(kind: ArtefactKind, reference: string, note: string): Artefact {
  return { id: hash('artefact', kind, reference, note), kind, reference, note };
}

/** Of what a person or a check says: one for each thing said at one ms. */
export function eventId(...parts: readonly (string | number | boolean | null)[]): string {
  return hash('event', ...parts);
}

/** JSON keeps the parts apart whatever they contain. */
function hash(...parts: readonly (string | number | boolean | null)[]): string {
  return createHash('sha256')
    .update(JSON.stringify(['hemostat/respond@1', ...parts]), 'utf8')
    .digest('hex')
    .slice(0, 16);
}
