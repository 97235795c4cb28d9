/** What has one cause for many entries is one finding, and exceptions for some of them are for these alone. */
import { expect, test } from 'vitest';
import { applyAllow } from '../deps.ts';
import type { AllowEntry } from '../settings.ts';
import { findingsOf, type Judged } from './findings.ts';
import { judgement, supply } from './judge.ts';
import type { LockEntry } from './lockfile.ts';
import { missingIntegrity } from './rules.ts';

function judgedOf(name: string, line: number): Judged {
  const entry: LockEntry = {
    location: `node_modules/${name}`,
    folder: name,
    name,
    version: '1.0.0',
    resolved: null,
    integrity: null,
    link: false,
    bundledBy: null,
    hasInstallScript: false,
    dependencies: new Map(),
    optional: true,
    dev: false,
    peer: false,
    line,
    column: 5,
    endColumn: 20,
  };
  const group = { name: 'unpinned', many: 'have no integrity', closed: true };
  const raised = {
    rule: missingIntegrity,
    verdict: 'confirmed',
    says: 'it has no integrity',
    evidence: [supply('x')],
    group,
  } as const;
  return { entry, judgement: judgement('unverifiable-source', 'it has no integrity', [raised]) };
}

const PLATFORMS = ['@acme/linux', '@acme/darwin', 'other'].map((name, i) => judgedOf(name, 10 + i));
const ALLOW: AllowEntry = { package: 'npm:@acme/*', rules: [missingIntegrity.id], reason: 'built here' };
const NOW = new Date('2026-01-01');

function told(judged: readonly Judged[], allow: readonly AllowEntry[]) {
  const members = new Map();
  const found = findingsOf(judged, 'package-lock.json', allow, members);
  return applyAllow(found, allow, NOW, [], members);
}

test('many entries of one cause are one finding that names each with its line', () => {
  const { findings } = told(PLATFORMS, []);
  expect(findings.map(({ title, count }) => `${title} (${count})`)).toEqual(['3 entries have no integrity (3)']);
  const says = findings[0]?.evidence.map((one) => one.says).join('\n');
  expect(says).toContain('These are @acme/linux@1.0.0 (line 10), @acme/darwin@1.0.0 (line 11), other@1.0.0 (line 12).');
});

test('one entry more is another finding, so that no baseline hides it', () => {
  const print = (judged: readonly Judged[]) => told(judged, []).findings[0]?.fingerprint;
  expect(print(PLATFORMS)).not.toBe(print(PLATFORMS.slice(1)));
  expect(print(PLATFORMS)).toBe(print([...PLATFORMS].reverse()));
});

test('an exception for some of them clears these and leaves the others', () => {
  const { findings, unused } = told(PLATFORMS, [ALLOW]);
  expect(findings.map(({ verdict, count }) => `${verdict} ${count}`).sort()).toEqual(['cleared 2', 'confirmed 1']);
  expect(unused).toEqual([]);
  const nobody = told(PLATFORMS.slice(2), [ALLOW]);
  expect(nobody.findings.map(({ verdict }) => verdict)).toEqual(['confirmed']);
  expect(nobody.unused.join()).toContain('covers nothing');
});
