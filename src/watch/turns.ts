/** Long work in the server's thread, in slices: pages, visits and timers wait no longer than one slice. */
import { setImmediate } from 'node:timers/promises';

/** A slice; pages are asked for in steps of a second, and a person sees 100 ms. */
const SLICE_MS = 15;

export class Turns {
  #since = performance.now();

  /** To be called where the work may be interrupted; lets the others go first where the slice is over. */
  async rest(): Promise<void> {
    if (performance.now() - this.#since < SLICE_MS) return;
    await setImmediate();
    this.#since = performance.now();
  }

  /** The work begins only now: nothing was held up before. */
  begin(): void {
    this.#since = performance.now();
  }
}
