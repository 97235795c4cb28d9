/** What a person does to a finding. Each gives the changed record and the event; none changes a finding that is resolved. */
import { createHash } from 'node:crypto';
import type { FindingEvent, FindingRecord, Silence } from '../model.ts';
import { eventId } from './identity.ts';
import type { LifeChange } from './life.ts';

/** Somebody has it in hand: it is not told again until it worsens, resolves or comes back. Again replaces the note. */
export function acknowledge(record: FindingRecord, by: string, note: string, at: number): LifeChange {
  if (record.state === 'resolved') return { findings: [], events: [] };
  const acknowledged: FindingRecord = { ...record, state: 'acknowledged', acknowledged: { by, note, at } };
  const why = note === '' ? '' : `: ${note}`;
  return step(acknowledged, 'acknowledged', by, at, `${by} has acknowledged it${why}`);
}

/** Undoes acknowledge. One that had come back is `regressed` again. */
export function unacknowledge(record: FindingRecord, by: string, at: number): LifeChange {
  if (record.state !== 'acknowledged') return { findings: [], events: [] };
  const state = record.resolvedAt === null ? 'open' : 'regressed';
  return step(
    { ...record, state, acknowledged: null },
    'unacknowledged',
    by,
    at,
    `${by} has taken the acknowledgement back`,
  );
}

/** Nothing is told of it until then; what happens meanwhile is told afterwards if it is still there. */
export function silence(
  record: FindingRecord,
  by: string,
  why: string,
  until: number,
  at: number,
): LifeChange & { readonly silence: Silence } {
  const { environment, service, fingerprint } = record;
  const id = createHash('sha256')
    .update(JSON.stringify([record.id, by, until, at]), 'utf8')
    .digest('hex')
    .slice(0, 16);
  const reason = why === '' ? '' : `: ${why}`;
  const says = `${by} has silenced it until ${new Date(until).toISOString().slice(0, 16).replace('T', ' ')} UTC${reason}`;
  return {
    ...step({ ...record, silencedUntil: until }, 'silenced', by, at, says),
    silence: { id, environment, service, fingerprint, until, by, why },
  };
}

/** Ends the silences of this very finding among `held`; null where it has none. Those of the configuration stay. */
export function unsilence(
  record: FindingRecord,
  held: readonly Silence[],
  by: string,
  at: number,
): (LifeChange & { readonly silences: readonly Silence[] }) | null {
  const own = held.filter((one) => one.until > at && isOf(one, record));
  if (own.length === 0) return null;
  const says = `${by} has ended the silence`;
  return {
    ...step({ ...record, silencedUntil: null }, 'silenced', by, at, says),
    silences: own.map((one) => ({ ...one, until: at })),
  };
}

function isOf(one: Silence, { environment, service, fingerprint }: FindingRecord): boolean {
  return one.environment === environment && one.service === service && one.fingerprint === fingerprint;
}

function step(record: FindingRecord, kind: FindingEvent['kind'], by: string, at: number, says: string): LifeChange {
  return { findings: [record], events: [{ id: eventId(record.id, kind, at, by), finding: record.id, at, kind, says }] };
}
