/** Everything signed beside one digest, and what it is worth. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Repository, StoredManifest } from '../registry/registry.ts';
import { findSignatures } from './find.ts';
import {
  SIGNATURE_FORMS,
  type SignatureForm,
  type SignatureRecord,
  type SignatureReport,
  type TrustPolicy,
  type VerifiedSignature,
} from './signature.ts';
import { prepareTrust } from './trust.ts';
import { verifyRecord } from './verify.ts';

/** So long at a time is checked, ms: a signature takes 0.2 (P-256, RSA) to 2.5 ms (P-521, Ed25519ph) a key, and others wait for answers. */
const HELD_MS = 5;

/**
 * Looks in all four forms and checks what is there. Of an index (several platforms) the index's own signatures count: it names its
 * manifests by digest, so they are covered by it; one that is deployed by its own digest needs a signature of its own
 * (`cosign sign --recursive`), since nothing leads from a manifest to the index that names it.
 *
 * @param now for keys that end; certificates are held against trusted times only
 * @throws GuardUsageError where the policy cannot be used, GuardEvidenceError where the registry cannot be read at all; never for
 *   what lies beside the image
 */
export async function inspectSignatures(
  repository: Repository,
  image: StoredManifest,
  trust: TrustPolicy,
  now: Date,
): Promise<SignatureReport> {
  const ready = prepareTrust(trust);
  const { records, notes, complete, attestationsComplete } = await findSignatures(repository, image.digest);
  // What lies in two forms is one manifest: checked once.
  const checked = new Map<string, VerifiedSignature>();
  const verified: VerifiedSignature[] = [];
  let since = performance.now();
  for (const record of records) {
    const id = `${record.manifest} ${record.layer}`;
    const known = checked.get(id);
    const result = known === undefined ? verifyRecord(record, image, ready, now) : inForm(known, record);
    if (known === undefined) checked.set(id, result);
    verified.push(result);
    if (performance.now() - since > HELD_MS) {
      await nextTurn();
      since = performance.now();
    }
  }
  const signatures = verified.filter(({ record }) => record.claims === 'signature');
  const attestations = verified.filter(({ record }) => record.claims !== 'signature');
  return {
    digest: image.digest,
    image: image.mediaType,
    signatures,
    attestations,
    readableIn: readable(signatures, attestations),
    notes,
    complete,
    attestationsComplete,
  };
}

function inForm(known: VerifiedSignature, { form }: SignatureRecord): VerifiedSignature {
  return { ...known, record: { ...known.record, form } };
}

function readable(
  signatures: readonly VerifiedSignature[],
  attestations: readonly VerifiedSignature[],
): Readonly<Record<SignatureForm, boolean>> {
  const inForm = (form: SignatureForm): boolean =>
    (form === 'att-tag' ? attestations : signatures).some(
      ({ record, outcome }) => record.form === form && outcome === 'valid',
    );
  const [sig, referrer, fallback, att] = SIGNATURE_FORMS.map(inForm);
  return {
    'sig-tag': sig === true,
    'bundle-referrer': referrer === true,
    'bundle-fallback-tag': fallback === true,
    'att-tag': att === true,
  };
}
