/** Where the bytes of a heap dump come from: a file, or memory in tests and fuzzing. Offsets are doubles, so 4 GiB is no limit. */

import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { EvidenceError } from '../error.ts';

export interface DumpSource {
  /** Bytes. */
  readonly size: number;
  /** Copies bytes from `offset` on into `into`; returns how many, fewer only at the end. */
  read(into: Uint8Array, offset: number): number;
  close(): void;
}

export function fileSource(path: string): DumpSource {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch (error) {
    throw unreadable(error);
  }
  const stat = fstatSync(fd);
  if (!stat.isFile()) {
    closeSync(fd);
    throw new EvidenceError(
      'heap dump',
      stat.isDirectory() ? 'this is a directory, not a heap dump' : 'this is not a regular file; write the dump to one',
    );
  }
  let open = true;
  return {
    size: stat.size,
    read(into, offset) {
      try {
        let got = 0;
        while (got < into.length) {
          const n = readSync(fd, into, got, into.length - got, offset + got);
          if (n === 0) break;
          got += n;
        }
        return got;
      } catch (error) {
        throw unreadable(error);
      }
    },
    close() {
      if (open) closeSync(fd);
      open = false;
    },
  };
}

export function memorySource(bytes: Uint8Array): DumpSource {
  return {
    size: bytes.length,
    read(into, offset) {
      const part = bytes.subarray(offset, offset + into.length);
      into.set(part);
      return part.length;
    },
    close() {},
  };
}

function unreadable(error: unknown): EvidenceError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const why: Readonly<Record<string, string>> = {
    ENOENT: 'it does not exist; check the path',
    EACCES: 'it may not be read by this user; check its permissions',
    EISDIR: 'it is a directory',
  };
  return new EvidenceError('heap dump', why[code] ?? `it cannot be read (${code || String(error)})`);
}

/** Bytes per block of the cache. */
const BLOCK = 1 << 16;
/** Blocks kept; a block may only be in the one place that its number says. */
const BLOCKS = 32;

/** Words at random offsets, through a cache of blocks: 2 MiB at most. */
export class WordReader {
  readonly #source: DumpSource;
  readonly #pointerSize: 4 | 8;
  readonly #littleEndian: boolean;
  readonly #blocks: { start: number; length: number; bytes: Uint8Array }[] = [];
  readonly #word = new DataView(new ArrayBuffer(8));

  constructor(source: DumpSource, pointerSize: 4 | 8, bigEndian: boolean) {
    this.#source = source;
    this.#pointerSize = pointerSize;
    this.#littleEndian = !bigEndian;
  }

  /** The pointer-sized word at the byte offset; NaN past the end. Above 2^53 the low bits are lost. */
  word(offset: number): number {
    const word = this.#word;
    for (let i = 0; i < this.#pointerSize; i++) {
      const byte = this.#byte(offset + i);
      if (byte < 0) return Number.NaN;
      word.setUint8(i, byte);
    }
    return readWord(word, 0, this.#pointerSize, this.#littleEndian);
  }

  #byte(offset: number): number {
    const number = Math.floor(offset / BLOCK);
    const at = number % BLOCKS;
    const start = number * BLOCK;
    if (!(offset >= 0) || offset >= this.#source.size) return -1;
    let block = this.#blocks[at];
    if (block === undefined) {
      block = { start: -1, length: 0, bytes: new Uint8Array(Math.min(BLOCK, this.#source.size)) };
      this.#blocks[at] = block;
    }
    if (block.start !== start) {
      block.length = this.#source.read(block.bytes, start);
      block.start = start;
    }
    return offset - start < block.length ? (block.bytes[offset - start] ?? -1) : -1;
  }
}

export function readWord(view: DataView, at: number, pointerSize: 4 | 8, littleEndian: boolean): number {
  const first = view.getUint32(at, littleEndian);
  if (pointerSize === 4) return first;
  const second = view.getUint32(at + 4, littleEndian);
  return littleEndian ? first + second * 0x1_0000_0000 : first * 0x1_0000_0000 + second;
}
