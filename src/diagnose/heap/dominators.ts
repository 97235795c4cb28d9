/**
 * Who holds what: the dominator tree of the heap below its root groups, and retained sizes.
 *
 * An object is dominated by another (or by a root group) when every way to it leads through that one; its retained size is
 * what would be free without it. Lengauer and Tarjan, "A Fast Algorithm for Finding Dominators in a Flowgraph" (1979), the
 * version with path compression only: O(edges × log objects) for any input. (The semi-NCA variant is shorter, but quadratic
 * on what heaps do have: a long list whose elements are held elsewhere too.)
 *
 * Everything is in depth-first numbers, not object indices, so that neighbours in the tree are neighbours in memory. Half of a
 * heap are objects without pointers that one other object holds; these need no algorithm and are left out of it.
 *
 * Memory: 8 bytes per object, 28 per object that takes part, 4 per edge that is not of the depth-first tree; 12 more per object
 * for the result.
 */

import { newFloat64, newInt32 } from '../../evidence/heapdump/column.ts';
import type { HeapGraph } from './graph.ts';
import type { Roots } from './graph-roots.ts';

/** Nodes: objects 0 .. count, root groups count .. count + groups, and above them `top`. */
export type NodeIndex = number;

export interface Dominators {
  /** Objects; node `objects + r` is root group r. */
  readonly objects: number;
  readonly groups: number;
  /** The node over all root groups: objects + groups. */
  readonly top: NodeIndex;
  /** Immediate dominator of each object and group; -1 where it cannot be reached. `top` has -1. */
  readonly idom: Int32Array;
  /** Bytes that go with each object, each group, and all together at `top`; 0 where it cannot be reached. */
  readonly retained: Float64Array;
}

const UNKNOWN = -1;
const SEVERAL = -2;

export function dominators(graph: HeapGraph, roots: Roots): Dominators {
  const top = graph.count + roots.count;
  // Until the tree is there, the only holder of an object without pointers, or SEVERAL.
  const idom = newInt32(top + 1).fill(UNKNOWN);
  const inTree = findSingleHolders(graph, roots, idom);
  const { nodes, dom } = lengauerTarjan(graph, roots, idom, inTree);
  const retained = newFloat64(top + 1);
  for (let o = 0; o < graph.count; o++) if ((idom[o] ?? 0) < 0) idom[o] = UNKNOWN;
  for (let i = 1; i < nodes.length; i++) {
    const node = nodes[i] ?? 0;
    idom[node] = nodes[dom[i] ?? 0] ?? top;
    retained[node] = graph.size[node] ?? 0;
  }
  // What has a single holder is reachable where that is.
  const reached = new Uint8Array(top + 1);
  for (const node of nodes) reached[node] = 1;
  for (let o = 0; o < graph.count; o++) {
    if (reached[o] === 1) continue;
    const holder = idom[o] ?? UNKNOWN;
    if (holder === UNKNOWN) continue;
    if (reached[holder] === 0) {
      idom[o] = UNKNOWN;
      continue;
    }
    const bytes = graph.size[o] ?? 0;
    retained[o] = bytes;
    retained[holder] = (retained[holder] ?? 0) + bytes;
  }
  for (let i = nodes.length - 1; i > 0; i--) {
    const holder = nodes[dom[i] ?? 0] ?? top;
    retained[holder] = (retained[holder] ?? 0) + (retained[nodes[i] ?? 0] ?? 0);
  }
  return { objects: graph.count, groups: roots.count, top, idom, retained };
}

/**
 * Fills `holder` with the only node that points to each object without pointers, SEVERAL for every other object.
 * Returns the number of nodes that remain for the algorithm, at most.
 */
function findSingleHolders(graph: HeapGraph, roots: Roots, holder: Int32Array): number {
  const { count, targets } = graph;
  const held = (target: number, by: number): void => {
    const known = holder[target];
    if (known === UNKNOWN) holder[target] = by;
    else if (known !== by) holder[target] = SEVERAL;
  };
  for (let r = 0; r < roots.count; r++) {
    const end = roots.offsets[r + 1] ?? 0;
    for (let e = roots.offsets[r] ?? 0; e < end; e++) held(roots.targets[e] ?? 0, count + r);
  }
  for (let o = 0; o < count; o++) {
    const end = graph.endEdge(o);
    for (let e = graph.firstEdge(o); e < end; e++) {
      const target = targets[e] ?? -1;
      if (target >= 0 && target !== o) held(target, o);
    }
  }
  let remaining = 1 + roots.count;
  for (let o = 0; o < count; o++) {
    if (hasEdge(graph, o)) holder[o] = SEVERAL;
    if (holder[o] === SEVERAL) remaining++;
  }
  return remaining;
}

function hasEdge(graph: HeapGraph, object: number): boolean {
  const end = graph.endEdge(object);
  for (let e = graph.firstEdge(object); e < end; e++) {
    const target = graph.targets[e] ?? -1;
    if (target >= 0 && target !== object) return true;
  }
  return false;
}

/** Node and immediate dominator by depth-first number; number 0 is `top`. */
interface Tree {
  readonly nodes: Int32Array;
  readonly dom: Int32Array;
}

function lengauerTarjan(graph: HeapGraph, roots: Roots, holder: Int32Array, most: number): Tree {
  const { nodes, parent, number, indegree } = depthFirst(graph, roots, holder, most);
  const size = nodes.length;
  const { offsets, sources } = predecessors(graph, roots, { nodes, parent, number, indegree });
  const semi = new Int32Array(size);
  const label = new Int32Array(size);
  for (let i = 0; i < size; i++) label[i] = i;
  // Nodes are linked to their parents from the last number down, so a node is linked when its number is at least `low`.
  const ancestor = parent.slice();
  const forest = new Forest(ancestor, label, semi);
  // Buckets are lists through `dom`, which is not needed otherwise while a node is in one. 0 ends them: top is in none.
  const dom = new Int32Array(size);
  const bucket = new Int32Array(size);
  for (let w = size - 1; w > 0; w--) {
    const above = parent[w] ?? 0;
    let least = above;
    const end = offsets[w + 1] ?? 0;
    for (let e = offsets[w] ?? 0; e < end; e++) {
      const v = sources[e] ?? 0;
      const candidate = v <= w ? v : (semi[forest.least(v, w + 1)] ?? 0);
      if (candidate < least) least = candidate;
    }
    semi[w] = least;
    dom[w] = bucket[least] ?? 0;
    bucket[least] = w;
    for (let v = bucket[above] ?? 0; v !== 0; ) {
      const next = dom[v] ?? 0;
      const u = forest.least(v, w);
      dom[v] = (semi[u] ?? 0) < (semi[v] ?? 0) ? u : above;
      v = next;
    }
    bucket[above] = 0;
  }
  for (let w = 1; w < size; w++) {
    const d = dom[w] ?? 0;
    if (d !== semi[w]) dom[w] = dom[d] ?? 0;
  }
  return { nodes, dom };
}

/** The forest of linked nodes; finds the node of least semidominator on the way up to, not including, its root. */
class Forest {
  readonly #ancestor: Int32Array;
  readonly #label: Int32Array;
  readonly #semi: Int32Array;
  #path = new Int32Array(1024);

  constructor(ancestor: Int32Array, label: Int32Array, semi: Int32Array) {
    this.#ancestor = ancestor;
    this.#label = label;
    this.#semi = semi;
  }

  /** @param v a linked node; linked are those from number `low` on */
  least(v: number, low: number): number {
    const ancestor = this.#ancestor;
    const label = this.#label;
    const semi = this.#semi;
    let length = 0;
    let u = v;
    let above = ancestor[u] ?? 0;
    while (above >= low) {
      if (length === this.#path.length) {
        const larger = new Int32Array(length * 2);
        larger.set(this.#path);
        this.#path = larger;
      }
      this.#path[length++] = u;
      u = above;
      above = ancestor[u] ?? 0;
    }
    // u is just below its root, and so are all of the path after this.
    const path = this.#path;
    while (length > 0) {
      const below = path[--length] ?? 0;
      const best = label[u] ?? 0;
      if ((semi[best] ?? 0) < (semi[label[below] ?? 0] ?? 0)) label[below] = best;
      ancestor[below] = above;
      u = below;
    }
    return label[v] ?? 0;
  }
}

interface DepthFirst {
  /** Node of each number. */
  readonly nodes: Int32Array;
  /** Number of the parent of each number. */
  readonly parent: Int32Array;
  /** Number of each object; 0 where it has none. */
  readonly number: Int32Array;
  /** Edges that lead to each number, those from its parent not counted. */
  readonly indegree: Uint32Array;
}

function depthFirst(graph: HeapGraph, roots: Roots, holder: Int32Array, most: number): DepthFirst {
  const { count, targets } = graph;
  const number = new Int32Array(count);
  const nodes = new Int32Array(most);
  const parent = new Int32Array(most);
  const indegree = new Uint32Array(most);
  /** Edge to follow next, of each node on the way down. */
  const next = new Uint32Array(most);
  let numbers = 0;
  nodes[numbers++] = count + roots.count;
  for (let r = 0; r < roots.count; r++) {
    const group = numbers++;
    nodes[group] = count + r;
    const end = roots.offsets[r + 1] ?? 0;
    for (let e = roots.offsets[r] ?? 0; e < end; e++) {
      const root = roots.targets[e] ?? 0;
      if (holder[root] !== SEVERAL) continue;
      const known = number[root] ?? 0;
      if (known !== 0) {
        if (parent[known] !== group) indegree[known] = (indegree[known] ?? 0) + 1;
        continue;
      }
      let at = numbers++;
      number[root] = at;
      nodes[at] = root;
      parent[at] = group;
      next[at] = graph.firstEdge(root);
      // Down along the first edge that leads to a new object; up by `parent`, which is the stack.
      while (at !== group) {
        const stop = graph.endEdge(nodes[at] ?? 0);
        let edge = next[at] ?? 0;
        let down = 0;
        while (edge < stop) {
          const target = targets[edge++] ?? -1;
          if (target < 0 || holder[target] !== SEVERAL) continue;
          const seen = number[target] ?? 0;
          if (seen === 0) {
            down = numbers++;
            number[target] = down;
            nodes[down] = target;
            parent[down] = at;
            next[down] = graph.firstEdge(target);
            break;
          }
          if (parent[seen] !== at && seen !== at) indegree[seen] = (indegree[seen] ?? 0) + 1;
        }
        next[at] = edge;
        at = down === 0 ? (parent[at] ?? 0) : down;
      }
    }
  }
  return { nodes: nodes.slice(0, numbers), parent: parent.slice(0, numbers), number, indegree };
}

/** Edges that are not of the tree, by the node they lead to. */
function predecessors(graph: HeapGraph, roots: Roots, { nodes, parent, number, indegree }: DepthFirst) {
  const { count, targets } = graph;
  const size = nodes.length;
  const offsets = new Uint32Array(size + 1);
  for (let i = 0; i < size; i++) offsets[i + 1] = (offsets[i] ?? 0) + (indegree[i] ?? 0);
  const sources = new Int32Array(offsets[size] ?? 0);
  // Filled from the end: indegree counts down to 0.
  const put = (to: number, from: number): void => {
    if (to === 0 || parent[to] === from || to === from) return;
    const left = (indegree[to] ?? 0) - 1;
    indegree[to] = left;
    sources[(offsets[to] ?? 0) + left] = from;
  };
  for (let i = 1; i < size; i++) {
    const node = nodes[i] ?? 0;
    if (node < count) {
      const end = graph.endEdge(node);
      for (let e = graph.firstEdge(node); e < end; e++) {
        const target = targets[e] ?? -1;
        if (target >= 0) put(number[target] ?? 0, i);
      }
    } else {
      const end = roots.offsets[node - count + 1] ?? 0;
      for (let e = roots.offsets[node - count] ?? 0; e < end; e++) put(number[roots.targets[e] ?? 0] ?? 0, i);
    }
  }
  return { offsets, sources };
}
