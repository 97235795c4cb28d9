/** Shortest ways from a root to objects, and who points to an object. */

import type { HeapDump, ObjectIndex } from '../../evidence/heapdump/dump.ts';
import type { HeapGraph } from './graph.ts';
import type { RootGroup, Roots } from './graph-roots.ts';

export interface Path {
  /** The root group that the path begins at. */
  readonly root: RootGroup;
  /** From the object that the root points to, to the one asked for. */
  readonly objects: readonly ObjectIndex[];
}

export interface PathOptions {
  /** Stop when these are found; without, everything reachable is visited. */
  readonly until?: Iterable<ObjectIndex>;
  /** Stop after so many objects. */
  readonly limit?: number;
}

const UNSEEN = -1;

/** A breadth-first tree: one pass gives the shortest path to every object that it met. 8 bytes per object. */
export class ShortestPaths {
  /** Object before each; -2 - r for root group r; UNSEEN. */
  readonly #before: Int32Array;

  constructor(graph: HeapGraph, roots: Roots, { until, limit = graph.count }: PathOptions = {}) {
    const before = new Int32Array(graph.count).fill(UNSEEN);
    this.#before = before;
    const wanted = until === undefined ? undefined : new Set(until);
    const queue = new Int32Array(Math.min(graph.count, limit));
    let length = 0;
    const visit = (object: ObjectIndex, from: number): boolean => {
      if (before[object] !== UNSEEN) return false;
      before[object] = from;
      queue[length++] = object;
      return length === queue.length || (wanted?.delete(object) === true && wanted.size === 0);
    };
    if (queue.length === 0 || wanted?.size === 0) return;
    for (let r = 0; r < roots.count; r++) {
      const end = roots.offsets[r + 1] ?? 0;
      for (let e = roots.offsets[r] ?? 0; e < end; e++) if (visit(roots.targets[e] ?? 0, -2 - r)) return;
    }
    for (let i = 0; i < length; i++) {
      const object = queue[i] ?? 0;
      const end = graph.endEdge(object);
      for (let e = graph.firstEdge(object); e < end; e++) {
        const target = graph.targets[e] ?? -1;
        if (target >= 0 && visit(target, object)) return;
      }
    }
  }

  /** Null where no root leads to it, or none did within the limit. */
  to(object: ObjectIndex): Path | null {
    const objects: ObjectIndex[] = [];
    let at = object;
    for (;;) {
      const before = this.#before[at] ?? UNSEEN;
      if (before === UNSEEN) return null;
      objects.push(at);
      if (before < UNSEEN) return { root: -2 - before, objects: objects.reverse() };
      at = before;
    }
  }
}

/** Offset (bytes) of the first field of `from` that points to `to`; -1 where none does. */
export function fieldBetween({ objects }: HeapDump, from: ObjectIndex, to: ObjectIndex): number {
  const end = objects.fieldOffsets[from + 1] ?? 0;
  for (let f = objects.fieldOffsets[from] ?? 0; f < end; f++) {
    if (objects.fieldTarget[f] === to) return objects.fieldAt[f] ?? -1;
  }
  return -1;
}

/** The graph backwards. */
export interface Holders {
  /** CSR: objects that point to o are sources[offsets[o] .. offsets[o + 1]], once per field that does. */
  readonly offsets: Uint32Array;
  readonly sources: Int32Array;
}

/** Built on demand: 4 bytes per object and edge, two passes over the edges. */
export function holdersOf(graph: HeapGraph): Holders {
  const { count, targets } = graph;
  const offsets = new Uint32Array(count + 2);
  // Counted one further on, so that filling moves each offset to where its row begins.
  for (let o = 0; o < count; o++) {
    const end = graph.endEdge(o);
    for (let e = graph.firstEdge(o); e < end; e++) {
      const target = targets[e] ?? -1;
      if (target >= 0) offsets[target + 2] = (offsets[target + 2] ?? 0) + 1;
    }
  }
  for (let o = 2; o < offsets.length; o++) offsets[o] = (offsets[o] ?? 0) + (offsets[o - 1] ?? 0);
  const sources = new Int32Array(offsets[count + 1] ?? 0);
  for (let o = 0; o < count; o++) {
    const end = graph.endEdge(o);
    for (let e = graph.firstEdge(o); e < end; e++) {
      const target = targets[e] ?? -1;
      if (target < 0) continue;
      const at = offsets[target + 1] ?? 0;
      offsets[target + 1] = at + 1;
      sources[at] = o;
    }
  }
  return { offsets: offsets.subarray(0, count + 1), sources };
}
