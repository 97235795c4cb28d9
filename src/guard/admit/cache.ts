/**
 * Answers that are dear to get and cheap to keep: bounded, one look at a time per key, renewed in the background before they are old.
 *
 * An answer goes through these ages, counted from when it was got:
 *
 *     0 ────────── renewAt ────── fresh ────────────── stale ──→ forgotten
 *     answers at once;            answers at once and looks again;
 *                 looked at again in the background, if it was asked for since
 *
 * A refusal is neither renewed nor used when it is old: it is forgotten after `refusedMs`, so that what was mended is let in soon.
 * That nobody could be asked (an error) is remembered for `unreachableMs`, and never replaces an answer that is not yet stale.
 */
import { GuardEvidenceError } from '../error.ts';

export interface CacheTimes {
  readonly freshMs: number;
  /** From when it was got; at least freshMs counts. */
  readonly staleMs: number;
  readonly refusedMs: number;
  readonly unreachableMs: number;
}

export interface CacheOptions<Value> extends CacheTimes {
  readonly entries: number;
  /** Looks at the same time in one group, in the foreground and background together. */
  readonly concurrency: number;
  /** What shares its places for looks, e.g. a registry: one that hangs must not hold up the others. */
  readonly groupOf: (key: string) => string;
  readonly now: () => number;
  /** 0..1 */
  readonly random: () => number;
  /** Whether the value may be kept long. */
  readonly good: (value: Value) => boolean;
  readonly onRefresh: (outcome: 'renewed' | 'refused' | 'failed', error: unknown) => void;
}

/** How an answer was had. `miss`: it had to be looked for. */
export type Freshness = 'hit' | 'stale' | 'miss';

export interface Cached<Value> {
  readonly value: Value;
  readonly freshness: Freshness;
  /** When it was got, ms. */
  readonly at: number;
}

interface Entry<Value> {
  readonly value: Value;
  readonly at: number;
  readonly good: boolean;
  /** When it is to be looked at again, ms; infinite for a refusal. */
  renewAt: number;
  usedSince: boolean;
  failures: number;
}

interface Failure {
  readonly error: unknown;
  readonly until: number;
}

/** Looks that wait in one group, and in all: someone may name endless images of a registry that hangs. */
const MOST_WAITING = 256;
const MOST_FLIGHTS = 8192;

interface Group {
  running: number;
  readonly waiting: (() => void)[];
}

type Load<Value> = () => Promise<Value>;

export class VerdictCache<Value> {
  readonly #options: CacheOptions<Value>;
  /** In the order of their use, the one used longest ago first. */
  readonly #entries = new Map<string, Entry<Value>>();
  readonly #failures = new Map<string, Failure>();
  readonly #flights = new Map<string, Promise<Value>>();
  /** How the entries are looked at again; as many as entries. */
  readonly #loads = new Map<string, Load<Value>>();
  readonly #groups = new Map<string, Group>();
  #changes = 0;

  constructor(options: CacheOptions<Value>) {
    this.#options = { ...options, staleMs: Math.max(options.staleMs, options.freshMs) };
  }

  /** Grows with each answer that is worth keeping on disk. */
  get changes(): number {
    return this.#changes;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** What is known and may be used, without looking; null: nothing. */
  peek(key: string): Cached<Value> | null {
    const entry = this.#entries.get(key);
    if (entry === undefined) return null;
    const { freshMs, staleMs, refusedMs, now } = this.#options;
    const age = now() - entry.at;
    // A clock that was set back makes no answer young.
    if (age < 0 || age > (entry.good ? staleMs : refusedMs)) {
      this.#forget(key);
      return null;
    }
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    entry.usedSince = true;
    return { value: entry.value, at: entry.at, freshness: entry.good && age > freshMs ? 'stale' : 'hit' };
  }

  /**
   * The answer; `load` looks for it where it is not known, or is known for longer than `atMostMs`. Rejects with what `load` rejects
   * with.
   */
  async get(key: string, load: Load<Value>, atMostMs = Number.POSITIVE_INFINITY): Promise<Cached<Value>> {
    const known = this.peek(key);
    if (known !== null && this.#options.now() - known.at <= atMostMs) {
      this.#loads.set(key, load);
      if (known.freshness === 'stale') this.#renew(key);
      return known;
    }
    const failure = this.#failures.get(key);
    if (failure !== undefined) {
      if (failure.until > this.#options.now()) throw failure.error;
      this.#failures.delete(key);
    }
    const value = await this.#fly(key, load);
    return { value, at: this.#entries.get(key)?.at ?? this.#options.now(), freshness: 'miss' };
  }

  /** Looks again at what is nearly old and in use; called every second or so. Returns at once. */
  sweep(): void {
    const now = this.#options.now();
    for (const [key, entry] of this.#entries) {
      const age = now - entry.at;
      if (age < 0 || age > (entry.good ? this.#options.staleMs : this.#options.refusedMs)) this.#forget(key);
      else if (entry.renewAt <= now && entry.usedSince) this.#renew(key);
    }
    for (const [key, { until }] of this.#failures) if (until <= now) this.#failures.delete(key);
  }

  /** Good answers, the one used longest ago first. */
  *good(): Iterable<readonly [string, Value, number]> {
    for (const [key, { value, at, good }] of this.#entries) if (good) yield [key, value, at];
  }

  /** Puts back what was good when it was got. */
  restore(key: string, value: Value, at: number): void {
    if (!this.#entries.has(key) && this.#options.good(value)) this.#store(key, value, at);
  }

  #renew(key: string): void {
    const load = this.#loads.get(key);
    const entry = this.#entries.get(key);
    if (load === undefined || entry === undefined || this.#flights.has(key)) return;
    const { now, onRefresh, unreachableMs, freshMs } = this.#options;
    if (entry.renewAt > now()) return;
    this.#fly(key, load).then(
      (value) => onRefresh(this.#options.good(value) ? 'renewed' : 'refused', null),
      (error: unknown) => {
        // Later and later, so that a registry that is away is not asked once a second for each image.
        entry.failures++;
        entry.renewAt = now() + Math.min(freshMs / 4, unreachableMs * 2 ** Math.min(entry.failures, 10));
        onRefresh('failed', error);
      },
    );
  }

  #fly(key: string, load: Load<Value>): Promise<Value> {
    const under = this.#flights.get(key);
    if (under !== undefined) return under;
    const group = this.#options.groupOf(key);
    const waiting = this.#groups.get(group)?.waiting.length ?? 0;
    if (waiting >= MOST_WAITING || this.#flights.size >= MOST_FLIGHTS)
      return Promise.reject(new GuardEvidenceError(`too many looks wait for ${group} already; try again in a moment`));
    const flight = this.#place(group)
      .then(load)
      .then(
        (value) => {
          this.#loads.set(key, load);
          this.#store(key, value, this.#options.now());
          return value;
        },
        (error: unknown) => {
          if (!this.#entries.has(key)) this.#remember(key, error);
          throw error;
        },
      )
      .finally(() => {
        this.#flights.delete(key);
        this.#leave(group);
      });
    this.#flights.set(key, flight);
    return flight;
  }

  /** Waits for one of the group's places. */
  async #place(name: string): Promise<void> {
    const group = this.#groups.get(name) ?? { running: 0, waiting: [] };
    this.#groups.set(name, group);
    // Who leaves hands the place on, so that nobody comes in between.
    if (group.running >= this.#options.concurrency) await new Promise<void>((resolve) => group.waiting.push(resolve));
    else group.running++;
  }

  #leave(name: string): void {
    const group = this.#groups.get(name);
    if (group === undefined) return;
    const next = group.waiting.shift();
    if (next !== undefined) next();
    else if (--group.running === 0) this.#groups.delete(name);
  }

  #store(key: string, value: Value, at: number): void {
    const { freshMs, entries, random, good } = this.#options;
    this.#failures.delete(key);
    this.#entries.delete(key);
    const kept = good(value);
    if (kept) this.#changes++;
    // Between 70 and 90 % of its time, so that what came together is not renewed together.
    const renewAt = kept ? at + freshMs * (0.7 + 0.2 * random()) : Number.POSITIVE_INFINITY;
    this.#entries.set(key, { value, at, good: kept, renewAt, usedSince: false, failures: 0 });
    while (this.#entries.size > entries) {
      const [oldest] = this.#entries.keys();
      if (oldest === undefined) break;
      this.#forget(oldest);
    }
  }

  #remember(key: string, error: unknown): void {
    this.#failures.set(key, { error, until: this.#options.now() + this.#options.unreachableMs });
    while (this.#failures.size > this.#options.entries) {
      const [oldest] = this.#failures.keys();
      if (oldest === undefined) break;
      this.#failures.delete(oldest);
    }
  }

  #forget(key: string): void {
    this.#entries.delete(key);
    this.#loads.delete(key);
  }
}
