/**
 * Alertmanager's POST /api/v2/alerts (its api/v2/openapi.yaml): a list of states. Labels are the alert's identity, so they
 * hold what stays the same while a finding is open, and the severity, because people route by it: after a worsening the
 * alert with the lower severity is ended in the same request.
 *
 * Alertmanager forgets an alert that it does not hear of for its resolve_timeout. So what is open is sent again every
 * REFRESH_MS, with an end a little later in case that hemostat stops; those states are no deliveries and are not stored.
 */
import { alertJson } from '../../findings/alertmanager.ts';
import type { Severity } from '../../findings/model.ts';
import { severityAtLeast } from '../../findings/sort.ts';
import type { FindingRecord } from '../model.ts';
import { factsOf, linkOf, type Message, placeOf } from './words.ts';

export const REFRESH_MS = 60_000;
/** Time for a restart. */
const LASTS_MS = 10 * 60_000;

const SEVERITIES: readonly Severity[] = ['critical', 'high', 'medium', 'low', 'info'];

export function alertmanagerBody({ items, pageUrl }: Message): string {
  const alerts: object[] = [];
  for (const { kind, at, record, says } of items) {
    if (kind === 'resolved') {
      alerts.push(alertOf(record, severityOf(record), pageUrl, { endsAt: record.resolvedAt ?? at, says }));
      continue;
    }
    alerts.push(alertOf(record, severityOf(record), pageUrl, { endsAt: null, says }));
    if (kind !== 'worsened') continue;
    for (const lower of SEVERITIES)
      if (!severityAtLeast(lower, severityOf(record)))
        alerts.push(alertOf(record, lower, pageUrl, { endsAt: at, says }));
  }
  return JSON.stringify(alerts);
}

/** What is open now, to be heard again. */
export function refreshBody(records: readonly FindingRecord[], pageUrl: string | null, now: number): string {
  return JSON.stringify(
    records.map((record) => alertOf(record, severityOf(record), pageUrl, { endsAt: now + LASTS_MS, says: '' })),
  );
}

/** The worst that was told: it only goes up while the finding is open. */
function severityOf(record: FindingRecord): Severity {
  return record.memory?.told?.severity ?? record.severity;
}

function alertOf(
  record: FindingRecord,
  severity: Severity,
  pageUrl: string | null,
  { endsAt, says }: { readonly endsAt: number | null; readonly says: string },
): object {
  const { finding } = record;
  const link = linkOf(pageUrl, record.id);
  return alertJson({
    labels: {
      alertname: 'HemostatFinding',
      finding: record.id,
      rule: record.rule,
      environment: record.environment,
      service: record.service,
      severity,
    },
    annotations: {
      summary: finding.title,
      description: [says, factsOf(record).join(', ')].filter((part) => part !== '').join(' '),
      verdict: record.verdict,
      place: placeOf(finding.where),
      fix: finding.fix.text,
      build: record.lastBuild ?? '',
      acknowledged: record.acknowledged === null ? '' : `by ${record.acknowledged.by}`,
    },
    startsAt: record.firstSeen,
    endsAt,
    link,
  });
}
