/**
 * Time, in two kinds. The schedule runs on the monotonic clock: the wall clock may be set back or forth under it. What is
 * stored has wall time, for people and for other systems; it never goes backwards here, or a series would have two values
 * for one moment and a rate would be divided by a negative time.
 */

/** ms on two clocks, and a timer on the monotonic one. Tests have a virtual one. */
export interface Clock {
  /** Monotonic, from an arbitrary zero. */
  monotonic(): number;
  /** Since the epoch, as the machine says. */
  wall(): number;
  /** Calls `run` once after `ms`; the function returned cancels. */
  after(ms: number, run: () => void): () => void;
}

/** Longest delay that setTimeout takes: larger ones fire at once. */
const LONGEST_TIMER = 2 ** 31 - 1;

export const systemClock: Clock = {
  monotonic: () => performance.now(),
  wall: () => Date.now(),
  after(ms, run) {
    const timer = setTimeout(run, Math.min(Math.max(0, ms), LONGEST_TIMER));
    return () => clearTimeout(timer);
  },
};

/** A step that is worth telling; below it is what NTP does every day, ms. */
const STEP_MS = 2_000;
/** Told for so long, ms. */
const TELL_MS = 10 * 60_000;
/** How fast time goes on while the wall clock is behind. */
const CATCH_UP = 0.5;

/**
 * Wall time that never goes back. Where the wall clock is set forward it follows at once; where it is set back it goes on at
 * half speed until the wall clock has caught up.
 */
export class SteadyTime {
  readonly #clock: Clock;
  #lastWall: number;
  #lastMonotonic: number;
  #now: number;
  #told: { readonly at: number; readonly says: string } | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#lastWall = clock.wall();
    this.#lastMonotonic = clock.monotonic();
    this.#now = this.#lastWall;
  }

  /** ms since the epoch; never less than before. */
  now(): number {
    const wall = this.#clock.wall();
    const monotonic = this.#clock.monotonic();
    const passed = Math.max(0, monotonic - this.#lastMonotonic);
    const step = wall - this.#lastWall - passed;
    if (Math.abs(step) > STEP_MS) {
      const way = step < 0 ? 'back' : 'forward';
      const says = `the clock of this machine was set ${way} by ${(Math.abs(step) / 1000).toFixed(1)} s; what was measured around then may stand at the wrong time`;
      this.#told = { at: monotonic, says };
    }
    this.#lastWall = wall;
    this.#lastMonotonic = monotonic;
    const ahead = this.#now - wall;
    // As long as it is ahead, half of the time that passed; never so much that it falls behind.
    this.#now = ahead <= 0 ? wall : Math.max(wall, this.#now + passed * CATCH_UP);
    return Math.round(this.#now);
  }

  /** Something is stored with this time already: go on after it. */
  notBefore(at: number): void {
    const ahead = at - this.now();
    if (ahead <= 0) return;
    this.#now = at;
    if (ahead > STEP_MS) {
      const says = `the clock of this machine is ${(ahead / 1000).toFixed(0)} s behind what is stored already; was it set back while the server was down?`;
      this.#told = { at: this.#lastMonotonic, says };
    }
  }

  /** One sentence about a step of the last minutes, or as long as this time is ahead of the wall clock. */
  problem(): string | null {
    this.now();
    if (this.#told === null) return null;
    const over = this.#lastMonotonic - this.#told.at > TELL_MS && this.#now - this.#lastWall < STEP_MS;
    if (over) this.#told = null;
    return this.#told?.says ?? null;
  }
}
