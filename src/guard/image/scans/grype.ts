/** `grype … -o json` (https://github.com/anchore/grype/tree/main/grype/presenter/models). */
import { z } from 'zod';
import { aliasesOf, clean, dateOf, digestsIn, type ScanReport, severityOfWord } from './scan.ts';

const match = z.object({
  vulnerability: z.object({
    id: z.string(),
    severity: z.string().nullish(),
    fix: z.object({ versions: z.array(z.string()).nullish(), state: z.string().nullish() }).nullish(),
  }),
  relatedVulnerabilities: z.array(z.object({ id: z.string() })).nullish(),
  artifact: z.object({ name: z.string(), version: z.string().nullish() }),
});

export const grypeReport = z.object({
  matches: z.array(match),
  source: z
    .object({
      type: z.string().nullish(),
      /** An object for images, a path for directories. */
      target: z
        .union([
          z.object({
            userInput: z.string().nullish(),
            imageID: z.string().nullish(),
            manifestDigest: z.string().nullish(),
            repoDigests: z.array(z.string()).nullish(),
          }),
          z.string(),
        ])
        .nullish(),
    })
    .nullish(),
  descriptor: z.object({
    name: z.literal('grype'),
    timestamp: z.string().nullish(),
    db: z
      .object({
        built: z.string().nullish(),
        status: z.object({ built: z.string().nullish() }).nullish(),
      })
      .nullish(),
  }),
});

export function readGrype({ matches, source, descriptor }: z.infer<typeof grypeReport>): ScanReport {
  const target = typeof source?.target === 'object' ? source.target : null;
  return {
    scanner: 'grype',
    digests: digestsIn([target?.imageID, target?.manifestDigest, ...(target?.repoDigests ?? []), target?.userInput]),
    ofImage: source?.type === 'image',
    created: dateOf(descriptor.timestamp),
    database: dateOf(descriptor.db?.status?.built ?? descriptor.db?.built),
    vulnerabilities: matches.map(({ vulnerability, relatedVulnerabilities, artifact }) => {
      const id = clean(vulnerability.id);
      return {
        id,
        aliases: aliasesOf(
          id,
          (relatedVulnerabilities ?? []).map((related) => related.id),
        ),
        package: clean(artifact.name),
        version: clean(artifact.version),
        fixed: clean(vulnerability.fix?.versions?.[0]) || null,
        severity: severityOfWord(vulnerability.severity),
        reachable: null,
        scanners: ['grype'],
      };
    }),
  };
}
