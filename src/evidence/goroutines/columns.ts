/**
 * Columns that grow without being twice in memory. Above a million rows a column lives in a resizable ArrayBuffer, which
 * reserves addresses and takes memory as it grows; doubling, or blocks that are joined in the end, would have the rows
 * there twice, because malloc does not give pieces of a few MB back to the system. Rows are staged in a plain array, whose
 * elements V8 writes faster.
 */
import { EvidenceError } from '../error.ts';

const STAGED_ROWS = 1 << 11;
const LARGE_ROWS = 1 << 20;
/** 2 GiB of addresses for a column of doubles; a dump with that many goroutines has at least 5 GB of text. */
const MOST_ROWS = 1 << 28;

type Cells = Int32Array<ArrayBuffer> | Float64Array<ArrayBuffer> | Uint8Array<ArrayBuffer>;

/** One growing column; `view` makes the typed array over a buffer. */
export class Column<T extends Cells> {
  readonly #view: (buffer: ArrayBuffer) => T;
  readonly #staged: T;
  #stagedCount = 0;
  #rows: T;
  #count = 0;

  constructor(view: (buffer: ArrayBuffer) => T) {
    this.#view = view;
    this.#rows = view(new ArrayBuffer(0));
    this.#staged = view(new ArrayBuffer(STAGED_ROWS * this.#rows.BYTES_PER_ELEMENT));
  }

  push(value: number): void {
    if (this.#stagedCount === STAGED_ROWS) this.#flush();
    this.#staged[this.#stagedCount++] = value;
  }

  /** All rows in an array of just that length; the column is empty afterwards. */
  take(): T {
    this.#flush();
    const { buffer, BYTES_PER_ELEMENT } = this.#rows;
    const rows = this.#view(buffer.transferToFixedLength(this.#count * BYTES_PER_ELEMENT));
    this.#rows = this.#view(new ArrayBuffer(0));
    this.#count = 0;
    return rows;
  }

  #flush(): void {
    const needed = this.#count + this.#stagedCount;
    if (needed > this.#rows.length) this.#grow(needed);
    this.#rows.set(this.#staged.subarray(0, this.#stagedCount), this.#count);
    this.#count = needed;
    this.#stagedCount = 0;
  }

  #grow(needed: number): void {
    const { buffer, BYTES_PER_ELEMENT } = this.#rows;
    if (needed > MOST_ROWS) throw new EvidenceError('goroutine dump', 'there are more than 268 million goroutines');
    if (buffer.resizable) buffer.resize(Math.min(MOST_ROWS, needed + LARGE_ROWS) * BYTES_PER_ELEMENT);
    else if (needed <= LARGE_ROWS) {
      this.#rows = this.#view(buffer.transfer(Math.max(needed, this.#rows.length * 2) * BYTES_PER_ELEMENT));
    } else {
      const maxByteLength = MOST_ROWS * BYTES_PER_ELEMENT;
      const large = this.#view(new ArrayBuffer((needed + LARGE_ROWS) * BYTES_PER_ELEMENT, { maxByteLength }));
      large.set(this.#rows);
      buffer.transfer(0);
      this.#rows = large;
    }
  }
}

export const int32 = (buffer: ArrayBuffer): Int32Array<ArrayBuffer> => new Int32Array(buffer);
export const float64 = (buffer: ArrayBuffer): Float64Array<ArrayBuffer> => new Float64Array(buffer);
export const uint8 = (buffer: ArrayBuffer): Uint8Array<ArrayBuffer> => new Uint8Array(buffer);
