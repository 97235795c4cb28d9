/** Random access to a file: bytes [offset, offset + length), fewer at its end. */
export interface ByteSource {
  readonly size: number;
  read(offset: number, length: number): Uint8Array;
}

/** Exactly `length` bytes as a Buffer on the same memory, or null where the source ends before. */
export function readExactly(source: ByteSource, offset: number, length: number): Buffer | null {
  // Bounds before reading: a source allocates what it is asked for.
  if (!(offset >= 0 && length >= 0 && offset + length <= source.size)) return null;
  const bytes = source.read(offset, length);
  return bytes.byteLength < length ? null : Buffer.from(bytes.buffer, bytes.byteOffset, length);
}
