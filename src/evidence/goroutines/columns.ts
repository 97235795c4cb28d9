/** Columns that grow without copying what is there: blocks of 64 Ki rows, joined once at the end. */

const BLOCK_BITS = 16;
const BLOCK_ROWS = 1 << BLOCK_BITS;

type Cells = Int32Array | Float64Array | Uint8Array;

/** One growing column. `make` allocates a block or the final array of that many cells. */
export class Column<T extends Cells> {
  readonly #make: (cells: number) => T;
  #blocks: T[] = [];
  #block: T;
  #used = 0;

  constructor(make: (cells: number) => T) {
    this.#make = make;
    this.#block = make(BLOCK_ROWS);
  }

  push(value: number): void {
    if (this.#used === BLOCK_ROWS) {
      this.#blocks.push(this.#block);
      this.#block = this.#make(BLOCK_ROWS);
      this.#used = 0;
    }
    this.#block[this.#used++] = value;
  }

  /** All rows as one array; the column is empty afterwards, so that the peak is one column twice and not all of them. */
  take(): T {
    const rows = this.#make(this.#blocks.length * BLOCK_ROWS + this.#used);
    let at = 0;
    for (const block of this.#blocks) {
      rows.set(block, at);
      at += BLOCK_ROWS;
    }
    rows.set(this.#block.subarray(0, this.#used), at);
    this.#blocks = [];
    this.#block = this.#make(0);
    return rows;
  }
}

export const int32 = (cells: number): Int32Array => new Int32Array(cells);
export const float64 = (cells: number): Float64Array => new Float64Array(cells);
export const uint8 = (cells: number): Uint8Array => new Uint8Array(cells);
