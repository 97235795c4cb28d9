/** For tests: a repository in memory that can lie, and small images; no registry has to run. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { GuardEvidenceError } from '../error.ts';
import { OCI_INDEX, OCI_MANIFEST, readOciManifest, sha256Of } from '../registry/oci-manifest.ts';
import type { Descriptor, Repository, StoredManifest } from '../registry/registry.ts';
import { BUNDLE_TYPE } from './find.ts';

export interface MemoryRepository extends Repository {
  readonly manifests: Map<string, { readonly bytes: Buffer; readonly mediaType: string }>;
  readonly blobs: Map<string, Buffer>;
  /** Descriptors that the referrers API has besides the true ones. */
  readonly lies: Descriptor[];
  /** Called before a tag is written; a test is then another writer. */
  beforePut: (reference: string) => Promise<void>;
  /** Requests so far. */
  requests: number;
}

/** @param referrersApi whether it has the API, as registries of OCI distribution 1.1 do */
export function memoryRepository(referrersApi: boolean): MemoryRepository {
  const manifests: MemoryRepository['manifests'] = new Map();
  const blobs: MemoryRepository['blobs'] = new Map();
  const lies: Descriptor[] = [];
  const read = async (reference: string): Promise<StoredManifest | null> => {
    memory.requests++;
    const found = manifests.get(reference);
    if (found === undefined) return null;
    const { bytes, mediaType } = found;
    if (reference.startsWith('sha256:') && sha256Of(bytes) !== reference) {
      throw new GuardEvidenceError(`${reference} is served with other bytes`);
    }
    const manifest = readOciManifest(bytes, mediaType, reference);
    return { digest: sha256Of(bytes), mediaType, bytes, manifest };
  };
  const refersTo = async (digest: string): Promise<Descriptor[]> => {
    const found: Descriptor[] = [];
    for (const [reference, { bytes, mediaType }] of manifests) {
      const stored = reference.startsWith('sha256:') ? await read(reference) : null;
      if (stored?.manifest.subject?.digest !== digest) continue;
      const { artifactType, annotations } = stored.manifest;
      found.push({ mediaType, digest: reference, size: bytes.length, annotations, artifactType: artifactType ?? '' });
    }
    return found;
  };
  const memory: MemoryRepository = {
    registry: 'registry.test',
    repository: 'shop/api',
    manifests,
    blobs,
    lies,
    beforePut: async () => {},
    requests: 0,
    manifest: read,
    digestOf: async (tag) => (await read(tag))?.digest ?? null,
    async blob({ digest, size }, limit) {
      memory.requests++;
      const bytes = blobs.get(digest);
      if (bytes === undefined || sha256Of(bytes) !== digest)
        throw new GuardEvidenceError(`the blob ${digest} cannot be read`);
      if (bytes.length > limit || bytes.length !== size)
        throw new GuardEvidenceError(`the blob ${digest} has another size`);
      return bytes;
    },
    async referrers(digest) {
      const tag = await read(digest.replace(':', '-'));
      return {
        api: referrersApi
          ? { from: 'api', descriptors: [...(await refersTo(digest)), ...lies] }
          : { from: 'none', descriptors: [] },
        fallbackTag:
          tag === null
            ? { from: 'none', descriptors: [] }
            : { from: 'fallback-tag', descriptors: tag.manifest.manifests },
      };
    },
    async putBlob(bytes, mediaType) {
      const digest = sha256Of(bytes);
      blobs.set(digest, Buffer.from(bytes));
      return { mediaType, digest, size: bytes.length };
    },
    async putManifest(reference, bytes, mediaType) {
      if (!reference.startsWith('sha256:')) await memory.beforePut(reference);
      const stored = { bytes: Buffer.from(bytes), mediaType };
      manifests.set(reference, stored);
      manifests.set(sha256Of(bytes), stored);
      return sha256Of(bytes);
    },
    tags: async () => [...manifests.keys()].filter((reference) => !reference.startsWith('sha256:')),
  };
  return memory;
}

/** An image of no layers; another `name`, another digest. */
export async function pushImage(repository: Repository, name = 'one'): Promise<StoredManifest> {
  const config = await repository.putBlob(
    Buffer.from(JSON.stringify({ name })),
    'application/vnd.oci.image.config.v1+json',
  );
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: OCI_MANIFEST, config, layers: [] }));
  return stored(repository, await repository.putManifest('v1', bytes, OCI_MANIFEST));
}

export async function pushIndex(repository: Repository, of: StoredManifest): Promise<StoredManifest> {
  const platform = { os: 'linux', architecture: 'amd64' };
  const manifests = [{ mediaType: of.mediaType, digest: of.digest, size: of.bytes.length, platform }];
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests }));
  return stored(repository, await repository.putManifest('multi', bytes, OCI_INDEX));
}

export async function stored(repository: Repository, reference: string): Promise<StoredManifest> {
  const found = await repository.manifest(reference);
  if (found === null) throw new Error(`${reference} is not there`);
  return found;
}

const RECORDED = z.object({
  cosign: z.string(),
  digest: z.string(),
  publicKey: z.string(),
  manifests: z.array(z.object({ reference: z.string(), mediaType: z.string(), bytes: z.string() })),
  blobs: z.array(z.string()),
});

/** What real cosign pushed, recorded by scripts/record-signatures.ts. */
export function recorded(
  name: string,
  referrersApi = false,
): { repository: MemoryRepository; digest: string; publicKey: string } {
  const file = join(import.meta.dirname, 'testdata', `${name}.json`);
  const { digest, publicKey, manifests, blobs } = RECORDED.parse(JSON.parse(readFileSync(file, 'utf8')));
  const repository = memoryRepository(referrersApi);
  for (const { reference, mediaType, bytes } of manifests) {
    repository.manifests.set(reference, { mediaType, bytes: Buffer.from(bytes, 'base64') });
  }
  for (const blob of blobs) {
    const bytes = Buffer.from(blob, 'base64');
    repository.blobs.set(sha256Of(bytes), bytes);
  }
  return { repository, digest, publicKey };
}

/** A manifest with one bundle that refers to the image. */
export async function pushBundle(repository: Repository, image: { digest: string }, bundle: Buffer): Promise<string> {
  const layer = await repository.putBlob(bundle, BUNDLE_TYPE);
  const config = await repository.putBlob(Buffer.from('{}'), 'application/vnd.oci.empty.v1+json');
  const subject = { mediaType: OCI_MANIFEST, digest: image.digest, size: 1 };
  const manifest = {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    artifactType: BUNDLE_TYPE,
    config,
    layers: [layer],
    subject,
  };
  const bytes = Buffer.from(JSON.stringify(manifest));
  return repository.putManifest(sha256Of(bytes), bytes, OCI_MANIFEST);
}
