/** A YAML file that people write for hemostat: read into plain data, and every mistake with the line and column where it stands. */
import { LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import {
  insteadOf,
  keyOf,
  meant,
  nodeAt,
  offsetOf,
  type Place,
  placeOf,
  shortened,
  syntaxMessage,
} from './yaml-places.ts';

/** A parsed document: what turns paths into places. */
export interface YamlSource {
  readonly root: unknown;
  readonly counter: LineCounter;
}

/** A mistake in the file. */
export interface YamlProblem extends Place {
  /** A sentence without position. */
  readonly message: string;
}

export interface YamlFile extends YamlSource {
  /** As JSON would give it; `{}` for an empty file. */
  readonly value: unknown;
}

/** The text as data, or the first thing that is no YAML. Never throws. */
export function readYaml(text: string): YamlFile | YamlProblem {
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter, prettyErrors: false, logLevel: 'error' });
  const root: unknown = document.contents;
  const [error] = document.errors;
  if (error !== undefined) return { ...placeOf(counter, error.pos[0]), message: syntaxMessage(error) };
  try {
    const value: unknown = document.toJS();
    return { root, counter, value: value ?? {} };
  } catch {
    return { line: 1, column: 1, message: 'the file refers to itself too often (aliases)' };
  }
}

export interface Settings<T> {
  readonly data: T;
  /** For places of mistakes that the schema does not see. */
  readonly yaml: YamlFile;
}

/**
 * What the schema makes of the text, or every mistake in it (never none). Misspelt keys come first: one of them explains a key
 * that is missing. Never throws.
 */
export function readSettings<S extends z.ZodType>(
  text: string,
  schema: S,
): Settings<z.infer<S>> | readonly [YamlProblem, ...YamlProblem[]] {
  const yaml = readYaml(text);
  if (isYamlProblem(yaml)) return [yaml];
  const parsed = schema.safeParse(yaml.value);
  if (parsed.success) return { data: parsed.data, yaml };
  const rank = (issue: z.core.$ZodIssue): number => (issue.code === 'unrecognized_keys' ? 0 : 1);
  const issues = parsed.error.issues.toSorted((a, b) => rank(a) - rank(b));
  const [first, ...more] = issues.map((issue) => explainIssue(issue, yaml, schema));
  return [first ?? problemAt(yaml, [], 'the file is not what it should be'), ...more];
}

export function isYamlProblem(file: object): file is YamlProblem {
  return 'message' in file && 'line' in file;
}

export function problemAt(source: YamlSource, path: readonly PropertyKey[], message: string): YamlProblem {
  return { ...placeOf(source.counter, offsetOf(nodeAt(source.root, path))), message };
}

/** The same at a key instead of its value. */
export function problemAtKey(
  source: YamlSource,
  path: readonly PropertyKey[],
  key: string,
  message: string,
): YamlProblem {
  return { ...placeOf(source.counter, offsetOf(keyOf(nodeAt(source.root, path), key))), message };
}

/** What zod says of a file, as a sentence with its place. `schema`: what the whole file was parsed with. */
export function explainIssue(issue: z.core.$ZodIssue, source: YamlSource, schema: unknown): YamlProblem {
  const inner = ofUnion(issue);
  if (inner !== null) return explainIssue(inner, source, schema);
  const { path } = issue;
  const name = path.length === 0 ? 'the file' : shortened(path.join('.'));
  if (issue.code === 'unrecognized_keys') {
    const [key = ''] = issue.keys;
    const known = keysAt(schema, path);
    const where = path.length === 0 ? '' : ` in ${name}`;
    return problemAtKey(
      source,
      path,
      key,
      `${shortened(key)} is not known${where}${meant(key, known)}; known: ${known.join(', ')}`,
    );
  }
  if (issue.code === 'invalid_key') {
    const key = String(path.at(-1));
    return problemAtKey(
      source,
      path.slice(0, -1),
      key,
      `${shortened(key)} ${issue.issues[0]?.message ?? 'cannot stand here'}`,
    );
  }
  const node = nodeAt(source.root, path);
  return problemAt(source, path, `${name}${wanted(issue)}${insteadOf(node)}`);
}

/** Of a value that may be several things: what is wrong with it as a map, where it is one. */
function ofUnion(issue: z.core.$ZodIssue): z.core.$ZodIssue | null {
  if (issue.code !== 'invalid_union') return null;
  for (const [first] of issue.errors) {
    if (first === undefined || (first.path.length === 0 && first.code !== 'unrecognized_keys')) continue;
    return { ...first, path: [...issue.path, ...first.path] };
  }
  return null;
}

const WORDS: Readonly<Record<string, string>> = {
  array: 'a list',
  boolean: 'true or false',
  number: 'a number',
  int: 'a whole number',
  object: 'a map of keys and values',
  record: 'a map of rules and levels',
  string: 'a text',
};

/** What follows the name: ` must be a text`, or what the schema's author says. */
function wanted(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_value') return ` must be one of ${issue.values.join(', ')}`;
  if (issue.code === 'invalid_type' && issue.message.startsWith('Invalid input'))
    return ` must be ${WORDS[issue.expected] ?? issue.expected}`;
  if (issue.code === 'too_small' && issue.origin === 'string' && issue.message.startsWith('Too small'))
    return ' must be a text that is not empty';
  if (issue.code === 'too_small' && issue.message.startsWith('Too small')) return ` must be at least ${issue.minimum}`;
  if (issue.code === 'too_big' && issue.message.startsWith('Too big')) return ` must be at most ${issue.maximum}`;
  return issue.message.startsWith('must ') ? ` ${issue.message}` : `: ${issue.message}`;
}

/** The keys that may stand at a path of the file, as its schema has them. */
export function keysAt(schema: unknown, path: readonly PropertyKey[]): string[] {
  let at: unknown = schema;
  for (const key of path) {
    at = bare(at);
    if (at instanceof z.ZodObject) at = Reflect.get(at.shape, key);
    else if (at instanceof z.ZodArray) at = at.element;
    else if (at instanceof z.ZodRecord) at = at.valueType;
    else return [];
  }
  at = bare(at);
  return at instanceof z.ZodObject ? Object.keys(at.shape) : [];
}

/** Without what is around an object: optional, default, a union's other members. */
function bare(schema: unknown): unknown {
  let at = schema;
  while (true) {
    if (
      at instanceof z.ZodOptional ||
      at instanceof z.ZodDefault ||
      at instanceof z.ZodNullable ||
      at instanceof z.ZodPrefault
    )
      at = at.unwrap();
    else if (at instanceof z.ZodPipe) at = at.in instanceof z.ZodTransform ? at.out : at.in;
    else if (at instanceof z.ZodUnion) at = at.options.find((option) => bare(option) instanceof z.ZodObject) ?? null;
    else return at;
  }
}
