/**
 * `.hemostat.yaml`: what a project wants from `review`. Documented in docs/source-review-usage.md.
 *
 * The shape is checked by zod; a mistake is one sentence with the line and column where it stands.
 */
import { z } from 'zod';
import { problemAt, problemAtKey, readSettings, type YamlProblem } from '../findings/yaml-file.ts';
import { meant } from '../findings/yaml-places.ts';
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
// `gate` is read by `hemostat gate` and `hemostat guard`, with a schema of its own (src/guard/gate/settings.ts).
const File = z.strictObject({ review: Review.default(() => Review.parse({})), gate: z.unknown().optional() });

/** A typing error would leave files out that nobody misses. */
const PLATFORMS = [
  ['goos', KNOWN_OS],
  ['goarch', KNOWN_ARCH],
] as const;

/** What the file says about `review`; what it does not say is absent. */
export type ReviewConfig = z.infer<typeof Review>;

export const NO_CONFIG: ReviewConfig = Review.parse({});

/** A mistake in the file. */
export type ConfigProblem = YamlProblem;

/** Reads the file's text, or says what is wrong first. `ids`: all rules that there are. */
export function parseConfig(text: string, ids: readonly string[]): ReviewConfig | ConfigProblem {
  const read = readSettings(text, File);
  if (!('data' in read)) return read[0];
  const { data, yaml } = read;
  const { review } = data;
  const platform = PLATFORMS.find(([key, names]) => review[key] !== undefined && !names.has(review[key]));
  if (platform !== undefined) {
    const [key, names] = platform;
    const value = review[key] ?? '';
    return problemAt(yaml, ['review', key], `there is no ${key.toUpperCase()} ${value}${meant(value, [...names])}`);
  }
  const stranger = Object.keys(review.rules).find((id) => !ids.includes(id));
  if (stranger === undefined) return review;
  return problemAtKey(yaml, ['review', 'rules'], stranger, `there is no rule ${stranger}${meant(stranger, ids)}`);
}

export function isProblem(config: ReviewConfig | ConfigProblem): config is ConfigProblem {
  return 'message' in config;
}
