import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { EMPTY, FULL, LEAK } from '../testing/diagnosis.ts';
import { writeJson } from './json.ts';
import type { Diagnosis } from './model.ts';

const SCHEMA = join(import.meta.dirname, '..', '..', 'docs', 'schema', 'diagnosis.schema.json');
const ajv = new Ajv2020({ strict: true, strictTypes: false, allErrors: true });
const schema = z.record(z.string(), z.unknown()).parse(JSON.parse(readFileSync(SCHEMA, 'utf8')));
const validate = ajv.compile(schema);

/** What the schema says against `d` as it is written, or an empty list. */
function objections(d: Diagnosis): string[] {
  return validate(JSON.parse(writeJson(d))) ? [] : (validate.errors ?? []).map((e) => `${e.instancePath} ${e.message}`);
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
      prefixItems: z.array(z.unknown()).optional(),
      oneOf: z.array(z.unknown()).optional(),
    })
    .safeParse(node);
  if (!open.success) return [];
  const { $ref, properties, items, prefixItems, oneOf } = open.data;
  if ($ref !== undefined) {
    const defs = z.record(z.string(), z.unknown()).parse(schema.$defs);
    return pathsAllowed(defs[$ref.replace('#/$defs/', '')], at);
  }
  return [
    at,
    ...Object.entries(properties ?? {}).flatMap(([key, child]) => pathsAllowed(child, `${at}/${key}`)),
    ...(typeof items === 'object' ? pathsAllowed(items, `${at}/*`) : []),
    ...(prefixItems ?? []).flatMap((child) => pathsAllowed(child, `${at}/*`)),
    ...(oneOf ?? []).flatMap((child) => pathsAllowed(child, at)),
  ];
}

describe('writeJson', () => {
  it('follows the published schema', () => {
    expect(objections(FULL)).toEqual([]);
    expect(objections(EMPTY)).toEqual([]);
  });

  it('writes every field of the schema, and the sample fills every one', () => {
    const written = new Set(pathsOf(JSON.parse(writeJson(FULL))));
    const allowed = new Set(pathsAllowed(schema));
    expect([...allowed].filter((path) => !written.has(path))).toEqual([]);
    expect([...written].filter((path) => !allowed.has(path))).toEqual([]);
  });

  it('matches the golden file, whatever the order of keys in memory', async () => {
    const text = writeJson(FULL);
    await expect(text).toMatchFileSnapshot('testdata/full.json');
    const { notes, schema: name, ...rest } = FULL;
    expect(writeJson({ notes, ...rest, schema: name })).toBe(text);
    const [first, ...others] = FULL.findings;
    if (first === undefined) throw new Error('the sample has findings');
    const { fingerprint, rule, ...fields } = first;
    expect(writeJson({ ...FULL, findings: [{ fingerprint, ...fields, rule }, ...others] })).toBe(text);
  });

  it('leaves out what is no number, and stays valid', () => {
    const broken: Diagnosis = {
      ...FULL,
      findings: [
        {
          ...LEAK,
          count: Number.NaN,
          growth: { perHour: Number.NaN, low: 0, high: 0, pValue: 0, timeToLimit: 0, limit: null },
          holds: { bytes: Number.POSITIVE_INFINITY, objects: 0 },
          chain: [{ kind: 'object', text: 'x', bytes: Number.NaN }],
          evidence: [
            {
              leg: 'gc',
              says: 'x',
              numbers: [
                { name: 'gone', value: Number.NaN, unit: 'bytes' },
                { name: 'kept', value: 1, unit: 'bytes', low: Number.NEGATIVE_INFINITY, high: 2 },
              ],
              captures: [],
            },
          ],
        },
        {
          ...LEAK,
          growth: {
            perHour: 1,
            low: 0,
            high: 2,
            pValue: Number.NaN,
            timeToLimit: Number.POSITIVE_INFINITY,
            limit: { bytes: Number.POSITIVE_INFINITY, source: 'none' },
          },
        },
      ],
      series: [{ name: 'rss', unit: 'bytes', at: [0, 1, 2], value: [1, Number.NaN, 3] }],
      ledger: { terms: [{ name: 'x', first: Number.NaN, last: 1, how: '' }], rss: [1, 1] },
    };
    expect(objections(broken)).toEqual([]);
    const written: Diagnosis = JSON.parse(writeJson(broken));
    const [one, two] = written.findings;
    expect([one?.count, one?.growth, one?.holds]).toEqual([null, null, null]);
    expect(one?.chain).toEqual([{ kind: 'object', text: 'x' }]);
    expect(one?.evidence[0]?.numbers).toEqual([{ name: 'kept', value: 1, unit: 'bytes', high: 2 }]);
    expect(two?.growth).toEqual({ perHour: 1, low: 0, high: 2, pValue: null, timeToLimit: null, limit: null });
    expect(written.series).toEqual([{ name: 'rss', unit: 'bytes', at: [0, 2], value: [1, 3] }]);
    expect(written.ledger).toBeNull();
  });
});

describe('the schema', () => {
  it.each([
    ['an unknown field', { ...EMPTY, extra: 1 }],
    ['another version', { ...EMPTY, schema: 'hemostat/diagnosis@2' }],
    ['a missing field', { ...EMPTY, notes: undefined }],
    ['a finding with a strange verdict', { ...EMPTY, findings: [{ ...LEAK, verdict: 'maybe' }] }],
    ['a finding with an unknown field', { ...EMPTY, findings: [{ ...LEAK, extra: 1 }] }],
    ['a fingerprint that is none', { ...EMPTY, findings: [{ ...LEAK, fingerprint: 'ABC' }] }],
    ['a ledger with one RSS', { ...EMPTY, ledger: { terms: [], rss: [1] } }],
  ])('refuses %s', (_, value) => {
    expect(validate(JSON.parse(JSON.stringify(value)))).toBe(false);
  });
});
