import type { Finding, Severity, Verdict } from './model.ts';

/** More certain is larger. */
const CERTAINTY: Readonly<Record<Verdict, number>> = { proven: 3, confirmed: 2, suspected: 1, cleared: 0 };

const WEIGHT: Readonly<Record<Severity, number>> = { critical: 4, high: 3, medium: 2, low: 1, info: 0 };

/** Whether `verdict` is at least as certain as `limit`. */
export function atLeast(verdict: Verdict, limit: Verdict): boolean {
  return CERTAINTY[verdict] >= CERTAINTY[limit];
}

/** Whether `severity` is at least as severe as `limit`. */
export function severityAtLeast(severity: Severity, limit: Severity): boolean {
  return WEIGHT[severity] >= WEIGHT[limit];
}

/**
 * The order in which findings are told: most certain, then most severe, then most bytes per hour, then most bytes held,
 * then most goroutines (or timers, …). What is left is settled by rule, function and fingerprint, so that the same
 * findings always come in the same order.
 */
export function compareFindings(a: Finding, b: Finding): number {
  return (
    CERTAINTY[b.verdict] - CERTAINTY[a.verdict] ||
    WEIGHT[b.severity] - WEIGHT[a.severity] ||
    descending(a.growth?.perHour, b.growth?.perHour) ||
    descending(a.holds?.bytes, b.holds?.bytes) ||
    descending(a.count, b.count) ||
    byText(a.rule, b.rule) ||
    byText(a.where.function, b.where.function) ||
    byText(a.fingerprint, b.fingerprint)
  );
}

/** A sorted copy, see compareFindings. */
export function sortFindings(findings: readonly Finding[]): Finding[] {
  return [...findings].sort(compareFindings);
}

function descending(a: number | null | undefined, b: number | null | undefined): number {
  const left = Number.isFinite(a) ? Number(a) : 0;
  const right = Number.isFinite(b) ? Number(b) : 0;
  return left === right ? 0 : right - left;
}

/** By code unit, not by locale: the same on every machine. */
function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
