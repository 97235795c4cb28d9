/** What people say to an incident: acknowledge, attach, pause, resume, close. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { formatDuration } from '../findings/units.ts';
import { GuardUsageError } from '../guard/error.ts';
import { missing } from '../guard/respond/events.ts';
import { artefactOf, eventId } from '../guard/respond/identity.ts';
import type { ArtefactKind, IncidentState, ResponseEvent, Role } from '../guard/respond/model.ts';
import type { RawAct } from './guard-respond.ts';
import { append, openIncidentOf, openRespond, printDone, type Respond } from './guard-respond-context.ts';

type Rest<T> = T extends unknown ? Omit<T, 'id' | 'incident' | 'at' | 'by'> : never;

/** What was said now, by who says it. */
export function said(
  { by, now }: Pick<Respond, 'by' | 'now'>,
  incident: IncidentState,
  what: Rest<ResponseEvent>,
): ResponseEvent {
  const at = now();
  return { id: eventId(incident.id, at, by, JSON.stringify(what)), incident: incident.id, at, by, ...what };
}

export async function acknowledge(id: string, raw: RawAct): Promise<void> {
  const respond = openRespond(raw);
  const incident = await openIncidentOf(respond, id);
  const role =
    raw.role ??
    only(incident, (clock) => clock.clock === 'acknowledge' && clock.stoppedAt === null, 'an acknowledgement');
  const event = said(respond, incident, { kind: 'acknowledged', role, note: raw.note ?? '' });
  const after = await append(respond, incident.id, [event]);
  const passed = formatDuration((event.at - incident.roundAt) / 1000);
  printDone(respond, raw, `Acknowledged for ${role}, ${passed} after it was found.`, after);
}

export async function attach(id: string, reference: string, raw: RawAct): Promise<void> {
  const respond = openRespond(raw);
  const incident = await openIncidentOf(respond, id);
  const role =
    raw.role ??
    only(
      incident,
      (clock) => clock.clock === 'resolve' && (raw.kind ?? guess(reference, clock.artefact)) === clock.artefact,
      `an answer${raw.kind === undefined ? '' : ` of the kind ${raw.kind}`}`,
    );
  const owed = incident.clocks.find((clock) => clock.role === role && clock.clock === 'resolve');
  const kind = raw.kind ?? owed?.artefact ?? 'note';
  // A check may run elsewhere.
  const where = kind === 'rollback-plan' || kind === 'detection-rule' ? resolve(reference) : reference;
  const artefact = artefactOf(kind, where, raw.note ?? '');
  const after = await append(respond, incident.id, [said(respond, incident, { kind: 'attached', role, artefact })]);
  const next = kind === 'note' ? '' : ` It counts once it has passed: hemostat guard respond check ${incident.id}`;
  printDone(respond, raw, `Attached ${kind} ${where} for ${role}.${next}`, after);
}

/** A file is no commit, and what is no file is no plan. */
function guess(reference: string, artefact: ArtefactKind | null): ArtefactKind | null {
  if (artefact === 'fix-with-test') return /^[0-9a-f]{4,64}$/.test(reference) ? artefact : null;
  if (artefact === 'rollback-plan' || artefact === 'detection-rule') return existsSync(reference) ? artefact : null;
  return artefact;
}

/** The one role that owes it. @throws GuardUsageError where it is none or several */
function only(incident: IncidentState, owes: (clock: IncidentState['clocks'][number]) => boolean, what: string): Role {
  const roles = [...new Set(incident.clocks.filter(owes).map(({ role }) => role))];
  const [first, second] = roles;
  if (first !== undefined && second === undefined) return first;
  throw new GuardUsageError(
    first === undefined
      ? `nobody owes ${what} to incident ${incident.id}; say for whom it is with --role`
      : `${roles.join(' and ')} owe ${what}; say for whom it is with --role`,
  );
}

export async function pause(id: string, raw: RawAct): Promise<void> {
  const respond = openRespond(raw);
  const incident = await openIncidentOf(respond, id);
  const event = said(respond, incident, { kind: 'paused', role: raw.role ?? null, why: raw.why ?? '' });
  const after = await append(respond, incident.id, [event]);
  const { longestPauseMs } = respond.config.matrix;
  const limit = longestPauseMs === null ? '' : `, for ${formatDuration(longestPauseMs / 1000)} in all at most`;
  printDone(respond, raw, `Paused ${raw.role ?? 'all clocks'}${limit}.`, after);
}

export async function resume(id: string, raw: RawAct): Promise<void> {
  const respond = openRespond(raw);
  const incident = await openIncidentOf(respond, id);
  const after = await append(respond, incident.id, [
    said(respond, incident, { kind: 'resumed', role: raw.role ?? null }),
  ]);
  printDone(respond, raw, `Resumed ${raw.role ?? 'all clocks'}.`, after);
}

export async function close(id: string, raw: RawAct): Promise<void> {
  const respond = openRespond(raw);
  const incident = await openIncidentOf(respond, id);
  const owed = missing(incident);
  if (owed.length > 0 && (raw.reason ?? '').trim() === '')
    throw new GuardUsageError(
      `incident ${incident.id} is not answered: ${owed.join('; ')}. Say with --reason why it is closed all the same`,
    );
  await closeIncident(respond, raw, incident, raw.reason ?? 'answered, and nothing is owed');
}

export async function closeIncident(
  respond: Respond,
  raw: { readonly json?: true },
  incident: IncidentState,
  says: string,
): Promise<void> {
  const event = said(respond, incident, { kind: 'closed', says });
  const after = await append(respond, incident.id, [event]);
  const took = formatDuration((event.at - incident.roundAt) / 1000);
  printDone(respond, { ...raw, dir: respond.dir }, `Closed, ${took} after it was found.`, after);
}
