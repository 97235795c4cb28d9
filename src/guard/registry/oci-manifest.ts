/**
 * Reads image manifests and indexes: Docker's schema 2 and OCI 1.1 (https://github.com/opencontainers/image-spec). What a
 * registry serves is hostile: bytes, members and numbers are bounded, and a document that could be read as two kinds is refused.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { GuardEvidenceError } from '../error.ts';
import { isDigest } from './reference.ts';
import type { Descriptor, OciManifest } from './registry.ts';

export const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
export const OCI_INDEX = 'application/vnd.oci.image.index.v1+json';
export const DOCKER_MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json';
export const DOCKER_LIST = 'application/vnd.docker.distribution.manifest.list.v2+json';

/** What registries have to take at least, by the distribution specification; more than any real manifest has. */
export const MANIFEST_LIMIT = 4 * 1024 * 1024;
const MOST_LAYERS = 1000;
/** Of an index; a fallback tag lists every signature that was ever made of an image. */
const MOST_MANIFESTS = 20_000;

const KINDS: Readonly<Record<string, OciManifest['kind']>> = {
  [OCI_MANIFEST]: 'image',
  [DOCKER_MANIFEST]: 'image',
  [OCI_INDEX]: 'index',
  [DOCKER_LIST]: 'index',
};

const annotations = z.record(z.string(), z.string());

const descriptor = z.object({
  mediaType: z.string().max(255),
  digest: z.string().refine(isDigest, 'no sha256 or sha512 digest'),
  size: z.int().min(0),
  artifactType: z.string().max(255).optional(),
  annotations: annotations.nullish(),
  platform: z
    .object({ os: z.string(), architecture: z.string(), variant: z.string().optional() })
    .nullish()
    .catch(undefined),
});

const document = z.object({
  schemaVersion: z.literal(2),
  mediaType: z.string().optional(),
  artifactType: z.string().max(255).optional(),
  config: descriptor.nullish(),
  layers: z.array(descriptor).max(MOST_LAYERS).nullish(),
  manifests: z.array(descriptor).max(MOST_MANIFESTS).nullish(),
  subject: descriptor.nullish(),
  annotations: annotations.nullish(),
});

export function sha256Of(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** The digest of `bytes` in the algorithm of `like`. */
export function digestLike(like: string, bytes: Uint8Array): string {
  return like.startsWith('sha512:') ? `sha512:${createHash('sha512').update(bytes).digest('hex')}` : sha256Of(bytes);
}

/**
 * @param served the Content-Type that it came with, or '' where there is none.
 * @param name what it is called in errors.
 * @throws GuardEvidenceError
 */
export function readOciManifest(bytes: Buffer, served: string, name: string): OciManifest {
  const wrong = (why: string): GuardEvidenceError => new GuardEvidenceError(`the manifest of ${name} ${why}`);
  if (bytes.length > MANIFEST_LIMIT) throw wrong(`is larger than ${MANIFEST_LIMIT} bytes`);
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw wrong('is no JSON');
  }
  if (typeof json === 'object' && json !== null && 'schemaVersion' in json && json.schemaVersion === 1) {
    throw wrong("is of Docker's schema 1, which cannot be verified: push the image again with a tool of this decade");
  }
  const read = document.safeParse(json);
  if (!read.success) throw wrong(mistakeOf(read.error));
  const found = read.data;

  const type = (served.split(';')[0] ?? '').trim().toLowerCase();
  // Registries that do not know a type serve it as plain JSON or bytes; then the document says what it is.
  const said = Object.hasOwn(KINDS, type) ? type : undefined;
  if (said !== undefined && found.mediaType !== undefined && said !== found.mediaType) {
    throw wrong(`was served as ${said} and calls itself ${shortened(found.mediaType)}`);
  }
  const mediaType = said ?? found.mediaType ?? (Array.isArray(found.manifests) ? OCI_INDEX : OCI_MANIFEST);
  const kind = Object.hasOwn(KINDS, mediaType) ? KINDS[mediaType] : undefined;
  if (kind === undefined) throw wrong(`is of the type ${shortened(mediaType)}, which is no image`);
  // One document, two readings (CVE-2021-41190): what is scanned would not be what is run.
  const isImage = (found.layers ?? null) !== null || (found.config ?? null) !== null;
  const isIndex = (found.manifests ?? null) !== null;
  if (isImage && isIndex) throw wrong('is an image and an index at once');
  if (kind === 'image' && !isImage) throw wrong('has neither config nor layers');
  if (kind === 'index' && !isIndex) throw wrong('lists no manifests');
  return {
    kind,
    mediaType,
    artifactType: found.artifactType ?? null,
    config: descriptorOf(found.config ?? null),
    layers: (found.layers ?? []).flatMap((one) => descriptorOf(one) ?? []),
    manifests: (found.manifests ?? []).flatMap((one) => descriptorOf(one) ?? []),
    subject: descriptorOf(found.subject ?? null),
    annotations: found.annotations ?? {},
  };
}

function descriptorOf(found: z.infer<typeof descriptor> | null): Descriptor | null {
  if (found === null) return null;
  const { mediaType, digest, size, artifactType, platform } = found;
  return {
    mediaType,
    digest,
    size,
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(found.annotations === undefined || found.annotations === null ? {} : { annotations: found.annotations }),
    ...(platform === undefined || platform === null
      ? {}
      : {
          platform: {
            os: platform.os,
            architecture: platform.architecture,
            ...(platform.variant === undefined ? {} : { variant: platform.variant }),
          },
        }),
  };
}

function mistakeOf(error: z.ZodError): string {
  const first = error.issues[0];
  return `does not hold at ${shortened(first?.path.join('.') ?? '') || 'its root'}: ${shortened(first?.message ?? '')}`;
}

function shortened(text: string): string {
  return text.length > 120 ? `${text.slice(0, 120)}…` : text;
}
