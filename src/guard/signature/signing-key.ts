/**
 * Private keys that gate verdicts are signed with: PEM (PKCS #8), cosign's encrypted PEM, or a function for what keeps its key to
 * itself (a KMS, an agent). Keys and passwords come from files or the environment, never from a command line.
 */
import { createPrivateKey, createPublicKey, type KeyObject, scryptSync, sign } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import nacl from 'tweetnacl';
import { z } from 'zod';
import { GuardUsageError } from '../error.ts';
import { keyHint, readPublicKey } from './public-key.ts';

export interface SigningKey {
  /** For messages: the file's name. */
  readonly name: string;
  /** ECDSA in DER, RSA PKCS #1 v1.5, Ed25519 pure; over SHA-256 but for Ed25519, as `cosign verify --key` reads it. */
  readonly sign: (bytes: Uint8Array) => Promise<Buffer>;
  /** PEM. */
  readonly publicKey: string;
  /** What a bundle says of the key (see PublicKey.hint). */
  readonly hint: string;
}

/** A key that lies elsewhere. What it gives back is checked with its public key before anything is written. */
export function externalKey(
  name: string,
  publicKey: string,
  signer: (bytes: Uint8Array) => Promise<Buffer>,
): SigningKey {
  const { hint } = readPublicKey(name, publicKey, null);
  return { name, sign: signer, publicKey, hint };
}

/**
 * Reads a private key's file; of an encrypted one, with the password from `passwordFile` or else COSIGN_PASSWORD.
 * @throws GuardUsageError
 */
export async function loadSigningKey(
  file: string,
  env: Readonly<Record<string, string | undefined>>,
  passwordFile: string | null = null,
): Promise<SigningKey> {
  const pem = await text(file, 'key');
  // An editor's last line break is not part of a password.
  const fromFile = passwordFile === null ? null : (await text(passwordFile, 'password')).replace(/\r?\n$/, '');
  return openSigningKey(file, pem, fromFile ?? env.COSIGN_PASSWORD ?? null);
}

/** @throws GuardUsageError */
export function openSigningKey(name: string, pem: string, password: string | null): SigningKey {
  const key = /-----BEGIN ENCRYPTED (?:SIGSTORE|COSIGN) PRIVATE KEY-----/.test(pem)
    ? decrypt(name, pem, password)
    : plain(name, pem);
  const publicKey = createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString();
  readPublicKey(name, publicKey, null);
  const hash = key.asymmetricKeyType === 'ed25519' ? null : 'sha256';
  return { name, publicKey, hint: keyHint(createPublicKey(key)), sign: async (bytes) => sign(hash, bytes, key) };
}

function plain(name: string, pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch {
    throw new GuardUsageError(
      `${name} is not a private key in PEM that can be read; give one in PKCS #8 ("-----BEGIN PRIVATE KEY-----") or cosign's encrypted one`,
    );
  }
}

/** https://github.com/secure-systems-lab/go-securesystemslib/blob/main/encrypted/encrypted.go: scrypt, then a nacl secret box. */
const ENCRYPTED = z.object({
  kdf: z.object({
    name: z.literal('scrypt'),
    params: z.object({ N: z.int().min(2), r: z.int().min(1).max(32), p: z.int().min(1).max(16) }),
    salt: z.string(),
  }),
  cipher: z.object({ name: z.literal('nacl/secretbox'), nonce: z.string() }),
  ciphertext: z.string(),
});

/** bytes; cosign's own parameters take 64 MiB. */
const MAX_SCRYPT_MEMORY = 512 << 20;

function decrypt(name: string, pem: string, password: string | null): KeyObject {
  if (password === null) {
    throw new GuardUsageError(`${name} is encrypted; give its password in COSIGN_PASSWORD or in a file`);
  }
  const { kdf, cipher, ciphertext } = encryptedParts(name, pem);
  const { N, r, p } = kdf.params;
  if (128 * N * r > MAX_SCRYPT_MEMORY) {
    throw new GuardUsageError(
      `${name} asks for more than ${MAX_SCRYPT_MEMORY >> 20} MiB to be decrypted; encrypt it again with cosign's defaults`,
    );
  }
  const nonce = Buffer.from(cipher.nonce, 'base64');
  if (nonce.length !== nacl.secretbox.nonceLength)
    throw new GuardUsageError(`${name} is damaged: its nonce has ${nonce.length} bytes, not 24`);
  let secret: Buffer;
  try {
    secret = scryptSync(password, Buffer.from(kdf.salt, 'base64'), nacl.secretbox.keyLength, {
      N,
      r,
      p,
      maxmem: 2 * MAX_SCRYPT_MEMORY,
    });
  } catch {
    throw new GuardUsageError(`${name} is damaged: its scrypt parameters (N=${N}, r=${r}, p=${p}) cannot be used`);
  }
  const der = nacl.secretbox.open(Buffer.from(ciphertext, 'base64'), nonce, secret);
  if (der === null)
    throw new GuardUsageError(`${name} cannot be decrypted: the password is wrong, or the file was changed`);
  try {
    return createPrivateKey({ key: Buffer.from(der), format: 'der', type: 'pkcs8' });
  } catch {
    throw new GuardUsageError(`${name} was decrypted, but holds no private key in PKCS #8`);
  }
}

function encryptedParts(name: string, pem: string): z.infer<typeof ENCRYPTED> {
  const body =
    /-----BEGIN ENCRYPTED (?:SIGSTORE|COSIGN) PRIVATE KEY-----([A-Za-z0-9+/=\s]+)-----END/.exec(pem)?.[1] ?? '';
  let json: unknown;
  try {
    json = JSON.parse(Buffer.from(body, 'base64').toString('utf8'));
  } catch {
    json = null;
  }
  const read = ENCRYPTED.safeParse(json);
  if (!read.success)
    throw new GuardUsageError(
      `${name} is not an encrypted private key as cosign writes it (scrypt and nacl/secretbox); make one with \`cosign generate-key-pair\``,
    );
  return read.data;
}

async function text(file: string, what: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch {
    throw new GuardUsageError(`The ${what} file ${file} cannot be read; check the path and its permissions`);
  }
}
