/** Reminders as messages: Slack's incoming webhooks, or JSON to any address, with the reminder's id as Idempotency-Key. */
import { slackText } from '../../findings/slack.ts';
import { addressOf, PAUSE_MS, post } from '../gate/post.ts';
import type { GuardContext } from '../part.ts';
import type { IncidentState, Reminder } from './model.ts';
import type { ReceiverTarget } from './settings.ts';
import type { Send } from './tick.ts';

/**
 * @param print for names that are no receiver: whoever runs the tick (cron mails it) is told instead; always taken
 * @param pauseMs before the second of three tries; doubles
 */
export function sender(
  receivers: ReadonlyMap<string, ReceiverTarget>,
  context: GuardContext,
  print: (reminder: Reminder, receiver: string, incident: IncidentState) => void,
  pauseMs = PAUSE_MS,
): Send {
  return async (reminder, receiver, incident) => {
    const target = receivers.get(receiver);
    if (target === undefined) {
      print(reminder, receiver, incident);
      return null;
    }
    if (context.offline) return '--offline allows no network';
    const url = addressOf(target, context);
    if (url === null) {
      const where =
        target['url-env'] === undefined ? `file ${target['url-file'] ?? ''}` : `variable ${target['url-env']}`;
      return `there is no http or https address in its ${where}`;
    }
    const body = target.kind === 'slack' ? slackBody(reminder, incident) : webhookBody(reminder, incident);
    return post(url, body, { 'idempotency-key': reminder.id }, context, pauseMs);
  };
}

export function slackBody({ says, incident }: Reminder, { finding }: IncidentState): string {
  const blocks = [
    { type: 'section', text: { type: 'mrkdwn', text: `*${slackText(says)}*` } },
    { type: 'section', text: { type: 'mrkdwn', text: slackText(finding.title) } },
    { type: 'context', elements: [{ type: 'mrkdwn', text: `hemostat guard respond show ${slackText(incident)}` }] },
  ];
  return JSON.stringify({ text: slackText(says), blocks });
}

/** `hemostat/reminder@1`: the same for programs. */
export function webhookBody(reminder: Reminder, { finding, clocks, round }: IncidentState): string {
  const { id, incident, role, clock, step, at, says } = reminder;
  const state = clocks.find((each) => each.role === role && each.clock === clock);
  const dueAt = state?.dueAt ?? null;
  return JSON.stringify({
    schema: 'hemostat/reminder@1',
    id,
    incident,
    round,
    role,
    clock,
    step,
    at: new Date(at).toISOString(),
    dueAt: dueAt === null ? null : new Date(dueAt).toISOString(),
    says,
    finding: {
      rule: finding.rule,
      severity: finding.severity,
      verdict: finding.verdict,
      title: finding.title,
      service: finding.subject.service,
      fingerprint: finding.fingerprint,
    },
  });
}
