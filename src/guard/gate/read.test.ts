import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import formats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { isYamlProblem } from '../../findings/yaml-file.ts';
import { gateSchema } from './json-schema.ts';
import { type GateFile, parseGate, settingsOf } from './read.ts';
import { failOnOf, GateSettings } from './settings.ts';

const DOCS = join(import.meta.dirname, '..', '..', '..', 'docs');

function read(text: string): Omit<GateFile, 'path'> {
  const file = parseGate(text);
  if (isYamlProblem(file)) throw new Error(`${file.line}:${file.column}: ${file.message}`);
  return file;
}

describe('the gate section', () => {
  it.each(['', 'gate: {}\n', 'review: {tests: false}\n'])('takes %j for the defaults', (text) => {
    expect(read(text).config).toEqual(GateSettings.parse({}));
    expect(failOnOf(read(text).config, undefined, undefined)).toMatchObject({
      limits: { deps: { severity: 'high', verdict: 'confirmed' } },
      review: 'high',
    });
  });

  it('has a limit for each part, and the command line over all of them', () => {
    const { config } = read('gate:\n  fail-on: {severity: critical, deps: never, config: {verdict: proven}}\n');
    const limits = (asked?: 'low' | 'never') => failOnOf(config, 'medium', asked);
    expect(limits()).toEqual({
      limits: {
        deps: 'never',
        config: { severity: 'critical', verdict: 'proven' },
        image: { severity: 'critical', verdict: 'confirmed' },
        surface: { severity: 'critical', verdict: 'confirmed' },
      },
      review: 'medium',
    });
    expect(limits('low').limits.deps).toEqual({ severity: 'low', verdict: 'confirmed' });
    expect(limits('never')).toMatchObject({ limits: { config: 'never' }, review: 'never' });
  });

  it.each([
    ['gate:\n  part: [deps]\n', 2, 3, /^part is not known in gate \(did you mean parts\?\); known: parts, fail-on/],
    ['gat: {}\n', 1, 1, /^gat is not known \(did you mean gate\?\)/],
    [
      'gate:\n  parts: [dep]\n',
      2,
      11,
      /^gate\.parts\.0 must be one of review, deps, image, config, surface and not "dep"$/,
    ],
    [
      'gate:\n  deps: {allow: [{package: "npm:*", rules: [deps-integrity-mismatch], reason: because}]}\n',
      2,
      45,
      /^gate\.deps\.allow\.0\.rules\.0:? must be a rule that an exception may cover .* and not "deps-integrity-mismatch"$/,
    ],
    [
      'gate:\n  fail-on: {deps: {severty: low}}\n',
      2,
      20,
      /^severty is not known in gate\.fail-on\.deps \(did you mean severity\?\)/,
    ],
    [
      'gate:\n  fail-on: {deps: sometimes}\n',
      2,
      19,
      /^gate\.fail-on\.deps must be never, or a map with severity and verdict and not "sometimes"$/,
    ],
    ['gate:\n  exceptions:\n    - {rule: r, reason: x}\n', 3, 7, /^gate\.exceptions\.0\.until /],
    [
      'gate:\n  exceptions:\n    - {rule: r, reason: x, until: soon}\n',
      3,
      35,
      /must be a day like 2026-12-31 and not "soon"$/,
    ],
    ['gate:\n  notify:\n    - {kind: slack, url: "https://x"}\n', 3, 21, /^url is not known in gate\.notify\.0/],
    [
      'gate:\n  notify:\n    - {kind: slack}\n',
      3,
      7,
      /^gate\.notify\.0 must have url-env or url-file \(one of them\): the address is a secret/,
    ],
    ['gate:\n  deps:\n    npm: {connections: 0}\n', 3, 24, /^gate\.deps\.npm\.connections /],
    ['gate:\n  deps:\n    npn: {}\n', 3, 5, /^npn is not known in gate\.deps \(did you mean npm\?\)/],
    ['gate: yes\n', 1, 7, /^gate must be a map of keys and values and not "yes"$/],
  ])('says what is wrong with %j, and where', (text, line, column, says) => {
    expect(parseGate(text)).toEqual({ line, column, message: expect.stringMatching(says) });
  });

  it('is put under the words of the command line, map by map', () => {
    const { raw } = read('gate:\n  deps: {npm: {connections: 2, provenance: false}}\n');
    const schema = GateSettings.shape.deps;
    const settings = settingsOf(schema, raw, 'deps', {
      'lock-files': ['a.json'],
      npm: { connections: 3, 'keys-file': undefined },
    });
    expect(settings.npm).toMatchObject({ connections: 3, provenance: false });
    expect(settings['lock-files']).toEqual(['a.json']);
    expect(() => settingsOf(schema, raw, 'deps', { npm: { connections: 0 } })).toThrow(/^deps\.npm\.connections: /);
  });
});

it('is published as a schema that is up to date and takes the example', () => {
  const schema: object = JSON.parse(readFileSync(join(DOCS, 'schema', 'gate.schema.json'), 'utf8'));
  expect(schema, 'node scripts/config-schema.ts writes it').toEqual(JSON.parse(gateSchema()));
  const ajv = new Ajv({ strict: false, allErrors: true });
  formats.default(ajv);
  const example = readFileSync(join(DOCS, 'examples', 'gate.hemostat.yaml'), 'utf8');
  expect(ajv.validate(schema, parse(example)), JSON.stringify(ajv.errors)).toBe(true);
  expect(Object.keys(read(example).raw).sort()).toEqual(Object.keys(GateSettings.shape).sort());
});

it('is described key by key in docs/guard.md', () => {
  const page = readFileSync(join(DOCS, 'guard.md'), 'utf8');
  const named = new Set([...page.matchAll(/`\.?([a-z0-9.-]+)(?:\[\])?`/g)].flatMap(([, key = '']) => key.split('.')));
  expect(keysOf(GateSettings).filter((key) => !named.has(key))).toEqual([]);
});

/** Every key of a schema and of the maps in it; those of lists are described with the list. */
function keysOf(schema: unknown): string[] {
  if (schema instanceof z.ZodPrefault || schema instanceof z.ZodDefault || schema instanceof z.ZodOptional)
    return keysOf(schema.unwrap());
  if (!(schema instanceof z.ZodObject)) return [];
  return Object.entries(schema.shape).flatMap(([key, value]) => [key, ...keysOf(value)]);
}
