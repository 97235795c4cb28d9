/** A window that slides over the dump and the numbers in it. Only the window is in memory. */

import { EvidenceError } from '../error.ts';
import type { DumpSource } from './source.ts';

/** Bytes in memory at a time. Larger is not faster, and objects that do not fit are read again for their pointers. */
const WINDOW = 4 << 20;
/** Bytes that a number takes at most. */
const VARINT = 10;
/** Longest text in a dump that we believe; names of generic functions come to a few KiB. */
const MAX_TEXT = 1 << 20;

export class Window {
  readonly source: DumpSource;
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** File offset of bytes[0]. */
  base = 0;
  /** Index in `bytes` of what is read next, and of the end of what is there. */
  pos = 0;
  end = 0;
  /** What is being read, for messages: `an object`. */
  inside = 'the header';
  /** File offset at which that begins. */
  begin = 0;

  constructor(source: DumpSource) {
    this.source = source;
    this.bytes = new Uint8Array(Math.min(WINDOW, Math.max(source.size, VARINT)));
    this.view = new DataView(this.bytes.buffer);
  }

  /** File offset of what is read next. */
  get offset(): number {
    return this.base + this.pos;
  }

  /** Moves what is unread to the front and reads on. Throws where there are not `needed` bytes. */
  fill(needed: number): void {
    if (this.pos + needed <= this.end && this.base + this.end >= this.source.size) return;
    const left = Math.max(0, this.end - this.pos);
    if (left > 0) this.bytes.copyWithin(0, this.pos, this.end);
    this.base += this.pos;
    this.pos = 0;
    this.end = left;
    if (this.base < this.source.size) {
      this.end += this.source.read(this.bytes.subarray(left), this.base + left);
    }
    if (this.end < needed) throw this.cut();
  }

  cut(): EvidenceError {
    return new EvidenceError(
      'heap dump',
      `the dump is cut short: dump again, or take what is there with --partial; the file of ${this.source.size} bytes ends inside ${this.inside} that begins`,
      this.begin,
    );
  }

  malformed(problem: string): EvidenceError {
    return new EvidenceError('heap dump', `${problem}, inside ${this.inside},`, this.offset);
  }

  /** An unsigned number of up to 64 bits; above 2^53 the low bits are lost. */
  number(): number {
    if (this.pos + VARINT > this.end) this.fill(0);
    const bytes = this.bytes;
    let byte = bytes[this.pos] ?? 0;
    if (byte < 0x80 && this.pos < this.end) {
      this.pos++;
      return byte;
    }
    let at = this.pos;
    const stop = Math.min(this.end, at + VARINT);
    let value = 0;
    // 28 bits at a time, for shifts work on 32.
    for (let scale = 1; ; scale *= 0x1000_0000) {
      let part = 0;
      for (let shift = 0; shift < 28; shift += 7) {
        if (at >= stop) throw stop === this.end ? this.cut() : this.malformed('a number of more than 10 bytes');
        byte = bytes[at++] ?? 0;
        part |= (byte & 0x7f) << shift;
        if (byte < 0x80) {
          this.pos = at;
          return value + part * scale;
        }
      }
      value += part * scale;
    }
  }

  /** An address; only those that a double holds exactly. */
  address(): number {
    const value = this.number();
    if (value > Number.MAX_SAFE_INTEGER) throw this.malformed('an address above 2^53');
    return value;
  }

  /** A 32-bit number. */
  small(what: string): number {
    const value = this.number();
    if (value > 0xffff_ffff) throw this.malformed(`${what} of ${value}`);
    return value;
  }

  /** Length of the memory that follows; it is in the file as a whole. */
  length(): number {
    const length = this.number();
    if (this.base + this.pos + length > this.source.size) throw this.cut();
    return length;
  }

  skip(length: number): void {
    this.pos += length;
    if (this.pos > this.end) {
      this.base += this.pos;
      this.pos = 0;
      this.end = 0;
    }
  }

  /** The bytes of a text, valid until the next read. */
  text(): Uint8Array {
    const length = this.length();
    if (length > MAX_TEXT) throw this.malformed(`a text of ${length} bytes`);
    if (this.pos + length > this.end) this.fill(length);
    const start = this.pos;
    this.pos += length;
    return this.bytes.subarray(start, this.pos);
  }
}
