/** Exit codes and the one sentence that goes with them. */

export const EXIT = { ok: 0, findings: 1, usage: 2, evidence: 3 } as const;

/** Wrong usage: the sentence says what and what to do instead. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** By the name of the error's class: the commands load their classes only when they run. */
const NOT_READ = ['EvidenceError', 'TargetError', 'StoreError', 'GuardEvidenceError', 'HttpError'];
const WRONG_USAGE = ['UsageError', 'GuardUsageError'];

/**
 * What could not be read or reached is exit 3, wrong usage (ours and commander's) is 2, help and version are 0; anything
 * else is our own defect and exits 70 (EX_SOFTWARE) with its stack, so that nobody takes it for a diagnosis.
 */
export function exitCodeOf(error: unknown): number {
  if (!(error instanceof Error)) return 70;
  if (NOT_READ.includes(error.name)) return EXIT.evidence;
  if (WRONG_USAGE.includes(error.name)) return EXIT.usage;
  if (isCommanderError(error)) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  return 70;
}

/** What to print; empty where commander has printed already. */
export function sentenceOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (isCommanderError(error)) return '';
  if (exitCodeOf(error) === 70) return `internal error, please report it: ${error.stack ?? error.message}`;
  return error.message;
}

function isCommanderError(error: Error): error is Error & { exitCode: number } {
  return error.name === 'CommanderError' && 'exitCode' in error && typeof error.exitCode === 'number';
}
