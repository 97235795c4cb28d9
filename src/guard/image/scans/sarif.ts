/** SARIF 2.1.0 of any scanner (https://docs.oasis-open.org/sarif/sarif/v2.1.0). Trivy's names its image in the run's properties. */
import { z } from 'zod';
import {
  clean,
  dateOf,
  digestsIn,
  type ScanReport,
  severityOfScore,
  severityOfWord,
  type Vulnerability,
} from './scan.ts';

const rule = z.object({
  id: z.string(),
  properties: z.object({ 'security-severity': z.union([z.string(), z.number()]).nullish() }).nullish(),
});

const result = z.object({
  ruleId: z.string().nullish(),
  ruleIndex: z.int().nullish(),
  kind: z.string().nullish(),
  level: z.string().nullish(),
  message: z.object({ text: z.string().nullish() }).nullish(),
  locations: z
    .array(
      z.object({
        physicalLocation: z.object({ artifactLocation: z.object({ uri: z.string().nullish() }).nullish() }).nullish(),
      }),
    )
    .nullish(),
});

const run = z.object({
  tool: z.object({ driver: z.object({ name: z.string(), rules: z.array(rule).nullish() }) }),
  invocations: z.array(z.object({ endTimeUtc: z.string().nullish() })).nullish(),
  properties: z.object({ imageID: z.string().nullish(), repoDigests: z.array(z.string()).nullish() }).nullish(),
  results: z.array(result).nullish(),
});

export const sarifReport = z.object({ version: z.literal('2.1.0'), runs: z.array(run) });

export function readSarifScan({ runs }: z.infer<typeof sarifReport>): ScanReport {
  const digests = runs.flatMap(({ properties }) =>
    digestsIn([properties?.imageID, ...(properties?.repoDigests ?? [])]),
  );
  const ends = runs.flatMap(({ invocations }) =>
    (invocations ?? []).flatMap(({ endTimeUtc }) => dateOf(endTimeUtc) ?? []),
  );
  return {
    scanner: 'sarif',
    digests,
    ofImage: digests.length > 0,
    // The oldest run says how old all of it is.
    created: ends.sort((a, b) => a.getTime() - b.getTime())[0] ?? null,
    database: null,
    vulnerabilities: runs.flatMap(vulnerabilitiesOf),
  };
}

function vulnerabilitiesOf({ tool, results }: z.infer<typeof run>): Vulnerability[] {
  const rules = tool.driver.rules ?? [];
  const byId = new Map(rules.map((one) => [one.id, one]));
  return (results ?? []).flatMap((one) => {
    if (one.kind !== undefined && one.kind !== null && one.kind !== 'fail') return [];
    const of = byId.get(one.ruleId ?? '') ?? rules[one.ruleIndex ?? -1];
    const says = one.message?.text ?? '';
    const score = severityOfScore(Number(of?.properties?.['security-severity'] ?? Number.NaN));
    return {
      id: clean(one.ruleId ?? of?.id) || 'without-id',
      aliases: [],
      // Trivy writes its fields into the message, a line each.
      package: clean(/^Package: (.*)$/m.exec(says)?.[1] ?? one.locations?.[0]?.physicalLocation?.artifactLocation?.uri),
      version: clean(/^Installed Version: (.*)$/m.exec(says)?.[1]),
      fixed: clean(/^Fixed Version: (.*)$/m.exec(says)?.[1]) || null,
      // `warning` is what the specification has for a result without level.
      severity: score === 'unknown' ? severityOfWord(one.level ?? 'warning') : score,
      reachable: null,
      scanners: ['sarif'],
    };
  });
}
