/**
 * How calls follow the load. Bands on calls alone must be as wide as the day; calls per request are steadier. A sample of windows
 * is kept per container (load and calls of every syscall), as more would say no more: 512 rows × 60 syscalls × 4 bytes.
 */
import { varianceBound } from './band.ts';
import type { Band } from './model.ts';

const ROWS = 512;
/** Fewer points than this, and nothing is said. */
const FEWEST = 30;
/** Load explains a rate when it leaves less than this share of its variance. */
const LEAVES = 0.5;
/** Points farther than so many robust standard deviations from the line do not draw it. */
const FAR = 4;

export class LoadSample {
  #seen = 0;
  #state = 0x9e3779b9;
  readonly #loads: number[] = [];
  readonly #rows: Map<string, number>[] = [];

  /** Keeps each window with the same chance (reservoir sampling, Vitter 1985), the same ones for the same input. */
  add(load: number, calls: () => Map<string, number>): void {
    this.#seen++;
    if (this.#loads.length < ROWS) {
      this.#loads.push(load);
      this.#rows.push(calls());
      return;
    }
    this.#state ^= this.#state << 13;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    const at = (this.#state >>> 0) % this.#seen;
    if (at >= ROWS) return;
    this.#loads[at] = load;
    this.#rows[at] = calls();
  }

  /** The line of a syscall; undefined where load does not explain it. Rates and load per minute. */
  lineOf(syscall: string, windowMs: number): Band['load'] {
    const load = Float64Array.from(this.#loads);
    const calls = Float64Array.from(this.#rows, (row) => row.get(syscall) ?? 0);
    const line = lineThrough(load, calls);
    if (line === null) return undefined;
    // Load and calls are both per window here, so the slope stands as it is.
    return {
      base: digits((line.base * 60_000) / windowMs),
      perUnit: digits(line.perUnit),
      noise: digits(line.noise),
    };
  }
}

function digits(value: number): number {
  return Number(value.toPrecision(4));
}

interface Line {
  readonly base: number;
  readonly perUnit: number;
  readonly noise: number;
}

/** Least squares, three times, each time without the points that are far from the line of the time before. */
function lineThrough(x: Float64Array, y: Float64Array): Line | null {
  const n = x.length;
  if (n < FEWEST) return null;
  let keep = new Uint8Array(n).fill(1);
  let base = 0;
  let perUnit = 0;
  for (let round = 0; round < 3; round++) {
    let w = 0;
    let sx = 0;
    let sy = 0;
    let sxx = 0;
    let sxy = 0;
    for (let i = 0; i < n; i++) {
      if (keep[i] === 0) continue;
      const a = x[i] ?? 0;
      const b = y[i] ?? 0;
      w++;
      sx += a;
      sy += b;
      sxx += a * a;
      sxy += a * b;
    }
    const across = sxx - (sx * sx) / w;
    // Load that hardly varies (a standard deviation below a tenth of its mean) draws no line.
    if (across <= 0 || Math.sqrt(across / w) < 0.1 * (sx / w)) return null;
    perUnit = (sxy - (sx * sy) / w) / across;
    base = (sy - perUnit * sx) / w;
    // Nothing is called less than not at all: the line then goes through the origin.
    if (base < 0) {
      base = 0;
      perUnit = sxy / sxx;
    }
    if (perUnit <= 0) return null;
    const off = Float64Array.from(
      y,
      (b, i) => Math.abs(b - base - perUnit * (x[i] ?? 0)) / scale(base + perUnit * (x[i] ?? 0)),
    );
    const typical = Float64Array.from(off).sort()[n >> 1] ?? 0;
    const farFrom = FAR * Math.max(1, 1.4826 * typical);
    keep = Uint8Array.from(off, (value) => (value <= farFrom ? 1 : 0));
  }
  const mean = y.reduce((sum, value) => sum + value, 0) / n;
  let total = 0;
  let rest = 0;
  let excess = 0;
  let squares = 0;
  for (let i = 0; i < n; i++) {
    const expected = base + perUnit * (x[i] ?? 0);
    total += ((y[i] ?? 0) - mean) ** 2;
    rest += ((y[i] ?? 0) - expected) ** 2;
    excess += ((y[i] ?? 0) - expected) ** 2 - expected;
    squares += expected * expected;
  }
  if (total === 0 || rest > LEAVES * total) return null;
  // At its upper bound: few points say little about how far the next may be.
  const noise = squares === 0 ? 0 : Math.sqrt((Math.max(0, excess) / squares) * varianceBound(n - 2));
  return { base, perUnit, noise };
}

/** Noise of a count, at least of one call. */
function scale(expected: number): number {
  return Math.sqrt(Math.max(1, expected));
}
