/** A repository over the OCI distribution API 1.1 (https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md). */
import { z } from 'zod';
import { GuardEvidenceError } from '../error.ts';
import type { Http, HttpAnswer } from '../http/http.ts';
import type { CredentialSource } from './credentials.ts';
import {
  DOCKER_LIST,
  DOCKER_MANIFEST,
  digestLike,
  MANIFEST_LIMIT,
  OCI_INDEX,
  OCI_MANIFEST,
  readOciManifest,
  sha256Of,
} from './oci-manifest.ts';
import { isDigest } from './reference.ts';
import type { Descriptor, ImageReference, Referrers, Repository, StoredManifest } from './registry.ts';
import { openSession } from './session.ts';

const ACCEPT = { accept: [OCI_INDEX, DOCKER_LIST, OCI_MANIFEST, DOCKER_MANIFEST].join(', ') };
/** Registries page their lists; one that never ends is not followed. */
const MOST_PAGES = 200;
const MOST_TAGS = 100_000;
const ANSWER_LIMIT = 64 * 1024;

const tagList = z.object({ tags: z.array(z.string().max(128)).nullish() });
const errorAnswer = z.object({ errors: z.array(z.object({ code: z.string() })).min(1) });

export interface RepositoryOptions {
  /** Plain HTTP is allowed though the registry is not on loopback. Default false. */
  readonly insecure?: boolean;
}

export function openRepository(
  http: Http,
  reference: ImageReference,
  credentials: CredentialSource,
  options: RepositoryOptions = {},
): Repository {
  const session = openSession({ http, reference, credentials, insecure: options.insecure ?? false });
  const name = `${reference.registry}/${reference.repository}`;

  const manifest = async (of: string): Promise<StoredManifest | null> => {
    const answer = await session.send(`manifests/${of}`, 'pull', { headers: ACCEPT, limit: MANIFEST_LIMIT });
    if (answer.status === 404) return null;
    expectStatus(answer, 200, `reading ${at(name, of)}`);
    return storedManifest(answer, of, name);
  };

  const api = async (digest: string): Promise<Referrers> => {
    const descriptors: Descriptor[] = [];
    const pages = pagesOf(name, `referrers/${digest}`, (path) =>
      session.send(path, 'pull', { headers: { accept: OCI_INDEX }, limit: MANIFEST_LIMIT }),
    );
    for await (const answer of pages) {
      // What does not know the API answers 404 by the specification, and others as they like.
      if (answer.status >= 400 && answer.status < 500 && answer.status !== 429 && descriptors.length === 0) {
        return { from: 'none', descriptors: [] };
      }
      expectStatus(answer, 200, `listing what refers to ${at(name, digest)}`);
      if (!(answer.headers['content-type'] ?? '').startsWith(OCI_INDEX)) return { from: 'none', descriptors: [] };
      descriptors.push(...readOciManifest(answer.body, OCI_INDEX, `the referrers of ${at(name, digest)}`).manifests);
    }
    return { from: 'api', descriptors };
  };

  const fallbackTag = async (digest: string): Promise<Referrers> => {
    const found = await manifest(digest.replace(':', '-'));
    return found === null || found.manifest.kind !== 'index'
      ? { from: 'none', descriptors: [] }
      : { from: 'fallback-tag', descriptors: found.manifest.manifests };
  };

  return {
    registry: reference.registry,
    repository: reference.repository,
    manifest,

    async digestOf(tag) {
      const answer = await session.send(`manifests/${tag}`, 'pull', { method: 'HEAD', headers: ACCEPT, limit: 0 });
      if (answer.status === 404) return null;
      const digest = answer.headers['docker-content-digest'] ?? '';
      if (answer.status === 200 && isDigest(digest)) return digest;
      return (await manifest(tag))?.digest ?? null;
    },

    async blob(descriptor, limit) {
      const where = at(name, descriptor.digest);
      if (descriptor.size > limit) {
        throw new GuardEvidenceError(`${where} has ${descriptor.size} bytes, more than the ${limit} that are read`);
      }
      const headers = { 'accept-encoding': 'identity' };
      const answer = await session.send(`blobs/${descriptor.digest}`, 'pull', { headers, limit });
      expectStatus(answer, 200, `reading ${where}`);
      if (answer.body.length !== descriptor.size || digestLike(descriptor.digest, answer.body) !== descriptor.digest) {
        throw new GuardEvidenceError(`what the registry serves as ${where} are other bytes: do not trust it`);
      }
      return answer.body;
    },

    async referrers(digest) {
      const [fromApi, fromTag] = await Promise.all([api(digest), fallbackTag(digest)]);
      return { api: fromApi, fallbackTag: fromTag };
    },

    async putBlob(bytes, mediaType) {
      const digest = sha256Of(bytes);
      const stored = { mediaType, digest, size: bytes.length };
      const known = await session.send(`blobs/${digest}`, 'pull,push', { method: 'HEAD', limit: 0 });
      if (known.status === 200) return stored;
      const begun = await session.send('blobs/uploads/', 'pull,push', { method: 'POST', limit: ANSWER_LIMIT });
      expectStatus(begun, 202, `beginning an upload to ${name}`);
      const location = URL.canParse(begun.headers.location ?? '', begun.url)
        ? new URL(begun.headers.location ?? '', begun.url)
        : null;
      if (location === null) throw new GuardEvidenceError(`${name} began an upload without saying where it goes`);
      location.searchParams.set('digest', digest);
      const done = await session.send(location.href, 'pull,push', {
        method: 'PUT',
        body: bytes,
        headers: { 'content-type': 'application/octet-stream' },
        redirects: 0,
        limit: ANSWER_LIMIT,
      });
      expectStatus(done, 201, `uploading to ${name}`);
      return stored;
    },

    async putManifest(of, bytes, mediaType) {
      const answer = await session.send(`manifests/${of}`, 'pull,push', {
        method: 'PUT',
        body: bytes,
        headers: { 'content-type': mediaType },
        redirects: 0,
        limit: ANSWER_LIMIT,
      });
      expectStatus(answer, 201, `writing ${at(name, of)}`);
      const digest = sha256Of(bytes);
      const stored = answer.headers['docker-content-digest'];
      if (stored !== undefined && stored !== digest && stored.startsWith('sha256:')) {
        throw new GuardEvidenceError(`${at(name, of)} was stored as other bytes than were sent: do not trust it`);
      }
      return digest;
    },

    async tags() {
      const tags: string[] = [];
      const pages = pagesOf(name, 'tags/list?n=1000', (path) => session.send(path, 'pull', { limit: MANIFEST_LIMIT }));
      for await (const answer of pages) {
        if (answer.status === 404) return [];
        expectStatus(answer, 200, `listing the tags of ${name}`);
        const read = tagList.safeParse(jsonOf(answer.body));
        if (!read.success) throw new GuardEvidenceError(`${name} answered something that is no list of tags`);
        tags.push(...(read.data.tags ?? []));
        if (tags.length > MOST_TAGS) {
          throw new GuardEvidenceError(`${name} has more than ${MOST_TAGS} tags, which are not listed`);
        }
      }
      return tags;
    },
  };
}

/** `registry/name:tag` or `registry/name@sha256:…` */
function at(name: string, reference: string): string {
  return `${name}${isDigest(reference) ? '@' : ':'}${reference}`;
}

function storedManifest(answer: HttpAnswer, of: string, name: string): StoredManifest {
  const where = at(name, of);
  const bytes = answer.body;
  const digest = isDigest(of) ? digestLike(of, bytes) : sha256Of(bytes);
  const claimed = answer.headers['docker-content-digest'];
  const wanted = isDigest(of) ? of : claimed !== undefined && isDigest(claimed) ? claimed : digest;
  if (digestLike(wanted, bytes) !== wanted) {
    throw new GuardEvidenceError(
      `what the registry serves as ${where} is another manifest (${digest}): do not trust it`,
    );
  }
  const manifest = readOciManifest(bytes, answer.headers['content-type'] ?? '', where);
  return { digest, mediaType: manifest.mediaType, bytes, manifest };
}

/** The pages of a list: each names the next in a Link header (RFC 8288), within the same registry. */
async function* pagesOf(
  name: string,
  path: string,
  send: (path: string) => Promise<HttpAnswer>,
): AsyncGenerator<HttpAnswer> {
  const seen = new Set<string>();
  let next: string | null = path;
  while (next !== null) {
    if (seen.has(next) || seen.size >= MOST_PAGES) {
      throw new GuardEvidenceError(`${name} answers with a list that does not end`);
    }
    seen.add(next);
    const answer: HttpAnswer = await send(next);
    yield answer;
    const link: string | undefined = /<([^>]*)>\s*;[^,]*\brel="?next"?/i.exec(answer.headers.link ?? '')?.[1];
    if (link === undefined) return;
    const url = URL.canParse(link, answer.url) ? new URL(link, answer.url) : null;
    if (url === null || url.origin !== new URL(answer.url).origin) {
      throw new GuardEvidenceError(`${name} answers with a list that goes on elsewhere, which is not followed`);
    }
    next = url.href;
  }
}

function expectStatus(answer: HttpAnswer, status: number, doing: string): void {
  if (answer.status === status) return;
  const read = errorAnswer.safeParse(jsonOf(answer.body));
  const code = read.success ? (read.data.errors[0]?.code ?? '') : '';
  const says = /^[A-Z_]{1,40}$/.test(code) ? ` (${code})` : '';
  throw new GuardEvidenceError(`${doing} failed: the registry answered ${answer.status}${says}`);
}

function jsonOf(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return null;
  }
}
