/** Which number of a target's own pages measures the work that comes in: as configured, or guessed from two visits. */
import { chooseLoad, type LoadMetric, type LoadPage } from '../../collect/load.ts';

/** A guess looks at every number of the pages: not at each visit while nothing fits. */
const GUESS_EVERY = 10;

export class LoadChoice {
  readonly #wanted: string | undefined;
  #chosen: LoadMetric | null = null;
  /** Of the first visit of this life: a counter has to have moved since. */
  #first: readonly LoadPage[] = [];
  #seen = 0;
  #last: number | null = null;

  constructor(wanted: string | null) {
    this.#wanted = wanted ?? undefined;
  }

  /** Null while nothing is chosen. Stays what it is for as long as the target is watched: a series has one meaning. */
  get metric(): LoadMetric | null {
    return this.#chosen;
  }

  /** The next pages will be searched, or are the first ones. */
  get looking(): boolean {
    return this.#chosen === null && (this.#seen === 0 || this.#due());
  }

  #due(): boolean {
    return this.#seen > 0 && (this.#wanted !== undefined || this.#seen < 4 || this.#seen % GUESS_EVERY === 0);
  }

  /** The load metric as it reads now; null where the pages do not have it. */
  read(pages: readonly LoadPage[]): number | null {
    if (this.#chosen === null && pages.length > 0) this.#choose(pages);
    const chosen = this.#chosen;
    if (chosen === null) return null;
    const value = pages.find(({ source }) => source === chosen.source)?.read(chosen.metric) ?? null;
    // Two visits make no counter of a gauge that happened to rise: a fall in one life shows what it is.
    if (value !== null && this.#last !== null && value < this.#last && this.#mayBeGauge(chosen)) {
      this.#chosen = { ...chosen, kind: 'gauge' };
    }
    this.#last = value ?? this.#last;
    return value;
  }

  /** Another process: what the pages of the old one said is no beginning for a counter. */
  restart(): void {
    this.#first = [];
    this.#seen = 0;
    this.#last = null;
  }

  #mayBeGauge({ metric, kind, guessed }: LoadMetric): boolean {
    return kind === 'counter' && !guessed && !/_(total|count|sum)(\{|$)/.test(metric);
  }

  #choose(pages: readonly LoadPage[]): void {
    if (this.#first.length === 0) this.#first = pages;
    const look = this.#due();
    this.#seen++;
    if (!look) return;
    const all = this.#first === pages ? pages : [...this.#first, ...pages];
    this.#chosen = chooseLoad(all, this.#wanted);
    if (this.#chosen !== null) this.#first = [];
  }
}
