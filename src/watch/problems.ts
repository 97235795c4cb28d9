/** What a person should know about the watching itself, one sentence per matter, and since when. */
import type { Problem } from './model.ts';

/** Thousands of targets may fail at once; nobody reads more than this, and the number says the rest. */
const MOST = 1000;

export class Problems {
  readonly #now: () => number;
  readonly #onChange: (problem: Problem, over: boolean) => void;
  readonly #all = new Map<string, Problem>();

  /** `onChange` is called when a problem begins, says something else, or is over. */
  constructor(now: () => number, onChange: (problem: Problem, over: boolean) => void = () => {}) {
    this.#now = now;
    this.#onChange = onChange;
  }

  /** Null: it is over. The same sentence again changes nothing, not even the time. */
  tell(about: string, says: string | null): void {
    const before = this.#all.get(about);
    if (says === null) {
      if (before === undefined) return;
      this.#all.delete(about);
      this.#onChange(before, true);
      return;
    }
    if (before?.says === says || (before === undefined && this.#all.size >= MOST)) return;
    const problem = { about, since: before?.since ?? this.#now(), says };
    this.#all.set(about, problem);
    this.#onChange(problem, false);
  }

  get(about: string): Problem | null {
    return this.#all.get(about) ?? null;
  }

  /** Oldest first. */
  get all(): readonly Problem[] {
    return [...this.#all.values()];
  }
}
