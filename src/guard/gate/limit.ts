/** What blocks: from which verdict and severity on, for each part. */
import type { Confidence, Finding, Severity, Verdict } from '../../findings/model.ts';
import { atLeast, severityAtLeast } from '../../findings/sort.ts';
import type { GatePart, PartName } from '../part.ts';

/** Findings at or above both block. */
export interface Limit {
  readonly severity: Severity;
  readonly verdict: Verdict;
}

export const DEFAULT_LIMIT: Limit = { severity: 'high', verdict: 'confirmed' };

export interface FailOn {
  readonly limits: Readonly<Record<Exclude<GatePart, 'review'>, Limit | 'never'>> & { readonly run?: Limit | 'never' };
  /** Findings of source rules go by how sure the rule is, as in `hemostat review`. */
  readonly review: Confidence | 'never';
}

const SURENESS: Readonly<Record<Confidence, number>> = { high: 2, medium: 1, low: 0 };

/** Whether a finding that nothing excuses blocks. */
export function blocks(part: PartName, finding: Finding, { limits, review }: FailOn): boolean {
  if (finding.verdict === 'cleared') return false;
  if (part === 'review') return review !== 'never' && SURENESS[finding.confidence ?? 'low'] >= SURENESS[review];
  const limit = limits[part] ?? DEFAULT_LIMIT;
  return (
    limit !== 'never' && atLeast(finding.verdict, limit.verdict) && severityAtLeast(finding.severity, limit.severity)
  );
}

/** `confirmed and high`, as reports say it. */
export function limitText(part: PartName, { limits, review }: FailOn): string {
  if (part === 'review') return review === 'never' ? 'never' : `${review} confidence`;
  const limit = limits[part] ?? DEFAULT_LIMIT;
  return limit === 'never' ? 'never' : `${limit.verdict} and ${limit.severity}`;
}
