/** What the gate said of a digest, out of what was found beside it and holds. */
import { z } from 'zod';
import { GATE_PREDICATE, type SignatureReport, type VerifiedSignature } from './signature.ts';

export interface VerdictPolicy {
  /** The policy that has to have been asked (`policy.uri`). */
  readonly uri: string;
  /** And, where given, exactly this text of it. */
  readonly sha256?: string;
  /** Where given, only verdicts of this verifier (`verifier.id`) count. */
  readonly verifier?: string;
  /** ms; older verdicts do not count. null: any age. */
  readonly maxAgeMs: number | null;
  readonly now: Date;
}

export interface ReadVerdict {
  /** `stale`: there is one, and it passed, but too long ago. */
  readonly result: 'passed' | 'failed' | 'missing' | 'stale';
  /** When the gate looked, as it says; null where there is no verdict. */
  readonly verifiedAt: Date | null;
  readonly signer: string;
  /** One sentence. */
  readonly says: string;
}

const VSA = z.object({
  verifier: z.object({ id: z.string().max(2048) }),
  timeVerified: z.iso.datetime({ offset: true }),
  policy: z.object({ uri: z.string().max(2048), digest: z.record(z.string(), z.string()).nullish() }),
  verificationResult: z.enum(['PASSED', 'FAILED']),
});

/** Clocks of two machines differ; more than this is not a clock. */
const SKEW_MS = 5 * 60_000;

interface Candidate {
  readonly passed: boolean;
  readonly at: Date;
  readonly signer: string;
}

/**
 * The newest verdict on the report's digest and `policy` decides; of two of one moment, the one that failed. A verdict from the
 * future does not let an image in, but one that failed keeps it out. One that passed counts only where all was read, or else
 * thousands of others could hide the one that refuses. Who may push can delete verdicts, so that an older one is the newest again:
 * `maxAgeMs` bounds how old.
 */
export function readVerdict(report: SignatureReport, policy: VerdictPolicy): ReadVerdict {
  const claimed = report.attestations.filter(({ record }) => record.claims === GATE_PREDICATE);
  const read = claimed.flatMap((attestation) => candidate(attestation, policy));
  const inTime = read.filter(({ passed, at }) => !passed || at.getTime() <= policy.now.getTime() + SKEW_MS);
  const newest = inTime.toSorted((a, b) => b.at.getTime() - a.at.getTime() || Number(a.passed) - Number(b.passed))[0];
  if (newest === undefined) return missing(report, policy, claimed, read.length);
  const { at: verifiedAt, signer } = newest;
  const when = verifiedAt.toISOString();
  if (!newest.passed) {
    return {
      result: 'failed',
      verifiedAt,
      signer,
      says: `The gate (${policy.uri}, signed by ${signer}) refused ${report.digest} at ${when}.`,
    };
  }
  if (!report.attestationsComplete) {
    return {
      result: 'missing',
      verifiedAt,
      signer,
      says: `The gate (${policy.uri}) passed ${report.digest} at ${when}, but not every place could be read, and a newer verdict that refuses may be there: ${report.notes[0] ?? 'remove what is not needed beside the image'}`,
    };
  }
  const age = policy.now.getTime() - verifiedAt.getTime();
  if (policy.maxAgeMs !== null && age > policy.maxAgeMs) {
    const hours = (ms: number): string => `${Math.floor(ms / 360_000) / 10} h`;
    return {
      result: 'stale',
      verifiedAt,
      signer,
      says: `The gate (${policy.uri}) passed ${report.digest} at ${when}, ${hours(age)} ago, and ${hours(policy.maxAgeMs)} are allowed; run it again.`,
    };
  }
  return {
    result: 'passed',
    verifiedAt,
    signer,
    says: `The gate (${policy.uri}, signed by ${signer}) passed ${report.digest} at ${when}.`,
  };
}

function candidate({ outcome, statement, signer }: VerifiedSignature, policy: VerdictPolicy): Candidate[] {
  if (outcome !== 'valid' || statement === null || statement.predicateType !== GATE_PREDICATE) return [];
  const read = VSA.safeParse(statement.predicate);
  if (!read.success) return [];
  const { verifier, timeVerified, verificationResult } = read.data;
  const asked = read.data.policy;
  if (asked.uri !== policy.uri) return [];
  if (policy.sha256 !== undefined && asked.digest?.sha256 !== policy.sha256) return [];
  if (policy.verifier !== undefined && verifier.id !== policy.verifier) return [];
  return [{ passed: verificationResult === 'PASSED', at: new Date(timeVerified), signer }];
}

function missing(
  report: SignatureReport,
  policy: VerdictPolicy,
  claimed: readonly VerifiedSignature[],
  future: number,
): ReadVerdict {
  const invalid = claimed.find(({ outcome }) => outcome !== 'valid');
  const why =
    future > 0
      ? 'one is there, from the future: set the clock of the machine that ran the gate'
      : invalid !== undefined
        ? `one is there and does not count: ${invalid.says.replace(/\.$/, '')}`
        : claimed.length > 0
          ? 'there are verdicts of other policies, versions of it, or verifiers'
          : report.complete
            ? `run \`hemostat ${policy.uri.startsWith('urn:hemostat:gate:') ? 'gate' : 'guard image'}\` after the build`
            : 'and not every place could be read';
  return {
    result: 'missing',
    verifiedAt: null,
    signer: '',
    says: `No gate verdict (${policy.uri}) on ${report.digest} counts; ${why}.`,
  };
}
