/**
 * Contents of objects and frames, read again from the dump through a small cache of blocks: the proof goes to and fro
 * between goroutines, sudogs and channels, and the census of channels goes through the file in order.
 */
import type { HeapDump, ObjectIndex } from '../../evidence/heapdump/dump.ts';

const BLOCK = 1 << 16;
/** What most reads ask for fits behind the block that it begins in. */
const OVERLAP = 1 << 12;
/** Blocks kept, each only in the one place that its number says: 4 MiB. */
const BLOCKS = 64;

interface Block {
  readonly start: number;
  readonly length: number;
  readonly view: DataView;
}

export class Contents {
  readonly #dump: HeapDump;
  readonly #little: boolean;
  readonly #wide: boolean;
  readonly #blocks: (Block | undefined)[] = new Array<Block | undefined>(BLOCKS).fill(undefined);
  #view: DataView = new DataView(new ArrayBuffer(0));
  /** Where in the view the contents begin that seek() was asked for. */
  #at = 0;

  constructor(dump: HeapDump) {
    this.#dump = dump;
    this.#little = !dump.params.bigEndian;
    this.#wide = dump.params.pointerSize === 8;
  }

  /** Makes `length` bytes at file offset `offset` readable; false where the file ends before. */
  seek(offset: number, length: number): boolean {
    const number = Math.floor(offset / BLOCK);
    const start = number * BLOCK;
    const fits = offset + length <= start + BLOCK + OVERLAP;
    const block = fits ? this.#block(number) : this.#read(offset, length);
    this.#view = block.view;
    this.#at = offset - block.start;
    return this.#at + length <= block.length;
  }

  #block(number: number): Block {
    const slot = number % BLOCKS;
    const cached = this.#blocks[slot];
    if (cached?.start === number * BLOCK) return cached;
    const block = this.#read(number * BLOCK, BLOCK + OVERLAP);
    this.#blocks[slot] = block;
    return block;
  }

  #read(start: number, length: number): Block {
    const bytes = this.#dump.read(start, length);
    return { start, length: bytes.length, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length) };
  }

  /** The first `length` bytes of an object; false where it is shorter. */
  seekObject(object: ObjectIndex, length: number): boolean {
    const { size, contentOffset } = this.#dump.objects;
    return object >= 0 && (size[object] ?? 0) >= length && this.seek(contentOffset[object] ?? 0, length);
  }

  /** Pointer-sized word at a byte offset of what seek() made readable. Above 2^53 it is rounded: no address is. */
  word(at: number): number {
    if (!this.#wide) return this.#view.getUint32(this.#at + at, this.#little);
    const first = this.#view.getUint32(this.#at + at, this.#little);
    const second = this.#view.getUint32(this.#at + at + 4, this.#little);
    return this.#little ? second * 0x1_0000_0000 + first : first * 0x1_0000_0000 + second;
  }

  uint32(at: number): number {
    return this.#view.getUint32(this.#at + at, this.#little);
  }

  uint16(at: number): number {
    return this.#view.getUint16(this.#at + at, this.#little);
  }
}
