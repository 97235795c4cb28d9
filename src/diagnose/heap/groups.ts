/** Which group of roots holds what, where groups share: one pass for all groups, each object visited twice at most. */
import type { ObjectIndex } from '../../evidence/heapdump/dump.ts';
import type { HeapGraph } from './graph.ts';

export interface Amount {
  readonly objects: number;
  readonly bytes: number;
}

/** Label of an object that no group leads to, and of one that several lead to. */
export const NONE = -1;
export const SHARED = -2;

/**
 * Labels every object that group roots lead to and that `except` does not have. Opaque objects are not counted: they are
 * the runtime's.
 * @param roots of each group; -1 is ignored
 * @param except 1 for objects that belong to nobody here
 * @returns per object the only group that leads to it, SHARED or NONE
 */
export function labelGroups(graph: HeapGraph, roots: readonly Iterable<ObjectIndex>[], except: Uint8Array): Int32Array {
  const labels = new Int32Array(graph.count).fill(NONE);
  let stack = new Int32Array(1024);
  let depth = 0;
  const reach = (object: ObjectIndex, by: number): void => {
    if (object < 0 || except[object] === 1 || graph.opaque[object] === 1) return;
    const before = labels[object] ?? NONE;
    if (before === by || before === SHARED) return;
    labels[object] = before === NONE ? by : SHARED;
    if (depth === stack.length) {
      const wider = new Int32Array(stack.length * 2);
      wider.set(stack);
      stack = wider;
    }
    stack[depth++] = object;
  };
  for (const [group, objects] of roots.entries()) {
    for (const object of objects) reach(object, group);
    while (depth > 0) {
      const object = stack[--depth] ?? 0;
      const by = labels[object] ?? NONE;
      const end = graph.endEdge(object);
      for (let e = graph.firstEdge(object); e < end; e++) reach(graph.targets[e] ?? -1, by);
    }
  }
  return labels;
}

/** Objects and bytes per group that only it leads to, and of those that several do. */
export function sumLabels(
  graph: HeapGraph,
  labels: Int32Array,
  groups: number,
): { readonly own: readonly Amount[]; readonly shared: Amount } {
  const objects = new Float64Array(groups + 1);
  const bytes = new Float64Array(groups + 1);
  for (let o = 0; o < labels.length; o++) {
    const label = labels[o] ?? NONE;
    if (label === NONE) continue;
    const at = label === SHARED ? groups : label;
    objects[at] = (objects[at] ?? 0) + 1;
    bytes[at] = (bytes[at] ?? 0) + (graph.size[o] ?? 0);
  }
  const amount = (at: number): Amount => ({ objects: objects[at] ?? 0, bytes: bytes[at] ?? 0 });
  return { own: Array.from({ length: groups }, (_, group) => amount(group)), shared: amount(groups) };
}
