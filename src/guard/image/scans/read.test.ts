import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { GuardEvidenceError } from '../../error.ts';
import { mergeVulnerabilities } from './merge.ts';
import { readScanReport } from './read.ts';
import { clean, type ScanReport, type Vulnerability } from './scan.ts';

const DIGEST = `sha256:${'d'.repeat(64)}`;
const CONFIG = `sha256:${'c'.repeat(64)}`;

function sample(name: string): ScanReport {
  const text = readFileSync(join(import.meta.dirname, 'testdata', name), 'utf8');
  return readScanReport(Buffer.from(text.replaceAll('@DIGEST@', DIGEST).replaceAll('@CONFIG@', CONFIG)), name);
}

const short = ({ id, package: name, version, fixed, severity, reachable }: Vulnerability): string =>
  [id, name, version, fixed, severity, reachable].join(' ');

describe('readScanReport', () => {
  it('reads Trivy', () => {
    const report = sample('trivy.json');
    expect([report.ofImage, report.digests]).toEqual([true, [CONFIG, DIGEST]]);
    expect(report.created?.toISOString()).toBe('2026-11-20T10:00:00.500Z');
    expect(report.vulnerabilities.map(short)).toEqual([
      'CVE-2099-1000 libexample 1.0-r0 1.0-r1 critical ',
      'CVE-2099-1001 libexample 1.0-r0  high ',
      'CVE-2099-1002 libother 2 3 medium ',
      'CVE-2099-0001 example.com/vulnerable v1.1.0 1.2.0 medium ',
      'CVE-2099-0002 example.com/vulnerable v1.1.0 1.3.0 high ',
    ]);
  });

  it('reads Grype', () => {
    const report = sample('grype.json');
    expect([report.ofImage, report.digests]).toEqual([true, [CONFIG, DIGEST]]);
    expect(report.database?.toISOString()).toBe('2026-11-20T01:00:00.000Z');
    expect(report.vulnerabilities[0]).toMatchObject({ aliases: ['CVE-2099-0001'], fixed: '1.2.0', severity: 'medium' });
  });

  it('reads osv-scanner, a group as one', () => {
    const report = sample('osv.json');
    expect([report.ofImage, report.digests, report.created]).toEqual([false, [], null]);
    expect(report.vulnerabilities.map(short)).toEqual([
      'GHSA-aaaa-bbbb-cccc example.com/vulnerable 1.1.0 1.2.0 critical true',
      'GO-2099-0002 example.com/vulnerable 1.1.0  unknown false',
    ]);
    expect(report.vulnerabilities[0]?.aliases).toEqual(['GO-2099-0001', 'CVE-2099-0001']);
  });

  it('reads what the real govulncheck wrote: what is called and what is not', () => {
    const report = sample('govulncheck.json');
    expect(report.database?.toISOString()).toBe('2026-01-01T00:00:00.000Z');
    expect(report.vulnerabilities.map(short)).toEqual([
      'GO-2099-0001 example.com/vulnerable v1.1.0 v1.2.0 unknown true',
      'GO-2099-0002 example.com/vulnerable v1.1.0 v1.3.0 unknown false',
    ]);
  });

  it('does not take what it wrote of a binary for proof that nothing calls: the call is inlined there', () => {
    const found = sample('govulncheck-binary.json').vulnerabilities;
    expect(found.map(({ id, reachable }) => [id, reachable])).toEqual([
      ['GO-2099-0001', null],
      ['GO-2099-0002', null],
    ]);
  });

  it('claims nothing of calls where govulncheck did not look at them', () => {
    const path = join(import.meta.dirname, 'testdata/govulncheck.json');
    const text = readFileSync(path, 'utf8').replace('"scan_level": "symbol"', '"scan_level": "package"');
    const found = readScanReport(Buffer.from(text), 'x').vulnerabilities;
    expect(found.map(({ reachable }) => reachable)).toEqual([true, null]);
  });

  it('reads SARIF, with what Trivy writes into it', () => {
    const report = sample('trivy.sarif.json');
    expect([report.ofImage, report.digests, report.created]).toEqual([true, [CONFIG, DIGEST], null]);
    expect(report.vulnerabilities.map(short)).toEqual([
      'CVE-2099-1000 libexample 1.0-r0 1.0-r1 critical ',
      'other a/b   low ',
    ]);
  });

  it.each([
    ['', /is no JSON, or not whole/],
    ['{', /is no JSON, or not whole/],
    ['{}x{}', /is no JSON/],
    ['{}}', /is no JSON/],
    ['{"a":1}{"b":', /is no JSON/],
    ['{}', /is no report that is known/],
    ['[]', /is no report that is known/],
    ['null', /is no report that is known/],
    ['{"SchemaVersion":1}', /damaged or of a version that is not known: .* at SchemaVersion/],
    ['{"SchemaVersion":2,"Results":[{"Vulnerabilities":[{}]}]}', /at Results\.0\.Vulnerabilities\.0\.VulnerabilityID/],
    ['{"runs":[],"version":"1"}', /at version/],
    ['{"config":{"protocol_version":"v1"}}{"finding":{"osv":1}}', /at finding\.osv/],
  ])('refuses %j in one sentence', (text, why) => {
    expect(() => readScanReport(Buffer.from(text), 'report.json')).toThrow(why);
    expect(() => readScanReport(Buffer.from(text), 'report.json')).toThrow(GuardEvidenceError);
  });

  it('makes what scanners write safe to print', () => {
    expect(clean('a\u001b[31mb\u202e\n')).toBe('a [31mb');
    expect(clean('x'.repeat(1000)).length).toBe(256);
  });
});

describe('mergeVulnerabilities', () => {
  it('joins what is one, and takes the worst that any scanner says', () => {
    const all = ['trivy.json', 'grype.json', 'osv.json', 'govulncheck.json'].flatMap(
      (name) => sample(name).vulnerabilities,
    );
    expect(mergeVulnerabilities(all).map((one) => `${short(one)} (${one.scanners})`)).toEqual([
      'CVE-2099-0001 example.com/vulnerable v1.1.0 1.2.0 critical true (govulncheck,grype,osv-scanner,trivy)',
      'CVE-2099-1000 libexample 1.0-r0 1.0-r1 critical  (grype,trivy)',
      'CVE-2099-0002 example.com/vulnerable v1.1.0 1.3.0 high false (govulncheck,osv-scanner,trivy)',
      'CVE-2099-1001 libexample 1.0-r0  high  (trivy)',
      'CVE-2099-1002 libother 2 3 medium  (trivy)',
    ]);
    const again = mergeVulnerabilities(all.toReversed());
    expect(again.map(({ id, aliases }) => [id, aliases])).toEqual(
      mergeVulnerabilities(all).map(({ id, aliases }) => [id, aliases]),
    );
  });

  it('keeps one number in two packages or versions apart', () => {
    const [one] = sample('trivy.json').vulnerabilities;
    if (one === undefined) throw new Error('no sample');
    const apart = [one, { ...one, package: 'other' }, { ...one, version: '9' }];
    expect(mergeVulnerabilities(apart).length).toBe(3);
  });
});
