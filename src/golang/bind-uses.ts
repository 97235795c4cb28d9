/** Identifiers by object. */
import type { Tree } from './tree.ts';

export interface Uses {
  readonly useStart: Int32Array;
  readonly uses: Int32Array;
}

/**
 * Sorts identifiers by the object that they denote: uses[useStart[o] .. useStart[o + 1]], in source order. Nodes are
 * made as the source is read, but where the parser had to look twice; those lists are sorted afterwards.
 */
export function sortUses(tree: Tree, objectOf: Int32Array, objects: number): Uses {
  const nodes = tree.count;
  const useStart = new Int32Array(objects + 1);
  for (let node = 1; node < nodes; node++) {
    const object = objectOf[node] ?? 0;
    if (object !== 0) useStart[object + 1] = (useStart[object + 1] ?? 0) + 1;
  }
  for (let object = 0; object < objects; object++) {
    useStart[object + 1] = (useStart[object + 1] ?? 0) + (useStart[object] ?? 0);
  }
  const uses = new Int32Array(useStart[objects] ?? 0);
  const filled = useStart.slice();
  const unsorted = new Set<number>();
  for (let node = 1; node < nodes; node++) {
    const object = objectOf[node] ?? 0;
    if (object === 0) continue;
    const at = filled[object] ?? 0;
    uses[at] = node;
    filled[object] = at + 1;
    if (at > (useStart[object] ?? 0) && (tree.start[uses[at - 1] ?? 0] ?? 0) > (tree.start[node] ?? 0)) {
      unsorted.add(object);
    }
  }
  for (const object of unsorted) {
    uses
      .subarray(useStart[object], useStart[object + 1])
      .sort((left, right) => (tree.start[left] ?? 0) - (tree.start[right] ?? 0));
  }
  return { useStart, uses };
}
