/**
 * Looks in all four places where signatures lie beside a digest. Everything there is written by whoever may push, so counts and
 * sizes are bounded; what is left out because of it, or cannot be read, is said and makes the look incomplete.
 */
import { GuardEvidenceError } from '../error.ts';
import { HttpError } from '../http/http.ts';
import type { Descriptor, Referrers, Repository, StoredManifest } from '../registry/registry.ts';
import type { SignatureForm, SignatureRecord } from './signature.ts';

/** Manifests that are read of one list, and layers of one manifest. An image has a handful; registries with the API keep all verdicts. */
export const MAX_MANIFESTS = 256;
export const MAX_LAYERS = 64;
/** bytes. A simple signing payload has some 250; an attestation with a bill of materials a few million. */
const MAX_PAYLOAD = 64 << 10;
const MAX_ATTESTATION = 8 << 20;
/** bytes of all attestations and bundles beside one image */
const MAX_TOTAL = 32 << 20;
/** Requests at once; a registry on the other side of the street answers in some 10 ms. */
const PARALLEL = 8;

export const SIMPLE_SIGNING_TYPE = 'application/vnd.dev.cosign.simplesigning.v1+json';
export const DSSE_ENVELOPE_TYPE = 'application/vnd.dsse.envelope.v1+json';
export const BUNDLE_TYPE = 'application/vnd.dev.sigstore.bundle.v0.3+json';
const BUNDLE_PREFIX = 'application/vnd.dev.sigstore.bundle';

export interface Found {
  readonly records: readonly SignatureRecord[];
  readonly notes: readonly string[];
  readonly complete: boolean;
  /** The same without the `.sig` tag, which holds no attestations. */
  readonly attestationsComplete: boolean;
}

/** `sha256:<hex>` → `sha256-<hex>` with `.sig`, `.att` or nothing (the referrers' fallback) behind it. */
export function signatureTag(digest: string, suffix: '.sig' | '.att' | ''): string {
  return `${digest.replace(':', '-')}${suffix}`;
}

/** What one look may still fetch, and what it has to tell. */
interface Look {
  readonly repository: Repository;
  readonly digest: string;
  /** bytes */
  left: number;
  complete: boolean;
  attestationsComplete: boolean;
  readonly notes: string[];
}

/** @throws GuardEvidenceError only where none of the places could be read: the registry, not its content, is the matter then. */
export async function findSignatures(repository: Repository, digest: string): Promise<Found> {
  const look: Look = { repository, digest, left: MAX_TOTAL, complete: true, attestationsComplete: true, notes: [] };
  const [sig, att, lists] = await Promise.allSettled([
    repository.manifest(signatureTag(digest, '.sig')),
    repository.manifest(signatureTag(digest, '.att')),
    repository.referrers(digest),
  ]);
  if (sig.status === 'rejected' && att.status === 'rejected' && lists.status === 'rejected') throw sig.reason;
  const records: SignatureRecord[] = [];
  records.push(...(await annotatedLayers(look, settled(look, sig), 'sig-tag')));
  // What is missing so far is no attestation.
  look.attestationsComplete = true;
  records.push(...(await annotatedLayers(look, settled(look, att), 'att-tag')));
  const referrers = settled(look, lists);
  if (referrers !== null) records.push(...(await bundles(look, referrers)));
  const { notes, complete, attestationsComplete } = look;
  return { records, notes, complete, attestationsComplete };
}

function settled<T>(look: Look, result: PromiseSettledResult<T>): T | null {
  if (result.status === 'fulfilled') return result.value;
  incomplete(look, sentence(result.reason));
  return null;
}

/** The layers of a `.sig` or `.att` tag, whose signatures stand in annotations (`.sig`) or in the envelopes themselves (`.att`). */
async function annotatedLayers(
  look: Look,
  stored: StoredManifest | null,
  form: 'sig-tag' | 'att-tag',
): Promise<SignatureRecord[]> {
  if (stored === null) return [];
  const tag = signatureTag(look.digest, form === 'sig-tag' ? '.sig' : '.att');
  if (stored.manifest.kind !== 'image') {
    incomplete(look, `The tag ${tag} is an index, not a manifest with signatures; it is not read.`);
    return [];
  }
  const mediaType = form === 'sig-tag' ? SIMPLE_SIGNING_TYPE : DSSE_ENVELOPE_TYPE;
  const layers = numbered(look, stored.manifest.layers, tag).filter(
    ({ descriptor }) => descriptor.mediaType === mediaType,
  );
  const limit = form === 'sig-tag' ? MAX_PAYLOAD : MAX_ATTESTATION;
  const read = await inParallel(layers, async ({ descriptor, layer }): Promise<SignatureRecord[]> => {
    const payload = await blob(look, descriptor, limit, `layer ${layer + 1} of ${tag}`);
    if (payload === null) return [];
    const annotations = descriptor.annotations ?? {};
    const raw = {
      payload,
      signature: annotations['dev.cosignproject.cosign/signature'] ?? '',
      certificate: annotations['dev.sigstore.cosign/certificate'] || null,
      chain: annotations['dev.sigstore.cosign/chain'] || null,
      rekor: annotations['dev.sigstore.cosign/bundle'] || null,
      timestamp: annotations['dev.sigstore.cosign/rfc3161timestamp'] || null,
    };
    const claims = form === 'sig-tag' ? 'signature' : (annotations.predicateType ?? 'unknown');
    return [{ form, manifest: stored.digest, layer, claims, raw }];
  });
  return read.flat();
}

/** What both lists of referrers hold; what is in both is fetched once and is a record in both forms. */
async function bundles(
  look: Look,
  lists: { readonly api: Referrers; readonly fallbackTag: Referrers },
): Promise<SignatureRecord[]> {
  const api = candidates(look, lists.api, 'the referrers API');
  const tag = candidates(look, lists.fallbackTag, `the fallback tag ${signatureTag(look.digest, '')}`);
  const all = [...new Map([...api, ...tag].map((descriptor) => [descriptor.digest, descriptor])).values()];
  const read = await inParallel(all, async (descriptor) => ({
    digest: descriptor.digest,
    layers: await bundleLayers(look, descriptor),
  }));
  const layersOf = new Map(read.map(({ digest, layers }) => [digest, layers]));
  const inForm = (form: SignatureForm, list: readonly Descriptor[]): SignatureRecord[] =>
    list.flatMap(({ digest }) => (layersOf.get(digest) ?? []).map((layer) => ({ form, manifest: digest, ...layer })));
  return [...inForm('bundle-referrer', api), ...inForm('bundle-fallback-tag', tag)];
}

/** Bundles, and what does not say its kind; bills of materials and scans of other kinds are no matter of ours. */
function candidates(look: Look, list: Referrers, from: string): Descriptor[] {
  const distinct = [...new Map(list.descriptors.map((descriptor) => [descriptor.digest, descriptor])).values()];
  const wanted = distinct.filter(({ artifactType }) => {
    if (artifactType === undefined || artifactType === '' || artifactType === 'application/vnd.oci.empty.v1+json')
      return true;
    return artifactType.startsWith(BUNDLE_PREFIX);
  });
  if (wanted.length <= MAX_MANIFESTS) return wanted;
  incomplete(
    look,
    `${from} lists ${wanted.length} bundles beside ${look.digest}; only the newest ${MAX_MANIFESTS} are read, remove what is not needed.`,
  );
  return wanted.toSorted((a, b) => (createdAt(a) < createdAt(b) ? 1 : -1)).slice(0, MAX_MANIFESTS);
}

/**
 * ISO 8601, which sorts as text. Nobody signed it, so it only decides what is read where not all is: gate verdicts pile up, and the
 * newest counts. What does not say comes first: cosign's own entries under the fallback tag do not.
 */
function createdAt({ annotations }: Descriptor): string {
  return annotations?.['org.opencontainers.image.created'] ?? '9999';
}

async function bundleLayers(
  look: Look,
  listed: Descriptor,
): Promise<Pick<SignatureRecord, 'layer' | 'claims' | 'raw'>[]> {
  let stored: StoredManifest | null;
  try {
    stored = await look.repository.manifest(listed.digest);
  } catch (error) {
    incomplete(look, sentence(error));
    return [];
  }
  if (stored === null) {
    incomplete(look, `${listed.digest} is listed as a referrer of ${look.digest} but is not there.`);
    return [];
  }
  const { manifest } = stored;
  if (manifest.subject?.digest !== look.digest) {
    look.notes.push(
      `${listed.digest} is listed as a referrer of ${look.digest} but refers to ${manifest.subject?.digest ?? 'nothing'}; it is not read.`,
    );
    return [];
  }
  const claims = manifest.annotations['dev.sigstore.bundle.predicateType'] ?? 'signature';
  const layers = numbered(look, manifest.layers, listed.digest).filter(({ descriptor }) =>
    descriptor.mediaType.startsWith(BUNDLE_PREFIX),
  );
  const read = await inParallel(layers, async ({ descriptor, layer }) => {
    const bundle = await blob(look, descriptor, MAX_ATTESTATION, `layer ${layer + 1} of ${listed.digest}`);
    return bundle === null ? [] : [{ layer, claims, raw: { bundle } }];
  });
  return read.flat();
}

function numbered(look: Look, layers: readonly Descriptor[], of: string): { descriptor: Descriptor; layer: number }[] {
  if (layers.length > MAX_LAYERS)
    incomplete(look, `${of} has ${layers.length} layers; only the last ${MAX_LAYERS} are read.`);
  // Whoever adds one adds it at the end.
  return layers.map((descriptor, layer) => ({ descriptor, layer })).slice(-MAX_LAYERS);
}

async function blob(look: Look, descriptor: Descriptor, limit: number, what: string): Promise<Buffer | null> {
  const most = Math.min(limit, look.left);
  if (descriptor.size > most) {
    incomplete(look, `${what} has ${descriptor.size} bytes, more than the ${most} that are read; it is not read.`);
    return null;
  }
  look.left -= descriptor.size;
  try {
    return await look.repository.blob(descriptor, most);
  } catch (error) {
    incomplete(look, sentence(error));
    return null;
  }
}

function incomplete(look: Look, note: string): void {
  look.complete = false;
  look.attestationsComplete = false;
  look.notes.push(note);
}

/** Only the registry's own errors are evidence; anything else is a mistake of ours and must be seen. */
function sentence(error: unknown): string {
  if (error instanceof GuardEvidenceError || error instanceof HttpError) return error.message;
  throw error;
}

async function inParallel<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let at = 0; at < items.length; at += PARALLEL) {
    results.push(...(await Promise.all(items.slice(at, at + PARALLEL).map(work))));
  }
  return results;
}
