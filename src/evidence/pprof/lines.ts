import { EvidenceError } from '../error.ts';

/** A stack of a hundred addresses takes two thousand; a line without end is no line. */
const MAX_LINE = 1 << 20;

/** The lines of a text in memory, one at a time, trimmed, with their offsets. */
export class TextLines {
  private readonly buffer: Buffer;
  private following = 0;
  /** Of the current line, bytes. */
  offset = 0;
  text = '';

  constructor(bytes: Uint8Array) {
    this.buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  next(): boolean {
    if (this.following >= this.buffer.length) return false;
    this.offset = this.following;
    const newline = this.buffer.indexOf(10, this.following);
    const end = newline < 0 ? this.buffer.length : newline;
    if (end - this.offset > MAX_LINE) {
      throw new EvidenceError(
        'pprof text',
        `a line of ${end - this.offset} bytes is no line of a profile`,
        this.offset,
      );
    }
    this.text = this.buffer.toString('utf8', this.offset, end).trim();
    this.following = end + 1;
    return true;
  }

  /** The next `next` gives the current line again. */
  back(): void {
    this.following = this.offset;
  }
}
