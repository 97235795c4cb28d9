/** What is known of one digest in one repository, as one set of signers sees it: what the cache keeps, and all that a decision needs. */
import { z } from 'zod';
import { GuardEvidenceError } from '../error.ts';
import {
  GATE_PREDICATE,
  SIGNATURE_FORMS,
  type SignatureForm,
  type SignatureReport,
  type VerifiedSignature,
} from '../signature/signature.ts';

/** An attestation that claims to be a gate's verdict. Whether it says PASSED and is too old is decided each time, not when it was read. */
export interface GateAttestation {
  readonly outcome: VerifiedSignature['outcome'];
  /** One sentence. */
  readonly says: string;
  readonly signer: string;
  /** null unless valid. */
  readonly predicate: unknown;
}

export interface ImageFacts {
  readonly digest: string;
  readonly mediaType: string;
  /** Forms in which a valid signature of the image can be read. */
  readonly readableIn: readonly SignatureForm[];
  readonly signers: readonly string[];
  readonly verdicts: readonly GateAttestation[];
  /** Why signatures that are there do not count. */
  readonly rejected: readonly string[];
  /** Whether every place was looked at whole. */
  readonly complete: boolean;
  readonly attestationsComplete: boolean;
}

/** Of each kind; a repository with thousands of attestations must not fill the cache. Valid ones come first. */
const MOST_KEPT = 64;
const MOST_REJECTED = 4;

/** Whether somebody trusted vouches for anything: then it may be kept for long. What is missing is looked for again before a refusal. */
export function isGood(facts: ImageFacts): boolean {
  return facts.readableIn.length > 0 || facts.verdicts.some(({ outcome }) => outcome === 'valid');
}

/** @throws GuardEvidenceError where nothing that counts was found, and not everything could be read */
export function factsOf(report: SignatureReport): ImageFacts {
  const valid = report.signatures.filter(({ outcome }) => outcome === 'valid');
  const facts: ImageFacts = {
    digest: report.digest,
    mediaType: report.image,
    readableIn: SIGNATURE_FORMS.filter((form) => form !== 'att-tag' && report.readableIn[form]),
    signers: [...new Set(valid.map(({ signer }) => signer))],
    verdicts: report.attestations
      .filter(({ record, outcome }) => record.claims === GATE_PREDICATE || outcome !== 'valid')
      .map(({ outcome, says, signer, statement }) => ({
        outcome,
        says,
        signer,
        predicate: statement?.predicate ?? null,
      }))
      .sort((a, b) => Number(b.outcome === 'valid') - Number(a.outcome === 'valid'))
      .slice(0, MOST_KEPT),
    rejected: [
      ...new Set(report.signatures.filter(({ outcome }) => outcome !== 'valid').map(({ says }) => says)),
    ].slice(0, MOST_REJECTED),
    complete: report.complete,
    attestationsComplete: report.attestationsComplete,
  };
  if (!report.complete && !isGood(facts))
    throw new GuardEvidenceError(report.notes[0] ?? 'Not everything that is signed beside the image could be read.');
  return facts;
}

/** As readVerdict wants it: the attestations again, without their raw material. */
export function reportOf(facts: ImageFacts): SignatureReport {
  const attestations = facts.verdicts.map(
    ({ outcome, says, signer, predicate }): VerifiedSignature => ({
      record: {
        form: 'bundle-referrer',
        manifest: facts.digest,
        layer: 0,
        claims: GATE_PREDICATE,
        raw: { bundle: Buffer.alloc(0) },
      },
      outcome,
      says,
      signer,
      signedAt: null,
      statement: outcome === 'valid' ? { predicateType: GATE_PREDICATE, predicate } : null,
    }),
  );
  const { digest, mediaType: image, complete, attestationsComplete } = facts;
  const readableIn = { 'sig-tag': false, 'bundle-referrer': false, 'bundle-fallback-tag': false, 'att-tag': false };
  return { digest, image, signatures: [], attestations, readableIn, notes: [], complete, attestationsComplete };
}

const [first, ...others] = SIGNATURE_FORMS;
const form = z.enum(first === undefined ? [] : [first, ...others]);
const outcome = z.enum([
  'valid',
  'wrong-digest',
  'wrong-key',
  'expired',
  'invalid',
  'untrusted-identity',
  'not-in-log',
  'unreadable',
]);

/** As it is kept on disk. */
export const factsSchema: z.ZodType<ImageFacts> = z.strictObject({
  digest: z.string(),
  mediaType: z.string(),
  readableIn: z.array(form),
  signers: z.array(z.string()),
  verdicts: z.array(z.strictObject({ outcome, says: z.string(), signer: z.string(), predicate: z.unknown() })),
  rejected: z.array(z.string()),
  complete: z.boolean(),
  attestationsComplete: z.boolean(),
});
