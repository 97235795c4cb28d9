/** Falco rules as text: names, values and YAML that hold whatever the names of images and programs are. Pure. */
import { createHash } from 'node:crypto';
import { stringify } from 'yaml';
import { printable } from '../../../findings/layout.ts';
import type { BaselineKey } from '../model.ts';

export type FalcoItem =
  | { readonly list: string; readonly items: readonly string[] }
  | { readonly macro: string; readonly condition: string }
  | {
      readonly rule: string;
      readonly desc: string;
      readonly condition: string;
      readonly output: string;
      readonly priority: 'CRITICAL' | 'ERROR' | 'WARNING' | 'NOTICE';
      readonly source: 'syscall';
      readonly warn_evttypes?: boolean;
      readonly tags: readonly string[];
    };

/** @param comment one line each, above everything */
export function falcoText(comment: readonly string[], items: readonly FalcoItem[]): string {
  const head = comment.map((line) => `# ${printable(line, true).replaceAll('\n', ' ')}\n`).join('');
  return head + stringify(items, { lineWidth: 120, flowCollectionPadding: false });
}

/** An identifier of Falco ([a-zA-Z][a-zA-Z0-9_]*) that no other subject has. */
export function falcoName(name: string, of: string): string {
  const safe = name
    .replace(/[^A-Za-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '')
    .slice(0, 40)
    .toLowerCase();
  const hash = createHash('sha256').update(`${name}\0${of}`).digest('hex').slice(0, 8);
  return `hemostat_${safe === '' ? '' : `${safe}_`}${hash}`;
}

/** What is of this container and nothing else. */
export function containerCondition({ digest, container }: BaselineKey): string {
  if (digest.startsWith('exe:')) {
    // The executable's own name (python3.11), where proc.name is what it was started as (python3). In braces: `and` comes after.
    const name = digest.slice('exe:'.length);
    return `(proc.exepath endswith ${quoted(`/${name}`)} or proc.name = ${quoted(name.slice(0, COMM))})`;
  }
  const image = `container.image.digest = ${quoted(digest)}`;
  if (container === '') return image;
  // Docker under Kubernetes calls it k8s_CONTAINER_POD_…, the others by its own name.
  return `${image} and (container.name = ${quoted(container)} or container.name startswith ${quoted(`k8s_${container}_`)})`;
}

/** /proc/PID/comm holds 15 characters. */
const COMM = 15;

/** A string of Falco's language; what it cannot hold is left out of it. */
export function quoted(text: string): string {
  const tame = text.replace(/[\p{Cc}"\\]/gu, '?');
  return `"${tame}"`;
}

/** What every alert says: who, where, of which image. */
export function falcoList(says: string, more: readonly string[]): string {
  const fields = [
    ...more,
    'process=%proc.name',
    'pid=%proc.pid',
    'command=%proc.cmdline',
    'container=%container.name',
    'image=%container.image.repository',
    'digest=%container.image.digest',
    'pod=%k8s.pod.name',
    'namespace=%k8s.ns.name',
  ];
  return `${says} (${fields.join(' ')})`;
}
