/** The target groups of Prometheus' service discovery: `[{ targets: [host:port, …], labels: {…} }]`. */
import { parseDocument } from 'yaml';
import { z } from 'zod';
import { messageOf } from '../../collect/error.ts';
import type { TargetTemplate, WatchTarget } from '../config/config.ts';
import { discovered } from './target.ts';

/** More than this is a mistake, or an attack, rather than a fleet. */
const MAX_TARGETS = 20_000;

const groups = z.array(z.object({ targets: z.array(z.string()), labels: z.record(z.string(), z.string()).nullish() }));

/** A set of groups that is no such thing. The message goes on from the name of its source: `holds …`. */
export class GroupsError extends Error {
  override readonly name = 'GroupsError';
}

export interface Groups {
  readonly targets: readonly WatchTarget[];
  /** One sentence about addresses that were left out; null where there are none. */
  readonly wrong: string | null;
}

/** Throws GroupsError. */
export function parseGroups(text: string, form: 'json' | 'yaml', from: string, template: TargetTemplate): Groups {
  const read = groups.safeParse(parsed(text, form));
  if (!read.success) {
    const [issue] = read.error.issues;
    const where = issue === undefined || issue.path.length === 0 ? '' : ` (at ${issue.path.join('.')})`;
    throw new GroupsError(`is no list of { targets, labels }${where}`);
  }
  const targets: WatchTarget[] = [];
  const wrong: string[] = [];
  for (const group of read.data) {
    for (const text of group.targets) {
      if (targets.length >= MAX_TARGETS) throw new GroupsError(`has more than ${MAX_TARGETS} targets`);
      try {
        targets.push(discovered(text, group.labels ?? {}, from, template));
      } catch (error) {
        wrong.push(messageOf(error));
      }
    }
  }
  const [first] = wrong;
  const others = wrong.length > 1 ? ` (and ${wrong.length - 1} more)` : '';
  return { targets, wrong: first === undefined ? null : `has an address that is left out: ${first}${others}` };
}

function parsed(text: string, form: 'json' | 'yaml'): unknown {
  if (text.trim() === '') throw new GroupsError('is empty, perhaps being written');
  try {
    if (form === 'json') return JSON.parse(text);
  } catch {
    throw new GroupsError('is not JSON, or only half of it');
  }
  const document = parseDocument(text, { prettyErrors: false, logLevel: 'error' });
  if (document.errors.length > 0) throw new GroupsError('is not YAML, or only half of it');
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch {
    throw new GroupsError('refers to itself too often (aliases)');
  }
}
