/**
 * Marking over the objects of a dump, with the one edge predicate of the proof: g and sudog objects are marked but not
 * traced through. Both hang in tables of the runtime (allgs, the semaphore table) that would keep everything alive.
 */
import type { HeapDump, ObjectIndex } from '../../evidence/heapdump/dump.ts';

/** Per object: is not traced through. */
export const OPAQUE = 1;
/** Per object: somebody waits for it; reported when it is marked. */
export const WATCHED = 2;
/** Per object: has edges that its pointer fields do not show (`hidden`). */
export const HIDDEN = 4;

export class Marker {
  /** 1 for each object that was reached. */
  readonly marked: Uint8Array;
  /** Watched objects in the order in which they were reached; the caller empties it. */
  readonly reached: ObjectIndex[] = [];
  readonly #dump: HeapDump;
  readonly #flags: Uint8Array;
  readonly #hidden: ReadonlyMap<ObjectIndex, readonly ObjectIndex[]>;
  #stack = new Int32Array(1 << 12);
  #depth = 0;

  /** @param flags OPAQUE, WATCHED and HIDDEN per object; @param hidden the edges of those with HIDDEN */
  constructor(
    dump: HeapDump,
    flags: Uint8Array,
    hidden: ReadonlyMap<ObjectIndex, readonly ObjectIndex[]> = new Map(),
    marked: Uint8Array = new Uint8Array(dump.objects.count),
  ) {
    this.#dump = dump;
    this.#flags = flags;
    this.#hidden = hidden;
    this.marked = marked;
  }

  /** Marks one object; drain() then marks what it leads to. -1 is no object. */
  add(object: ObjectIndex): void {
    if (object < 0 || this.marked[object] === 1) return;
    this.marked[object] = 1;
    const flags = this.#flags[object] ?? 0;
    if ((flags & WATCHED) !== 0) this.reached.push(object);
    if ((flags & OPAQUE) !== 0) return;
    if (this.#depth === this.#stack.length) {
      const wider = new Int32Array(this.#stack.length * 2);
      wider.set(this.#stack);
      this.#stack = wider;
    }
    this.#stack[this.#depth++] = object;
  }

  drain(): void {
    const { fieldOffsets, fieldTarget } = this.#dump.objects;
    while (this.#depth > 0) {
      const object = this.#stack[--this.#depth] ?? 0;
      const end = fieldOffsets[object + 1] ?? 0;
      for (let e = fieldOffsets[object] ?? 0; e < end; e++) {
        const target = fieldTarget[e] ?? -1;
        if (target >= 0 && this.marked[target] === 0) this.add(target);
      }
      if (((this.#flags[object] ?? 0) & HIDDEN) !== 0) {
        for (const target of this.#hidden.get(object) ?? []) this.add(target);
      }
    }
  }
}
