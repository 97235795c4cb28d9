/** What a file is before any reader has seen it. */
import { gunzip, isGzip } from '../evidence/pprof/gunzip.ts';
import { isLegacy } from '../evidence/pprof/legacy.ts';
import { MAX_PROFILE_BYTES } from '../evidence/pprof/read.ts';
import { inFile } from './load-profile.ts';

/** Gzipped logs and dumps are as common as gzipped profiles. */
export function unpack(bytes: Uint8Array, file: string): Uint8Array {
  return isGzip(bytes) ? inFile(file, () => gunzip(bytes, 'gzip', MAX_PROFILE_BYTES)) : bytes;
}

/** A text that is no debug=1 profile: a dump, a log or a page. profile.proto has control characters from the start. */
export function isText(bytes: Uint8Array): boolean {
  if (bytes.length === 0 || isLegacy(bytes)) return false;
  const head = bytes.subarray(0, 1024);
  return head.every((byte) => byte >= 0x20 || byte === 9 || byte === 10 || byte === 13 || byte === 0x1b);
}
