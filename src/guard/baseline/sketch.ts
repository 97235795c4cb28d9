/**
 * Counts of many windows in little memory: exact up to 64, above that in steps of 2 %. A service that varies by a factor of four
 * takes some hundred bytes for any number of windows. The bins above 64 are [64·s^i, 64·s^(i+1)), named by their geometric mean,
 * so that a quantile is off by 1 % at most.
 */

const EXACT = 64;
const STEP = Math.log(1.02);

export class CountSketch {
  /** Windows with at least one call. */
  present = 0;
  sum = 0;
  sumOfSquares = 0;
  /** Σ of products of two windows in a row of one instance, and how many such pairs there were with any count in the second. */
  products = 0;
  max = 0;
  #first = 0;
  #bins = new Uint32Array(0);

  /** `calls` > 0; windows without calls are not added, who asks says how many there were. `before`: the window before it. */
  add(calls: number, before: number): void {
    this.present++;
    this.sum += calls;
    this.sumOfSquares += calls * calls;
    this.products += calls * before;
    if (calls > this.max) this.max = calls;
    const bin = binOf(calls);
    const at = bin - this.#first;
    if (at >= 0 && at < this.#bins.length) this.#bins[at] = (this.#bins[at] ?? 0) + 1;
    else this.#grow(bin);
  }

  #grow(bin: number): void {
    const used = this.#bins.length;
    const first = used === 0 ? bin : Math.min(this.#first, Math.max(0, bin - 4));
    const last = used === 0 ? bin + 8 : Math.max(this.#first + used - 1, bin + 8);
    const bins = new Uint32Array(last - first + 1);
    if (used > 0) bins.set(this.#bins, this.#first - first);
    bins[bin - first] = 1;
    this.#first = first;
    this.#bins = bins;
  }

  /** The value that `rank` (0 … windows − 1, from the smallest) of `windows` has, those without calls included. */
  at(rank: number, windows: number): number {
    let left = rank - (windows - this.present);
    if (left < 0) return 0;
    for (let i = 0; i < this.#bins.length; i++) {
      left -= this.#bins[i] ?? 0;
      if (left < 0) return Math.min(this.max, midOf(this.#first + i));
    }
    return this.max;
  }

  /** Mean and variance of that share of the windows with the fewest calls. */
  momentsBelow(share: number, windows: number): { mean: number; variance: number } {
    const count = Math.max(1, Math.floor(share * windows));
    let left = Math.max(0, count - (windows - this.present));
    let sum = 0;
    let squares = 0;
    for (let i = 0; i < this.#bins.length && left > 0; i++) {
      const taken = Math.min(left, this.#bins[i] ?? 0);
      const value = midOf(this.#first + i);
      sum += taken * value;
      squares += taken * value * value;
      left -= taken;
    }
    const mean = sum / count;
    return { mean, variance: Math.max(0, squares / count - mean * mean) };
  }

  /** The `count` largest values, largest first; fewer where fewer windows had calls. */
  largest(count: number): number[] {
    const values: number[] = [];
    for (let i = this.#bins.length - 1; i >= 0 && values.length < count; i--) {
      const value = Math.min(this.max, midOf(this.#first + i));
      for (let n = this.#bins[i] ?? 0; n > 0 && values.length < count; n--) values.push(value);
    }
    return values;
  }

  /** Windows with at least this many calls; to the width of a bin. */
  atLeast(calls: number): number {
    let count = 0;
    for (let i = this.#bins.length - 1; i >= 0 && midOf(this.#first + i) >= calls; i--) count += this.#bins[i] ?? 0;
    return count;
  }
}

function binOf(calls: number): number {
  return calls < EXACT ? Math.floor(calls) : EXACT + Math.floor(Math.log(calls / EXACT) / STEP);
}

function midOf(bin: number): number {
  return bin < EXACT ? bin : EXACT * Math.exp((bin - EXACT + 0.5) * STEP);
}
