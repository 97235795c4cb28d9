/**
 * Public keys of registries (ECDSA P-256) and who says that they are the registry's: a file that the project pins, TUF, or
 * the registry itself. The last proves least: whoever can serve another package can serve another key.
 */
import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto';
import { GuardEvidenceError } from '../../error.ts';
import { at, textAt } from './record.ts';

export type KeyOrigin = 'file' | 'tuf' | 'registry';

export interface RegistryKey {
  readonly keyid: string;
  readonly key: KeyObject;
  /** SHA-256 of the SPKI, hex: what the cache remembers. */
  readonly digest: string;
  /** Ms; null is never. */
  readonly expires: number | null;
  readonly origin: KeyOrigin;
}

export interface RegistryKeys {
  /** Null where nobody gives keys. */
  readonly origin: KeyOrigin | null;
  readonly signing: readonly RegistryKey[];
  /** For attestations of the registry (publish); usually the same. */
  readonly attesting: readonly RegistryKey[];
}

const MAX_KEYS = 100;

/**
 * Keys in the form of `/-/npm/v1/keys` (`keys[].keyid/key/expires`) or of the TUF target (`keys[].keyId/publicKey.rawBytes/validFor`).
 * What is no ECDSA P-256 key is left out.
 * @throws GuardEvidenceError where there is no list of keys
 */
export function readKeys(document: unknown, origin: KeyOrigin, what: string): RegistryKeys {
  const list = at(document, 'keys');
  if (!Array.isArray(list)) throw new GuardEvidenceError(`${what} holds no list \`keys\`.`);
  const signing: RegistryKey[] = [];
  const attesting: RegistryKey[] = [];
  for (const item of list.slice(0, MAX_KEYS)) {
    const found = readKey(item, origin);
    if (found === null) continue;
    const usage = textAt(item, 'keyUsage');
    if (usage !== 'npm:attestations') signing.push(found);
    if (usage !== 'npm:signatures') attesting.push(found);
  }
  return { origin, signing, attesting };
}

function readKey(item: unknown, origin: KeyOrigin): RegistryKey | null {
  const publicKey = at(item, 'publicKey');
  const keyid = textAt(item, 'keyid') ?? textAt(item, 'keyId');
  const raw = textAt(item, 'key') ?? textAt(publicKey, 'rawBytes');
  const until = textAt(item, 'expires') ?? textAt(at(publicKey, 'validFor'), 'end');
  if (keyid === null || raw === null) return null;
  const der = Buffer.from(raw.replace(/-----[^-]+-----|\s/g, ''), 'base64');
  let key: KeyObject;
  try {
    key = createPublicKey({ key: der, format: 'der', type: 'spki' });
  } catch {
    return null;
  }
  if (key.asymmetricKeyType !== 'ec' || key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') return null;
  const expires = until === null ? null : Date.parse(until);
  // An expiry that cannot be read must not make the key last for ever.
  return {
    keyid,
    key,
    digest: createHash('sha256').update(der).digest('hex'),
    expires: expires === null ? null : Number.isFinite(expires) ? expires : 0,
    origin,
  };
}

/** Whether `sig` is the key's signature over `name@version:integrity`, as npm's registry makes them. */
export function signs(key: RegistryKey, name: string, version: string, integrity: string, sig: string): boolean {
  try {
    return verify('sha256', Buffer.from(`${name}@${version}:${integrity}`), key.key, Buffer.from(sig, 'base64'));
  } catch {
    return false;
  }
}
