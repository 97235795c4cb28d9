/**
 * How much runs at one time. A target that answers within a second holds one of a few slots; one that does not is put
 * aside, where many may wait: a target that sends a byte a minute costs a socket, and no other target its turn.
 */
import type { Clock } from '../clock.ts';

/** After this long a job is slow, ms. */
const SLOW_MS = 1_000;
/** Slow jobs per slot. */
const ASIDE = 8;

export class Slots {
  readonly #clock: Clock;
  readonly #onFree: () => void;
  #size: number;
  #quick = 0;
  #slow = 0;

  /** `onFree` is called when there may be room again. */
  constructor(size: number, clock: Clock, onFree: () => void) {
    this.#size = size;
    this.#clock = clock;
    this.#onFree = onFree;
  }

  set size(size: number) {
    this.#size = size;
  }

  get running(): number {
    return this.#quick + this.#slow;
  }

  get free(): boolean {
    return this.#quick < this.#size && this.#quick + this.#slow < this.#size * (1 + ASIDE);
  }

  /** The function returned gives the slot back; call it once. */
  take(): () => void {
    this.#quick++;
    let slow = false;
    const cancel = this.#clock.after(SLOW_MS, () => {
      slow = true;
      this.#quick--;
      this.#slow++;
      this.#onFree();
    });
    return () => {
      cancel();
      if (slow) this.#slow--;
      else this.#quick--;
      this.#onFree();
    };
  }
}
