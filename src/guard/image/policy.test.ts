import { describe, expect, it } from 'vitest';
import { decide } from './policy.ts';
import { mergeVulnerabilities } from './scans/merge.ts';
import { readScanReport } from './scans/read.ts';
import type { Vulnerability } from './scans/scan.ts';
import { highestFix, nearestFix } from './scans/versions.ts';
import { vulnerabilityPolicy } from './settings.ts';
import { vulnerabilityFinding } from './sightings.ts';

const NOW = new Date('2026-11-20T12:00:00Z');
const policy = vulnerabilityPolicy.parse({});
const place = { name: 'registry.example/shop/api', digest: `sha256:${'a'.repeat(64)}` };

const found = (report: object): readonly Vulnerability[] =>
  readScanReport(Buffer.from(JSON.stringify(report)), 'report.json').vulnerabilities;
const decided = (report: object): string[] =>
  found(report).map((one) => `${one.id} ${decide(one, policy, NOW).decision}`);
const titles = (all: readonly Vulnerability[]): (string | undefined)[] =>
  all.map((one) => vulnerabilityFinding(place, decide(one, policy, NOW))?.title);

const VULNERABLE = {
  VulnerabilityID: 'CVE-2099-1',
  PkgName: 'example.com/a/b',
  InstalledVersion: 'v1.1.0',
  FixedVersion: '0.9.1, 1.1.5, 1.3.0',
  Severity: 'HIGH',
};
const trivy = (result: object): object => ({ SchemaVersion: 2, ArtifactType: 'container_image', Results: [result] });
const modified = (Status: string, more: object = {}): object =>
  trivy({ ExperimentalModifiedFindings: [{ Type: 'vulnerability', Status, ...more, Finding: VULNERABLE }] });
const grype = (severity: string, more: object = {}): object => ({
  descriptor: { name: 'grype' },
  matches: [
    {
      vulnerability: { id: 'CVE-2099-1', severity, ...more },
      artifact: { name: 'example.com/a/b', version: 'v1.1.0' },
    },
  ],
});
const sarif = (name: string, level: string): object => ({
  version: '2.1.0',
  runs: [{ tool: { driver: { name } }, results: [{ ruleId: 'CVE-2099-1', level, message: { text: 'bad' } }] }],
});

describe('what the scanner was told to leave out', () => {
  it('is cleared with the reason that is given there', () => {
    const vex = modified('not_affected', { Statement: 'vulnerable_code_not_present', Source: 'vex.json' });
    expect(decided(vex)).toEqual(['CVE-2099-1 excepted']);
    expect(titles(found(vex))).toEqual([
      'CVE-2099-1 (high) in example.com/a/b v1.1.0: trivy left it out by vex.json (not_affected): vulnerable_code_not_present.',
    ]);
    expect(titles(found(modified('ignored', { Source: '.trivyignore' })))).toEqual([
      'CVE-2099-1 (high) in example.com/a/b v1.1.0: trivy left it out by .trivyignore (ignored): no reason was given.',
    ]);
  });

  it('is refused where the statement is that it is affected, or another scanner reports it', () => {
    expect(decided(modified('affected'))).toEqual(['CVE-2099-1 refused']);
    expect(decided(modified('under_investigation'))).toEqual(['CVE-2099-1 refused']);
    const both = mergeVulnerabilities([...found(modified('not_affected')), ...found(grype('Low'))]);
    expect(both.map((one) => decide(one, policy, NOW).decision)).toEqual(['refused']);
  });

  it('is read from Grype', () => {
    const { matches, ...rest } = JSON.parse(JSON.stringify(grype('Critical')));
    const rules = [{ 'vex-status': 'not_affected', 'vex-justification': 'component_not_present' }];
    const report = { ...rest, matches: [], ignoredMatches: [{ ...matches[0], appliedIgnoreRules: rules }] };
    expect(titles(found(report))).toEqual([
      'CVE-2099-1 (critical) in example.com/a/b v1.1.0: grype left it out by VEX (not_affected): component_not_present.',
    ]);
  });
});

describe('how bad it is', () => {
  it('counts what is exploited as critical', () => {
    expect(decided(grype('Low'))).toEqual(['CVE-2099-1 allowed']);
    const exploited = found(grype('Low', { knownExploited: [{ cve: 'CVE-2099-1' }] }));
    expect(titles(exploited)).toEqual([
      'CVE-2099-1 (low) in example.com/a/b v1.1.0 is refused by the policy: it is exploited in the wild (CISA KEV); no fixed version is known.',
    ]);
  });

  it('takes a report that does not speak of fixes for none that says there is none', () => {
    expect(decided(sarif('some scanner', 'error'))).toEqual(['CVE-2099-1 refused']);
    expect(decided(sarif('some scanner', 'warning'))).toEqual(['CVE-2099-1 allowed']);
    // Its levels are about calls.
    expect(decided(sarif('govulncheck', 'note'))).toEqual(['CVE-2099-1 refused']);
    expect(decided(grype('High', { fix: { versions: [], state: 'wont-fix' } }))).toEqual(['CVE-2099-1 allowed']);
  });
});

describe('the version to go to', () => {
  it('is the nearest above what is installed', () => {
    const [one] = found(trivy({ Vulnerabilities: [VULNERABLE] }));
    expect(one?.fixed).toBe('1.1.5');
    expect(nearestFix('1.2.0', ['1.1.5', '1.3.0-rc.1', '1.3.0'])).toBe('1.3.0-rc.1');
    expect(nearestFix('9.0.0', ['1.1.5', '1.3.0'])).toBe('1.1.5, 1.3.0');
    expect(nearestFix('1.0-r0', ['1.0-r1', '1.1-r0'])).toBe('1.0-r1, 1.1-r0');
    expect(nearestFix('1.0.0', [])).toBeNull();
    expect([highestFix(['v1.9.0', '1.10.0']), highestFix(['1.0-r1', '1.0-r0']), highestFix([])]).toEqual([
      '1.10.0',
      '1.0-r1',
      null,
    ]);
  });

  it('is said with the command for a module', () => {
    const fixes = found(
      trivy({ Vulnerabilities: [VULNERABLE, { ...VULNERABLE, PkgName: 'stdlib', FixedVersion: '1.2.0' }] }),
    );
    expect(fixes.map((one) => vulnerabilityFinding(place, decide(one, policy, NOW))?.fix.text)).toEqual([
      'Update example.com/a/b to v1.1.5 (go get example.com/a/b@v1.1.5) and build the image again.',
      'Build with Go 1.2.0 and build the image again.',
    ]);
  });
});
