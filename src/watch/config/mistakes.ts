/** Mistakes in the configuration, as sentences with the place where they stand. */
import { isMap } from 'yaml';
import type { z } from 'zod';
import { UsageError } from '../../collect/error.ts';
import { keysAt, type YamlSource } from '../../findings/yaml-file.ts';
import {
  insteadOf,
  keyOf,
  meant,
  nodeAt,
  offsetOf,
  type Place,
  placeOf,
  shortened,
} from '../../findings/yaml-places.ts';
import { fileSchema, SECRET } from './schema.ts';

export interface Mistake extends Place {
  readonly says: string;
}

/** A configuration that cannot be used. The message has one line per mistake: `FILE:LINE:COLUMN: sentence`. */
export class ConfigError extends UsageError {
  readonly mistakes: readonly Mistake[];

  constructor(file: string, mistakes: readonly Mistake[]) {
    const inOrder = [...mistakes].sort((a, b) => a.line - b.line || a.column - b.column);
    super(inOrder.map(({ line, column, says }) => `${file}:${line}:${column}: ${says}`).join('\n'));
    this.mistakes = inOrder;
  }
}

export function mistakeAt({ root, counter }: YamlSource, path: readonly PropertyKey[], says: string): Mistake {
  return { ...placeOf(counter, offsetOf(nodeAt(root, path))), says };
}

/** What zod found, one mistake per unknown key and wrong value. */
export function explainIssue(issue: z.core.$ZodIssue, source: YamlSource): Mistake[] {
  const node = nodeAt(source.root, issue.path);
  if (issue.code === 'unrecognized_keys') {
    const known = keysAt(fileSchema, issue.path);
    const where = issue.path.length === 0 ? '' : ` in ${nameOf(issue.path)}`;
    return issue.keys.map((key) => ({
      ...placeOf(source.counter, offsetOf(keyOf(node, key))),
      says: `${shortened(key)} is not known${where}${meant(key, known) || `; known: ${known.join(', ')}`}`,
    }));
  }
  const name = issue.path.length === 0 ? 'the file' : nameOf(issue.path);
  if (issue.code === 'invalid_type' && keyIsMissing(source, issue.path)) {
    return [mistakeAt(source, issue.path.slice(0, -1), `${name} is missing: it must be ${wanted(issue)}`)];
  }
  if (issue.code === 'invalid_key') {
    const key = String(issue.path.at(-1));
    const place = placeOf(source.counter, offsetOf(keyOf(nodeAt(source.root, issue.path.slice(0, -1)), key)));
    return [
      {
        ...place,
        says: `${shortened(key)} in ${nameOf(issue.path.slice(0, -1))} must be ${issue.issues[0]?.message ?? 'a name'}`,
      },
    ];
  }
  // The value may be the secret itself: it is not repeated.
  if (issue.message.startsWith(SECRET)) {
    const how = issue.message.slice(SECRET.length);
    return [mistakeAt(source, issue.path, `${name} is a secret and must not stand in this file: ${how}`)];
  }
  return [mistakeAt(source, issue.path, `${name} must be ${wanted(issue)}${insteadOf(withoutUserinfo(node))}`)];
}

/** `jobs[0].schedule.metrics_every`. */
export function nameOf(path: readonly PropertyKey[]): string {
  const name = path
    .map((key, i) => (typeof key === 'number' ? `[${key}]` : `${i === 0 ? '' : '.'}${String(key)}`))
    .join('');
  return shortened(name);
}

/** A value with a password in it (`http://user:pass@host`) is not repeated. */
function withoutUserinfo(node: unknown): unknown {
  return insteadOf(node).includes('@') ? null : node;
}

function keyIsMissing({ root }: YamlSource, path: readonly PropertyKey[]): boolean {
  const parent = nodeAt(root, path.slice(0, -1));
  return parent === null || (isMap(parent) && keyOf(parent, String(path.at(-1))) === parent);
}

function wanted(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_value') return `one of ${issue.values.join(', ')}`;
  if (issue.code !== 'invalid_type' || !issue.message.startsWith('Invalid input')) return issue.message;
  const words: Readonly<Record<string, string>> = {
    array: 'a list',
    object: 'a map of keys and values',
    record: 'a map of names and texts',
    string: 'a text',
  };
  return words[issue.expected] ?? issue.expected;
}
