/**
 * Subresource Integrity strings of lock files. npm (ssri) takes the strongest algorithm in the string and is content with any
 * one hash of it, so a second hash is a second package that would be installed: each one has to be vouched for.
 */

export interface IntegrityHash {
  /** As written, lower case: `sha512`, `sha1`, … */
  readonly algorithm: string;
  /** Base64, with its padding. */
  readonly digest: string;
}

/** Bytes of a digest by algorithm; others are kept and match only what is written the same. */
const LENGTHS: Readonly<Record<string, number>> = { sha1: 20, sha256: 32, sha384: 48, sha512: 64 };

/** The hashes, or null where a part is none (or there is none at all). Options after `?` are dropped, as ssri does. */
export function parseIntegrity(text: string): IntegrityHash[] | null {
  if (text.length > 4096) return null;
  const hashes: IntegrityHash[] = [];
  for (const part of text.trim().split(/\s+/)) {
    const match = /^([A-Za-z0-9_]+)-([A-Za-z0-9+/]+={0,2})(?:\?[\x21-\x7e]*)?$/.exec(part);
    const [, algorithm = '', digest = ''] = match ?? [];
    if (match === null) return null;
    const name = algorithm.toLowerCase();
    const wanted = Object.hasOwn(LENGTHS, name) ? LENGTHS[name] : undefined;
    const bytes = Buffer.from(digest, 'base64');
    // Also refuses what decodes to the right bytes but is written otherwise: the string is what is signed.
    if (wanted !== undefined && (bytes.length !== wanted || bytes.toString('base64') !== digest)) return null;
    hashes.push({ algorithm: name, digest });
  }
  return hashes.length === 0 ? null : hashes;
}

/** Hex of the only sha512 there is; null where there is none, or several that differ. */
export function sha512Of(hashes: readonly IntegrityHash[]): string | null {
  const digests = new Set(hashes.filter(({ algorithm }) => algorithm === 'sha512').map(({ digest }) => digest));
  const [digest] = digests;
  return digests.size === 1 && digest !== undefined ? Buffer.from(digest, 'base64').toString('hex') : null;
}

export type Agreement =
  /** Each hash of the lock is one of the registry's, and one of them is stronger than SHA-1. */
  | { readonly kind: 'agrees' }
  /** The only hash that both have is SHA-1. */
  | { readonly kind: 'weak' }
  /** The registry gives SHA-1 at most (npm computed the lock's hash from what it was served): only a signature can tell. */
  | { readonly kind: 'unknown' }
  /** They have a hash of the same algorithm that differs, or the lock has one that the registry does not know. */
  | { readonly kind: 'differs'; readonly says: string };

/** What the lock's hashes are beside the registry's (`dist.integrity`, `dist.shasum`). */
export function compareIntegrity(
  lock: readonly IntegrityHash[],
  record: readonly IntegrityHash[],
  shasum: string | null,
): Agreement {
  const known = new Set(record.map(({ algorithm, digest }) => `${algorithm}-${digest}`));
  if (shasum !== null && /^[0-9a-f]{40}$/i.test(shasum)) {
    known.add(`sha1-${Buffer.from(shasum, 'hex').toString('base64')}`);
  }
  const strongRecord = record.some(isStrong);
  for (const { algorithm, digest } of lock) {
    if (known.has(`${algorithm}-${digest}`)) continue;
    if (!strongRecord && algorithm !== 'sha1') continue;
    const same = record.some((hash) => hash.algorithm === algorithm) || (algorithm === 'sha1' && shasum !== null);
    return {
      kind: 'differs',
      says: same
        ? `the lock file pins another ${algorithm} than the registry records`
        : `the lock file has a hash (${algorithm}) that the registry does not vouch for, and npm is content with it`,
    };
  }
  if (!lock.some(isStrong)) return { kind: 'weak' };
  return { kind: strongRecord ? 'agrees' : 'unknown' };
}

function isStrong({ algorithm }: IntegrityHash): boolean {
  return algorithm !== 'sha1' && algorithm !== 'md5';
}
