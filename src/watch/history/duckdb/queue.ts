/**
 * Group commit: one writer at a time; what comes while it writes waits and goes together into the next transaction. An
 * item that cannot be written fails alone: after an error the items of a group are written one by one.
 */

export interface QueueOptions<T> {
  /** One transaction for all of them; after a rejection nothing of it was written. */
  readonly write: (items: readonly T[]) => Promise<void>;
  /** At most so many items in one transaction. */
  readonly most: number;
  /**
   * From the beginning of one transaction to that of the next, ms: a transaction costs the same for one item and for
   * fifty. An item that comes after a pause does not wait.
   */
  readonly apartMs: number;
}

interface Waiting<T> {
  readonly item: T;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export class CommitQueue<T> {
  readonly #options: QueueOptions<T>;
  readonly #waiting: Waiting<T>[] = [];
  readonly #tasks: (() => Promise<void>)[] = [];
  #running: Promise<void> | null = null;
  /** Of the last transaction, ms. */
  #began = Number.NEGATIVE_INFINITY;
  #hurry = false;
  /** Ends a pause. */
  #wake: (() => void) | null = null;

  constructor(options: QueueOptions<T>) {
    this.#options = options;
  }

  /** Resolves when the item is durable. */
  submit(item: T): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject });
      this.#start();
    });
  }

  /** Runs alone, between transactions; items that wait come first. */
  alone<R>(task: () => Promise<R>): Promise<R> {
    return new Promise((resolve, reject) => {
      this.#tasks.push(() => task().then(resolve, reject));
      this.#start();
    });
  }

  /** Resolves when nothing waits; there are no pauses any more. */
  async drain(): Promise<void> {
    this.#hurry = true;
    this.#wake?.();
    while (this.#running !== null) await this.#running;
  }

  #start(): void {
    this.#running ??= this.#run();
  }

  async #run(): Promise<void> {
    // The first item waits for the end of this turn of the event loop: what is submitted in one turn is one transaction.
    await Promise.resolve();
    for (;;) {
      if (this.#waiting.length > 0) {
        await this.#pause();
        await this.#write(this.#waiting.splice(0, this.#options.most));
      }
      const task = this.#tasks.shift();
      if (task !== undefined) await task();
      else if (this.#waiting.length === 0) {
        // In the same turn as the look at the queue: whoever submits next starts again.
        this.#running = null;
        return;
      }
    }
  }

  /** Until the next transaction may begin; not at all while someone waits for the end. */
  async #pause(): Promise<void> {
    const { apartMs, most } = this.#options;
    const rest = this.#began + apartMs - performance.now();
    if (rest > 0 && !this.#hurry && this.#waiting.length < most) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      const timer = setTimeout(resolve, rest);
      await promise;
      clearTimeout(timer);
      this.#wake = null;
    }
    this.#began = performance.now();
  }

  async #write(group: readonly Waiting<T>[]): Promise<void> {
    try {
      await this.#options.write(group.map(({ item }) => item));
    } catch (error) {
      const [only, second] = group;
      if (second === undefined) only?.reject(error);
      else for (const one of group) await this.#write([one]);
      return;
    }
    for (const { resolve } of group) resolve();
  }
}
