/**
 * Which source is reviewed when: each directory once, and again when somebody asks or a service was built anew. One at a
 * time, each in a process of its own (ask.ts), so that no capture waits for it; an unchanged tree comes from the review's
 * cache in a moment.
 */
import type { SourceReview } from '../../findings/source-review.ts';
import type { Clock } from '../clock.ts';
import { askForReview } from './ask.ts';

export interface ReviewsOptions {
  readonly clock: Clock;
  /** There is a new review; null: the directory belongs to no service any more. */
  readonly onReview: (dir: string, review: SourceReview | null) => void;
  /** Why there is none, one sentence; null: that is over. */
  readonly onProblem: (dir: string, says: string | null) => void;
  /** Tests have another one. */
  readonly ask?: typeof askForReview;
}

/** A deploy comes to one instance after the other: the same tree is not looked at again sooner, ms. */
const APART_MS = 60_000;
/** What failed is tried again after so long: a volume may be mounted late, ms. */
const RETRY_MS = 10 * 60_000;

interface Entry {
  /** Monotonic ms; null: nothing to do. */
  due: number | null;
  ended: number;
}

export class SourceReviews {
  readonly #options: ReviewsOptions;
  readonly #entries = new Map<string, Entry>();
  #running: { readonly dir: string; readonly stop: AbortController; readonly ended: Promise<void> } | null = null;
  #cancelTimer: () => void = () => {};
  #closed = false;

  constructor(options: ReviewsOptions) {
    this.#options = options;
  }

  /** All directories that services are built from now. */
  want(dirs: ReadonlySet<string>): void {
    for (const dir of this.#entries.keys()) {
      if (dirs.has(dir)) continue;
      this.#entries.delete(dir);
      if (this.#running?.dir === dir) this.#running.stop.abort();
      this.#options.onReview(dir, null);
      this.#options.onProblem(dir, null);
    }
    for (const dir of dirs) {
      if (!this.#entries.has(dir))
        this.#entries.set(dir, { due: this.#options.clock.monotonic(), ended: Number.NEGATIVE_INFINITY });
    }
    this.#pump();
  }

  /** A service that is built from it has another build. */
  changed(dir: string): void {
    const entry = this.#entries.get(dir);
    if (entry === undefined) return;
    const now = this.#options.clock.monotonic();
    const running = this.#running?.dir === dir;
    entry.due = Math.min(entry.due ?? Infinity, running ? now + APART_MS : Math.max(now, entry.ended + APART_MS));
    this.#pump();
  }

  /** Somebody asked for it. */
  all(): void {
    for (const entry of this.#entries.values()) entry.due = this.#options.clock.monotonic();
    this.#pump();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelTimer();
    this.#running?.stop.abort();
    await this.#running?.ended;
  }

  #pump(): void {
    this.#cancelTimer();
    if (this.#closed || this.#running !== null) return;
    let next: { dir: string; due: number } | null = null;
    for (const [dir, { due }] of this.#entries) if (due !== null && due < (next?.due ?? Infinity)) next = { dir, due };
    if (next === null) return;
    const wait = next.due - this.#options.clock.monotonic();
    if (wait > 0) this.#cancelTimer = this.#options.clock.after(wait, () => this.#pump());
    else this.#begin(next.dir);
  }

  #begin(dir: string): void {
    const entry = this.#entries.get(dir);
    if (entry === undefined) return;
    entry.due = null;
    const stop = new AbortController();
    this.#running = { dir, stop, ended: this.#review(dir, entry, stop.signal) };
  }

  async #review(dir: string, entry: Entry, signal: AbortSignal): Promise<void> {
    const { ask = askForReview, clock, onReview, onProblem } = this.#options;
    const answer = await ask(dir, signal);
    this.#running = null;
    // Not wanted any more, or taken away and added again meanwhile.
    if (!this.#closed && this.#entries.get(dir) === entry) {
      entry.ended = clock.monotonic();
      if (answer.kind === 'failed') entry.due ??= entry.ended + RETRY_MS;
      onProblem(dir, answer.kind === 'failed' ? answer.says : null);
      if (answer.kind === 'reviewed') onReview(dir, answer.review);
    }
    this.#pump();
  }
}
