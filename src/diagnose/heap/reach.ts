/**
 * Marking step by step, for the proof: it must learn at once when something is reached that somebody waits for, and follow
 * edges that no pointer field shows. All other edges are those of the HeapGraph, as in every other pass.
 */
import type { ObjectIndex } from '../../evidence/heapdump/dump.ts';
import type { HeapGraph } from './graph.ts';

export interface MarkerOptions {
  /** 1 per object that is to be reported in `reached`. */
  readonly watched?: Uint8Array;
  /** Edges beside those of the graph. */
  readonly hidden?: ReadonlyMap<ObjectIndex, readonly ObjectIndex[]>;
}

export class Marker {
  /** 1 for each object that was reached. */
  readonly marked: Uint8Array;
  /** Watched objects that were reached; the caller empties it. */
  readonly reached: ObjectIndex[] = [];
  readonly #graph: HeapGraph;
  readonly #watched: Uint8Array | undefined;
  readonly #hidden: ReadonlyMap<ObjectIndex, readonly ObjectIndex[]> | undefined;
  #stack = new Int32Array(1 << 12);
  #depth = 0;

  constructor(graph: HeapGraph, { watched, hidden }: MarkerOptions = {}) {
    this.#graph = graph;
    this.#watched = watched;
    this.#hidden = hidden?.size === 0 ? undefined : hidden;
    this.marked = new Uint8Array(graph.count);
  }

  /** Marks one object; drain() then marks what it leads to. -1 is no object. */
  add(object: ObjectIndex): void {
    if (object < 0 || this.marked[object] === 1) return;
    this.marked[object] = 1;
    if (this.#watched?.[object] === 1) this.reached.push(object);
    if (this.#depth === this.#stack.length) {
      const wider = new Int32Array(this.#stack.length * 2);
      wider.set(this.#stack);
      this.#stack = wider;
    }
    this.#stack[this.#depth++] = object;
  }

  drain(): void {
    const { targets } = this.#graph;
    while (this.#depth > 0) {
      const object = this.#stack[--this.#depth] ?? 0;
      const end = this.#graph.endEdge(object);
      for (let e = this.#graph.firstEdge(object); e < end; e++) {
        const target = targets[e] ?? -1;
        if (target >= 0 && this.marked[target] === 0) this.add(target);
      }
      for (const target of this.#hidden?.get(object) ?? []) this.add(target);
    }
  }
}
