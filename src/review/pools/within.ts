/** Nodes of a package by the function that they are in, so that who looks through one function does not look through all. */
import type { KindCode } from '../../golang/nodes.ts';
import type { NodeIndex } from '../../golang/tree.ts';
import type { Pass } from '../rule.ts';

const NONE: readonly NodeIndex[] = [];

/** Nodes of a kind in a function itself, literals inside not entered, in source order. */
export function nodesWithin(pass: Pass, func: NodeIndex, kind: KindCode): readonly NodeIndex[] {
  return pass.engine(byFunction)(kind).get(func) ?? NONE;
}

/** An engine. */
function byFunction(pass: Pass): (kind: KindCode) => ReadonlyMap<NodeIndex, readonly NodeIndex[]> {
  const known = new Map<KindCode, ReadonlyMap<NodeIndex, readonly NodeIndex[]>>();
  return (kind) => {
    let found = known.get(kind);
    if (found === undefined) {
      const lists = new Map<NodeIndex, NodeIndex[]>();
      for (const node of pass.nodesOf(kind)) {
        const func = pass.functionAround(node);
        const list = lists.get(func);
        if (list === undefined) lists.set(func, [node]);
        else list.push(node);
      }
      found = lists;
      known.set(kind, found);
    }
    return found;
  };
}

/** Nodes of a kind that start after `from` and end within `outer`, in source order. */
export function* nodesAfter(pass: Pass, kind: KindCode, from: number, outer: NodeIndex): Iterable<NodeIndex> {
  const { tree } = pass;
  const nodes = pass.nodesOf(kind);
  const end = tree.end[outer] ?? 0;
  let low = 0;
  let high = nodes.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((tree.start[nodes[middle] ?? 0] ?? 0) <= from) low = middle + 1;
    else high = middle;
  }
  for (let at = low; at < nodes.length; at++) {
    const node = nodes[at] ?? 0;
    if ((tree.start[node] ?? 0) >= end) return;
    if ((tree.end[node] ?? 0) <= end) yield node;
  }
}
