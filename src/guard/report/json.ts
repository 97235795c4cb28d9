import { canonicalFinding } from '../../findings/canonical.ts';
import type { GuardReport } from './report.ts';

/** The report as JSON (docs/schema/guard.schema.json): two spaces, a newline at the end; the same report gives the same bytes. */
export function writeGuardJson(report: GuardReport): string {
  const { schema, command, outcome, verdict, at, parts, skipped, findings, baseline, notes } = report;
  const value = {
    schema,
    command,
    outcome,
    verdict,
    at,
    parts: parts.map((part) => ({
      part: part.part,
      subject: part.subject,
      outcome: part.outcome,
      summary: part.summary,
      failOn: part.failOn,
      findings: part.findings,
      blocking: part.blocking,
      tally: part.tally,
      failures: part.failures,
      notes: part.notes,
      facts: part.facts,
    })),
    skipped,
    findings: findings.map((finding) => ({
      part: finding.part,
      standing: finding.standing,
      ...(finding.excuse === undefined ? {} : { excuse: finding.excuse }),
      ...canonicalFinding(finding),
    })),
    baseline,
    notes,
  };
  return `${JSON.stringify(value, null, 2)}\n`;
}
