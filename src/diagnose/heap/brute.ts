/** The definitions of reachable, retained and shortest, computed as they are written: the measure for the fast passes in tests. */

/** A graph as lists: node → nodes it points to. */
export type Lists = readonly (readonly number[])[];

export function reachable(edges: Lists, roots: readonly number[], without = -1): Set<number> {
  const seen = new Set(roots.filter((root) => root !== without));
  for (const node of seen) {
    for (const to of edges[node] ?? []) if (to !== without) seen.add(to);
  }
  return seen;
}

/** Bytes that cannot be reached any more when the node is gone, its own among them; 0 where it cannot be reached. */
export function retainedBytes(edges: Lists, roots: readonly number[], size: readonly number[], node: number): number {
  const all = reachable(edges, roots);
  const left = reachable(edges, roots, node);
  let bytes = 0;
  for (const one of all) if (!left.has(one)) bytes += size[one] ?? 0;
  return bytes;
}

/** Objects on the shortest path from a root to the node, both counted; 0 where there is none. */
export function distance(edges: Lists, roots: readonly number[], node: number): number {
  let layer = new Set(roots);
  const seen = new Set(layer);
  for (let steps = 1; layer.size > 0; steps++) {
    if (layer.has(node)) return steps;
    const next = new Set<number>();
    for (const from of layer) {
      for (const to of edges[from] ?? []) {
        if (seen.has(to)) continue;
        seen.add(to);
        next.add(to);
      }
    }
    layer = next;
  }
  return 0;
}
