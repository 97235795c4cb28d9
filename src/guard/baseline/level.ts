/**
 * What the windows just before were like: an exponential mean per instance and syscall, into which no window goes with more than
 * three times the level, so that a burst hardly lifts what the next window is held against, and what stays becomes the level
 * within half an hour of windows. It stays over a restart of the container, whose work goes on.
 */

/** Weight of the newest window: as much memory as a mean of 31 windows. */
const WEIGHT = 1 / 16;
export const WINDOWS_OF_LEVEL = 2 / WEIGHT - 1;
/** Windows until a level says something. */
const FEWEST = 15;

export interface Level {
  readonly value: number;
  readonly count: number;
}

export class Levels {
  readonly #values: Float64Array;
  readonly #counts: Uint32Array;

  constructor(cells: number) {
    this.#values = new Float64Array(cells);
    this.#counts = new Uint32Array(cells);
  }

  /** Calls per window; NaN while there were too few windows. */
  at(cell: number): number {
    return (this.#counts[cell] ?? 0) < FEWEST ? Number.NaN : (this.#values[cell] ?? 0);
  }

  push(cell: number, calls: number): void {
    const count = (this.#counts[cell] ?? 0) + 1;
    this.#counts[cell] = count;
    const value = this.#values[cell] ?? 0;
    const most = count <= FEWEST ? calls : Math.min(calls, 3 * value + 10);
    this.#values[cell] = value + (most - value) * Math.max(WEIGHT, 1 / count);
  }

  /** Goes on from what another one knew. */
  resume(cell: number, { value, count }: Level): void {
    this.#values[cell] = value;
    this.#counts[cell] = count;
  }

  stateOf(cell: number): Level {
    return { value: this.#values[cell] ?? 0, count: this.#counts[cell] ?? 0 };
  }
}
