/** `osv-scanner … --format json` (https://google.github.io/osv-scanner/output/) with entries of https://ossf.github.io/osv-schema. */
import { z } from 'zod';
import {
  aliasesOf,
  clean,
  type ScanReport,
  type ScanSeverity,
  severityOfScore,
  severityOfWord,
  type Vulnerability,
} from './scan.ts';

const entry = z.object({
  id: z.string(),
  aliases: z.array(z.string()).nullish(),
  affected: z
    .array(
      z.object({
        package: z.object({ name: z.string().nullish() }).nullish(),
        ranges: z.array(z.object({ events: z.array(z.object({ fixed: z.string().nullish() })).nullish() })).nullish(),
      }),
    )
    .nullish(),
  database_specific: z.object({ severity: z.unknown() }).nullish(),
});
type OsvEntry = z.infer<typeof entry>;

/** By entry: whether the scanner saw its code called. */
const analysis = z.record(z.string(), z.object({ called: z.boolean().nullish() })).nullish();

const found = z.object({
  package: z.object({ name: z.string(), version: z.string().nullish() }),
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
});

/** Names neither a digest nor a time: it is a scan of files, also where these were taken from an image. */
export function readOsv({ results }: z.infer<typeof osvReport>): ScanReport {
  return {
    scanner: 'osv-scanner',
    digests: [],
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
    const score = severityOfScore(Number(group.max_severity ?? Number.NaN));
    const calls = Object.values(group.experimentalAnalysis ?? group.experimental_analysis ?? {}).flatMap(
      ({ called }) => called ?? [],
    );
    return {
      id,
      aliases: aliasesOf(id, [...group.ids, ...(group.aliases ?? []), ...members.flatMap((one) => one.aliases ?? [])]),
      package: clean(of.package.name),
      version: clean(of.package.version),
      fixed: fixedIn(members, of.package.name),
      severity: score === 'unknown' ? worded(members) : score,
      reachable: calls.length === 0 ? null : calls.some((called) => called),
      scanners: ['osv-scanner'],
    };
  });
}

function worded(members: readonly OsvEntry[]): ScanSeverity {
  const words = members.map(({ database_specific }) => database_specific?.severity);
  return (
    words.map((word) => severityOfWord(typeof word === 'string' ? word : '')).find((one) => one !== 'unknown') ??
    'unknown'
  );
}

function fixedIn(members: readonly OsvEntry[], name: string): string | null {
  const ranges = members
    .flatMap(({ affected }) => affected ?? [])
    .filter((one) => one.package?.name === name)
    .flatMap((one) => one.ranges ?? []);
  const versions = ranges.flatMap(({ events }) => (events ?? []).flatMap(({ fixed }) => clean(fixed) || []));
  // The last of several lines of development is the newest.
  return versions.at(-1) ?? null;
}
