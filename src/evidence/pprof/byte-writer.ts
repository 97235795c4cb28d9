/** Protocol buffer wire format, written into one growing buffer. */
const TWO32 = 0x1_0000_0000;

export class ByteWriter {
  private bytes = new Uint8Array(1024);
  length = 0;

  private reserve(size: number): void {
    if (this.length + size <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(this.bytes.length * 2, this.length + size));
    grown.set(this.bytes.subarray(0, this.length));
    this.bytes = grown;
  }

  /** An integer as a varint; negative ones take ten bytes (two's complement), as int64 fields want it. */
  varint(value: number): void {
    this.reserve(10);
    if (value >= 0 && value < TWO32) this.small(value);
    else {
      const hi = Math.floor(value / TWO32);
      this.halves(value - hi * TWO32, hi >>> 0);
    }
  }

  varintBig(value: bigint): void {
    this.reserve(10);
    const unsigned = BigInt.asUintN(64, value);
    this.halves(Number(unsigned & 0xffff_ffffn), Number(unsigned >> 32n));
  }

  private small(value: number): void {
    const bytes = this.bytes;
    let rest = value;
    let at = this.length;
    while (rest >= 0x80) {
      bytes[at++] = (rest & 0x7f) | 0x80;
      rest = rest >>> 7;
    }
    bytes[at++] = rest;
    this.length = at;
  }

  private halves(low: number, high: number): void {
    const bytes = this.bytes;
    let lo = low >>> 0;
    let hi = high;
    let at = this.length;
    while (hi !== 0 || lo >= 0x80) {
      bytes[at++] = (lo & 0x7f) | 0x80;
      lo = ((lo >>> 7) | (hi << 25)) >>> 0;
      hi >>>= 7;
    }
    bytes[at++] = lo;
    this.length = at;
  }

  /** Field with a number; 0 is the default and left out. */
  number(field: number, value: number): void {
    if (value === 0) return;
    this.varint(field << 3);
    this.varint(value);
  }

  big(field: number, value: bigint): void {
    if (value === 0n) return;
    this.varint(field << 3);
    this.varintBig(value);
  }

  /** Field with bytes: a string, a packed list or a message. */
  field(field: number, content: Uint8Array): void {
    this.varint((field << 3) | 2);
    this.varint(content.length);
    this.append(content);
  }

  /** Bytes as they are. */
  append(content: Uint8Array): void {
    this.reserve(content.length);
    this.bytes.set(content, this.length);
    this.length += content.length;
  }

  /** Valid until the next write. */
  view(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }

  reset(): void {
    this.length = 0;
  }
}
