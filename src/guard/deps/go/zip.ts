/**
 * Reads the zips of modules (APPNOTE.TXT 4.3): central directory, stored and deflated entries. Everything in them may be hostile: offsets
 * and sizes are held against the file, an entry inflates to the size it says and no further, and checksums must hold.
 */
import { crc32, inflateRawSync } from 'node:zlib';

/** Random access to a file or to bytes. */
export interface ByteSource {
  readonly size: number;
  /** Exactly `length` bytes at `offset`; both are within the size. */
  read(offset: number, length: number): Buffer;
}

export interface ZipEntry {
  /** As it is spelled; directories end in `/`. */
  readonly name: string;
  readonly method: number;
  readonly crc: number;
  readonly packed: number;
  readonly size: number;
  /** Of its local header. */
  readonly offset: number;
}

/** A file that is no zip of a module: one sentence without its name. */
export class ZipError extends Error {
  override readonly name = 'ZipError';
}

/** golang.org/x/mod/zip refuses modules whose files are larger together (MaxZipFile). */
export const MAX_MODULE = 500 * 1024 * 1024;
const END = 0x06054b50;
const CENTRAL = 0x02014b50;
const LOCAL = 0x04034b50;
const END_SIZE = 22;

/** The central directory. @throws ZipError */
export function readZip(source: ByteSource): ZipEntry[] {
  if (source.size > MAX_MODULE) throw new ZipError(`it has ${source.size} bytes, more than a module may have`);
  const tailSize = Math.min(source.size, END_SIZE + 0xffff);
  const tail = source.read(source.size - tailSize, tailSize);
  const at = findEnd(tail);
  const count = tail.readUInt16LE(at + 10);
  const length = tail.readUInt32LE(at + 12);
  const start = tail.readUInt32LE(at + 16);
  if (count === 0xffff || length === 0xffffffff || start === 0xffffffff)
    throw new ZipError('it is a zip64, which no module needs');
  if (start + length > source.size - tailSize + at) throw new ZipError('its central directory is not within the file');
  const directory = source.read(start, length);
  const entries: ZipEntry[] = [];
  let total = 0;
  let offset = 0;
  for (let i = 0; i < count; i++) {
    if (offset + 46 > length || directory.readUInt32LE(offset) !== CENTRAL)
      throw new ZipError(`entry ${i + 1} of ${count} is not in its central directory`);
    const nameLength = directory.readUInt16LE(offset + 28);
    const next = offset + 46 + nameLength + directory.readUInt16LE(offset + 30) + directory.readUInt16LE(offset + 32);
    if (next > length) throw new ZipError(`entry ${i + 1} of ${count} is cut off`);
    const entry = {
      name: directory.toString('utf8', offset + 46, offset + 46 + nameLength),
      method: directory.readUInt16LE(offset + 10),
      crc: directory.readUInt32LE(offset + 16),
      packed: directory.readUInt32LE(offset + 20),
      size: directory.readUInt32LE(offset + 24),
      offset: directory.readUInt32LE(offset + 42),
    };
    total += entry.size;
    if (total > MAX_MODULE) throw new ZipError('its files are larger together than a module may be');
    entries.push(entry);
    offset = next;
  }
  if (offset !== length) throw new ZipError('its central directory has more than its entries');
  return entries;
}

/** Where the end record begins: the last place in `tail` whose comment reaches to the end. */
function findEnd(tail: Buffer): number {
  for (let at = tail.length - END_SIZE; at >= 0; at--)
    if (tail.readUInt32LE(at) === END && at + END_SIZE + tail.readUInt16LE(at + 20) === tail.length) return at;
  throw new ZipError('it is no zip: it has no end record');
}

/** An entry's content. @throws ZipError */
export function readEntry(source: ByteSource, entry: ZipEntry): Buffer {
  const wrong = (why: string): ZipError => new ZipError(`${JSON.stringify(entry.name.slice(0, 200))} in it ${why}`);
  if (entry.offset + 30 > source.size) throw wrong('is beyond its end');
  const header = source.read(entry.offset, 30);
  if (header.readUInt32LE(0) !== LOCAL) throw wrong('has no header');
  const start = entry.offset + 30 + header.readUInt16LE(26) + header.readUInt16LE(28);
  if (start + entry.packed > source.size) throw wrong('is cut off');
  const packed = source.read(start, entry.packed);
  const content = entry.method === 0 ? packed : entry.method === 8 ? inflate(packed, entry.size) : null;
  if (content === null) throw wrong(`is packed in a way (${entry.method}) that go does not read`);
  if (content === 'broken' || content.length !== entry.size) throw wrong(`does not unpack to its ${entry.size} bytes`);
  if (crc32(content) !== entry.crc) throw wrong('has a wrong checksum');
  return content;
}

function inflate(packed: Buffer, size: number): Buffer | 'broken' {
  // Nothing inflates by more than 1032 to 1, so a size beyond that is a lie that nothing has to be allocated for.
  if (size > packed.length * 1032 + 64) return 'broken';
  try {
    return inflateRawSync(packed, { maxOutputLength: Math.max(1, size) });
  } catch {
    return 'broken';
  }
}

/** The bytes of a buffer. */
export function bytesSource(bytes: Buffer): ByteSource {
  return { size: bytes.length, read: (offset, length) => bytes.subarray(offset, offset + length) };
}
