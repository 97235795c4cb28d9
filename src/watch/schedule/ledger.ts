/**
 * What was taken of one target in the hour before now, against what may be taken. Whoever is about to take something
 * reserves the most that it can cost; nothing begins that does not fit. Afterwards it is settled with what it did cost,
 * which is never more. So in no window of one hour, wherever it begins, more is taken than the budget says.
 */

/** Profile captures, bytes of bodies, ms for which the service stood still at most. */
export interface Cost {
  readonly captures: number;
  readonly bytes: number;
  readonly pauseMs: number;
}

export const WINDOW_MS = 3_600_000;
/** Entries that are this close in time are kept as one, so that an hour of metrics is not thousands of entries. */
const GRAIN_MS = 30_000;

export class BudgetLedger {
  #budget: Cost;
  /** Oldest first. `at` is the newest time in the entry: it leaves the window last. */
  readonly #entries: { at: number; captures: number; bytes: number; pauseMs: number }[] = [];
  #captures = 0;
  #bytes = 0;
  #pauseMs = 0;
  #reserved: Cost | null = null;

  constructor(budget: Cost) {
    this.#budget = budget;
  }

  get budget(): Cost {
    return this.#budget;
  }

  /** A new configuration; what was spent stays spent. */
  set budget(budget: Cost) {
    this.#budget = budget;
  }

  /** What is under way, or null. */
  get reserved(): Cost | null {
    return this.#reserved;
  }

  /** What the last hour took; monotonic `now`, ms. What is reserved counts as taken. */
  spent(now: number): Cost {
    this.#expire(now);
    const held = this.#reserved;
    return {
      captures: this.#captures + (held?.captures ?? 0),
      bytes: this.#bytes + (held?.bytes ?? 0),
      pauseMs: this.#pauseMs + (held?.pauseMs ?? 0),
    };
  }

  left(now: number): Cost {
    const spent = this.spent(now);
    return {
      captures: Math.max(0, this.#budget.captures - spent.captures),
      bytes: Math.max(0, this.#budget.bytes - spent.bytes),
      pauseMs: Math.max(0, this.#budget.pauseMs - spent.pauseMs),
    };
  }

  /** False where it does not fit, or something is reserved already: a target is asked for one thing at a time. */
  reserve(cost: Cost, now: number): boolean {
    if (this.#reserved !== null) return false;
    const left = this.left(now);
    if (cost.captures > left.captures || cost.bytes > left.bytes || cost.pauseMs > left.pauseMs) return false;
    this.#reserved = cost;
    return true;
  }

  /** Ends the reservation. More than was reserved is not believed: the caller has bounds that keep to it. */
  settle(cost: Cost, now: number): void {
    const held = this.#reserved;
    if (held === null) return;
    this.#reserved = null;
    this.charge(
      {
        captures: Math.min(cost.captures, held.captures),
        bytes: Math.min(cost.bytes, held.bytes),
        pauseMs: Math.min(cost.pauseMs, held.pauseMs),
      },
      now,
    );
  }

  /** Something that was taken without asking: before a restart of this server. `at` in order, please. */
  charge(cost: Cost, at: number): void {
    if (cost.captures === 0 && cost.bytes === 0 && cost.pauseMs === 0) return;
    this.#captures += cost.captures;
    this.#bytes += cost.bytes;
    this.#pauseMs += cost.pauseMs;
    const last = this.#entries.at(-1);
    const begins = Math.floor(at / GRAIN_MS);
    if (last !== undefined && Math.floor(last.at / GRAIN_MS) === begins) {
      last.at = Math.max(last.at, at);
      last.captures += cost.captures;
      last.bytes += cost.bytes;
      last.pauseMs += cost.pauseMs;
    } else this.#entries.push({ at, ...cost });
  }

  /** When there is room for one more capture at the earliest, ms from now; 0 where there is. */
  waitFor(cost: Cost, now: number): number {
    const left = this.left(now);
    let { captures, bytes, pauseMs } = left;
    const fits = () => cost.captures <= captures && cost.bytes <= bytes && cost.pauseMs <= pauseMs;
    if (fits()) return 0;
    for (const entry of this.#entries) {
      captures += entry.captures;
      bytes += entry.bytes;
      pauseMs += entry.pauseMs;
      if (fits()) return Math.max(1, entry.at + WINDOW_MS - now + 1);
    }
    return WINDOW_MS;
  }

  #expire(now: number): void {
    const { length } = this.#entries;
    let gone = 0;
    for (; gone < length; gone++) {
      const entry = this.#entries[gone];
      // Exactly an hour old is still inside: windows are closed at both ends.
      if (entry === undefined || entry.at >= now - WINDOW_MS) break;
      this.#captures -= entry.captures;
      this.#bytes -= entry.bytes;
      this.#pauseMs -= entry.pauseMs;
    }
    if (gone > 0) this.#entries.splice(0, gone);
    // Sums of fractions do not come back to nothing by themselves.
    if (this.#entries.length === 0) this.#pauseMs = 0;
  }
}
