/**
 * SARIF 2.1.0 of any scanner (https://docs.oasis-open.org/sarif/sarif/v2.1.0). Trivy's names its image in the run's properties. What
 * the known scanners put into texts is read as they write it (testdata/real/*.sarif.json); of others a fix is not known to be missing.
 */
import { z } from 'zod';
import {
  aliasesOf,
  clean,
  dateOf,
  digestsIn,
  fixOf,
  type ScanReport,
  severityOfScore,
  severityOfWord,
  suppressionOf,
  type Vulnerability,
} from './scan.ts';

const rule = z.object({
  id: z.string(),
  deprecatedIds: z.array(z.string()).nullish(),
  help: z.object({ text: z.string().nullish() }).nullish(),
  properties: z
    .object({
      'security-severity': z.union([z.string(), z.number()]).nullish(),
      tags: z.array(z.string()).nullish(),
    })
    .nullish(),
});

const result = z.object({
  ruleId: z.string().nullish(),
  ruleIndex: z.int().nullish(),
  kind: z.string().nullish(),
  level: z.string().nullish(),
  message: z.object({ text: z.string().nullish() }).nullish(),
  suppressions: z.array(z.object({ status: z.string().nullish(), justification: z.string().nullish() })).nullish(),
  stacks: z.array(z.object({ frames: z.array(z.object({ module: z.string().nullish() })).nullish() })).nullish(),
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
    layers: [],
    goModules: null,
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
  const dialect = DIALECTS[tool.driver.name.toLowerCase()] ?? plain;
  return (results ?? []).flatMap((one) => {
    if (one.kind !== undefined && one.kind !== null && one.kind !== 'fail') return [];
    const of = byId.get(one.ruleId ?? '') ?? rules[one.ruleIndex ?? -1];
    const score = severityOfScore(Number(of?.properties?.['security-severity'] ?? Number.NaN));
    const common: Vulnerability = {
      id: clean(one.ruleId ?? of?.id) || 'without-id',
      aliases: [],
      package: clean(one.locations?.[0]?.physicalLocation?.artifactLocation?.uri),
      version: '',
      fixed: null,
      // `warning` is what the specification has for a result without level.
      severity: score === 'unknown' ? severityOfWord(one.level ?? 'warning') : score,
      reachable: null,
      scanners: ['sarif'],
    };
    const read = { ...common, ...dialect(one, of) };
    return (one.suppressions ?? []).some(({ status }) => status !== 'rejected' && status !== 'underReview')
      ? { ...read, suppressed: suppressionOf('sarif', tool.driver.name, null, one.suppressions?.[0]?.justification) }
      : read;
  });
}

/** What one scanner writes into texts of its own, beyond the members of the specification. */
type Dialect = (one: z.infer<typeof result>, of: z.infer<typeof rule> | undefined) => Partial<Vulnerability>;

const plain: Dialect = () => ({ fixUnsaid: true });

const line = (text: string | null | undefined, name: string): string =>
  clean(new RegExp(`^${name}: (.*)$`, 'm').exec(text ?? '')?.[1]);

/** `line` of a fixed version: several with commas. */
const fixIn = (installed: string, versions: string): string | null => fixOf(installed, versions.split(','));

/** Trivy's fields are lines of the message. UNKNOWN has the level `note`, which is not what it means. */
const trivy: Dialect = (one) => {
  const says = one.message?.text;
  // Misconfigurations and secrets have none.
  const name = line(says, 'Package');
  if (name === '') return {};
  const version = line(says, 'Installed Version');
  const worded = line(says, 'Severity');
  return {
    package: name,
    version,
    fixed: fixIn(version, line(says, 'Fixed Version')),
    ...(worded.toUpperCase() === 'UNKNOWN' ? { severity: 'unknown' as const } : {}),
  };
};

/** Grype's fields are lines of the rule's help; a rule is `<id>-<package>`, and 0.0 is the score of what nobody rated. */
const grype: Dialect = (_, of) => {
  const help = of?.help?.text;
  const id = clean(/^Vulnerability (\S+)$/m.exec(help ?? '')?.[1]);
  if (id === '') return {};
  const version = line(help, 'Version');
  return {
    id,
    package: line(help, 'Package'),
    version,
    fixed: fixIn(version, line(help, 'Fix Version')),
    ...(Number(of?.properties?.['security-severity']) === 0 ? { severity: 'unknown' as const } : {}),
  };
};

/** osv-scanner: ids of the group, package and version are in the message; all are warnings, and a fix is in Markdown only. */
const osv: Dialect = (one, of) => {
  const at = /^Package '(.+)@([^@']*)' is vulnerable/.exec(one.message?.text ?? '');
  const id = clean(one.ruleId ?? of?.id);
  const scored = of?.properties?.['security-severity'] != null;
  return {
    // A distribution's entry is `ALPINE-CVE-…`.
    aliases: aliasesOf(id, [...(of?.deprecatedIds ?? []), /-(CVE-\d+-\d+)$/.exec(id)?.[1]]),
    ...(at === null ? {} : { package: clean(at[1]), version: clean(at[2]) }),
    ...(scored ? {} : { severity: 'unknown' as const }),
    fixUnsaid: true,
  };
};

/** govulncheck: its levels say how far it is called and not how bad it is; the module is at the end of a call stack only. */
const govulncheck: Dialect = (one, of) => {
  const frames = (one.stacks ?? []).flatMap((stack) => stack.frames ?? []);
  const module = /^(.+)@([^@]*)$/.exec(frames.at(-1)?.module ?? '');
  const packages = /\(([^)]+)\)/.exec(one.message?.text ?? '')?.[1];
  const id = clean(one.ruleId ?? of?.id);
  return {
    aliases: aliasesOf(
      id,
      (of?.properties?.tags ?? []).filter((tag) => /^(CVE|GHSA|GO)-/.test(tag)),
    ),
    package: clean(module?.[1] ?? packages),
    version: clean(module?.[2]),
    severity: 'unknown',
    // In a binary a symbol stands alone.
    reachable: (one.stacks ?? []).some((stack) => (stack.frames ?? []).length > 1) ? true : null,
    fixUnsaid: true,
  };
};

const DIALECTS: Readonly<Record<string, Dialect>> = { trivy, grype, 'osv-scanner': osv, govulncheck };
