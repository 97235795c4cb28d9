/** The generic webhook: `hemostat/alert@1`, published as docs/schema/alert.schema.json. */
import type { FindingRecord } from '../model.ts';
import type { AlertItem } from './item.ts';
import { linkOf, type Message, summaryOf } from './words.ts';

export function webhookBody(message: Message): string {
  const { id, receiver, at, items, pageUrl } = message;
  return JSON.stringify({
    schema: 'hemostat/alert@1',
    id,
    receiver,
    at: new Date(at).toISOString(),
    summary: summaryOf(message),
    alerts: items.map((item) => alertOf(item, pageUrl)),
  });
}

function alertOf({ event, kind, at, says, record }: AlertItem, pageUrl: string | null): object {
  const { finding } = record;
  return {
    event,
    kind,
    at: iso(at),
    says,
    finding: record.id,
    fingerprint: record.fingerprint,
    environment: record.environment,
    service: record.service,
    instance: finding.subject.instance,
    instances: record.instances.length,
    state: record.state,
    rule: record.rule,
    verdict: record.verdict,
    severity: record.severity,
    title: finding.title,
    where: finding.where,
    bytesPerHour: finite(finding.growth?.perHour),
    secondsToLimit: finite(finding.growth?.timeToLimit),
    limit: finding.growth?.limit?.source ?? null,
    bytesHeld: finite(finding.holds?.bytes),
    count: finite(finding.count),
    fix: finding.fix.text,
    firstSeen: iso(record.firstSeen),
    firstBuild: record.firstBuild,
    build: record.lastBuild,
    ...endOf(record),
    link: linkOf(pageUrl, record.id),
  };
}

function endOf({ state, resolvedAt, resolvedBy }: FindingRecord): object {
  if (state !== 'resolved') return { resolvedAt: null, resolvedBy: null };
  return { resolvedAt: resolvedAt === null ? null : iso(resolvedAt), resolvedBy };
}

function iso(at: number): string {
  return new Date(at).toISOString();
}

function finite(value: number | null | undefined): number | null {
  return value !== undefined && Number.isFinite(value) ? value : null;
}
