/** `trivy … --format json`, SchemaVersion 2 (https://github.com/aquasecurity/trivy/blob/main/pkg/types/report.go). */
import { z } from 'zod';
import { aliasesOf, clean, dateOf, digestsIn, type ScanReport, severityOfWord } from './scan.ts';

const vulnerability = z.object({
  VulnerabilityID: z.string(),
  VendorIDs: z.array(z.string()).nullish(),
  PkgName: z.string(),
  InstalledVersion: z.string().nullish(),
  FixedVersion: z.string().nullish(),
  Severity: z.string().nullish(),
});

export const trivyReport = z.object({
  SchemaVersion: z.literal(2),
  CreatedAt: z.string().nullish(),
  ArtifactName: z.string().nullish(),
  ArtifactType: z.string().nullish(),
  Metadata: z.object({ ImageID: z.string().nullish(), RepoDigests: z.array(z.string()).nullish() }).nullish(),
  Results: z.array(z.object({ Vulnerabilities: z.array(vulnerability).nullish() })).nullish(),
});

export function readTrivy(report: z.infer<typeof trivyReport>): ScanReport {
  return {
    scanner: 'trivy',
    // What the registry was asked for is in the name where it was a digest.
    digests: digestsIn([report.Metadata?.ImageID, ...(report.Metadata?.RepoDigests ?? []), report.ArtifactName]),
    ofImage: report.ArtifactType === 'container_image',
    created: dateOf(report.CreatedAt),
    database: null,
    vulnerabilities: (report.Results ?? []).flatMap((result) =>
      (result.Vulnerabilities ?? []).map((found) => {
        const id = clean(found.VulnerabilityID);
        return {
          id,
          aliases: aliasesOf(id, found.VendorIDs ?? []),
          package: clean(found.PkgName),
          version: clean(found.InstalledVersion),
          fixed: clean(found.FixedVersion) || null,
          severity: severityOfWord(found.Severity),
          reachable: null,
          scanners: ['trivy'],
        };
      }),
    ),
  };
}
