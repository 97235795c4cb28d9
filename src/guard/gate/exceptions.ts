/** Exceptions: findings that somebody accepts for a reason and until a day. Expired ones excuse nothing. */
import type { Finding } from '../../findings/model.ts';
import type { ExceptionRule } from './settings.ts';

/** The exception that covers a finding today, or null. */
export function exceptionFor(finding: Finding, exceptions: readonly ExceptionRule[], now: Date): ExceptionRule | null {
  return exceptions.find((one) => covers(one, finding) && !isOver(one.until, now)) ?? null;
}

export function covers(one: ExceptionRule, finding: Finding): boolean {
  return (
    matches(one.rule, finding.rule) &&
    (one.subject === undefined || matches(one.subject, finding.subject.instance)) &&
    (one.fingerprint === undefined || one.fingerprint === finding.fingerprint)
  );
}

/** `until` is the last day on which it counts, in UTC. */
export function isOver(until: string, now: Date): boolean {
  return now.getTime() >= Date.parse(`${until}T00:00:00Z`) + 86_400_000;
}

/** `rule R, subject S`: how an exception is called in sentences. */
export function nameOfException({ rule, subject, fingerprint }: ExceptionRule): string {
  const rest = [
    subject === undefined ? '' : `, subject ${subject}`,
    fingerprint === undefined ? '' : `, ${fingerprint}`,
  ];
  return `rule ${rule}${rest.join('')}`;
}

/** `*` stands for any text, also an empty one; anything else is itself. Linear in the text for each star. */
function matches(pattern: string, text: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  if (rest.length === 0) return pattern === text;
  const last = rest.pop() ?? '';
  if (!text.startsWith(first) || text.length < first.length + last.length || !text.endsWith(last)) return false;
  let at = first.length;
  const end = text.length - last.length;
  for (const piece of rest) {
    const found = text.indexOf(piece, at);
    if (found < 0 || found + piece.length > end) return false;
    at = found + piece.length;
  }
  return true;
}
