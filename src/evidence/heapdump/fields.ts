/**
 * Pointer fields of objects, globals and frames: where they are comes after the contents that hold them. Offsets and the
 * addresses found there are stored as they are read; what they point to is known when all objects are.
 */

import { newInt32, TransientColumn, Uint32Column } from './column.ts';
import type { PageIndex } from './page-index.ts';
import { readWord } from './source.ts';
import type { Window } from './window.ts';

/** runtime/heapdump.go: fieldKindEol and fieldKindPtr; interfaces (2, 3) are not written since Go 1.4. */
const END = 0;
const POINTER = 1;
/** Offsets that do not fit in the column (an object above 4 GiB) are kept as this. */
const FAR = 0xffff_ffff;
/** Bytes read at once of contents that are no longer in the window. */
const SIDE = 1 << 18;

/** Says what the pointers are read from. */
export interface Words {
  readonly pointerSize: 4 | 8;
  readonly littleEndian: boolean;
}

export class Fields {
  /** Byte offset of the field inside its object. */
  readonly at: Uint32Column;
  /** The address in it. */
  readonly value: TransientColumn;
  readonly #words: Words;
  #side: { bytes: Uint8Array; view: DataView; start: number; end: number } | null = null;

  /** @param capacity fields that are expected, at most */
  constructor(words: Words, capacity?: number) {
    this.#words = words;
    this.at = new Uint32Column(capacity);
    this.value = new TransientColumn(capacity);
  }

  get length(): number {
    return this.at.length;
  }

  /**
   * Reads the field list behind the contents, which are `length` bytes at file offset `start`.
   * @param strict whether a field outside the contents is an error; frames of assembly functions have such
   */
  read(window: Window, start: number, length: number, strict: boolean): void {
    const { pointerSize, littleEndian } = this.#words;
    const { view, bytes } = window;
    for (;;) {
      // Nearly all are a byte of kind and a byte of offset, far from the end of the window.
      const pos = window.pos;
      let offset = bytes[pos + 1] ?? 0;
      if (pos + 2 <= window.end && bytes[pos] === POINTER && offset < 0x80) {
        window.pos = pos + 2;
      } else {
        const kind = window.number();
        if (kind === END) return;
        if (kind !== POINTER) throw window.malformed(`a field of unknown kind ${kind}`);
        offset = window.number();
      }
      if (offset + pointerSize > length) {
        if (strict) throw window.malformed(`a pointer at offset ${offset} of ${length} bytes`);
        continue;
      }
      // The contents are readable in the window as long as it has not slid past their beginning.
      const index = start + offset - window.base;
      this.at.push(Math.min(offset, FAR));
      this.value.push(
        index >= 0 && index + pointerSize <= window.end
          ? readWord(view, index, pointerSize, littleEndian)
          : this.#again(window, start + offset),
      );
    }
  }

  /** The word at a file offset that the window has left behind. */
  #again(window: Window, offset: number): number {
    const { pointerSize, littleEndian } = this.#words;
    if (this.#side === null) {
      const bytes = new Uint8Array(Math.min(SIDE, window.source.size));
      this.#side = { bytes, view: new DataView(bytes.buffer), start: 0, end: 0 };
    }
    const side = this.#side;
    if (offset < side.start || offset + pointerSize > side.end) {
      side.start = offset;
      side.end = offset + window.source.read(side.bytes, offset);
      if (side.end < offset + pointerSize) throw window.cut();
    }
    return readWord(side.view, offset - side.start, pointerSize, littleEndian);
  }

  /** Object of each of the first `length` fields, or -1; frees the addresses. */
  resolve(pages: PageIndex, length: number): Int32Array {
    const target = newInt32(length);
    this.value.spend((addresses) => {
      for (let i = 0; i < length; i++) target[i] = pages.find(addresses[i] ?? 0);
    });
    return target;
  }
}
