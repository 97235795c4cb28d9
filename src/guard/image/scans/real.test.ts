/** What real scanners wrote (scripts/record-scans.ts) about one program and its images, held to what was put into their databases. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { mergeVulnerabilities } from './merge.ts';
import { readScanReport } from './read.ts';
import type { ScanReport, Vulnerability } from './scan.ts';

const REAL = join(import.meta.dirname, 'testdata/real');
const built = z.object({ digest: z.string(), config: z.string(), diffIds: z.array(z.string()) });
const images = z
  .object({ alpine: built, scratch: built })
  .parse(JSON.parse(readFileSync(join(REAL, 'images.json'), 'utf8')));

const real = (name: string): ScanReport => readScanReport(readFileSync(join(REAL, `${name}.json`)), name);

const short = (one: Vulnerability): string =>
  [
    [one.id, ...one.aliases].join('='),
    one.package,
    one.version,
    one.fixed ?? (one.fixUnsaid ? 'unsaid' : '-'),
    one.severity,
    one.reachable ?? '?',
  ].join(' ');

const CALLED = 'GO-2099-0001=CVE-2099-0001=GHSA-aaaa-bbbb-cccc example.com/vulnerable';
const UNCALLED = 'GO-2099-0002=CVE-2099-0002 example.com/vulnerable';

describe('govulncheck', () => {
  it('is read from source, with what is called', () => {
    const report = real('govulncheck-source');
    expect([report.ofImage, report.goModules, report.database?.toISOString()]).toEqual([
      false,
      null,
      '2026-11-01T00:00:00.000Z',
    ]);
    expect(report.vulnerabilities.map(short)).toEqual([
      `${CALLED} v1.1.0 v1.2.0 unknown true`,
      `${UNCALLED} v1.1.0 v1.3.0 unknown false`,
    ]);
  });

  it.each(['govulncheck-binary', 'govulncheck-stripped'])('is read from a binary: %s', (name) => {
    const report = real(name);
    expect(report.goModules).toBe(true);
    // Of the stripped one it lists every vulnerable function, called or not.
    expect(report.vulnerabilities.map(short)).toEqual([
      `${CALLED} v1.1.0 v1.2.0 unknown ?`,
      `${UNCALLED} v1.1.0 v1.3.0 unknown ?`,
    ]);
  });

  it('says in SARIF by its level how far it is called, and not how bad it is', () => {
    expect(real('govulncheck-source.sarif').vulnerabilities.map(short)).toEqual([
      `${CALLED} v1.1.0 unsaid unknown true`,
      `${UNCALLED}  unsaid unknown ?`,
    ]);
  });

  it.each(['govulncheck-source.openvex', 'govulncheck-binary.openvex'])('is no scan as OpenVEX: %s', (name) => {
    expect(() => real(name)).toThrow(/\(VEX\).* is no scan: give it to the scanner/);
  });
});

describe('osv-scanner', () => {
  it('is read from a lock file; what was withdrawn is not there', () => {
    const report = real('osv-source');
    expect([report.layers, report.goModules]).toEqual([[], null]);
    expect(report.vulnerabilities.map(short)).toEqual([
      'GO-2099-0001=GHSA-aaaa-bbbb-cccc=CVE-2099-0001 example.com/vulnerable 1.1.0 1.2.0 critical ?',
      'GO-2099-0002=CVE-2099-0002 example.com/vulnerable 1.1.0 1.3.0 unknown ?',
    ]);
  });

  it('is read from an image archive: the layers are those of the image, and Go binaries were looked at', () => {
    const report = real('osv-image');
    expect([report.ofImage, report.layers, report.goModules]).toEqual([false, images.alpine.diffIds, true]);
    expect(report.vulnerabilities.map(short)).toEqual([
      'ALPINE-CVE-2099-1000=CVE-2099-1000 libexample 1.0-r0 1.0-r1 critical ?',
      'GO-2099-0001=GHSA-aaaa-bbbb-cccc=CVE-2099-0001 example.com/vulnerable 1.1.0 1.2.0 critical ?',
      'GO-2099-0002=CVE-2099-0002 example.com/vulnerable 1.1.0 1.3.0 unknown ?',
    ]);
  });

  it('says in SARIF `warning` of everything: what has no score is unknown', () => {
    expect(mergeVulnerabilities(real('osv-image.sarif').vulnerabilities).map(short)).toEqual([
      'CVE-2099-0001=GHSA-aaaa-bbbb-cccc=GO-2099-0001 example.com/vulnerable 1.1.0 unsaid critical ?',
      'CVE-2099-1000=ALPINE-CVE-2099-1000 libexample 1.0-r0 unsaid critical ?',
      'CVE-2099-0002=GO-2099-0002 example.com/vulnerable 1.1.0 unsaid unknown ?',
    ]);
  });
});

describe('trivy', () => {
  const modules = [
    'CVE-2099-0001 example.com/vulnerable v1.1.0 1.2.0 medium ?',
    'CVE-2099-0002 example.com/vulnerable v1.1.0 1.1.5 high ?',
  ];
  const all = [
    ...modules,
    'CVE-2099-1000 libexample 1.0-r0 1.0-r1 critical ?',
    'CVE-2099-1001 libexample 1.0-r0 - high ?',
    'CVE-2099-1003 libexample 1.0-r0 1.0-r2 unknown ?',
  ];
  const sorted = (report: ScanReport): string[] => report.vulnerabilities.map(short).sort();

  it('names the image in a registry by its digest, and in an archive by its configuration and layers', () => {
    const { config, digest, diffIds } = images.alpine;
    expect(real('trivy-registry').digests).toEqual([config, digest]);
    expect(real('trivy-registry.sarif').digests).toEqual([config, digest]);
    for (const name of ['trivy-archive', 'trivy-layout']) {
      expect(real(name)).toMatchObject({ ofImage: true, digests: [config], layers: diffIds });
    }
    expect(real('trivy-scratch')).toMatchObject({ digests: [images.scratch.config], layers: images.scratch.diffIds });
  });

  it.each(['trivy-registry', 'trivy-registry.sarif', 'trivy-archive', 'trivy-layout', 'trivy-rootfs'])(
    'has what is in packages of the system and in Go binaries: %s',
    (name) => expect(sorted(real(name))).toEqual(all),
  );

  it('sees the modules of a binary in an image of nothing else, unless it is told to look at the system alone', () => {
    expect([sorted(real('trivy-scratch')), real('trivy-scratch').goModules]).toEqual([modules, true]);
    expect([sorted(real('trivy-os-only')), real('trivy-os-only').goModules]).toEqual([[], null]);
  });

  it('is about no image where it read files', () => {
    expect([real('trivy-fs').ofImage, sorted(real('trivy-fs'))]).toEqual([false, modules]);
    expect(real('trivy-rootfs').ofImage).toBe(false);
  });

  it('says what it was told to leave out, and by what', () => {
    const report = real('trivy-suppressed');
    expect(sorted(report)).toEqual(all);
    expect(report.vulnerabilities.flatMap((one) => (one.suppressed === undefined ? [] : [one.suppressed]))).toEqual([
      'trivy left it out by ignore (ignored): no reason was given',
      'trivy left it out by vex.json (not_affected): vulnerable_code_not_in_execute_path',
    ]);
  });
});

describe('all of them together', () => {
  it('say one thing of one vulnerability in one package', () => {
    const scans = readdirSync(REAL).filter((name) => name !== 'images.json' && !name.includes('openvex'));
    const all = scans.flatMap((name) => real(name.replace(/\.json$/, '')).vulnerabilities);
    const merged = mergeVulnerabilities(all);
    const keys = merged.map((one) => `${one.id} ${one.package} ${one.version.replace(/^v/, '')}`);
    expect(new Set(keys).size).toBe(keys.length);
    expect(merged.filter((one) => one.version !== '').map((one) => one.id)).toContain('CVE-2099-0001');
    expect(merged.every((one) => one.id.startsWith('CVE-'))).toBe(true);
  });
});
