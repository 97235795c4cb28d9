/** What a file is before any reader has seen it. */
import { gunzip, isGzip } from '../evidence/pprof/gunzip.ts';
import { MAX_PROFILE_BYTES } from '../evidence/pprof/read.ts';
import { inFile } from './load-profile.ts';

/** Gzipped logs and dumps are as common as gzipped profiles. */
export function unpack(bytes: Uint8Array, file: string): Uint8Array {
  return isGzip(bytes) ? inFile(file, () => gunzip(bytes, 'gzip', MAX_PROFILE_BYTES)) : bytes;
}
