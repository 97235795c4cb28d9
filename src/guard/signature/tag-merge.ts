/**
 * Adds an entry to a tag that several writers share (the referrers' fallback index, the `.att` manifest). Registries have no
 * conditional write, so it is optimistic: write, read again, and write again with what everybody had put there until all of it is.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { GuardEvidenceError } from '../error.ts';
import type { Repository, StoredManifest } from '../registry/registry.ts';

/** Writers of one image's signatures are a few CI jobs. */
const MAX_ROUNDS = 12;
/** ms; two writers that meet must not meet again in step. */
const JITTER = 40;
/**
 * ms between the two looks that have to find the entry after it was written. A writer that read before us and writes after us has
 * never seen our entry and cannot put it back; its request is on the way for less than this, or for so long that nothing helps.
 */
const SETTLE = 250;

/** One entry as it stands in the manifest: members that we do not know are kept. */
export type Entry = Readonly<Record<string, unknown>>;

export interface SharedTag {
  readonly tag: string;
  /** `manifests` of an index, `layers` of a manifest. */
  readonly list: 'manifests' | 'layers';
  /** Digests of entries that are left out when it is written; nothing is written for that alone. */
  readonly drop?: ReadonlySet<string>;
  /** The tag's bytes with these entries; `others` are the manifest's other members as they are, empty where there is none yet. */
  readonly build: (
    others: Entry,
    entries: readonly Entry[],
  ) => Promise<{ readonly bytes: Buffer; readonly mediaType: string }>;
}

const MANIFEST = z.record(z.string(), z.unknown());
const ANNOTATIONS = z.record(z.string(), z.unknown());
const ENTRIES = z.array(z.record(z.string(), z.unknown()));

/**
 * @returns the digest of what the tag now is.
 * @throws GuardEvidenceError where the tag is something else, or others keep overwriting it
 */
export async function addToTag(repository: Repository, shared: SharedTag, added: Entry): Promise<string> {
  /** Everything that was ever seen in the tag here, by what it is; also what another writer has just overwritten. */
  const wanted = new Map<string, Entry>();
  let rounds = 0;
  let settled = true;
  while (rounds < MAX_ROUNDS) {
    const stored = await repository.manifest(shared.tag);
    const { others, entries } = contentOf(stored, shared);
    const present = new Set(entries.map((entry) => identity(entry, shared.list)));
    for (const entry of entries)
      if (shared.drop?.has(String(entry.digest)) !== true) wanted.set(identity(entry, shared.list), entry);
    const own = identity(added, shared.list);
    wanted.set(own, wanted.get(own) ?? added);
    if (stored !== null && [...wanted.keys()].every((id) => present.has(id))) {
      if (settled) return stored.digest;
      settled = true;
      await sleep(SETTLE);
      continue;
    }
    if (rounds > 0) await sleep(Math.random() * JITTER);
    const { bytes, mediaType } = await shared.build(others, [...wanted.values()]);
    await repository.putManifest(shared.tag, bytes, mediaType);
    settled = false;
    rounds++;
  }
  throw new GuardEvidenceError(
    `The tag ${shared.tag} of ${repository.registry}/${repository.repository} was overwritten by others ${MAX_ROUNDS} times; run it again when they are done`,
  );
}

function contentOf(
  stored: StoredManifest | null,
  { tag, list }: SharedTag,
): { others: Entry; entries: readonly Entry[] } {
  if (stored === null) return { others: {}, entries: [] };
  const kind = list === 'manifests' ? 'index' : 'image';
  if (stored.manifest.kind !== kind) {
    throw new GuardEvidenceError(
      `The tag ${tag} is there and is not what it should be (${stored.mediaType}); it was not overwritten, look at it`,
    );
  }
  const { [list]: entries, ...others } = MANIFEST.parse(JSON.parse(stored.bytes.toString('utf8')));
  return { others, entries: ENTRIES.parse(entries ?? []) };
}

/** Layers with one digest can carry different signatures in their annotations; in an index, one digest is one entry. */
function identity(entry: Entry, list: SharedTag['list']): string {
  const digest = String(entry.digest);
  if (list === 'manifests') return digest;
  const annotations = ANNOTATIONS.safeParse(entry.annotations);
  return JSON.stringify([digest, Object.entries(annotations.success ? annotations.data : {}).sort()]);
}
