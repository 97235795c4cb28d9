import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ROOT, resultOf, sampleReview } from '../../testing/sample-review.ts';
import type { Review } from '../report.ts';
import { writeReviewJson } from './json.ts';

const SCHEMA = join(import.meta.dirname, '..', '..', '..', 'docs', 'schema', 'review.schema.json');
const ajv = new Ajv2020({ strict: true, strictTypes: false, allErrors: true });
const schema = z.record(z.string(), z.unknown()).parse(JSON.parse(readFileSync(SCHEMA, 'utf8')));
const validate = ajv.compile(schema);

function objections(review: Review): string[] {
  const written: unknown = JSON.parse(writeReviewJson(review, ROOT));
  return validate(written) ? [] : (validate.errors ?? []).map((e) => `${e.instancePath} ${e.message}`);
}

/** Every path of `value`, with `*` for array indices, e.g. `findings/*\/rule`. */
function pathsOf(value: unknown, at = ''): string[] {
  if (Array.isArray(value)) return [at, ...value.flatMap((item) => pathsOf(item, `${at}/*`))];
  if (typeof value !== 'object' || value === null) return [at];
  return [at, ...Object.entries(value).flatMap(([key, item]) => pathsOf(item, `${at}/${key}`))];
}

/** Every path that the schema allows, written like pathsOf. */
function pathsAllowed(node: unknown, at = ''): string[] {
  const open = z
    .looseObject({
      $ref: z.string().optional(),
      properties: z.record(z.string(), z.unknown()).optional(),
      items: z.unknown().optional(),
    })
    .safeParse(node);
  if (!open.success) return [];
  const { $ref, properties, items } = open.data;
  if ($ref !== undefined) {
    const defs = z.record(z.string(), z.unknown()).parse(schema.$defs);
    return pathsAllowed(defs[$ref.replace('#/$defs/', '')], at);
  }
  return [
    at,
    ...Object.entries(properties ?? {}).flatMap(([key, child]) => pathsAllowed(child, `${at}/${key}`)),
    ...(typeof items === 'object' ? pathsAllowed(items, `${at}/*`) : []),
  ];
}

describe('writeReviewJson', () => {
  it('matches the golden file', async () => {
    await expect(writeReviewJson(sampleReview(), ROOT)).toMatchFileSnapshot('testdata/review.json');
  });

  it('follows the published schema', () => {
    expect(objections(sampleReview())).toEqual([]);
    expect(objections(sampleReview({}, resultOf()))).toEqual([]);
  });

  it('writes every field of the schema, and no other', () => {
    const { findings, suppressed, ...rest } = sampleReview();
    // Findings and suppressed ones are of one kind: a field of either is a field of both.
    const written = new Set(
      pathsOf(
        JSON.parse(
          writeReviewJson(
            { ...rest, findings: [...findings, ...suppressed], suppressed: [...findings, ...suppressed] },
            ROOT,
          ),
        ),
      ),
    );
    const allowed = new Set(pathsAllowed(schema));
    expect([...allowed].filter((path) => !written.has(path))).toEqual([]);
    expect([...written].filter((path) => !allowed.has(path))).toEqual([]);
  });

  it('names files from where the user is', () => {
    const { findings } = z
      .object({ findings: z.array(z.object({ where: z.object({ file: z.string() }) })) })
      .parse(JSON.parse(writeReviewJson(sampleReview(), `${ROOT}/quotes`)));
    expect(findings.map((f) => f.where.file)).toEqual(['first.go', 'first.go', 'pool.go']);
  });
});

describe('the schema', () => {
  const good: Record<string, unknown> = JSON.parse(writeReviewJson(sampleReview(), ROOT));
  it.each([
    ['an unknown field', { ...good, extra: 1 }],
    ['another version', { ...good, schema: 'hemostat/review@2' }],
    ['a missing field', { ...good, notes: undefined }],
    ['a count that is none', { ...good, counts: { high: -1 } }],
    ['a finding without its region', { ...good, findings: [{ rule: 'chan-first-wins' }] }],
  ])('refuses %s', (_, value) => {
    expect(validate(JSON.parse(JSON.stringify(value)))).toBe(false);
  });
});
