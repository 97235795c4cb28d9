/** Bounded decompression: a gzip file of a megabyte may unpack to a gigabyte of nothing. */
import { gunzipSync } from 'node:zlib';
import { EvidenceError } from '../error.ts';

/** Deflate cannot do better than 1032 : 1, so a larger size in the trailer is a lie. */
const MAX_RATIO = 1032;
const MIN_CHUNK = 16 * 1024;

export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/**
 * @param format for the error, e.g. `pprof`
 * @param maxBytes limit of the unpacked size
 * @throws EvidenceError where the stream is cut off, damaged or unpacks to more than `maxBytes`
 */
export function gunzip(bytes: Uint8Array, format: string, maxBytes: number): Uint8Array {
  // The last four bytes are the unpacked size modulo 2^32. As the chunk size it saves putting chunks together (half of
  // the memory); the pages are not touched before there is something to write.
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const promised = bytes.length >= 18 ? view.getUint32(bytes.length - 4, true) : 0;
  const believable = promised <= Math.min(maxBytes, bytes.length * MAX_RATIO);
  // One byte more than promised: zlib asks for room again when a chunk is exactly full.
  const chunkSize = believable ? Math.max(MIN_CHUNK, promised + 1) : 64 * MIN_CHUNK;
  try {
    return gunzipSync(bytes, { maxOutputLength: maxBytes, chunkSize });
  } catch (error) {
    throw asEvidence(error, bytes, format, maxBytes);
  }
}

function asEvidence(error: unknown, bytes: Uint8Array, format: string, maxBytes: number): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : '';
  if (code === 'Z_BUF_ERROR') {
    return new EvidenceError(format, 'the gzip data is cut off; fetch the file again: it ends', bytes.length);
  }
  if (code === 'ERR_BUFFER_TOO_LARGE') {
    const limit = Math.round(maxBytes / 2 ** 20);
    return new EvidenceError(format, `the gzip data unpacks to more than ${limit} MiB, which no profile needs`);
  }
  if (typeof code === 'string' && code.startsWith('Z_')) {
    const why = error instanceof Error ? error.message : '';
    return new EvidenceError(format, `the gzip data is damaged (${why}); fetch the file again`);
  }
  return error;
}
