/**
 * Protocol buffer wire format, read by hand from one buffer. A varint is up to ten bytes of seven bits, least
 * significant first; JavaScript numbers are exact to 53 bits only, so a value arrives as two 32-bit halves.
 * Spec: https://protobuf.dev/programming-guides/encoding/
 */
import { EvidenceError } from '../error.ts';

export const WIRE = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

const TWO32 = 0x1_0000_0000;

export function malformed(problem: string, offset: number): EvidenceError {
  return new EvidenceError('pprof', `not a valid pprof profile: ${problem}`, offset);
}

export class Wire {
  readonly bytes: Uint8Array;
  pos: number;
  /** Where the current message ends; nothing is read beyond it. */
  end: number;
  /** Field number and wire type of the last tag. */
  field = 0;
  type = 0;
  /** Unsigned halves of the last varint (or fixed number, or length). */
  lo = 0;
  hi = 0;

  constructor(bytes: Uint8Array, pos = 0, end = bytes.length) {
    this.bytes = bytes;
    this.pos = pos;
    this.end = end;
  }

  varint(): void {
    const bytes = this.bytes;
    const end = this.end;
    let pos = this.pos;
    if (pos >= end) throw malformed('a number is missing', pos);
    let byte = bytes[pos++] ?? 0;
    if (byte < 0x80) {
      this.lo = byte;
      this.hi = 0;
      this.pos = pos;
      return;
    }
    let lo = byte & 0x7f;
    let hi = 0;
    for (let shift = 7; ; shift += 7) {
      if (pos >= end) throw malformed('a number is cut off', this.pos);
      if (shift > 63) throw malformed('a number is longer than ten bytes', this.pos);
      byte = bytes[pos++] ?? 0;
      const bits = byte & 0x7f;
      if (shift < 28) lo |= bits << shift;
      else if (shift === 28) {
        lo |= bits << 28;
        hi = bits >>> 4;
      } else hi |= bits << (shift - 32);
      if (byte < 0x80) break;
    }
    this.lo = lo >>> 0;
    this.hi = hi >>> 0;
    this.pos = pos;
  }

  /**
   * Reads a tag and what has a fixed place behind it: the number, or for bytes the length (checked against the end of
   * the message), leaving `pos` at the first of them. False at the end of the message.
   */
  next(): boolean {
    const at = this.pos;
    if (at >= this.end) return false;
    const tag = this.bytes[at] ?? 0;
    if (tag < 0x80) {
      this.field = tag >>> 3;
      this.type = tag & 7;
      this.pos = at + 1;
    } else {
      this.varint();
      // A tag above 32 bits cannot be a field we know; field 0 is unknown as well and skipped, as google/pprof does.
      this.field = this.hi === 0 ? this.lo >>> 3 : -1;
      this.type = this.lo & 7;
    }
    switch (this.type) {
      case WIRE.varint:
        this.varint();
        return true;
      case WIRE.bytes: {
        // Most messages are short.
        const short = this.bytes[at + 1] ?? 0x80;
        if (tag < 0x80 && short < 0x80 && at + 2 + short <= this.end) {
          this.lo = short;
          this.hi = 0;
          this.pos = at + 2;
          return true;
        }
        this.varint();
        const length = this.hi * TWO32 + this.lo;
        if (length > this.end - this.pos) {
          throw malformed(`a field of ${length} bytes is longer than the ${this.end - this.pos} bytes left`, at);
        }
        return true;
      }
      case WIRE.fixed64:
      case WIRE.fixed32: {
        const size = this.type === WIRE.fixed64 ? 8 : 4;
        if (size > this.end - this.pos) throw malformed('a number is cut off', at);
        this.pos += size;
        return true;
      }
      default:
        throw malformed(`wire type ${this.type} does not exist`, at);
    }
  }

  /** After `next` found bytes that are not wanted. */
  skip(): void {
    if (this.type === WIRE.bytes) this.pos += this.lo;
  }

  expect(type: number, what: string): void {
    if (this.type !== type) throw malformed(`${what} has wire type ${this.type} instead of ${type}`, this.pos);
  }

  /** The last varint as a signed number, exact within ±2^53. */
  signed(): number {
    return (this.hi | 0) * TWO32 + this.lo;
  }

  signedBig(): bigint {
    return BigInt.asIntN(64, this.unsignedBig());
  }

  unsignedBig(): bigint {
    return this.hi === 0 ? BigInt(this.lo) : (BigInt(this.hi) << 32n) | BigInt(this.lo);
  }

  /** True where `signed` is not exact. */
  beyondDouble(): boolean {
    const hi = this.hi | 0;
    return hi >= 0x20_0000 ? hi > 0x20_0000 || this.lo !== 0 : hi < -0x20_0000;
  }

  /** The last varint as a 32-bit integer; values that do not fit (no real line or column) go to the nearest end. */
  int32(): number {
    const value = this.signed();
    return Math.max(-0x8000_0000, Math.min(0x7fff_ffff, value));
  }
}
