/** A rollback plan as people write it: YAML, or Markdown with YAML between `---` lines at its top. Pure. */
import { z } from 'zod';
import { readSettings } from '../../../findings/yaml-file.ts';

const Text = z.string().min(1).max(4096);

export const PlanSettings = z.strictObject({
  /** `registry.example/shop/api`, where the digest lies. */
  image: Text,
  digest: z.string().regex(/^sha256:[0-9a-f]{64}$/, 'must be a digest like sha256:… with 64 hex digits'),
  /** A diagnosis (hemostat diagnose --json) of a service that ran this digest, relative to the plan. */
  diagnosis: Text.optional(),
  /** What hemostat guard baseline check --json said while it ran. */
  baseline: Text.optional(),
  /** In YAML; in Markdown, what follows the second `---` is the plan. */
  steps: z.array(Text).min(1).max(1000).optional(),
});

export interface RollbackPlan {
  readonly image: string;
  readonly digest: string;
  readonly diagnosis: string | null;
  readonly baseline: string | null;
}

/** @returns a sentence with the place where it is no plan */
export function readPlan(text: string, shown: string): RollbackPlan | string {
  const parts = /^---\r?\n([\s\S]*?)\r?\n---\r?\n?([\s\S]*)$/.exec(text);
  const read = readSettings(parts?.[1] ?? text, PlanSettings);
  if (!('data' in read)) {
    const [{ line, column, message }] = read;
    // The first line of Markdown's YAML is the second of the file.
    return `${shown}:${line + (parts === null ? 0 : 1)}:${column}: ${message}`;
  }
  const { image, digest, diagnosis = null, baseline = null, steps } = read.data;
  if (steps === undefined && (parts?.[2] ?? '').trim() === '')
    return `${shown} names ${digest.slice(0, 19)}… but no steps: write what is to be typed, so that it can be done at 3 a.m.`;
  return { image, digest, diagnosis, baseline };
}
