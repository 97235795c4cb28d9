/** A binary heap by due time: the next of thousands of targets without looking at all of them. */

export class DueQueue<T> {
  readonly #items: { readonly due: number; readonly order: number; readonly value: T }[] = [];
  #order = 0;

  get size(): number {
    return this.#items.length;
  }

  /** Due time of the first, or null. */
  next(): number | null {
    return this.#items[0]?.due ?? null;
  }

  /** What is due at the same time comes out in the order in which it went in. */
  push(due: number, value: T): void {
    const items = this.#items;
    items.push({ due, order: this.#order++, value });
    let child = items.length - 1;
    while (child > 0) {
      const parent = (child - 1) >>> 1;
      if (!this.#before(child, parent)) break;
      this.#swap(child, parent);
      child = parent;
    }
  }

  pop(): { readonly due: number; readonly value: T } | null {
    const items = this.#items;
    const first = items[0];
    const last = items.pop();
    if (first === undefined || last === undefined) return null;
    if (items.length > 0) {
      items[0] = last;
      this.#sink();
    }
    return first;
  }

  #sink(): void {
    for (let parent = 0; ; ) {
      let least = parent;
      for (const child of [2 * parent + 1, 2 * parent + 2]) {
        if (child < this.#items.length && this.#before(child, least)) least = child;
      }
      if (least === parent) return;
      this.#swap(parent, least);
      parent = least;
    }
  }

  #before(a: number, b: number): boolean {
    const one = this.#items[a];
    const two = this.#items[b];
    if (one === undefined || two === undefined) return false;
    return one.due === two.due ? one.order < two.order : one.due < two.due;
  }

  #swap(a: number, b: number): void {
    const one = this.#items[a];
    const two = this.#items[b];
    if (one === undefined || two === undefined) return;
    this.#items[a] = two;
    this.#items[b] = one;
  }
}
