/** Undoes content encodings while counting: a few KiB may stand for gigabytes (RFC 9110 section 8.4). */
import type { Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw, createZstdDecompress } from 'node:zlib';

/** What is asked for where the caller does not say. */
export const ACCEPT_ENCODING = 'gzip, deflate, br, zstd';

/** Encodings on top of each other: nobody honest has more than one. */
const MOST_LAYERS = 2;

/**
 * The codings of a Content-Encoding header in the order in which they have to be undone, or null where one is not known.
 * `identity` is nothing to undo.
 */
export function codingsOf(header: string | undefined): string[] | null {
  const names = (header ?? '')
    .split(',')
    .map((name) => name.trim().toLowerCase().replace(/^x-/, ''))
    .filter((name) => name !== '' && name !== 'identity');
  const known = names.every((name) => ['gzip', 'deflate', 'br', 'zstd'].includes(name));
  return known && names.length <= MOST_LAYERS ? names.reverse() : null;
}

/** A stream that undoes one coding. `deflate` is zlib by the standard and bare by some servers: the first byte tells. */
export function decoderOf(coding: string, firstByte: number): Transform {
  switch (coding) {
    case 'gzip':
      return createGunzip();
    case 'br':
      return createBrotliDecompress();
    case 'zstd':
      return createZstdDecompress();
    default:
      return (firstByte & 0x0f) === 8 ? createInflate() : createInflateRaw();
  }
}

/** @throws the decoder's error, or DecodedTooLarge once more than `limit` bytes have come out. */
export async function decode(body: Buffer, codings: readonly string[], limit: number): Promise<Buffer> {
  let bytes = body;
  for (const coding of codings) bytes = await decodeOne(bytes, coding, limit);
  return bytes;
}

export class DecodedTooLarge extends Error {
  override readonly name = 'DecodedTooLarge';
}

function decodeOne(bytes: Buffer, coding: string, limit: number): Promise<Buffer> {
  // An answer without a body may still carry the header (HEAD, 304).
  if (bytes.length === 0) return Promise.resolve(bytes);
  return new Promise((resolve, reject) => {
    const decoder = decoderOf(coding, bytes[0] ?? 0);
    const chunks: Buffer[] = [];
    let size = 0;
    decoder.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > limit) decoder.destroy(new DecodedTooLarge());
      else chunks.push(chunk);
    });
    decoder.on('error', reject);
    decoder.on('end', () => resolve(Buffer.concat(chunks)));
    decoder.end(bytes);
  });
}
