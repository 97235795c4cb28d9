/**
 * `.hemostat.yaml`: what a project wants from `review`. Documented in docs/source-review-usage.md.
 *
 * The shape is checked by zod; a mistake is one sentence with the line and column where it stands.
 */
import { LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { insteadOf, keyOf, meant, nodeAt, offsetOf, type Place, placeOf } from '../findings/yaml-places.ts';
import { KNOWN_ARCH, KNOWN_OS } from '../golang/constraint.ts';

export const LEVELS = ['off', 'low', 'medium', 'high'] as const;
export type Level = (typeof LEVELS)[number];

const CONFIDENCES = ['high', 'medium', 'low'] as const;

const Text = z.string().min(1);
const Review = z.strictObject({
  // YAML 1.1 reads `off` as false, and many people's editors do.
  rules: z
    .record(
      z.string(),
      z.preprocess((value) => (value === false ? 'off' : value), z.enum(LEVELS)),
    )
    .default({}),
  exclude: z.array(Text).default([]),
  tests: z.boolean().optional(),
  goos: Text.optional(),
  goarch: Text.optional(),
  tags: z.array(Text).default([]),
  'fail-on': z.enum([...CONFIDENCES, 'never']).optional(),
  'min-confidence': z.enum(CONFIDENCES).optional(),
});
const File = z.strictObject({ review: Review.default(() => Review.parse({})) });

/** A typing error would leave files out that nobody misses. */
const PLATFORMS = [
  ['goos', KNOWN_OS],
  ['goarch', KNOWN_ARCH],
] as const;

/** What the file says about `review`; what it does not say is absent. */
export type ReviewConfig = z.infer<typeof Review>;

export const NO_CONFIG: ReviewConfig = Review.parse({});

/** A mistake in the file. */
export interface ConfigProblem extends Place {
  /** A sentence without position. */
  readonly message: string;
}

/** Reads the file's text, or says what is wrong first. `ids`: all rules that there are. */
export function parseConfig(text: string, ids: readonly string[]): ReviewConfig | ConfigProblem {
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter, prettyErrors: false, logLevel: 'error' });
  const [error] = document.errors;
  if (error !== undefined) return at(counter, error.pos[0], error.message.replace(/\s*\n[\s\S]*$/, ''));
  let value: unknown;
  try {
    value = document.toJS();
  } catch {
    return { line: 1, column: 1, message: 'the file refers to itself too often (aliases)' };
  }
  const parsed = File.safeParse(value ?? {});
  const root: unknown = document.contents;
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    if (issue !== undefined) return explain(issue, root, counter);
  }
  const review = parsed.data?.review ?? NO_CONFIG;
  const platform = PLATFORMS.find(([key, names]) => review[key] !== undefined && !names.has(review[key]));
  if (platform !== undefined) {
    const [key, names] = platform;
    const value = review[key] ?? '';
    const place = nodeAt(root, ['review', key]);
    return at(counter, offsetOf(place), `there is no ${key.toUpperCase()} ${value}${meant(value, [...names])}`);
  }
  const stranger = Object.keys(review.rules).find((id) => !ids.includes(id));
  if (stranger === undefined) return review;
  const place = keyOf(nodeAt(root, ['review', 'rules']), stranger);
  return at(counter, offsetOf(place), `there is no rule ${stranger}${meant(stranger, ids)}`);
}

export function isProblem(config: ReviewConfig | ConfigProblem): config is ConfigProblem {
  return 'message' in config;
}

type Issue = z.core.$ZodIssue;

function explain(issue: Issue, root: unknown, counter: LineCounter): ConfigProblem {
  const node = nodeAt(root, issue.path);
  const name = issue.path.length === 0 ? 'the file' : issue.path.join('.');
  if (issue.code === 'unrecognized_keys') {
    const [key = ''] = issue.keys;
    const known = issue.path.length === 0 ? Object.keys(File.shape) : Object.keys(Review.shape);
    const where = issue.path.length === 0 ? '' : ` in ${name}`;
    return at(
      counter,
      offsetOf(keyOf(node, key)),
      `${key} is not known${where}${meant(key, known)}; known: ${known.join(', ')}`,
    );
  }
  return at(counter, offsetOf(node), `${name} must be ${wanted(issue)}${insteadOf(node)}`);
}

function wanted(issue: Issue): string {
  if (issue.code === 'invalid_value') return `one of ${issue.values.join(', ')}`;
  if (issue.code === 'too_small') return 'a text that is not empty';
  if (issue.code !== 'invalid_type') return issue.message;
  const words: Readonly<Record<string, string>> = {
    array: 'a list',
    boolean: 'true or false',
    object: 'a map of keys and values',
    record: 'a map of rules and levels',
    string: 'a text',
  };
  return words[issue.expected] ?? issue.expected;
}

function at(counter: LineCounter, offset: number, message: string): ConfigProblem {
  return { ...placeOf(counter, offset), message };
}
