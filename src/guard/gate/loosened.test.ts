import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { isYamlProblem } from '../../findings/yaml-file.ts';
import { loosened } from './loosened.ts';
import { parseGate } from './read.ts';
import type { GateConfig } from './settings.ts';

function config(text: string): GateConfig {
  const read = parseGate(text);
  if (isYamlProblem(read)) throw new Error(read.message);
  return read.config;
}

const says = (gate: string): string[] => loosened(config(`gate: ${gate}\n`), undefined);

describe('what a pull request can loosen', () => {
  it('is nothing by default, and nothing where settings are stricter', () => {
    expect(says('{}')).toEqual([]);
    expect(
      says(
        '{fail-on: {severity: low, verdict: suspected, deps: {severity: low}}, image: {policy: {refuse: {low: always}}, max-report-age-hours: 1}, deps: {npm: {cool-down-days: 9}}, config: {severity: {config-root-filesystem-writable: high}}}',
      ),
    ).toEqual([]);
  });

  test.each([
    ['{fail-on: {severity: critical}}', /gate\.fail-on: blocks from confirmed and critical/],
    ['{fail-on: {verdict: proven}}', /gate\.fail-on: blocks from proven and high/],
    ['{fail-on: {deps: never}}', /gate\.fail-on\.deps: never/],
    ['{fail-on: {image: {verdict: proven}}}', /gate\.fail-on\.image: blocks from proven and high/],
    ['{fail-on: {review: never}}', /gate\.fail-on\.review: never/],
    [
      '{exceptions: [{rule: "*", reason: r, until: 2027-01-01}, {rule: a, subject: b, reason: r, until: 2027-01-01}]}',
      /2 exceptions, 1 of them for every rule/,
    ],
    ['{deps: {allow: [{package: "npm:*", rules: [deps-unsigned], reason: r}]}}', /deps\.allow: 1 exception\./],
    ['{deps: {lock-files: [a/package-lock.json]}}', /only the lock files that are named/],
    ['{deps: {npm: {provenance: false, cool-down-days: 0}}}', /provenance: false[\s\S]*cool-down-days: 0 instead of 3/],
    ['{deps: {npm: {keys-file: k.json}}}', /deps\.npm\.keys-file: packages are verified by what these name/],
    ['{deps: {npm: {registries: {default: "https://evil.example/x?t=1"}}}}', /packages come from evil\.example\./],
    ['{deps: {go: {database: a+b+c, vendor: false}}}', /another database[\s\S]*deps\.go\.vendor: false/],
    [
      '{image: {policy: {refuse: {critical: fixed, high: never}}}}',
      /refuse\.critical: fixed[\s\S]*refuse\.high: never/,
    ],
    ['{image: {max-report-age-hours: 8760, insecure: true}}', /8760 instead of 72[\s\S]*without TLS/],
    ['{config: {severity: {config-host-path-mounted: info}}}', /another severity for config-host-path-mounted/],
    ['{config: {cluster: {insecure-skip-tls-verify: true}}}', /whoever is in between answers/],
    ['{tls: {"registry.example:5000": {ca: ca.pem}}}', /an authority .* believed for registry\.example:5000/],
    ['{review: {new-from-rev: HEAD}}', /only what is new since HEAD/],
  ])('%s is a line of the report', (gate, line) => {
    const told = says(gate);
    expect(told.join('\n')).toMatch(line);
    expect(told.every((one) => /^Less strict than by default: gate\.[^\n]+\.$/.test(one))).toBe(true);
  });

  it('tells the command line and the baseline', () => {
    const none = config('gate: {}\n');
    expect(loosened(none, 'never')).toEqual(['Less strict than by default: --fail-on never.']);
    expect(loosened(none, 'critical')).toEqual(['Less strict than by default: --fail-on critical.']);
    expect(loosened(none, 'low')).toEqual([]);
    expect(loosened(none, undefined, { file: 'b.json', entries: [1, 2] })).toEqual([
      'Less strict than by default: gate.baseline: b.json excuses up to 2 findings.',
    ]);
  });

  it('has a word for the example with every key', () => {
    const text = readFileSync(join(import.meta.dirname, '../../../docs/examples/gate.hemostat.yaml'), 'utf8');
    expect(loosened(config(text), undefined)).toHaveLength(5);
  });
});
