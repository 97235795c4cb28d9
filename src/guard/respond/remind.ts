/**
 * What is to be told of a clock now. Pure.
 *
 * A step is due when its share of the allowed time is used. It is planned first (a `reminded` event, with what it says), then
 * sent, then noted as told: after a crash in between, the same reminder with the same id comes again, for the receivers that
 * have not taken it. Of steps that passed while nobody was looking only the last is told, to everybody who was to be told of
 * any of them; a step that is planned takes the place of earlier ones that could not be sent.
 */
import { formatDuration } from '../../findings/units.ts';
import { reminderId } from './identity.ts';
import { formatInstant } from './instant.ts';
import { whenUsed } from './line.ts';
import { type ArtefactKind, type IncidentId, type Matrix, OWING, type Reminder, type ResponseEvent } from './model.ts';
import type { RoleClock } from './role-clock.ts';
import type { RoundEvents } from './rounds.ts';

type Reminded = Extract<ResponseEvent, { kind: 'reminded' }>;

/** What is told later than this is said to be late, ms: whoever ticks once a minute is not. */
const LATE_MS = 2 * 60_000;

/** @param told ids of reminders, with the receivers that took them */
export function remindersOf(
  incident: IncidentId,
  round: RoundEvents,
  clocks: readonly RoleClock[],
  matrix: Matrix,
  told: ReadonlyMap<string, ReadonlySet<string>>,
  now: number,
): Reminder[] {
  const planned = round.events.filter((event): event is Reminded => event.kind === 'reminded');
  const reminders: Reminder[] = [];
  for (const one of clocks) {
    const { state } = one;
    if (state.stoppedAt !== null) continue;
    const before = planned.filter(
      ({ role, clock, round: of }) => role === state.role && clock === state.clock && of === round.round,
    );
    const last = before.reduce<Reminded | null>((a, b) => (a === null || b.step > a.step ? b : a), null);
    const next = dueOf(incident, round, one, matrix, last?.step ?? -1, now);
    if (next !== null) reminders.push(next);
    else if (last !== null) {
      const left = last.receivers.filter((receiver) => told.get(last.id)?.has(receiver) !== true);
      if (left.length > 0) reminders.push(again(last, left));
    }
  }
  return reminders;
}

/** When the next step of a clock that runs is due, or the clock itself, after `now`; null: never as things stand. */
export function nextOf({ state, line, allowedSince }: RoleClock, matrix: Matrix, now: number): number | null {
  if (state.stoppedAt !== null) return null;
  const times = [...matrix.escalation.map(({ at }) => at), 1].flatMap((share) => {
    const used = whenUsed(line, Math.round(share * state.allowedMs));
    const at = used === null ? null : Math.max(used, allowedSince);
    return at === null || at <= now ? [] : [at];
  });
  return times.length === 0 ? null : Math.min(...times);
}

function again(event: Reminded, receivers: readonly string[]): Reminder {
  const { id, incident, round, role, clock, step, due, says } = event;
  return { id, incident, round, role, clock, step, at: due, receivers, says, planned: true };
}

/** The last step after `last` whose time has come. */
function dueOf(
  incident: IncidentId,
  round: RoundEvents,
  { state, line, allowedSince }: RoleClock,
  matrix: Matrix,
  last: number,
  now: number,
): Reminder | null {
  const receivers = new Set<string>();
  let due: { step: number; at: number } | null = null;
  for (const [step, { at: share, tell }] of matrix.escalation.entries()) {
    if (step <= last) continue;
    const used = whenUsed(line, Math.round(share * state.allowedMs));
    const at = used === null ? null : Math.max(used, allowedSince);
    if (at === null || at > now) break;
    for (const name of tell) receivers.add(name === OWING ? state.role : name);
    due = { step, at };
  }
  if (due === null) return null;
  return {
    id: reminderId(incident, round.round, state.role, state.clock, due.step),
    incident,
    round: round.round,
    role: state.role,
    clock: state.clock,
    step: due.step,
    at: due.at,
    receivers: [...receivers].sort(),
    says: sentence(round, state, matrix, due.at, now),
    planned: false,
  };
}

const OWED: Readonly<Record<ArtefactKind, string>> = {
  'fix-with-test': 'a fix with a test',
  'rollback-plan': 'a rollback plan',
  'detection-rule': 'a detection rule',
  note: 'an answer',
};

/** What a role owes by its resolve clock, to stand after `owes`. */
export function owedBy({ artefact, proof }: { readonly artefact: ArtefactKind; readonly proof: string }): string {
  return proof === 'measured' ? `${OWED[artefact]}, measured flat` : OWED[artefact];
}

function sentence(
  round: RoundEvents,
  { role, clock, artefact, proof, dueAt, allowedMs, usedMs }: RoleClock['state'],
  matrix: Matrix,
  at: number,
  now: number,
): string {
  const { finding } = round.found.at(-1) ?? { finding: null };
  const what = finding === null ? 'an incident' : `${finding.severity} ${finding.rule} in ${finding.subject.service}`;
  const owes =
    clock === 'acknowledge' || artefact === null ? 'owes an acknowledgement' : `owes ${owedBy({ artefact, proof })}`;
  const allowed = formatDuration(allowedMs / 1000);
  const over = usedMs - allowedMs;
  const due = dueAt === null ? null : formatInstant(dueAt, zoneOf(matrix));
  const left =
    over >= 0
      ? `the ${allowed} are over${over < 1000 ? '' : ` by ${formatDuration(over / 1000)}`}${due === null ? '' : `, since ${due}`}`
      : `${formatDuration(-over / 1000)} of ${allowed} left, ${due === null ? 'paused' : `due ${due}`}`;
  const late = now - at > LATE_MS ? ` (this is told ${formatDuration((now - at) / 1000)} late)` : '';
  return `${what}: ${role} ${owes}, ${left}${late}`;
}

export function zoneOf({ hours }: Matrix): string {
  return hours?.zone ?? 'UTC';
}
