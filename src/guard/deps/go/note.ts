/**
 * Signed notes (golang.org/x/mod/sumdb/note): a text, an empty line, and lines `— name base64(key hash, 4 bytes big-endian; signature)`.
 * Keys are written `name+hash+base64(algorithm byte 1, Ed25519 public key of 32 bytes)`. Pure.
 */
import { isUtf8 } from 'node:buffer';
import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto';
import { GuardUsageError } from '../../error.ts';

export interface NoteKey {
  readonly name: string;
  /** First 4 bytes of SHA-256 over `name`, newline, algorithm byte and key. */
  readonly hash: number;
  /** The key as it was written. */
  readonly text: string;
  readonly key: KeyObject;
}

export type OpenedNote =
  | { readonly kind: 'signed'; readonly text: string }
  /** No signature is by the key; `signers` are `name+hash` of who signed. */
  | { readonly kind: 'unknown-key'; readonly signers: readonly string[] }
  | { readonly kind: 'wrong-signature'; readonly signer: string }
  | { readonly kind: 'malformed'; readonly why: string };

const ED25519 = 1;
/** golang.org/x/mod/sumdb/note refuses notes with more. */
const MAX_SIGNATURES = 100;
const MAX_NOTE = 1_000_000;

/** @throws GuardUsageError where `text` is no key */
export function parseNoteKey(text: string): NoteKey {
  const [, name = '', hash = '', base64 = ''] = /^([^+]+)\+([0-9a-f]{8})\+(.+)$/.exec(text) ?? [];
  const bytes = decodeBase64(base64);
  const wrong = (why: string): GuardUsageError =>
    new GuardUsageError(`${JSON.stringify(text.slice(0, 120))} is no key of a checksum database: ${why}`);
  if (!isKeyName(name) || bytes === null)
    throw wrong('write name+hash+base64, e.g. as GOSUMDB has it (sum.golang.org+033de0ae+…)');
  if (bytes.length !== 33 || bytes[0] !== ED25519) throw wrong('it is no Ed25519 key (one byte 1, then 32 bytes)');
  const wanted = keyHash(name, bytes);
  if (wanted !== Number.parseInt(hash, 16))
    throw wrong(`its hash is ${hex8(wanted)}, not ${hash}: name or key were changed`);
  const key = createPublicKey({
    key: { kty: 'OKP', crv: 'Ed25519', x: bytes.subarray(1).toString('base64url') },
    format: 'jwk',
  });
  return { name, hash: wanted, text, key };
}

/** Whether `message` is signed by `key`; other signatures on it do not matter. */
export function openNote(message: Uint8Array, key: NoteKey): OpenedNote {
  const malformed = (why: string): OpenedNote => ({ kind: 'malformed', why });
  if (message.length > MAX_NOTE) return malformed(`a note of ${message.length} bytes is too long`);
  if (!isUtf8(message)) return malformed('it is not UTF-8');
  if (message.some((byte) => byte < 0x20 && byte !== 0x0a)) return malformed('it has control characters');
  const whole = Buffer.from(message.buffer, message.byteOffset, message.length).toString('utf8');
  const split = whole.lastIndexOf('\n\n');
  if (split < 0) return malformed('no empty line stands between text and signatures');
  const text = whole.slice(0, split + 1);
  if (!whole.endsWith('\n') || whole.length === split + 2) return malformed('it has no signature');
  const lines = whole.slice(split + 2, -1).split('\n');
  if (lines.length > MAX_SIGNATURES) return malformed(`it has ${lines.length} signatures`);
  const signers: string[] = [];
  let signed = false;
  for (const line of lines) {
    const [, name = '', base64 = ''] = /^— ([^ ]+) (.+)$/u.exec(line) ?? [];
    const bytes = decodeBase64(base64);
    if (!isKeyName(name) || bytes === null || bytes.length < 5) return malformed('a line of its signatures is none');
    const hash = bytes.readUInt32BE(0);
    if (name !== key.name || hash !== key.hash) signers.push(`${name}+${hex8(hash)}`);
    else if (!signed) {
      if (!verify(null, Buffer.from(text), key.key, bytes.subarray(4)))
        return { kind: 'wrong-signature', signer: `${name}+${hex8(hash)}` };
      signed = true;
    }
  }
  return signed ? { kind: 'signed', text } : { kind: 'unknown-key', signers };
}

function keyHash(name: string, key: Uint8Array): number {
  return createHash('sha256').update(`${name}\n`).update(key).digest().readUInt32BE(0);
}

function isKeyName(name: string): boolean {
  return name !== '' && !/[\s+]/u.test(name);
}

/** Standard base64 with its padding, or null; Buffer alone would pass over what is none. */
export function decodeBase64(text: string): Buffer | null {
  return text !== '' && text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text)
    ? Buffer.from(text, 'base64')
    : null;
}

function hex8(value: number): string {
  return value.toString(16).padStart(8, '0');
}
