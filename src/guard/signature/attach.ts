/** Puts a signed verdict beside an image, in the forms that admission reads, as cosign 3.1.3 writes them. */
import { createPublicKey } from 'node:crypto';
import { GuardUsageError } from '../error.ts';
import { OCI_INDEX, OCI_MANIFEST, sha256Of } from '../registry/oci-manifest.ts';
import type { Repository, StoredManifest } from '../registry/registry.ts';
import { type Envelope, preAuthEncoding, serializeEnvelope } from './dsse.ts';
import { BUNDLE_TYPE, DSSE_ENVELOPE_TYPE, findSignatures, signatureTag } from './find.ts';
import { openRecord } from './material.ts';
import { verifyBytes } from './public-key.ts';
import type { SignatureForm, SignatureRecord } from './signature.ts';
import type { SigningKey } from './signing-key.ts';
import { parseStatement } from './statement.ts';
import { SignatureFormatError } from './strict-json.ts';
import { superseded } from './supersede.ts';
import { addToTag, type Entry } from './tag-merge.ts';

export interface Attached {
  readonly form: SignatureForm;
  /** Digest of the manifest that holds it. */
  readonly manifest: string;
  /** false: it was there already. */
  readonly written: boolean;
}

/** What of a key is needed to say whose the envelope is. */
export type AttachKey = Pick<SigningKey, 'publicKey' | 'hint'>;

const EMPTY_CONFIG = 'application/vnd.oci.empty.v1+json';
const CONFIG = 'application/vnd.oci.image.config.v1+json';

/**
 * Attaches the envelope in each form that is not there yet: as a bundle v0.3 that refers to the image (where the registry has no
 * referrers API, it is added to the fallback tag, whether that was asked for or not, or nobody would find it), and as a layer of the
 * `.att` tag. What others have put there stays; of our own older verdicts of the policy the newest few do (supersede.ts). An equal
 * verdict, i.e. the same statement signed by the same key, is not added again.
 *
 * @param forms of SIGNATURE_FORMS, without `sig-tag`, which holds no attestations
 * @throws GuardUsageError, GuardEvidenceError
 */
export async function attachVerdict(
  repository: Repository,
  image: StoredManifest,
  envelope: Envelope,
  key: AttachKey,
  forms: readonly SignatureForm[],
): Promise<readonly Attached[]> {
  if (forms.length === 0 || forms.includes('sig-tag')) {
    throw new GuardUsageError(
      'A verdict is attached as bundle-referrer, bundle-fallback-tag or att-tag; name at least one of these and not sig-tag',
    );
  }
  const { records } = await findSignatures(repository, image.digest);
  const there = records.filter((record) => isSame(record, envelope, key, image));
  const attached: Attached[] = [];
  if (forms.includes('bundle-referrer') || forms.includes('bundle-fallback-tag')) {
    const drop = superseded(records, 'bundle-fallback-tag', image, parseStatement(envelope.payload), key.publicKey);
    attached.push(...(await attachBundle(repository, image, envelope, key, forms, there, drop)));
  }
  if (forms.includes('att-tag')) {
    const drop = superseded(records, 'att-tag', image, parseStatement(envelope.payload), key.publicKey);
    attached.push(await attachLayer(repository, image, envelope, there, drop));
  }
  return attached;
}

async function attachBundle(
  repository: Repository,
  image: StoredManifest,
  envelope: Envelope,
  key: AttachKey,
  forms: readonly SignatureForm[],
  there: readonly SignatureRecord[],
  drop: ReadonlySet<string>,
): Promise<Attached[]> {
  const known = new Map(there.map(({ form, manifest }) => [form, manifest]));
  const inApi = known.get('bundle-referrer');
  const inTag = known.get('bundle-fallback-tag');
  const pushed = inApi ?? inTag ?? (await pushBundle(repository, image, envelope, key));
  const { api } = await repository.referrers(image.digest);
  const listed = api.descriptors.some(({ digest }) => digest === pushed);
  const attached: Attached[] = [];
  if (listed) attached.push({ form: 'bundle-referrer', manifest: pushed, written: inApi === undefined });
  if (!listed || forms.includes('bundle-fallback-tag')) {
    if (inTag === undefined) await addToFallback(repository, image, pushed, drop);
    attached.push({ form: 'bundle-fallback-tag', manifest: inTag ?? pushed, written: inTag === undefined });
  }
  return attached;
}

/** @returns the digest of the bundle's manifest */
async function pushBundle(
  repository: Repository,
  image: StoredManifest,
  envelope: Envelope,
  key: AttachKey,
): Promise<string> {
  const bundle = await repository.putBlob(bundleOf(envelope, key), BUNDLE_TYPE);
  const config = await repository.putBlob(Buffer.from('{}'), EMPTY_CONFIG);
  const statement = parseStatement(envelope.payload);
  const manifest = {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: { ...config, artifactType: BUNDLE_TYPE },
    layers: [bundle],
    annotations: {
      'dev.sigstore.bundle.content': 'dsse-envelope',
      'dev.sigstore.bundle.predicateType': statement.predicateType,
      ...createdAt(statement.predicate),
    },
    subject: { mediaType: image.mediaType, size: image.bytes.length, digest: image.digest },
    artifactType: BUNDLE_TYPE,
  };
  const bytes = Buffer.from(JSON.stringify(manifest));
  return repository.putManifest(sha256Of(bytes), bytes, OCI_MANIFEST);
}

/** A sigstore bundle v0.3 with a public key and no log entry. */
export function bundleOf(envelope: Envelope, key: Pick<SigningKey, 'hint'>): Buffer {
  return Buffer.from(
    JSON.stringify({
      mediaType: BUNDLE_TYPE,
      verificationMaterial: { publicKey: { hint: key.hint } },
      dsseEnvelope: JSON.parse(serializeEnvelope(envelope).toString('utf8')),
    }),
  );
}

async function addToFallback(
  repository: Repository,
  image: StoredManifest,
  digest: string,
  drop: ReadonlySet<string>,
): Promise<void> {
  const stored = await repository.manifest(digest);
  const added: Entry = {
    mediaType: OCI_MANIFEST,
    size: stored?.bytes.length ?? 0,
    digest,
    ...(stored === null ? {} : { annotations: stored.manifest.annotations }),
    artifactType: BUNDLE_TYPE,
  };
  await addToTag(
    repository,
    {
      tag: signatureTag(image.digest, ''),
      list: 'manifests',
      drop,
      build: async (others, manifests) => ({
        bytes: Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, ...others, manifests })),
        mediaType: OCI_INDEX,
      }),
    },
    added,
  );
}

async function attachLayer(
  repository: Repository,
  image: StoredManifest,
  envelope: Envelope,
  there: readonly SignatureRecord[],
  drop: ReadonlySet<string>,
): Promise<Attached> {
  const known = there.find(({ form }) => form === 'att-tag');
  if (known !== undefined) return { form: 'att-tag', manifest: known.manifest, written: false };
  const layer = await repository.putBlob(serializeEnvelope(envelope), DSSE_ENVELOPE_TYPE);
  const { predicateType } = parseStatement(envelope.payload);
  const manifest = await addToTag(
    repository,
    {
      tag: signatureTag(image.digest, '.att'),
      list: 'layers',
      drop,
      build: async (others, layers) => {
        const config = await repository.putBlob(attestationConfig(layers), CONFIG);
        const manifest = { schemaVersion: 2, mediaType: OCI_MANIFEST, ...others, config, layers };
        return { bytes: Buffer.from(JSON.stringify(manifest)), mediaType: OCI_MANIFEST };
      },
    },
    // cosign reads a layer without the (empty) signature annotation as none of its own.
    { ...layer, annotations: { 'dev.cosignproject.cosign/signature': '', predicateType } },
  );
  return { form: 'att-tag', manifest, written: true };
}

/** Readers that treat it as an image match layers with the configuration's list; nothing else in it means anything. */
function attestationConfig(layers: readonly Entry[]): Buffer {
  const epoch = '0001-01-01T00:00:00Z';
  return Buffer.from(
    JSON.stringify({
      architecture: '',
      created: epoch,
      history: layers.map(() => ({ created: epoch })),
      os: '',
      rootfs: { type: 'layers', diff_ids: layers.map((layer) => layer.digest) },
      config: {},
    }),
  );
}

/** The same statement, signed by this key; the signature itself is different each time with ECDSA. */
function isSame(record: SignatureRecord, envelope: Envelope, key: AttachKey, image: StoredManifest): boolean {
  try {
    const { signed, signatures } = openRecord(record, image.bytes);
    if (!signed.equals(preAuthEncoding(envelope.payloadType, envelope.payload))) return false;
    const publicKey = createPublicKey(key.publicKey);
    return signatures.some((signature) => verifyBytes(publicKey, signed, signature));
  } catch (error) {
    if (error instanceof SignatureFormatError) return false;
    throw error;
  }
}

/** The verdict's own time, so that the same envelope makes the same manifest. */
function createdAt(predicate: unknown): Record<string, string> {
  if (typeof predicate !== 'object' || predicate === null || !('timeVerified' in predicate)) return {};
  return typeof predicate.timeVerified === 'string'
    ? { 'org.opencontainers.image.created': predicate.timeVerified }
    : {};
}
