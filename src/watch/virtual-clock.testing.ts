/** For tests: two clocks that go on only when told to, and timers on them in order. */
import type { Clock } from './clock.ts';
import { DueQueue } from './schedule/queue.ts';

export class VirtualClock implements Clock {
  readonly #timers = new DueQueue<{ run: (() => void) | null }>();
  #monotonic = 0;
  #wall: number;

  constructor(wall = 1_700_000_000_000) {
    this.#wall = wall;
  }

  monotonic(): number {
    return this.#monotonic;
  }

  wall(): number {
    return this.#wall;
  }

  after(ms: number, run: () => void): () => void {
    const timer: { run: (() => void) | null } = { run };
    this.#timers.push(this.#monotonic + Math.max(0, ms), timer);
    return () => {
      timer.run = null;
    };
  }

  /** The wall clock alone: somebody sets it. */
  step(ms: number): void {
    this.#wall += ms;
  }

  /** Both clocks go on; what is due is run in order, and promises that it settles are waited for. */
  async advance(ms: number): Promise<void> {
    const end = this.#monotonic + ms;
    for (;;) {
      const next = this.#timers.next();
      if (next === null || next > end) break;
      const timer = this.#timers.pop();
      this.#to(Math.max(this.#monotonic, next));
      timer?.value.run?.();
      await settled();
    }
    this.#to(end);
    await settled();
  }

  #to(monotonic: number): void {
    this.#wall += monotonic - this.#monotonic;
    this.#monotonic = monotonic;
  }
}

/** Enough turns of the microtask queue for chains of promises that wait for nothing else. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 12; turn++) await Promise.resolve();
}
