/**
 * The heap as a graph over the dump's columns. Every pass (marks, dominators, paths, reverse edges) sees its edges through
 * `firstEdge` and `endEdge` and so agrees with every other on what holds what.
 */

import type { HeapDump, ObjectIndex } from '../../evidence/heapdump/dump.ts';

/** What passes need, plain arrays only: a worker gets them without a copy where they are in shared memory. */
export interface GraphColumns {
  /** Objects. */
  readonly count: number;
  /** Bytes of each. */
  readonly size: Float64Array;
  /** CSR: edges of object o are offsets[o] .. offsets[o + 1]. */
  readonly offsets: Uint32Array;
  /** Object that an edge leads to, or -1 where there is no edge after all (nil, or not into the heap). */
  readonly targets: Int32Array;
  /** 1 for objects that are reached but not traced through. */
  readonly opaque: Uint8Array;
}

export class HeapGraph {
  readonly count: number;
  readonly size: Float64Array;
  readonly offsets: Uint32Array;
  /** To be read at firstEdge(o) .. endEdge(o); -1 is no edge. */
  readonly targets: Int32Array;
  readonly opaque: Uint8Array;

  constructor({ count, size, offsets, targets, opaque }: GraphColumns) {
    this.count = count;
    this.size = size;
    this.offsets = offsets;
    this.targets = targets;
    this.opaque = opaque;
  }

  /**
   * The graph of a dump in which g objects are opaque: allgs reaches every goroutine, dead ends included.
   * @param opaque further objects not to trace through, such as sudogs
   */
  static of(dump: HeapDump, opaque: Iterable<ObjectIndex> = []): HeapGraph {
    const { count, size, fieldOffsets, fieldTarget } = dump.objects;
    const graph = new HeapGraph({
      count,
      size,
      offsets: fieldOffsets,
      targets: fieldTarget,
      opaque: new Uint8Array(count),
    });
    graph.hide(dump.goroutines.gObject);
    graph.hide(opaque);
    return graph;
  }

  /** Makes more objects opaque; what was computed before is then of another graph. */
  hide(objects: Iterable<ObjectIndex>): void {
    for (const object of objects) if (object >= 0) this.opaque[object] = 1;
  }

  /** The edges of an object are those of `targets` from here … */
  firstEdge(object: ObjectIndex): number {
    return this.offsets[object] ?? 0;
  }

  /** … to here, none where it is opaque. */
  endEdge(object: ObjectIndex): number {
    return this.offsets[this.opaque[object] === 0 ? object + 1 : object] ?? 0;
  }

  /** @param visit gets the object that is pointed to and the index of the field (ObjectTable.fieldAt) that does */
  forEachEdge(object: ObjectIndex, visit: (target: ObjectIndex, field: number) => void): void {
    const end = this.endEdge(object);
    for (let e = this.firstEdge(object); e < end; e++) {
      const target = this.targets[e] ?? -1;
      if (target >= 0) visit(target, e);
    }
  }
}
