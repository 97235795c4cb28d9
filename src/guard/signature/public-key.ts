/** Public keys that signatures are checked with: what kinds there are and with which hash each signs. */
import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto';
import { GuardUsageError } from '../error.ts';
import { verifyEd25519ph } from './ed25519ph.ts';

export interface PublicKey {
  readonly name: string;
  readonly key: KeyObject;
  /** Base64 of SHA-256 over the key's DER (SubjectPublicKeyInfo): what cosign 3 writes as the bundle's `hint`. */
  readonly hint: string;
  readonly notAfter: Date | null;
}

/** @throws GuardUsageError: the file is the user's own */
export function readPublicKey(name: string, pem: string, notAfter: Date | null): PublicKey {
  let key: KeyObject;
  try {
    if (/PRIVATE KEY/.test(pem)) throw new Error('private');
    key = createPublicKey(pem);
  } catch {
    const kind = /PRIVATE KEY/.test(pem) ? 'holds a private key' : 'is not a public key in PEM';
    throw new GuardUsageError(`${name} ${kind}; give the public one ("-----BEGIN PUBLIC KEY-----", as cosign.pub is)`);
  }
  checkKind(name, key);
  return { name, key, hint: keyHint(key), notAfter };
}

export function keyHint(key: KeyObject): string {
  return createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest('base64');
}

/**
 * Hashes that a key's signature may be over: cosign takes SHA-256 for every EC key, sigstore's own default is the curve's. Ed25519
 * has none. Each is as strong as the other here, so either is accepted.
 */
export function hashesOf(key: KeyObject): readonly (string | null)[] {
  if (key.asymmetricKeyType === 'ed25519') return [null];
  const curve = key.asymmetricKeyDetails?.namedCurve;
  if (curve === 'secp384r1') return ['sha256', 'sha384'];
  return ['sha256'];
}

/** ECDSA in DER, RSA as PKCS #1 v1.5, Ed25519 pure or prehashed; anything malformed is just not a signature. */
export function verifyBytes(key: KeyObject, bytes: Uint8Array, signature: Uint8Array): boolean {
  const holds = hashesOf(key).some((hash) => {
    try {
      return verify(hash, bytes, key, signature);
    } catch {
      return false;
    }
  });
  return holds || (key.asymmetricKeyType === 'ed25519' && verifyEd25519ph(key, bytes, signature));
}

function checkKind(name: string, key: KeyObject): void {
  const details = key.asymmetricKeyDetails;
  const known =
    key.asymmetricKeyType === 'ed25519' ||
    (key.asymmetricKeyType === 'ec' && /^(prime256v1|secp384r1)$/.test(details?.namedCurve ?? '')) ||
    (key.asymmetricKeyType === 'rsa' && (details?.modulusLength ?? 0) >= 2048);
  if (!known) {
    throw new GuardUsageError(
      `${name} is a key of a kind that is not supported (${key.asymmetricKeyType ?? 'unknown'}); use ECDSA P-256 or P-384, Ed25519, or RSA of 2048 bits and more`,
    );
  }
}
