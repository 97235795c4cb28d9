/** One entry for every form in which Go hands out a profile: profile.proto (gzip or plain) and the debug=1 texts. */
import { EvidenceError } from '../error.ts';
import { decodeProfile } from './decode.ts';
import { gunzip, isGzip } from './gunzip.ts';
import { isLegacy, readLegacy } from './legacy.ts';
import type { Profile } from './profile.ts';

/** Offsets are 32-bit signed throughout. */
export const MAX_PROFILE_BYTES = 2 ** 31 - 1;

export interface ReadOptions {
  /** Limit of the unpacked size, bytes. */
  readonly maxBytes?: number;
}

/**
 * @param bytes the file as it was fetched
 * @throws EvidenceError where it is not a profile, with the offset and what it seems to be instead
 */
export function readProfile(bytes: Uint8Array, options: ReadOptions = {}): Profile {
  const maxBytes = Math.min(options.maxBytes ?? MAX_PROFILE_BYTES, MAX_PROFILE_BYTES);
  if (bytes.length === 0) throw new EvidenceError('pprof', 'the file is empty; fetch the profile again');
  const plain = isGzip(bytes) ? gunzip(bytes, 'pprof', maxBytes) : bytes;
  if (plain.length === 0) throw new EvidenceError('pprof', 'the file unpacks to nothing; fetch the profile again');
  if (plain.length > maxBytes) throw new EvidenceError('pprof', `the profile is larger than ${maxBytes} bytes`);
  if (isLegacy(plain)) return readLegacy(plain);
  const foreign = foreignText(plain);
  if (foreign !== '') throw new EvidenceError('pprof', foreign, 0);
  return decodeProfile(plain);
}

/** What people save by mistake, named; empty where the bytes may be a profile.proto. */
function foreignText(bytes: Uint8Array): string {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 512)).toString('latin1').trimStart();
  if (/^(<!doctype|<html|<\?xml|<head|<body)/i.test(head)) {
    return 'this is an HTML page, not a profile (check the address that it was fetched from): a tag begins';
  }
  if (/^goroutine \d+ .*\[.+\]:/m.test(head) || /^goroutine running on other thread/m.test(head)) {
    return 'this is a goroutine dump (debug=2), not a profile: `hemostat show` reads it: text begins';
  }
  // profile.proto starts with a tag below 0x80 and then binary lengths; forty printable characters are a text.
  if (/^[\t\n\r\x20-\x7e]{40}/.test(head)) return 'this is a text, not a profile: it begins';
  return '';
}
