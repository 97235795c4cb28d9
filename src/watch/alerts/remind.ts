/**
 * Reminders of the response clock as messages. Pure.
 *
 * What becomes due for a receiver at one moment is one message. Reminders count for the receiver's hourly limit like alerts and
 * wait for their turn in it, but they do not wait behind alerts: a breach comes whether or not a digest is due.
 */
import { createHash } from 'node:crypto';
import { alertJson } from '../../findings/alertmanager.ts';
import { slackLink, slackText } from '../../findings/slack.ts';
import type { ClockState, Reminder } from '../../guard/respond/model.ts';
import type { AlertsConfig, Receiver } from '../config/config.ts';
import type { Delivery, FindingRecord } from '../model.ts';
import { wants } from './item.ts';
import { type Draft, dueAfter } from './plan.ts';

/** One reminder, with what its message says beside its sentence. */
export interface DueReminder {
  readonly reminder: Reminder;
  /** As it stands now; null where it is not there any more. */
  readonly clock: ClockState | null;
  readonly record: FindingRecord;
}

export interface RemindInput {
  readonly config: AlertsConfig;
  readonly reminders: readonly DueReminder[];
  due(receiver: string): readonly number[];
  readonly now: number;
}

/** The receivers of a reminder that want to hear of its finding. */
export function receiversOf({ reminder, record }: DueReminder, config: AlertsConfig): Receiver[] {
  return config.receivers.filter(({ name }) => reminder.receivers.includes(name)).filter((one) => wants(one, record));
}

export function planReminders({ config, reminders, due, now }: RemindInput): Draft[] {
  return config.receivers.flatMap((receiver) => {
    const own = reminders.filter((one) => receiversOf(one, config).includes(receiver));
    if (own.length === 0) return [];
    const ids = own.map(({ reminder }) => reminder.id);
    const states = receiver.kind === 'alertmanager';
    const identity = JSON.stringify(['hemostat/delivery@1', receiver.name, 'reminders', ...ids]);
    const id = createHash('sha256').update(identity, 'utf8').digest('hex').slice(0, 32);
    const delivery: Delivery = {
      id,
      receiver: receiver.name,
      findings: [...new Set(own.map(({ record }) => record.id))],
      events: ids,
      reminders: own.map(({ reminder }) => ({ id: reminder.id, incident: reminder.incident })),
      createdAt: now,
      dueAt: states ? now : (dueAfter(due(receiver.name), now, config.perHour) ?? now),
      attempts: 0,
      state: 'pending',
      deliveredAt: null,
      lastError: null,
      body: bodyOf(receiver, id, own, config.pageUrl, now),
    };
    return [{ delivery, group: REMINDERS, items: [] }];
  });
}

/** No group of alerts has that name: those are JSON, or empty. */
const REMINDERS = 'reminders';
/** What is shown of a message; the rest is counted. */
const MOST_SHOWN = 20;
/** Alertmanager forgets after this: the next step tells it again, ms. */
const LASTS_MS = 3_600_000;

function bodyOf(
  receiver: Receiver,
  id: string,
  own: readonly DueReminder[],
  pageUrl: string | null,
  now: number,
): string {
  switch (receiver.kind) {
    case 'slack':
      return slackBody(own, pageUrl);
    case 'webhook':
      return webhookBody(id, receiver.name, own, pageUrl, now);
    case 'alertmanager':
      return alertmanagerBody(own, pageUrl, now);
  }
}

function slackBody(own: readonly DueReminder[], pageUrl: string | null): string {
  const says = summaryOf(own);
  const blocks = own.slice(0, MOST_SHOWN).flatMap(({ reminder, record }) => {
    const text = `*${slackText(reminder.says)}*\n${slackText(record.finding.title)}`;
    const link = linkOf(pageUrl, reminder.incident);
    const section = { type: 'section', text: { type: 'mrkdwn', text } };
    if (link === null) return [section];
    return [
      section,
      { type: 'context', elements: [{ type: 'mrkdwn', text: slackLink(link, 'acknowledge or answer it') }] },
    ];
  });
  const rest = own.length - MOST_SHOWN;
  if (rest > 0)
    blocks.push({ type: 'context', elements: [{ type: 'mrkdwn', text: `and ${rest} more, which the page lists` }] });
  return JSON.stringify({ text: slackText(says), blocks });
}

/** `hemostat/reminders@1`. */
function webhookBody(
  id: string,
  receiver: string,
  own: readonly DueReminder[],
  pageUrl: string | null,
  now: number,
): string {
  return JSON.stringify({
    schema: 'hemostat/reminders@1',
    id,
    receiver,
    at: new Date(now).toISOString(),
    summary: summaryOf(own),
    reminders: own.map(({ reminder, clock, record }) => ({
      id: reminder.id,
      incident: reminder.incident,
      round: reminder.round,
      role: reminder.role,
      clock: reminder.clock,
      step: reminder.step,
      state: clock?.state ?? null,
      at: new Date(reminder.at).toISOString(),
      dueAt: clock === null || clock.dueAt === null ? null : new Date(clock.dueAt).toISOString(),
      owes: clock?.artefact ?? 'acknowledgement',
      says: reminder.says,
      finding: {
        id: record.id,
        environment: record.environment,
        service: record.service,
        rule: record.rule,
        severity: record.severity,
        verdict: record.verdict,
        title: record.finding.title,
        fingerprint: record.fingerprint,
      },
      link: linkOf(pageUrl, reminder.incident),
    })),
  });
}

function alertmanagerBody(own: readonly DueReminder[], pageUrl: string | null, now: number): string {
  return JSON.stringify(
    own.map(({ reminder, record }) =>
      alertJson({
        labels: {
          alertname: 'HemostatResponseDue',
          incident: reminder.incident,
          role: reminder.role,
          clock: reminder.clock,
          rule: record.rule,
          environment: record.environment,
          service: record.service,
          severity: record.severity,
        },
        annotations: { summary: reminder.says, description: record.finding.title, fix: record.finding.fix.text },
        startsAt: reminder.at,
        endsAt: now + LASTS_MS,
        link: linkOf(pageUrl, reminder.incident),
      }),
    ),
  );
}

function summaryOf(own: readonly DueReminder[]): string {
  const [first] = own;
  if (first === undefined) return 'nothing is owed';
  return own.length === 1 ? first.reminder.says : `${own.length} answers are owed, first: ${first.reminder.says}`;
}

function linkOf(pageUrl: string | null, incident: string): string | null {
  return pageUrl === null ? null : `${pageUrl}/#/incident/${encodeURIComponent(incident)}`;
}
