/** `osv-scanner … --format json` (https://google.github.io/osv-scanner/output/) with entries of https://ossf.github.io/osv-schema. */
import { z } from 'zod';
import {
  aliasesOf,
  clean,
  digestsIn,
  fixOf,
  type ScanReport,
  type ScanSeverity,
  severityOfScore,
  severityOfWord,
  type Vulnerability,
} from './scan.ts';

const entry = z.object({
  id: z.string(),
  aliases: z.array(z.string()).nullish(),
  /** What a distribution's entry speaks of. */
  upstream: z.array(z.string()).nullish(),
  withdrawn: z.string().nullish(),
  affected: z
    .array(
      z.object({
        package: z.object({ name: z.string().nullish() }).nullish(),
        ranges: z
          .array(
            z.object({
              type: z.string().nullish(),
              events: z.array(z.object({ fixed: z.string().nullish() })).nullish(),
            }),
          )
          .nullish(),
      }),
    )
    .nullish(),
  database_specific: z.object({ severity: z.unknown() }).nullish(),
});
type OsvEntry = z.infer<typeof entry>;

/** By entry: whether the scanner saw its code called. */
const analysis = z.record(z.string(), z.object({ called: z.boolean().nullish() })).nullish();

const found = z.object({
  package: z.object({ name: z.string(), version: z.string().nullish(), ecosystem: z.string().nullish() }),
  vulnerabilities: z.array(entry).nullish(),
  groups: z
    .array(
      z.object({
        ids: z.array(z.string()),
        aliases: z.array(z.string()).nullish(),
        max_severity: z.string().nullish(),
        experimentalAnalysis: analysis,
        experimental_analysis: analysis,
      }),
    )
    .nullish(),
});
type Found = z.infer<typeof found>;

export const osvReport = z.object({
  results: z.array(
    z.object({
      source: z.object({ path: z.string().nullish(), type: z.string().nullish() }),
      packages: z.array(found).nullish(),
    }),
  ),
  /** Of `scan image`; layers without files have no digest. */
  image_metadata: z
    .object({ layer_metadata: z.array(z.object({ diff_id: z.string().nullish() })).nullish() })
    .nullish(),
});

/** Names no digest, and no time ever: of an image it says the layers, and that does not make it a current scan. */
export function readOsv({ results, image_metadata }: z.infer<typeof osvReport>): ScanReport {
  return {
    scanner: 'osv-scanner',
    digests: [],
    layers: digestsIn((image_metadata?.layer_metadata ?? []).map(({ diff_id }) => diff_id)),
    goModules:
      image_metadata != null &&
      results.some(({ packages }) => (packages ?? []).some((one) => one.package.ecosystem === 'Go'))
        ? true
        : null,
    ofImage: false,
    created: null,
    database: null,
    vulnerabilities: results.flatMap((result) => (result.packages ?? []).flatMap(vulnerabilitiesOf)),
  };
}

/** A group is one vulnerability under several names; older versions have no groups. */
function vulnerabilitiesOf(of: Found): Vulnerability[] {
  const entries = new Map((of.vulnerabilities ?? []).map((one) => [one.id, one]));
  const groups = of.groups ?? [];
  const grouped = new Set(groups.flatMap(({ ids }) => ids));
  const lone = [...entries.keys()].filter((id) => !grouped.has(id)).map((id) => ({ ids: [id] }));
  return [...groups, ...lone].flatMap((group: NonNullable<Found['groups']>[number]) => {
    const members = group.ids.flatMap((id) => entries.get(id) ?? []);
    const id = clean(group.ids[0]);
    if (id === '') return [];
    // Taken back by who published it, under all of its names.
    if (members.length > 0 && members.every(({ withdrawn }) => Boolean(withdrawn))) return [];
    const score = severityOfScore(Number(group.max_severity ?? Number.NaN));
    const calls = Object.values(group.experimentalAnalysis ?? group.experimental_analysis ?? {}).flatMap(
      ({ called }) => called ?? [],
    );
    return {
      id,
      aliases: aliasesOf(id, [...group.ids, ...(group.aliases ?? []), ...members.flatMap(namesOf)]),
      package: clean(of.package.name),
      version: clean(of.package.version),
      fixed: fixedIn(members, of.package),
      severity: score === 'unknown' ? worded(members) : score,
      reachable: calls.length === 0 ? null : calls.some((called) => called),
      scanners: ['osv-scanner'],
    };
  });
}

/** An entry of a distribution (`ALPINE-CVE-2026-1`) has the CVE that it is named after upstream, and no alias. */
function namesOf({ id, aliases, upstream }: OsvEntry): readonly string[] {
  return [...(aliases ?? []), ...(upstream ?? []).filter((name) => id.endsWith(`-${name}`))];
}

function worded(members: readonly OsvEntry[]): ScanSeverity {
  const words = members.map(({ database_specific }) => database_specific?.severity);
  return (
    words.map((word) => severityOfWord(typeof word === 'string' ? word : '')).find((one) => one !== 'unknown') ??
    'unknown'
  );
}

function fixedIn(members: readonly OsvEntry[], of: Found['package']): string | null {
  const ranges = members
    .flatMap(({ affected }) => affected ?? [])
    .filter((one) => one.package?.name === of.name)
    .flatMap((one) => one.ranges ?? [])
    // Commits are nothing to go to.
    .filter(({ type }) => type !== 'GIT');
  const versions = ranges.flatMap(({ events }) => (events ?? []).flatMap(({ fixed }) => clean(fixed) || []));
  return fixOf(clean(of.version), versions);
}
