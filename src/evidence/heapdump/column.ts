/**
 * Columns that grow while the number of rows is unknown. They grow by segments, so nothing is copied until the end, and
 * each segment is given back as soon as it has been copied: the peak is the column and one segment.
 *
 * One class per element type and not a generic one: V8 then knows the element type at every access.
 */

/** Rows of the first segment and of the largest. */
const FIRST = 256;
const LARGEST = 1 << 20;
/** From this many bytes on a column lies in shared memory, so that a worker can read it without a copy. */
const SHARED = 1 << 20;

/** Memory for a finished column. */
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

/** Gives the memory back now; the collector would come late, for it sees only small objects. */
function free(buffer: ArrayBufferLike): void {
  if (buffer instanceof ArrayBuffer) buffer.transfer(0);
}

export class Float64Column {
  #segments: Float64Array[] = [];
  #before = 0;
  #at = 0;
  #segment = new Float64Array(FIRST);

  get length(): number {
    return this.#before + this.#at;
  }

  push(value: number): void {
    if (this.#at === this.#segment.length) this.#grow();
    this.#segment[this.#at++] = value;
  }

  #grow(): void {
    this.#segments.push(this.#segment);
    this.#before += this.#at;
    this.#segment = new Float64Array(Math.min(this.#segment.length * 2, LARGEST));
    this.#at = 0;
  }

  /** The first `length` rows, at most; the column is empty afterwards. */
  finish(length: number): Float64Array {
    const out = newFloat64(Math.min(length, this.length));
    this.drain(out.length, (segment, rows, row) => out.set(segment.subarray(0, rows), row));
    return out;
  }

  /** Visits the first `length` rows segment by segment and frees each; the column is empty afterwards. */
  drain(length: number, visit: (segment: Float64Array, rows: number, row: number) => void): void {
    const segments = [...this.#segments, this.#segment];
    this.#segments = [];
    this.#segment = new Float64Array(FIRST);
    this.#before = 0;
    this.#at = 0;
    let row = 0;
    for (const segment of segments) {
      const rows = Math.min(segment.length, length - row);
      if (rows > 0) visit(segment, rows, row);
      row += Math.max(rows, 0);
      free(segment.buffer);
    }
  }
}

export class Uint32Column {
  #segments: Uint32Array[] = [];
  #before = 0;
  #at = 0;
  #segment = new Uint32Array(FIRST);

  get length(): number {
    return this.#before + this.#at;
  }

  push(value: number): void {
    if (this.#at === this.#segment.length) this.#grow();
    this.#segment[this.#at++] = value;
  }

  #grow(): void {
    this.#segments.push(this.#segment);
    this.#before += this.#at;
    this.#segment = new Uint32Array(Math.min(this.#segment.length * 2, LARGEST));
    this.#at = 0;
  }

  /** The first `length` rows, at most; the column is empty afterwards. */
  finish(length: number): Uint32Array {
    const out = newUint32(Math.min(length, this.length));
    let row = 0;
    for (const segment of [...this.#segments, this.#segment]) {
      const rows = Math.min(segment.length, out.length - row);
      if (rows > 0) out.set(segment.subarray(0, rows), row);
      row += Math.max(rows, 0);
      free(segment.buffer);
    }
    this.#segments = [];
    this.#segment = new Uint32Array(FIRST);
    this.#before = 0;
    this.#at = 0;
    return out;
  }

  /** As signed numbers: what was pushed as -1 is -1 again. */
  finishSigned(length: number): Int32Array {
    const { buffer, length: rows } = this.finish(length);
    return new Int32Array(buffer, 0, rows);
  }
}
