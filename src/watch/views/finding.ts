/** A finding with its life, as the page shows it. */
import type { FindingView } from '../api/contract.ts';
import type { FindingRecord, TargetId } from '../model.ts';

export type Severity = FindingView['severity'];

/** Worst first: the order of lists, and of services in the fleet. */
const SEVERITIES: readonly Severity[] = ['critical', 'high', 'medium', 'low', 'info'];
const VERDICTS: readonly FindingView['verdict'][] = ['proven', 'confirmed', 'suspected', 'cleared'];

/** `nameOf`: the name of an instance; the id itself where the target is gone. */
export function findingView(record: FindingRecord, nameOf: (id: TargetId) => string): FindingView {
  const { finding } = record;
  return {
    id: record.id,
    rule: record.rule,
    verdict: record.verdict,
    severity: record.severity,
    state: record.state,
    title: finding.title,
    where: { ...finding.where },
    environment: record.environment,
    service: record.service,
    subject: { ...finding.subject },
    count: finding.count,
    growth: finding.growth === null ? null : { ...finding.growth },
    holds: finding.holds === null ? null : { ...finding.holds },
    chain: finding.chain.map(({ kind, text, where, bytes }) => ({
      kind,
      text,
      ...(where === undefined ? {} : { where: { ...where } }),
      ...(bytes === undefined ? {} : { bytes }),
    })),
    evidence: finding.evidence.map(({ leg, says, numbers }) => ({
      leg,
      says,
      numbers: numbers.filter(({ value }) => Number.isFinite(value)).map((number) => ({ ...number })),
    })),
    fix: { text: finding.fix.text },
    fingerprint: record.fingerprint,
    window: record.window,
    from: record.from,
    to: record.to,
    base: record.base,
    head: record.head,
    instances: record.instances.map((id) => ({ id, instance: nameOf(id) })),
    firstSeen: record.firstSeen,
    firstBuild: record.firstBuild,
    lastSeen: record.lastSeen,
    lastMeasured: record.lastMeasured,
    lastBuild: record.lastBuild,
    resolvedAt: record.resolvedAt,
    resolvedBy: record.resolvedBy,
    acknowledged: record.acknowledged === null ? null : { ...record.acknowledged },
    silencedUntil: record.silencedUntil,
  };
}

/** There now, and a leak: resolved ones and what only looks like a leak do not count. */
export function isOpen(record: FindingRecord): boolean {
  return record.state !== 'resolved' && record.verdict !== 'cleared';
}

/** Open before resolved; then by severity, verdict, bytes per hour; then the id, so that the order is always the same. */
export function compareFindings(a: FindingRecord, b: FindingRecord): number {
  return (
    Number(isOpen(b)) - Number(isOpen(a)) ||
    SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) ||
    VERDICTS.indexOf(a.verdict) - VERDICTS.indexOf(b.verdict) ||
    (b.finding.growth?.perHour ?? 0) - (a.finding.growth?.perHour ?? 0) ||
    (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)
  );
}

/** 0 is worst; a service without findings comes after all that have one. */
export function severityRank(severity: Severity | null): number {
  return severity === null ? SEVERITIES.length : SEVERITIES.indexOf(severity);
}
