/**
 * Byte strings and number sequences to dense indices. A dump of 1 GB names a few hundred distinct frames and stacks, so
 * every lookup but the first few hundred finds its entry; hashes only choose the slot, contents are always compared.
 */

const FIRST_SLOTS = 1024;

/** Distinct byte strings. */
export class ByteTable {
  /** Contents one behind the other: entry i is bytes[starts[i] .. starts[i+1]). */
  bytes: Uint8Array = new Uint8Array(1 << 14);
  starts: Uint32Array = new Uint32Array(FIRST_SLOTS);
  count = 0;
  #hashes = new Int32Array(FIRST_SLOTS);
  /** Entry + 1; 0 is free. Power of two, at most half full. */
  #slots = new Int32Array(FIRST_SLOTS * 2);

  /** Index of buf[from .. to), added if it is new. */
  intern(buf: Uint8Array, from: number, to: number): number {
    let hash = 0x811c9dc5;
    for (let p = from; p < to; p++) hash = Math.imul(hash ^ (buf[p] ?? 0), 0x01000193);
    hash ^= hash >>> 15;
    const mask = this.#slots.length - 1;
    let slot = hash & mask;
    for (;;) {
      const entry = (this.#slots[slot] ?? 0) - 1;
      if (entry < 0) break;
      if (this.#hashes[entry] === hash && this.#equals(entry, buf, from, to)) return entry;
      slot = (slot + 1) & mask;
    }
    return this.#add(buf, from, to, hash, slot);
  }

  text(entry: number): string {
    return UTF8.decode(this.bytes.subarray(this.starts[entry], this.starts[entry + 1]));
  }

  #equals(entry: number, buf: Uint8Array, from: number, to: number): boolean {
    const start = this.starts[entry] ?? 0;
    const length = (this.starts[entry + 1] ?? 0) - start;
    if (length !== to - from) return false;
    const bytes = this.bytes;
    for (let i = 0; i < length; i++) if (bytes[start + i] !== buf[from + i]) return false;
    return true;
  }

  #add(buf: Uint8Array, from: number, to: number, hash: number, slot: number): number {
    const entry = this.count++;
    const start = this.starts[entry] ?? 0;
    const end = start + (to - from);
    if (end > this.bytes.length) this.bytes = grown(this.bytes, new Uint8Array(Math.max(end, this.bytes.length * 2)));
    this.bytes.set(buf.subarray(from, to), start);
    if (entry + 1 >= this.starts.length) {
      this.starts = grown(this.starts, new Uint32Array(this.starts.length * 2));
      this.#hashes = grown(this.#hashes, new Int32Array(this.#hashes.length * 2));
    }
    this.starts[entry + 1] = end;
    this.#hashes[entry] = hash;
    this.#slots[slot] = entry + 1;
    if (this.count * 2 > this.#slots.length) this.#slots = rehashed(this.#slots.length * 2, this.#hashes, this.count);
    return entry;
  }
}

/** Distinct sequences of int32, stored as CSR: sequence s is values[offsets[s] .. offsets[s+1]). */
export class SequenceTable {
  values: Int32Array = new Int32Array(1 << 12);
  offsets: Uint32Array = new Uint32Array(FIRST_SLOTS);
  count = 0;
  #hashes = new Int32Array(FIRST_SLOTS);
  #slots = new Int32Array(FIRST_SLOTS * 2);

  /** Index of the sequence `sequence[0 .. length)`, added if it is new. */
  intern(sequence: Int32Array, length: number): number {
    let hash = length;
    for (let i = 0; i < length; i++) {
      hash = Math.imul(hash ^ (sequence[i] ?? 0), 0x5bd1e995);
      hash ^= hash >>> 13;
    }
    const mask = this.#slots.length - 1;
    let slot = hash & mask;
    for (;;) {
      const entry = (this.#slots[slot] ?? 0) - 1;
      if (entry < 0) break;
      if (this.#hashes[entry] === hash && this.#equals(entry, sequence, length)) return entry;
      slot = (slot + 1) & mask;
    }
    const entry = this.count++;
    const start = this.offsets[entry] ?? 0;
    const end = start + length;
    if (end > this.values.length)
      this.values = grown(this.values, new Int32Array(Math.max(end, this.values.length * 2)));
    this.values.set(sequence.subarray(0, length), start);
    if (entry + 1 >= this.offsets.length) {
      this.offsets = grown(this.offsets, new Uint32Array(this.offsets.length * 2));
      this.#hashes = grown(this.#hashes, new Int32Array(this.#hashes.length * 2));
    }
    this.offsets[entry + 1] = end;
    this.#hashes[entry] = hash;
    this.#slots[slot] = entry + 1;
    if (this.count * 2 > this.#slots.length) this.#slots = rehashed(this.#slots.length * 2, this.#hashes, this.count);
    return entry;
  }

  #equals(entry: number, sequence: Int32Array, length: number): boolean {
    const start = this.offsets[entry] ?? 0;
    if ((this.offsets[entry + 1] ?? 0) - start !== length) return false;
    for (let i = 0; i < length; i++) if (this.values[start + i] !== sequence[i]) return false;
    return true;
  }
}

/** `from` copied into the larger `into`. */
export function grown<T extends Uint8Array | Int32Array | Uint32Array>(from: T, into: T): T {
  into.set(from);
  return into;
}

const UTF8 = new TextDecoder();

function rehashed(size: number, hashes: Int32Array, count: number): Int32Array<ArrayBuffer> {
  const slots = new Int32Array(size);
  const mask = size - 1;
  for (let entry = 0; entry < count; entry++) {
    let slot = (hashes[entry] ?? 0) & mask;
    while (slots[slot] !== 0) slot = (slot + 1) & mask;
    slots[slot] = entry + 1;
  }
  return slots;
}
