/**
 * Columns that grow while the number of rows is unknown. The capacity is guessed from the size of the file, high enough for
 * every dump that a Go process writes: memory that is not touched costs address space only, and nothing is copied. Where a
 * file of another make needs more rows, the column doubles.
 *
 * One class per element type and not a generic one: V8 then knows the element type at every access.
 */

/** From this many bytes on a column lies in shared memory, so that a worker can read it without a copy. */
const SHARED = 1 << 20;
/** Rows that are there at least. */
const LEAST = 64;

function memory(bytes: number): ArrayBufferLike {
  return bytes >= SHARED ? new SharedArrayBuffer(bytes) : new ArrayBuffer(bytes);
}

export function newInt32(length: number): Int32Array {
  return new Int32Array(memory(length * 4), 0, length);
}

export function newUint32(length: number): Uint32Array {
  return new Uint32Array(memory(length * 4), 0, length);
}

export function newFloat64(length: number): Float64Array {
  return new Float64Array(memory(length * 8), 0, length);
}

/** As many rows as can be had: where address space is limited, fewer than wanted. */
function reserve<T>(rows: number, make: (rows: number) => T): T {
  for (let wanted = Math.max(LEAST, Math.floor(rows)); ; wanted = Math.floor(wanted / 4)) {
    try {
      return make(wanted);
    } catch (error) {
      if (!(error instanceof RangeError) || wanted < LEAST) throw error;
    }
  }
}

export class Float64Column {
  #rows: Float64Array;
  length = 0;

  constructor(capacity = LEAST) {
    this.#rows = reserve(capacity, newFloat64);
  }

  push(value: number): void {
    if (this.length === this.#rows.length) this.#grow();
    this.#rows[this.length++] = value;
  }

  #grow(): void {
    const rows = newFloat64(this.length * 2);
    rows.set(this.#rows);
    this.#rows = rows;
  }

  /** The first `length` rows, at most; a view, so nothing is to be pushed afterwards. */
  finish(length = this.length): Float64Array {
    return this.#rows.subarray(0, Math.min(length, this.length));
  }
}

export class Uint32Column {
  #rows: Uint32Array;
  length = 0;

  constructor(capacity = LEAST) {
    this.#rows = reserve(capacity, newUint32);
  }

  push(value: number): void {
    if (this.length === this.#rows.length) this.#grow();
    this.#rows[this.length++] = value;
  }

  #grow(): void {
    const rows = newUint32(this.length * 2);
    rows.set(this.#rows);
    this.#rows = rows;
  }

  /** As of Float64Column. */
  finish(length = this.length): Uint32Array {
    return this.#rows.subarray(0, Math.min(length, this.length));
  }

  /** As signed numbers. */
  finishSigned(length = this.length): Int32Array {
    const { buffer, length: rows } = this.finish(length);
    return new Int32Array(buffer, 0, rows);
  }
}

/** A column that is given back to the system as soon as it has been used, and never shared. */
export class TransientColumn {
  #rows: Float64Array<ArrayBuffer>;
  length = 0;

  constructor(capacity = LEAST) {
    this.#rows = reserve(capacity, (rows) => new Float64Array(rows));
  }

  push(value: number): void {
    if (this.length === this.#rows.length) this.#grow();
    this.#rows[this.length++] = value;
  }

  #grow(): void {
    const old = this.#rows;
    this.#rows = new Float64Array(this.length * 2);
    this.#rows.set(old);
    old.buffer.transfer(0);
  }

  /** Gives the rows to `use` and then frees them; the collector would come late, for it sees only a small object. */
  spend(use: (rows: Float64Array) => void): void {
    use(this.#rows.subarray(0, this.length));
    this.#rows.buffer.transfer(0);
    this.#rows = new Float64Array(LEAST);
    this.length = 0;
  }
}
