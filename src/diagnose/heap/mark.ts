/** Reachability: what a collection would find, starting where it is told to. */

import type { HeapGraph } from './graph.ts';

/**
 * Marks everything that is reachable from `roots` and not yet marked.
 *
 * @param roots objects to begin with; -1 is ignored
 * @param marks 1 for each marked object; given again, a later call goes on from there. Objects marked before are not
 * traced again, so what they reach must be marked too.
 * @returns `marks`. Takes some 0.1 µs per edge.
 */
export function mark(graph: HeapGraph, roots: Iterable<number>, marks = new Uint8Array(graph.count)): Uint8Array {
  let stack = new Int32Array(1024);
  for (const root of roots) {
    if (root < 0 || marks[root] !== 0) continue;
    marks[root] = 1;
    stack[0] = root;
    let depth = 1;
    while (depth > 0) {
      const object = stack[--depth] ?? 0;
      const end = graph.endEdge(object);
      const first = graph.firstEdge(object);
      if (depth + end - first > stack.length) stack = larger(stack, depth + end - first);
      for (let e = first; e < end; e++) {
        const target = graph.targets[e] ?? -1;
        if (target >= 0 && marks[target] === 0) {
          marks[target] = 1;
          stack[depth++] = target;
        }
      }
    }
  }
  return marks;
}

function larger(stack: Int32Array<ArrayBuffer>, needed: number): Int32Array<ArrayBuffer> {
  const array = new Int32Array(Math.max(stack.length * 2, needed));
  array.set(stack);
  return array;
}

/** Number and bytes of the objects that are marked and, where given, not among `except`. */
export function marked(graph: HeapGraph, marks: Uint8Array, except?: Uint8Array): { objects: number; bytes: number } {
  let objects = 0;
  let bytes = 0;
  for (let o = 0; o < graph.count; o++) {
    if (marks[o] !== 1 || except?.[o] === 1) continue;
    objects++;
    bytes += graph.size[o] ?? 0;
  }
  return { objects, bytes };
}
