/**
 * Attestations of the registry: sigstore bundles with in-toto statements about the tarball. npm has two: `publish` (signed
 * with the registry's key) and SLSA provenance (signed with a certificate that names the repository and workflow).
 */
import { bundleFromJSON } from '@sigstore/bundle';
import type { TrustedRoot } from '@sigstore/protobuf-specs';
import { type Signer, toSignedEntity, toTrustMaterial, VerificationError, Verifier } from '@sigstore/verify';
import type { Attested } from '../cache.ts';
import type { RegistryKey } from './keys.ts';
import { at, textAt } from './record.ts';

export type AttestationResult =
  /** All verify and are about these bytes; null where there is no provenance among them. */
  | { readonly kind: 'valid'; readonly provenance: Attested | null; readonly count: number }
  | { readonly kind: 'invalid'; readonly says: string };

/** Of one version; the registry has two. */
const MAX_ATTESTATIONS = 20;

/** https://github.com/sigstore/fulcio/blob/main/docs/oid-info.md: Source Repository URI. */
const SOURCE_REPOSITORY = '1.3.6.1.4.1.57264.1.12';

export interface AttestationTrust {
  readonly root: TrustedRoot;
  /** The registry's keys for attestations. */
  readonly keys: readonly RegistryKey[];
}

/**
 * Verifies each bundle of an answer of `/-/npm/v1/attestations/…` for `name@version` with the tarball's `sha512` (hex).
 * Pure but for the CPU; what does not verify is a result, not an error. `provenance` looks at nothing else.
 */
export function verifyAttestations(
  document: unknown,
  trust: AttestationTrust,
  subject: { readonly name: string; readonly version: string; readonly sha512: string },
  which: 'all' | 'provenance' = 'all',
): AttestationResult {
  const list = at(document, 'attestations');
  if (!Array.isArray(list) || list.length === 0) return invalid('the registry lists attestations and gives none');
  if (list.length > MAX_ATTESTATIONS) return invalid(`there are ${list.length} attestations`);
  let provenance: Attested | null = null;
  for (const item of list) {
    const type = textAt(item, 'predicateType') ?? '';
    const isProvenance = /^https:\/\/slsa\.dev\/provenance\//.test(type);
    if (which === 'provenance' && !isProvenance) continue;
    const serialized = at(item, 'bundle');
    const statement = statementOf(serialized);
    if (statement === null) return invalid(`the attestation ${shortType(type)} holds no statement`);
    // The wrapper is not signed; what counts is what the statement says that it is.
    if (textAt(statement, 'predicateType') !== type)
      return invalid(`the attestation ${shortType(type)} is of another kind inside`);
    const wrong = wrongSubject(statement, subject);
    if (wrong !== null) return invalid(`the attestation ${shortType(type)} ${wrong}`);
    let signer: Signer;
    try {
      signer = verifierOf(trust).verify(toSignedEntity(bundleFromJSON(serialized)));
    } catch (error) {
      const why = error instanceof VerificationError ? error.code : error instanceof Error ? error.name : 'unknown';
      return invalid(`the attestation ${shortType(type)} does not verify (${why}: ${oneLine(error)})`);
    }
    if (isProvenance) {
      const found = provenanceOf(signer);
      if (found === null) return invalid('the provenance is not signed with a certificate that names a workflow');
      provenance = found;
    }
  }
  return { kind: 'valid', provenance, count: list.length };
}

const invalid = (says: string): AttestationResult => ({ kind: 'invalid', says });

/** One for each trust: it parses the certificates of the root, which takes longer than verifying with them. */
const VERIFIERS = new WeakMap<AttestationTrust, Verifier>();

function verifierOf(trust: AttestationTrust): Verifier {
  const known = VERIFIERS.get(trust);
  if (known !== undefined) return known;
  const made = new Verifier(
    toTrustMaterial(trust.root, (hint) => {
      const found = trust.keys.find(({ keyid }) => keyid === hint);
      if (found === undefined) {
        throw new VerificationError({
          code: 'PUBLIC_KEY_ERROR',
          message: `no trusted key has the id ${hint.slice(0, 80)}`,
        });
      }
      return { publicKey: found.key, validFor: (date) => found.expires === null || date.getTime() < found.expires };
    }),
  );
  VERIFIERS.set(trust, made);
  return made;
}

/** The in-toto statement in the envelope; null where there is none. */
function statementOf(bundle: unknown): unknown {
  const envelope = at(bundle, 'dsseEnvelope');
  if (textAt(envelope, 'payloadType') !== 'application/vnd.in-toto+json') return null;
  try {
    const statement: unknown = JSON.parse(Buffer.from(textAt(envelope, 'payload') ?? '', 'base64').toString('utf8'));
    return typeof statement === 'object' ? statement : null;
  } catch {
    return null;
  }
}

/** What is wrong with the statement's subject; null where it is exactly this package with these bytes. */
function wrongSubject(statement: unknown, subject: { name: string; version: string; sha512: string }): string | null {
  const subjects = at(statement, 'subject');
  const [first] = Array.isArray(subjects) ? subjects : [];
  if (!Array.isArray(subjects) || subjects.length !== 1) return 'is about more or less than one package';
  const purl = `pkg:npm/${subject.name.replace(/^@/, '%40')}@${subject.version}`;
  const named = textAt(first, 'name') ?? '';
  if (named !== purl && named !== purl.replace(/\+/g, '%2B')) return `is about ${JSON.stringify(named.slice(0, 120))}`;
  return textAt(at(first, 'digest'), 'sha512') === subject.sha512 ? null : 'is about other bytes';
}

/** From the certificate and not from the predicate: the CA checked what is in the certificate. */
function provenanceOf(signer: Signer): Attested | null {
  const name = signer.identity?.subjectAlternativeName ?? '';
  if (!URL.canParse(name)) return null;
  const oids = signer.identity?.oids ?? [];
  const source = oids.find(({ oid }) => oid?.id.join('.') === SOURCE_REPOSITORY)?.value;
  // A DER UTF8String: tag and length (short form) stand before the text.
  const extension = source === undefined ? '' : Buffer.from(source).subarray(2).toString('utf8');
  const [workflow = ''] = name.split('@refs/');
  return {
    repository: extension === '' ? repositoryOf(workflow) : extension,
    workflow: workflow.split('@')[0] ?? workflow,
  };
}

/** `https://github.com/OWNER/NAME/.github/workflows/x.yml` or `https://gitlab.com/GROUP/NAME//.gitlab-ci.yml`. */
function repositoryOf(workflow: string): string {
  return workflow.replace(/\/\.github\/workflows\/.*$/, '').replace(/(?<!:)\/\/.*$/, '');
}

function shortType(type: string): string {
  return JSON.stringify(type.slice(0, 100));
}

function oneLine(error: unknown): string {
  return (error instanceof Error ? error.message : 'unknown').replace(/\s+/g, ' ').slice(0, 160);
}
