import type { YamlProblem } from '../findings/yaml-file.ts';

/** A mistake of the person or of a file that they gave: one sentence, what, where, what to do. Exit code 2. */
export class GuardUsageError extends Error {
  override readonly name = 'GuardUsageError';
}

/** Evidence that could not be read or reached: one sentence, what, where, what to do. Exit code 3. */
export class GuardEvidenceError extends Error {
  override readonly name = 'GuardEvidenceError';
}

/** More are no help: the first ones may be why the others are there. */
const MOST_MISTAKES = 50;

/** Mistakes in a file that people write, in its order: one line each, `FILE:LINE:COLUMN: sentence`. */
export function mistakesIn(file: string, problems: readonly YamlProblem[]): GuardUsageError {
  const inOrder = problems.toSorted((a, b) => a.line - b.line || a.column - b.column).slice(0, MOST_MISTAKES);
  return new GuardUsageError(inOrder.map((p) => `${file}:${p.line}:${p.column}: ${p.message}`).join('\n'));
}

/** `code` of a system error (`ENOENT`, `EACCES`, …), or '' for anything else. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Why something failed, to stand in brackets: the code, which does not repeat the path, or else the message. */
export function reasonOf(error: unknown): string {
  return codeOf(error) || messageOf(error);
}
