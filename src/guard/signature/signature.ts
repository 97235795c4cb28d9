/** Signatures and attestations beside an image: what forms they come in and whom we trust. */
import type { StoredManifest } from '../registry/registry.ts';

/**
 * Where a signature lies, which decides who can read it:
 * - `sig-tag`: simple signing payload under the tag `sha256-<hex>.sig` (cosign 1 and 2, most admission controllers);
 * - `bundle-referrer`: sigstore bundle v0.3 listed by the registry's referrers API (cosign 3);
 * - `bundle-fallback-tag`: the same in the index under the tag `sha256-<hex>`, where a registry has no referrers API;
 * - `att-tag`: DSSE envelopes under `sha256-<hex>.att` (cosign 1 and 2 attestations).
 */
export type SignatureForm = 'sig-tag' | 'bundle-referrer' | 'bundle-fallback-tag' | 'att-tag';

export const SIGNATURE_FORMS: readonly SignatureForm[] = [
  'sig-tag',
  'bundle-referrer',
  'bundle-fallback-tag',
  'att-tag',
];

/** Whose signatures count. At least one key or identity. */
export interface TrustPolicy {
  /** Public keys, PEM, with a name for messages (the file's name). */
  readonly keys: readonly TrustedKey[];
  /** Keyless: the certificate's issuer and subject (exact, or a regular expression between slashes). */
  readonly identities: readonly { readonly issuer: string; readonly subject: string }[];
  /** A sigstore trusted_root.json, its text; null: none, keyless signatures are then not trusted (nothing is fetched unasked). */
  readonly trustedRoot: string | null;
  /** An entry in a transparency log is demanded. Default true for identities, false for keys. */
  readonly requireLog: boolean | null;
  /** Demanded of the `docker-reference` in simple signing payloads, e.g. `registry/shop/api`. Not given: copies of an image count. */
  readonly reference?: string;
}

export interface TrustedKey {
  readonly name: string;
  readonly pem: string;
  /** From then on the key signs nothing that counts; what a log or a timestamp shows to be older stays valid. */
  readonly notAfter?: Date;
}

/** Something signed that lies beside the image, before it was believed. */
export interface SignatureRecord {
  readonly form: SignatureForm;
  /** Of the manifest that holds it. */
  readonly manifest: string;
  /** Position within that manifest. */
  readonly layer: number;
  /** `signature`: of the image itself; otherwise the in-toto predicate type as it claims to be. */
  readonly claims: string;
  /** The raw material; opaque to callers. */
  readonly raw:
    | {
        readonly payload: Buffer;
        readonly signature: string;
        readonly certificate: string | null;
        readonly chain: string | null;
        readonly rekor: string | null;
        /** cosign's annotation with an RFC 3161 timestamp. */
        readonly timestamp?: string | null;
      }
    | { readonly bundle: Buffer };
}

export type SignatureOutcome =
  | 'valid'
  | 'wrong-digest'
  | 'wrong-key'
  | 'expired'
  | 'invalid'
  | 'untrusted-identity'
  | 'not-in-log'
  | 'unreadable';

export interface VerifiedSignature {
  readonly record: SignatureRecord;
  readonly outcome: SignatureOutcome;
  /** One sentence. */
  readonly says: string;
  /** Key name or `subject (issuer)`; empty where nobody vouches. */
  readonly signer: string;
  /** When a log or a timestamp authority saw it (the earliest); null where nobody whom we trust says. */
  readonly signedAt: Date | null;
  /** Of an attestation: the in-toto statement's predicate type and predicate, only where `outcome` is valid. */
  readonly statement: { readonly predicateType: string; readonly predicate: unknown } | null;
}

/** What lies beside one digest and what it is worth. */
export interface SignatureReport {
  readonly digest: string;
  readonly image: StoredManifest['mediaType'];
  /** Signatures of the image. */
  readonly signatures: readonly VerifiedSignature[];
  readonly attestations: readonly VerifiedSignature[];
  /** For each form, whether a valid signature can be read in it; for `att-tag` (which holds no signatures) a valid attestation. */
  readonly readableIn: Readonly<Record<SignatureForm, boolean>>;
  /** What could not be read, one sentence each. */
  readonly notes: readonly string[];
  /** Whether every place was looked at whole; where not, what is missing here may still be there. */
  readonly complete: boolean;
  /** The same of the places where attestations lie: where not, a newer verdict than those here may be there. */
  readonly attestationsComplete: boolean;
}

/**
 * The gate's own verdict is a SLSA verification summary (https://slsa.dev/spec/v1.0/verification_summary), so that others can
 * read it, too. `policy.uri` names what was asked; `verificationResult` is PASSED or FAILED.
 */
export const GATE_PREDICATE = 'https://slsa.dev/verification_summary/v1';

export interface GateVerdict {
  /** `https://slsa.dev/verification_summary/v1` predicate: verifier.id */
  readonly verifier: string;
  readonly verifiedAt: Date;
  /** The image: `registry/name@sha256:<64 hex digits>`. */
  readonly resource: string;
  readonly policy: { readonly uri: string; readonly sha256: string };
  /** The reports that were read: name and sha256. */
  readonly inputs: readonly { readonly uri: string; readonly sha256: string }[];
  readonly passed: boolean;
}
