/** Which row of the matrix speaks of a finding. Pure. */
import type { Severity } from '../../findings/model.ts';
import type { Matrix, MatrixRow, Role } from './model.ts';

/** The first row from the top, for that role; null where the role owes nothing. */
export function rowOf(matrix: Matrix, rule: string, severity: Severity, role: Role): MatrixRow | null {
  const row = matrix.rows.find(
    (each) =>
      each.role === role && (each.severity === '*' || each.severity === severity) && globMatches(each.kind, rule),
  );
  return row === undefined || (row.dueMs === null && row.acknowledgeMs === null) ? null : row;
}

/** `*` stands for any text, also for none. Linear in both, whatever the pattern: no backtracking over more than one star. */
export function globMatches(glob: string, text: string): boolean {
  const parts = glob.split('*');
  const head = parts[0] ?? '';
  if (parts.length === 1) return head === text;
  const tail = parts.at(-1) ?? '';
  if (!text.startsWith(head) || !text.endsWith(tail) || text.length < head.length + tail.length) return false;
  let at = head.length;
  const end = text.length - tail.length;
  for (const part of parts.slice(1, -1)) {
    const found = text.indexOf(part, at);
    if (found === -1 || found + part.length > end) return false;
    at = found + part.length;
  }
  return true;
}

/**
 * Whether all that `narrow` matches is matched by `wide`: a star of `narrow` is only covered by one of `wide`, so `narrow` is
 * matched as a text in which a star is a character that no rule has.
 */
export function covers(wide: MatrixRow, narrow: MatrixRow): boolean {
  return (
    wide.role === narrow.role &&
    (wide.severity === '*' || wide.severity === narrow.severity) &&
    globMatches(wide.kind, narrow.kind.replaceAll('*', '\u0000'))
  );
}
