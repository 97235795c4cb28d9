/**
 * `guard image`: a reference becomes a digest, what scanners say of that digest is held against the policy, a refused digest gets
 * a quarantine tag, signatures are read as admission will read them. When everything that ran was judged, the answer is signed and
 * put beside the image.
 */
import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Finding } from '../../findings/model.ts';
import { sortFindings } from '../../findings/sort.ts';
import { GuardEvidenceError, GuardUsageError } from '../error.ts';
import type { Decision, GuardContext, PartResult } from '../part.ts';
import { credentialsOf } from '../registry/credentials.ts';
import { openRepository } from '../registry/open.ts';
import { formatReference, parseImageReference } from '../registry/reference.ts';
import type { ImageReference, Repository, StoredManifest } from '../registry/registry.ts';
import { subjectOf } from './about.ts';
import { type GivenReport, weigh } from './look.ts';
import { type Decided, decide } from './policy.ts';
import { quarantine } from './quarantine.ts';
import * as rules from './rules.ts';
import { mergeVulnerabilities } from './scans/merge.ts';
import { REPORT_LIMIT, readScanReport } from './scans/read.ts';
import type { Vulnerability } from './scans/scan.ts';
import type { ImageSettings } from './settings.ts';
import { expiredFinding, type Place, sighting, vulnerabilityFinding } from './sightings.ts';
import { lookAtSignatures, type SignatureFacts } from './trust.ts';
import { type VerdictFacts, verdictKey, writeVerdict } from './verdict.ts';

export interface ImageFacts {
  readonly reference: string;
  readonly digest: string;
  readonly platforms: readonly string[];
  readonly reports: readonly { readonly file: string; readonly scanner: string; readonly created: string | null }[];
  /** Everything that the reports say, joined by alias, with what the policy says of it. */
  readonly vulnerabilities: readonly (Vulnerability & { readonly decision: Decided['decision'] })[];
  /** The quarantine tag; null where the policy refuses nothing. */
  readonly quarantine: { readonly tag: string; readonly written: boolean } | null;
  /** null: not looked at. */
  readonly signatures: SignatureFacts | null;
  /** null: none was signed (yet). */
  readonly verdict: VerdictFacts | null;
}

export interface ImageLook {
  readonly result: PartResult<ImageFacts>;
  /** Signs the verdict, where the settings name a key, and gives the result with what became of it. @throws GuardUsageError */
  conclude(decision: Decision): Promise<PartResult<ImageFacts>>;
}

/** @throws GuardUsageError, GuardEvidenceError */
export async function lookAtImage(settings: ImageSettings, context: GuardContext): Promise<ImageLook> {
  if (settings.ref === undefined) {
    throw new GuardUsageError(
      'no image was named: give registry/name:tag, or write it as gate.image.ref into .hemostat.yaml',
    );
  }
  const reference = parseImageReference(settings.ref);
  const wanted = settings.verdict;
  // A key that cannot be used is said before anything is asked.
  const key = wanted === undefined ? null : await verdictKey(wanted, settings.signature, context);
  const given = await readReports(settings.reports, context.cwd);
  const now = context.now();
  const repository = openRepository(context.http, reference, credentialsOf(context.env), {
    insecure: settings.insecure,
  });

  context.progress(`asking ${reference.registry} for ${reference.repository}`);
  const { image, findings: moved, says } = await resolveImage(repository, reference);
  const place: Place = { name: `${repository.registry}/${repository.repository}`, digest: image.digest };
  const subject = await subjectOf(
    repository,
    image,
    given.map(({ report }) => report),
  );
  const weighed = weigh(given, subject, settings, place, now);
  const decided = mergeVulnerabilities(weighed.counted.flatMap(({ report }) => report.vulnerabilities)).map((one) =>
    decide(one, settings.policy, now),
  );
  const findings: Finding[] = [
    ...moved,
    ...weighed.findings,
    ...decided.flatMap((one) => vulnerabilityFinding(place, one) ?? []),
    ...decided.flatMap((one) => (one.expired ? (expiredFinding(place, one) ?? []) : [])),
  ];
  const notes = [says, ...weighed.notes];
  const failures: string[] = [];

  const refused = decided.filter(({ decision }) => decision === 'refused');
  const tagged =
    refused.length > 0
      ? await kept(failures, () => setAside(repository, image, settings, place, refused.length))
      : null;
  if (tagged !== null) findings.push(tagged.finding);

  const signatures = await readSignatures(repository, image, settings, place, context, { findings, failures, notes });
  if (wanted === undefined) notes.push('No verdict was signed: gate.image.verdict names no key.');
  const count = (decision: Decided['decision']): number => decided.filter((one) => one.decision === decision).length;
  const result: PartResult<ImageFacts> = {
    part: 'image',
    subject: `${place.name}@${place.digest}`,
    summary: summaryOf(decided.length, refused.length, weighed.counted.length, signatures),
    findings: sortFindings(findings),
    tally: [
      { name: 'refused', count: refused.length },
      { name: 'excepted', count: count('excepted') },
      { name: 'allowed', count: count('allowed') },
    ],
    notes,
    failures,
    facts: {
      reference: formatReference(reference),
      digest: image.digest,
      platforms: subject.platforms.map(({ name }) => name),
      reports: weighed.counted.map(({ file, report }) => ({
        file,
        scanner: report.scanner,
        created: report.created?.toISOString() ?? null,
      })),
      vulnerabilities: decided.map(({ vulnerability, decision }) => ({ ...vulnerability, decision })),
      quarantine: tagged === null ? null : { tag: tagged.tag, written: tagged.written },
      signatures,
      verdict: null,
    },
  };
  return {
    result,
    conclude: async (decision) => {
      if (wanted === undefined || key === null) return result;
      const why = unsignedWhy(decision, settings);
      if (why !== null) return { ...result, notes: [...notes, why] };
      context.progress('signing the verdict');
      const failed = [...failures];
      const verdict = await kept(failed, () =>
        writeVerdict(repository, image, settings, wanted, weighed.counted, key, decision, context.now()),
      );
      if (verdict === null) return { ...result, failures: failed };
      const where = verdict.forms.map(({ form }) => form).join(' and ');
      const says = `The verdict ${verdict.passed ? 'PASSED' : 'FAILED'} (${verdict.policy}) is signed and lies beside the image in ${where}.`;
      return { ...result, notes: [...notes, says], facts: { ...result.facts, verdict } };
    },
  };
}

/** Why no verdict is signed, as a note; null: nothing is against it. */
function unsignedWhy({ command, outcome, partial }: Decision, settings: ImageSettings): string | null {
  // Neither word would be true. A verdict from before stays, with its age.
  if (outcome === 'unknown') return 'No verdict was signed: something could not be read or written.';
  if (outcome === 'passed' && partial !== null) return `No verdict was signed: ${partial}.`;
  if (!settings['dry-run']) return null;
  return `A verdict of ${command} (${outcome === 'passed' ? 'PASSED' : 'FAILED'}) would be signed and put beside the image.`;
}

/** What was found before something could not be read or written stays in the report; the rest is a failure of it. */
async function kept<T>(failures: string[], work: () => Promise<T>): Promise<T | null> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof GuardEvidenceError)) throw error;
    failures.push(error.message);
    return null;
  }
}

async function readSignatures(
  repository: Repository,
  image: StoredManifest,
  settings: ImageSettings,
  place: Place,
  context: GuardContext,
  into: { findings: Finding[]; failures: string[]; notes: string[] },
): Promise<SignatureFacts | null> {
  const wanted = settings.signature;
  if (wanted === undefined) {
    into.notes.push('Signatures were not looked at: gate.image.signature names nobody who is trusted.');
    return null;
  }
  context.progress(`reading what is signed beside ${image.digest}`);
  const seen = await kept(into.failures, () =>
    lookAtSignatures(repository, image, wanted, context.cwd, place, context.now()),
  );
  if (seen === null) return null;
  into.findings.push(...seen.findings);
  into.failures.push(...seen.failures);
  into.notes.push(...seen.notes);
  return seen.facts;
}

async function resolveImage(
  repository: Repository,
  reference: ImageReference,
): Promise<{ image: StoredManifest; findings: Finding[]; says: string }> {
  const text = formatReference(reference);
  const image = await repository.manifest(reference.digest ?? reference.tag ?? 'latest');
  if (image === null) {
    throw new GuardEvidenceError(`${text} is not in the registry: push it first, or correct the reference`);
  }
  const name = `${repository.registry}/${repository.repository}`;
  if (reference.digest === null) return { image, findings: [], says: `${text} is ${image.digest} now.` };
  if (reference.tag === null) return { image, findings: [], says: `${text} was named by its digest.` };
  const now = await repository.digestOf(reference.tag);
  if (now === image.digest)
    return { image, findings: [], says: `The tag ${reference.tag} points to the digest beside it.` };
  const points = now === null ? 'is not there any more' : `points to ${now} now`;
  const moved = sighting(
    { name, digest: image.digest },
    {
      rule: rules.TAG_MOVED,
      verdict: 'confirmed',
      operation: reference.tag,
      title: `The tag ${reference.tag} ${points}, not to ${image.digest}: whoever pulls by tag gets something else than was named.`,
      leg: 'supply',
      says: `${text} was named; the tag ${points}.`,
    },
  );
  return { image, findings: [moved], says: `${image.digest} was looked at; the tag ${reference.tag} ${points}.` };
}

async function readReports(files: readonly string[], cwd: string): Promise<GivenReport[]> {
  const reports: GivenReport[] = [];
  for (const file of files) {
    const path = resolve(cwd, file);
    let bytes: Buffer;
    try {
      const { size } = await stat(path);
      if (size > REPORT_LIMIT) throw new GuardEvidenceError(`${file} is larger than ${REPORT_LIMIT >> 20} MiB`);
      bytes = await readFile(path);
    } catch (error) {
      if (error instanceof GuardEvidenceError) throw error;
      throw new GuardEvidenceError(
        `the scan report ${file} cannot be read: run the scanner, or correct gate.image.reports`,
      );
    }
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    reports.push({ file, sha256, report: readScanReport(bytes, file) });
  }
  return reports;
}

async function setAside(
  repository: Repository,
  image: StoredManifest,
  settings: ImageSettings,
  place: Place,
  refused: number,
): Promise<{ tag: string; written: boolean; finding: Finding } | null> {
  if (settings.quarantine === 'off') return null;
  const dryRun = settings['dry-run'];
  const { tag, written } = await quarantine(repository, image, settings.policy.name, dryRun);
  const did = written ? 'was given' : dryRun ? 'would have (--dry-run)' : 'has';
  const finding = sighting(place, {
    rule: rules.QUARANTINED,
    verdict: 'confirmed',
    operation: settings.policy.name,
    title: `The digest ${did} the tag ${tag}; no other tag was moved.`,
    leg: 'supply',
    says: `The policy ${settings.policy.name} refuses ${refused} of its vulnerabilities.`,
  });
  return { tag, written, finding };
}

function summaryOf(all: number, refused: number, reports: number, signatures: SignatureFacts | null): string {
  const scans = reports === 1 ? '1 report' : `${reports} reports`;
  const found = all === 1 ? '1 vulnerability' : `${all} vulnerabilities`;
  const sign =
    signatures === null ? 'signatures not looked at' : `${signatures.valid} of ${signatures.seen} signatures valid`;
  return `${found} in ${scans}, ${refused} refused by the policy; ${sign}.`;
}
