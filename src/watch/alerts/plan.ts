/**
 * What is to be sent, to whom, in which message and when. Pure: `planDeliveries` for what has just happened,
 * `overdueItems` for what should have been told by now and was not.
 *
 * **Groups.** Findings of one service that appear within `groupWaitMs` go into one message: a delivery is due when the wait
 * is over, and what comes meanwhile is put into it. Its id is made from the receiver, the group and the first event in it,
 * so it stays the same. Alertmanager groups by itself and gets everything at once.
 *
 * **Rate.** At most `perHour` deliveries of a receiver are due in any hour. What would be one more goes into the receiver's
 * digest, which is due when the hour allows it and takes everything until then, whatever the service: later and together,
 * but not lost. Alertmanager has no limit: it is told states, not messages.
 *
 * **Silence, acknowledgement.** What is silenced is not told. When the silence is over, `overdueItems` tells what is still
 * there, and what was told before and has been resolved since. An acknowledged finding is not told again, but its
 * worsening, its end and its coming back are. A resolution is told to those who were told of the finding.
 */
import { createHash } from 'node:crypto';
import { formatDuration } from '../../findings/units.ts';
import type { AlertsConfig, Receiver } from '../config/config.ts';
import type { Delivery, FindingId, FindingRecord, Silence } from '../model.ts';
import { alertmanagerBody } from './alertmanager.ts';
import { type AlertItem, type ItemKind, isOpen, isSilenced, wants } from './item.ts';
import { slackBody } from './slack.ts';
import { webhookBody } from './webhook.ts';

const HOUR_MS = 3_600_000;

/** A delivery with what its body was made from, for as long as more may be put into it. */
export interface Draft {
  readonly delivery: Delivery;
  /** `ENVIRONMENT/SERVICE`, or empty for a digest. */
  readonly group: string;
  readonly items: readonly AlertItem[];
}

/** What one receiver heard last of one finding. */
export interface Told {
  readonly kind: ItemKind;
  readonly at: number;
}

export interface PlanInput {
  readonly config: AlertsConfig;
  readonly items: readonly AlertItem[];
  readonly silences: readonly Silence[];
  /** Deliveries that have not been sent and may take more. */
  readonly drafts: readonly Draft[];
  /** When deliveries of this receiver were or are due, those of the last hour at least, ms. */
  due(receiver: string): readonly number[];
  told(receiver: string, finding: FindingId): Told | null;
  readonly now: number;
}

/** New deliveries and changed drafts. */
export function planDeliveries(input: PlanInput): Draft[] {
  return input.config.receivers.flatMap((receiver) => planFor(receiver, input));
}

function planFor(receiver: Receiver, input: PlanInput): Draft[] {
  const { config, silences, now } = input;
  const items = input.items.filter((item) => {
    if (isSilenced(item.record, config, silences, now)) return false;
    if (item.kind !== 'resolved') return wants(receiver, item.record);
    const told = input.told(receiver.name, item.record.id);
    return told !== null && told.kind !== 'resolved';
  });
  const changed = new Map<string, Draft>();
  const drafts = new Map(
    input.drafts.filter((draft) => draft.delivery.receiver === receiver.name).map((draft) => [draft.group, draft]),
  );
  const due = [...input.due(receiver.name)];
  for (const item of items) {
    const group = JSON.stringify([item.record.environment, item.record.service]);
    // The digest is the last of the hour: while there is one, everything new belongs into it.
    const open = drafts.get(group) ?? drafts.get('');
    const draft = open === undefined ? begin(receiver, group, item, due, config, now) : add(open, item);
    if (open === undefined) due.push(draft.delivery.dueAt);
    drafts.set(draft.group, draft);
    changed.set(draft.delivery.id, draft);
  }
  return [...changed.values()].map((draft) => ({ ...draft, delivery: withBody(draft, receiver, config) }));
}

function begin(
  receiver: Receiver,
  service: string,
  item: AlertItem,
  due: readonly number[],
  config: AlertsConfig,
  now: number,
): Draft {
  const states = receiver.kind === 'alertmanager';
  const soon = now + (states ? 0 : config.groupWaitMs);
  const late = states ? null : dueAfter(due, soon, config.perHour);
  const group = late === null ? service : '';
  const identity = JSON.stringify(['hemostat/delivery@1', receiver.name, group, item.event]);
  const delivery: Delivery = {
    id: createHash('sha256').update(identity, 'utf8').digest('hex').slice(0, 32),
    receiver: receiver.name,
    findings: [],
    events: [],
    createdAt: now,
    dueAt: late ?? soon,
    attempts: 0,
    state: 'pending',
    deliveredAt: null,
    lastError: null,
    body: '',
  };
  return add({ delivery, group, items: [] }, item);
}

/** When the hourly limit of a receiver allows one more that would be due at `soon`; null: right then. */
export function dueAfter(due: readonly number[], soon: number, perHour: number): number | null {
  const recent = due.filter((at) => at > soon - HOUR_MS).sort((a, b) => a - b);
  const over = recent.length - perHour;
  return over < 0 ? null : (recent[over] ?? soon) + HOUR_MS;
}

function add(draft: Draft, item: AlertItem): Draft {
  const items = draft.items.some((other) => other.event === item.event) ? draft.items : [...draft.items, item];
  const delivery: Delivery = {
    ...draft.delivery,
    findings: [...new Set(items.map((each) => each.record.id))],
    events: items.map((each) => each.event),
  };
  return { ...draft, delivery, items };
}

function withBody({ delivery, items }: Draft, receiver: Receiver, config: AlertsConfig): Delivery {
  const message = { id: delivery.id, receiver: receiver.name, at: delivery.createdAt, items, pageUrl: config.pageUrl };
  switch (receiver.kind) {
    case 'slack':
      return { ...delivery, body: slackBody(message) };
    case 'webhook':
      return { ...delivery, body: webhookBody(message) };
    case 'alertmanager':
      return { ...delivery, body: alertmanagerBody(message) };
  }
}

/** For one receiver: what is open and was never told it, what it has waited long enough to be reminded of, and what is over. */
export function overdueItems(
  receiver: Receiver,
  findings: Iterable<FindingRecord>,
  input: Pick<PlanInput, 'config' | 'silences' | 'told' | 'now'>,
): AlertItem[] {
  const { config, silences, now } = input;
  const items: AlertItem[] = [];
  for (const record of findings) {
    const told = input.told(receiver.name, record.id);
    const heard = told !== null && told.kind !== 'resolved';
    if (isSilenced(record, config, silences, now)) continue;
    if (heard && record.state === 'resolved') {
      items.push(reminder(record, 'resolved', record.resolvedAt ?? now, record.resolvedBy ?? 'It is over.'));
    } else if (isOpen(record) && wants(receiver, record) && isDue(record, heard ? told : null, config, receiver, now)) {
      const age = formatDuration(Math.max(0, now - record.firstSeen) / 1000);
      items.push(
        reminder(record, 'reminder', now, `Still there, ${age} after it was first seen: ${record.finding.title}.`),
      );
    }
  }
  return items;
}

function isDue(
  record: FindingRecord,
  told: Told | null,
  config: AlertsConfig,
  receiver: Receiver,
  now: number,
): boolean {
  if (told === null) return true;
  // Alertmanager reminds by itself.
  if (receiver.kind === 'alertmanager') return false;
  // What happened in a silence was not told: say once, afterwards, that it is still there.
  if (record.silencedUntil !== null && record.silencedUntil <= now && told.at < record.silencedUntil) return true;
  return config.repeatMs > 0 && now - told.at >= config.repeatMs;
}

function reminder(record: FindingRecord, kind: 'reminder' | 'resolved', at: number, says: string): AlertItem {
  return { event: `${record.id}-${kind}-${Math.max(0, Math.round(at)).toString(36)}-late`, kind, at, says, record };
}
