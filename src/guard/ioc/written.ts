/** What every rule that is written has in common: its name, its comment, its YAML. Pure. */
import { stringify } from 'yaml';
import { printable, wrap } from '../../findings/layout.ts';
import type { IocFinding } from './finding.ts';

export interface Written {
  readonly text: string;
  /** A few words for the list of what was written. */
  readonly does: string;
}

/** Lines of a comment: which finding it is for, and how sure that is. */
export function commentOf({ title, rule, verdict, severity, fingerprint }: IocFinding): string[] {
  const says = `For ${rule} (${verdict}, ${severity}, ${fingerprint}): ${title}`;
  return wrap(printable(says, true).replaceAll('\n', ' '), 118);
}

/** A DNS-1123 name that no other finding has. */
export function kubeName({ rule, fingerprint }: IocFinding): string {
  const safe = rule
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 40);
  return `hemostat-${safe === '' ? '' : `${safe}-`}${fingerprint.slice(0, 8)}`;
}

/** Objects as one YAML file below a comment. */
export function kubeText(comment: readonly string[], objects: readonly object[]): string {
  const head = comment.map((line) => `# ${line}\n`).join('');
  return head + objects.map((object) => stringify(object, { lineWidth: 120 })).join('---\n');
}
