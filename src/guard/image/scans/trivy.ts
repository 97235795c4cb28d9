/** `trivy … --format json`, SchemaVersion 2 (https://github.com/aquasecurity/trivy/blob/main/pkg/types/report.go). */
import { z } from 'zod';
import {
  aliasesOf,
  clean,
  dateOf,
  digestsIn,
  fixOf,
  type ScanReport,
  severityOfWord,
  suppressionOf,
  type Vulnerability,
} from './scan.ts';

const vulnerability = z.object({
  VulnerabilityID: z.string(),
  VendorIDs: z.array(z.string()).nullish(),
  PkgName: z.string(),
  InstalledVersion: z.string().nullish(),
  FixedVersion: z.string().nullish(),
  Severity: z.string().nullish(),
});

/** `Finding` is a vulnerability where `Type` says so. */
const modified = z.object({
  Type: z.string(),
  Status: z.string().nullish(),
  Statement: z.string().nullish(),
  Source: z.string().nullish(),
  Finding: z.unknown(),
});

export const trivyReport = z.object({
  SchemaVersion: z.literal(2),
  CreatedAt: z.string().nullish(),
  ArtifactName: z.string().nullish(),
  ArtifactType: z.string().nullish(),
  Metadata: z
    .object({
      ImageID: z.string().nullish(),
      RepoDigests: z.array(z.string()).nullish(),
      DiffIDs: z.array(z.string()).nullish(),
    })
    .nullish(),
  Results: z
    .array(
      z.object({
        Type: z.string().nullish(),
        Vulnerabilities: z.array(vulnerability).nullish(),
        /** With --show-suppressed. */
        ExperimentalModifiedFindings: z.array(modified).nullish(),
      }),
    )
    .nullish(),
});

export function readTrivy(report: z.infer<typeof trivyReport>): ScanReport {
  return {
    scanner: 'trivy',
    // What the registry was asked for is in the name where it was a digest.
    digests: digestsIn([report.Metadata?.ImageID, ...(report.Metadata?.RepoDigests ?? []), report.ArtifactName]),
    ofImage: report.ArtifactType === 'container_image',
    created: dateOf(report.CreatedAt),
    database: null,
    layers: report.Metadata?.DiffIDs ?? [],
    // A result is left out where a target has no findings and --list-all-pkgs was not given.
    goModules: (report.Results ?? []).some(({ Type }) => Type === 'gobinary') ? true : null,
    vulnerabilities: (report.Results ?? []).flatMap((result) => [
      ...(result.Vulnerabilities ?? []).map(vulnerabilityOf),
      ...(result.ExperimentalModifiedFindings ?? []).flatMap(suppressedOf),
    ]),
  };
}

function vulnerabilityOf(found: z.infer<typeof vulnerability>): Vulnerability {
  const id = clean(found.VulnerabilityID);
  const version = clean(found.InstalledVersion);
  return {
    id,
    aliases: aliasesOf(id, found.VendorIDs ?? []),
    package: clean(found.PkgName),
    version,
    // Of several lines of development it lists all.
    fixed: fixOf(version, (found.FixedVersion ?? '').split(',')),
    severity: severityOfWord(found.Severity),
    reachable: null,
    scanners: ['trivy'],
  };
}

function suppressedOf(one: z.infer<typeof modified>): Vulnerability[] {
  if (one.Type !== 'vulnerability') return [];
  const found = vulnerabilityOf(vulnerability.parse(one.Finding));
  // `affected` and what is being looked into are no reason to leave something out.
  if (one.Status === 'affected' || one.Status === 'under_investigation') return [found];
  return [{ ...found, suppressed: suppressionOf('trivy', one.Source, one.Status, one.Statement) }];
}
