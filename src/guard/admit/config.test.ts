import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { makeKey } from '../../testing/admit-lab.ts';
import { checkWorkload } from '../config/workload/check.ts';
import { GuardUsageError } from '../error.ts';
import { parseAdmitConfig, readAdmitConfig } from './config.ts';
import { describeAdmit } from './describe.ts';

const EXAMPLE = join(import.meta.dirname, '../../../docs/examples/admit');
const dir = mkdtempSync(join(tmpdir(), 'hemostat-admit-config-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const HEAD = 'tls: {certificate: c, key: k}\n';
const ALL = "policies: [{name: all, signature: 'off', verdict: 'off'}]\n";

function mistakesOf(text: string): string {
  try {
    parseAdmitConfig(text, join(dir, 'admit.yaml'));
  } catch (error) {
    if (error instanceof GuardUsageError) return error.message.replaceAll(`${dir}/`, '');
    throw error;
  }
  return '';
}

describe('the configuration', () => {
  makeKey(dir, 'k');
  writeFileSync(join(dir, 'junk.pub'), 'junk');
  writeFileSync(join(dir, 'private.pub'), '-----BEGIN PRIVATE KEY-----\n');

  test.each([
    ['', /admit\.yaml:1:1: tls must be a map/],
    [`${HEAD}policies: []\n`, /admit\.yaml:2:11: policies must be/],
    [`${HEAD}${ALL}polices: 1\n`, /admit\.yaml:3:1: polices is not known.*did you mean policies/],
    [
      `${HEAD}policies: [{name: a, signature: {trust: x}, verdict: 'off'}]`,
      /2:41: there is no trust "x"; there is none/,
    ],
    [`${HEAD}${ALL}trust: {a: {keys: []}}\n`, /trust\.a must .*at least one key/],
    [`${HEAD}${ALL}trust: {a: {keys: [none.pub]}}\n`, /3:20: none\.pub is not there/],
    [`${HEAD}${ALL}trust: {a: {keys: [junk.pub]}}\n`, /3:12: junk\.pub is not a public key/],
    [`${HEAD}${ALL}trust: {a: {keys: [private.pub]}}\n`, /private\.pub is a private key/],
    [`${HEAD}${ALL}trust: {a: {identities: [{issuer: i, subject: s}]}}\n`, /trusted-root/],
    [`${HEAD}${ALL}exempt: {images: [{image: x}]}\n`, /reason must be/],
    [`${HEAD}${ALL}listen: 8443\n`, /listen must be/],
    [
      `${HEAD}policies: [{name: a, signature: 'off', verdict: 'off'}, {name: a, signature: 'off', verdict: 'off'}]`,
      /two policies "a"/,
    ],
  ])('%j is refused with its place', (text, says) => {
    expect(mistakesOf(text)).toMatch(says);
  });

  test('says what may not be meant', () => {
    const text = `${HEAD}trust: {k: {keys: [k.pub]}}
policies:
  - {name: all, signature: 'off', verdict: 'off'}
  - {name: never, signature: 'off', verdict: 'off', on-unreachable: allow}
`;
    const { warnings } = parseAdmitConfig(text, join(dir, 'admit.yaml'));
    expect(warnings.join('\n')).toMatch(/no policy uses the trust "k"/);
    expect(warnings.join('\n')).toMatch(/"all" matches everything, so those after it never count/);
    expect(warnings.join('\n')).toMatch(/"never" lets images in unchecked/);
    const same = `${HEAD}trust: {k: {keys: [k.pub]}, v: {keys: [{file: k.pub, not-after: 2027-01-01}]}}
policies: [{name: p, signature: {trust: k}, verdict: {trust: v, policy: 'urn:x'}}]
`;
    expect(parseAdmitConfig(same, join(dir, 'admit.yaml')).warnings.join()).toMatch(
      /the policy "p" trusts k\.pub for signatures and for verdicts: cosign 3 takes any attestation/,
    );
  });

  test('another key is another trust', () => {
    const hash = () =>
      parseAdmitConfig(
        `${HEAD}trust: {k: {keys: [k.pub]}}\npolicies: [{name: a, signature: {trust: k}, verdict: 'off'}]`,
        join(dir, 'admit.yaml'),
      ).policies[0]?.signature?.hash;
    const before = hash();
    makeKey(dir, 'k');
    expect(hash()).not.toBe(before);
  });
});

describe('the example', () => {
  test('can be used as it is, but for its keys', () => {
    const copy = join(dir, 'example');
    cpSync(EXAMPLE, copy, { recursive: true });
    for (const name of ['release', 'gate']) makeKey(copy, name);
    const config = readAdmitConfig(join(copy, 'admit.yaml'));
    expect(config.warnings).toEqual(['no policy matches everything: images that none matches are refused']);
    expect(describeAdmit(config).join('\n')).toContain('policy shop (enforce)');
  });

  test('runs under the rules that it holds others to', () => {
    const documents = parseAllDocuments(readFileSync(join(EXAMPLE, 'workload.yaml'), 'utf8'));
    const workloads = documents.map((document): Record<string, unknown> => document.toJS());
    const deployment = workloads.find(({ kind }) => kind === 'Deployment') ?? {};
    const findings = checkWorkload({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      name: 'hemostat-admit',
      namespace: 'hemostat-admit',
      value: deployment,
      origin: { kind: 'file', file: 'workload.yaml' },
      at: () => null,
    });
    expect(workloads.map(({ kind }) => kind)).toContain('Deployment');
    expect(findings.map(({ rule }) => rule)).toEqual([]);
  });
});
