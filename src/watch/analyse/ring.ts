/**
 * The captures of one window of one target, thinned. Up to MOST are kept; then every gap but the newest is made at least a
 * sixteenth of the span. So a young window has every capture, an old one evenly spaced ones, and a window that got no
 * new capture does not have to be diagnosed again.
 */

export interface Timed {
  /** ms since the epoch. */
  readonly at: number;
}

const MOST = 24;
const GAPS = 16;
/** Captures come with jitter: one that is a little early counts. */
const EARLY = 0.9;

export class Ring<T extends Timed> {
  readonly #span: number;
  #points: T[] = [];
  #step = 0;

  /** `span`: of the window, ms. */
  constructor(span: number) {
    this.#span = span;
  }

  /** Oldest first. */
  get points(): readonly T[] {
    return this.#points;
  }

  /** Takes the newest capture, or leaves it out; true where it was taken. Captures may not go back in time. */
  add(point: T): boolean {
    const last = this.#points.at(-1);
    if (last !== undefined && point.at - last.at < EARLY * this.#step) return false;
    this.#points.push(point);
    const from = point.at - this.#span;
    while ((this.#points[0]?.at ?? point.at) < from) this.#points.shift();
    if (this.#points.length > MOST) this.#thin();
    return true;
  }

  #thin(): void {
    const first = this.#points[0];
    const last = this.#points.at(-1);
    if (first === undefined || last === undefined) return;
    this.#step = (last.at - first.at) / GAPS;
    const kept: T[] = [];
    let next = Infinity;
    // From the newest to the oldest: both ends stay.
    for (const point of this.#points.toReversed()) {
      if (point !== first && next - point.at < EARLY * this.#step) continue;
      kept.push(point);
      next = point.at;
    }
    this.#points = kept.reverse();
  }
}
