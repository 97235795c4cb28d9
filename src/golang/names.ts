/**
 * Identifiers as integers. Names are compared millions of times while a module is bound and typed; an integer
 * compares in one instruction and a column of them needs no strings.
 */
import { KEYWORDS } from './tokens.ts';

/** Index of a name; 0 is the empty name. Stable for the life of its `Names`. */
export type NameIndex = number;

/** A table of names that only grows. One per process (or worker): packages share it. */
export interface Names {
  /** The index of the bytes [start, end), entered if new. */
  intern(bytes: Uint8Array, start: number, end: number): NameIndex;
  /** The same for a string. */
  of(text: string): NameIndex;
  text(name: NameIndex): string;
  /** Whether it begins with an upper-case letter (Unicode class Lu), i.e. is exported. */
  exported(name: NameIndex): boolean;
  readonly size: number;
}

/**
 * A new table. The keywords are its first names, in the order of their tokens, so that the scanner knows a keyword by its
 * index: `names.of('break')` is 1.
 */
export function createNames(): Names {
  return new NameTable();
}

/** Open addressing with linear probing over one pool of bytes; at most half full. */
class NameTable implements Names {
  size = 1;
  /** UTF-8 of all names, one after the other. */
  private pool = new Uint8Array(1 << 15);
  private poolSize = 0;
  /** Name n is pool[starts[n] .. starts[n + 1]]. */
  private starts = new Int32Array(1 << 12);
  private hashes = new Int32Array(1 << 12);
  /** Slots hold names; 0 is free. */
  private slots = new Int32Array(1 << 13);
  private mask = (1 << 13) - 1;
  private readonly texts: (string | undefined)[] = [''];
  private scratch = new Uint8Array(256);

  constructor() {
    for (const keyword of KEYWORDS) this.of(keyword);
  }

  intern(bytes: Uint8Array, start: number, end: number): NameIndex {
    if (start >= end) return 0;
    // FNV-1a, http://www.isthe.com/chongo/tech/comp/fnv/
    let hash = 0x811c9dc5 | 0;
    for (let at = start; at < end; at++) hash = Math.imul(hash ^ (bytes[at] ?? 0), 0x01000193);
    const spread = Math.imul(hash, 0x9e3779b1);
    const { pool, starts, hashes, slots, mask } = this;
    let slot = (spread ^ (spread >>> 15)) & mask;
    const length = end - start;
    for (let name = slots[slot] ?? 0; name !== 0; name = slots[slot] ?? 0) {
      if (hashes[name] === hash) {
        const first = starts[name] ?? 0;
        if ((starts[name + 1] ?? 0) - first === length) {
          let i = 0;
          while (i < length && pool[first + i] === bytes[start + i]) i++;
          if (i === length) return name;
        }
      }
      slot = (slot + 1) & mask;
    }
    return this.enter(bytes, start, end, hash, slot);
  }

  of(text: string): NameIndex {
    if (this.scratch.length < text.length * 3) this.scratch = new Uint8Array(text.length * 6);
    const { written } = encoder.encodeInto(text, this.scratch);
    return this.intern(this.scratch, 0, written);
  }

  text(name: NameIndex): string {
    const known = this.texts[name];
    if (known !== undefined) return known;
    if (!(name > 0 && name < this.size)) return '';
    const text = decoder.decode(this.pool.subarray(this.starts[name], this.starts[name + 1]));
    this.texts[name] = text;
    return text;
  }

  exported(name: NameIndex): boolean {
    if (!(name > 0 && name < this.size)) return false;
    const first = this.pool[this.starts[name] ?? 0] ?? 0;
    if (first < 0x80) return first >= 65 && first <= 90;
    return /^\p{Lu}/u.test(this.text(name));
  }

  private enter(bytes: Uint8Array, start: number, end: number, hash: number, slot: number): NameIndex {
    const name = this.size++;
    const length = end - start;
    if (this.poolSize + length > this.pool.length) {
      const pool = new Uint8Array(Math.max(this.pool.length * 2, this.poolSize + length));
      pool.set(this.pool.subarray(0, this.poolSize));
      this.pool = pool;
    }
    if (name + 2 > this.starts.length) {
      this.starts = doubled(this.starts);
      this.hashes = doubled(this.hashes);
    }
    this.pool.set(bytes.subarray(start, end), this.poolSize);
    this.starts[name] = this.poolSize;
    this.poolSize += length;
    this.starts[name + 1] = this.poolSize;
    this.hashes[name] = hash;
    this.slots[slot] = name;
    // Without holes: they would turn the array into a dictionary.
    this.texts.push(undefined);
    if (this.size * 2 > this.slots.length) this.grow();
    return name;
  }

  private grow(): void {
    const slots = new Int32Array(this.slots.length * 2);
    const mask = slots.length - 1;
    for (let name = 1; name < this.size; name++) {
      const spread = Math.imul(this.hashes[name] ?? 0, 0x9e3779b1);
      let slot = (spread ^ (spread >>> 15)) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = name;
    }
    this.slots = slots;
    this.mask = mask;
  }
}

function doubled(column: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(column.length * 2);
  larger.set(column);
  return larger;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
