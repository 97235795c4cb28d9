import type { StringIndex } from './dump.ts';

/** Texts of a dump, each once: a dump names the function of every frame, and most are the same few hundred. */
export class Names {
  readonly strings: string[] = [];
  readonly #bytes: Uint8Array[] = [];
  /** Open addressing, index + 1; a power of two, at most half full. */
  #slots = new Int32Array(1024);

  /** The text's index. `bytes` may be overwritten afterwards. */
  intern(bytes: Uint8Array): StringIndex {
    if (this.strings.length * 2 >= this.#slots.length) this.#grow();
    const mask = this.#slots.length - 1;
    for (let at = hash(bytes) & mask; ; at = (at + 1) & mask) {
      const index = (this.#slots[at] ?? 0) - 1;
      if (index < 0) {
        this.#slots[at] = this.strings.length + 1;
        this.#bytes.push(bytes.slice());
        this.strings.push(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8'));
        return this.strings.length - 1;
      }
      const known = this.#bytes[index];
      if (known !== undefined && equal(known, bytes)) return index;
    }
  }

  /** The text itself, shared with every other that is the same. */
  text(bytes: Uint8Array): string {
    return this.strings[this.intern(bytes)] ?? '';
  }

  #grow(): void {
    const slots = new Int32Array(this.#slots.length * 2);
    this.#bytes.forEach((bytes, index) => {
      let at = hash(bytes) & (slots.length - 1);
      while (slots[at] !== 0) at = (at + 1) & (slots.length - 1);
      slots[at] = index + 1;
    });
    this.#slots = slots;
  }
}

/** FNV-1a, with the high bits mixed into the low ones that choose the slot. */
function hash(bytes: Uint8Array): number {
  let h = 0x811c9dc5 | 0;
  for (let i = 0; i < bytes.length; i++) h = Math.imul(h ^ (bytes[i] ?? 0), 0x01000193);
  return h ^ (h >>> 15);
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
