/** Does something now and again, until told to stop. */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

/** Waits `ms`, or until `signal` aborts. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  try {
    await sleep(ms, undefined, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

export async function untilAborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort');
}

/** Every `everyMs`, counted from the end of the time before, and at once when `wake` was called meanwhile. */
export class Again {
  readonly #everyMs: number;
  readonly #signal: AbortSignal;
  #woken = Promise.withResolvers<void>();

  constructor(everyMs: number, signal: AbortSignal) {
    this.#everyMs = everyMs;
    this.#signal = signal;
  }

  wake(): void {
    this.#woken.resolve();
  }

  async run(ask: () => Promise<void>): Promise<void> {
    while (!this.#signal.aborted) {
      this.#woken = Promise.withResolvers();
      await ask();
      const waiting = new AbortController();
      await Promise.race([pause(this.#everyMs, AbortSignal.any([this.#signal, waiting.signal])), this.#woken.promise]);
      waiting.abort();
    }
  }
}
