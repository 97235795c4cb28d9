/** One thing to tell, and who is to be told of it. */
import { atLeast, severityAtLeast } from '../../findings/sort.ts';
import type { AlertsConfig, Receiver } from '../config/config.ts';
import type { FindingEvent, FindingId, FindingRecord, Silence } from '../model.ts';

/** Kinds of events that receivers hear of. `reminder` is no event of a finding's life: it is still there. */
const TOLD = ['opened', 'worsened', 'regressed', 'resolved', 'reminder'] as const;
export type ItemKind = (typeof TOLD)[number];

export interface AlertItem {
  /** Id of the event, or for a reminder one that is made the same way. */
  readonly event: string;
  readonly kind: ItemKind;
  readonly at: number;
  /** The event's sentence. */
  readonly says: string;
  /** As it was when this happened. */
  readonly record: FindingRecord;
}

/** The events that receivers hear of, with their records. */
export function itemsOf(events: readonly FindingEvent[], findings: readonly FindingRecord[]): AlertItem[] {
  const records = new Map(findings.map((record) => [record.id, record]));
  return events.flatMap((event) => {
    const record = records.get(event.finding);
    const kind = TOLD.find((each) => each === event.kind);
    if (record === undefined || kind === undefined) return [];
    return [{ event: event.id, kind, at: event.at, says: event.says, record }];
  });
}

/** What an event id says of itself, see life/identity.ts; null for anything else. */
export function readEventId(id: string): { readonly finding: FindingId; readonly kind: ItemKind } | null {
  const [finding = '', word] = id.split('-');
  const kind = TOLD.find((each) => each === word);
  return kind === undefined ? null : { finding, kind };
}

/** It is there, somebody may be told of it, and nobody has it in hand. */
export function isOpen(record: FindingRecord): boolean {
  return (record.state === 'open' || record.state === 'regressed') && Boolean(record.memory?.told);
}

export function wants(receiver: Receiver, record: FindingRecord): boolean {
  return (
    severityAtLeast(record.severity, receiver.minSeverity) &&
    atLeast(record.verdict, receiver.minVerdict) &&
    (receiver.environments.length === 0 || receiver.environments.includes(record.environment)) &&
    (receiver.services.length === 0 || receiver.services.includes(record.service))
  );
}

/** By the configuration, by a stored silence, or by a person on the finding itself. */
export function isSilenced(
  record: FindingRecord,
  config: AlertsConfig,
  silences: readonly Silence[],
  now: number,
): boolean {
  if (record.silencedUntil !== null && record.silencedUntil > now) return true;
  return [...config.silences, ...silences].some(
    (silence) =>
      silence.until > now &&
      (silence.environment === '' || silence.environment === record.environment) &&
      (silence.service === '' || silence.service === record.service) &&
      (silence.fingerprint === '' || silence.fingerprint === record.fingerprint),
  );
}
