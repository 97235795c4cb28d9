/** `grype … -o json` (https://github.com/anchore/grype/tree/main/grype/presenter/models). */
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

/** Entries of CISA KEV; that there is one is enough. */
const exploited = z.array(z.unknown()).nullish();

const match = z.object({
  vulnerability: z.object({
    id: z.string(),
    severity: z.string().nullish(),
    knownExploited: exploited,
    fix: z.object({ versions: z.array(z.string()).nullish(), state: z.string().nullish() }).nullish(),
  }),
  relatedVulnerabilities: z.array(z.object({ id: z.string(), knownExploited: exploited })).nullish(),
  artifact: z.object({ name: z.string(), version: z.string().nullish(), type: z.string().nullish() }),
});

const ignored = match.extend({
  appliedIgnoreRules: z
    .array(
      z.object({
        reason: z.string().nullish(),
        'vex-status': z.string().nullish(),
        'vex-justification': z.string().nullish(),
      }),
    )
    .nullish(),
});

export const grypeReport = z.object({
  matches: z.array(match),
  /** With --show-suppressed. */
  ignoredMatches: z.array(ignored).nullish(),
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
            layers: z.array(z.object({ digest: z.string() })).nullish(),
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

export function readGrype({ matches, ignoredMatches, source, descriptor }: z.infer<typeof grypeReport>): ScanReport {
  const target = typeof source?.target === 'object' ? source.target : null;
  return {
    scanner: 'grype',
    digests: digestsIn([target?.imageID, target?.manifestDigest, ...(target?.repoDigests ?? []), target?.userInput]),
    ofImage: source?.type === 'image',
    created: dateOf(descriptor.timestamp),
    database: dateOf(descriptor.db?.status?.built ?? descriptor.db?.built),
    layers: (target?.layers ?? []).map(({ digest }) => digest),
    goModules: matches.some(({ artifact }) => artifact.type === 'go-module') ? true : null,
    vulnerabilities: [...matches.map(vulnerabilityOf), ...(ignoredMatches ?? []).map(suppressedOf)],
  };
}

function vulnerabilityOf({ vulnerability, relatedVulnerabilities, artifact }: z.infer<typeof match>): Vulnerability {
  const id = clean(vulnerability.id);
  const version = clean(artifact.version);
  const related = relatedVulnerabilities ?? [];
  const isExploited = [vulnerability, ...related].some(({ knownExploited }) => (knownExploited ?? []).length > 0);
  return {
    id,
    aliases: aliasesOf(
      id,
      related.map((one) => one.id),
    ),
    package: clean(artifact.name),
    version,
    fixed: fixOf(version, vulnerability.fix?.versions ?? []),
    severity: severityOfWord(vulnerability.severity),
    reachable: null,
    ...(isExploited ? { exploited: true } : {}),
    scanners: ['grype'],
  };
}

function suppressedOf(one: z.infer<typeof ignored>): Vulnerability {
  const rules = one.appliedIgnoreRules ?? [];
  const vex = rules.find((rule) => rule['vex-status']);
  const why = vex?.['vex-justification'] ?? rules.map(({ reason }) => reason).find(Boolean);
  const by = vex === undefined ? 'an ignore rule' : 'VEX';
  return { ...vulnerabilityOf(one), suppressed: suppressionOf('grype', by, vex?.['vex-status'], why) };
}
