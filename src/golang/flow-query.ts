/** Questions to a control-flow graph: the way from here to there, and what every way passes. */
import { type BlockIndex, type EdgeIndex, EdgeKind, ExitKind, type Flow } from './flow.ts';
import type { NodeIndex } from './tree.ts';

/**
 * The edges of a shortest way from block `from` to a block for which `found` holds, `from` itself included (no edges).
 * `enter` may forbid edges. Null if there is none.
 */
export function shortestWay(
  flow: Flow,
  from: BlockIndex,
  found: (block: BlockIndex) => boolean,
  enter: (edge: EdgeIndex) => boolean = () => true,
): EdgeIndex[] | null {
  const via = new Int32Array(flow.blockCount).fill(-1);
  const queue: BlockIndex[] = [from];
  const seen = new Uint8Array(flow.blockCount);
  seen[from] = 1;
  for (let at = 0; at < queue.length; at++) {
    const block = queue[at] ?? 0;
    if (found(block)) return wayTo(flow, via, from, block);
    for (let edge = flow.edgeStart[block] ?? 0; edge < (flow.edgeStart[block + 1] ?? 0); edge++) {
      const to = flow.edgeTo[edge] ?? 0;
      if (seen[to] || !enter(edge)) continue;
      seen[to] = 1;
      via[to] = edge;
      queue.push(to);
    }
  }
  return null;
}

function wayTo(flow: Flow, via: Int32Array, from: BlockIndex, to: BlockIndex): EdgeIndex[] {
  const way: EdgeIndex[] = [];
  for (let block = to; block !== from; ) {
    const edge = via[block] ?? -1;
    way.push(edge);
    block = flow.edgeFrom[edge] ?? 0;
  }
  return way.reverse();
}

/** What a reader needs to follow a way: the conditions and clauses that were taken, as [node, taken]. */
export function decisionsOn(
  flow: Flow,
  way: readonly EdgeIndex[],
): { readonly node: NodeIndex; readonly kind: number }[] {
  const decisions: { node: NodeIndex; kind: number }[] = [];
  for (const edge of way) {
    const kind = flow.edgeKind[edge] ?? 0;
    if (kind === EdgeKind.Next || kind === EdgeKind.Back) continue;
    decisions.push({ node: flow.edgeNode[edge] ?? 0, kind });
  }
  return decisions;
}

/** Per block: 1 if the function can be left from it by a Return or a Panic. */
export function leavable(flow: Flow): Uint8Array {
  const can = new Uint8Array(flow.blockCount);
  const stack: BlockIndex[] = [];
  for (let block = 0; block < flow.blockCount; block++) {
    const exit = flow.exitKind[block];
    if (exit !== ExitKind.Return && exit !== ExitKind.Panic) continue;
    can[block] = 1;
    stack.push(block);
  }
  while (stack.length > 0) {
    const block = stack.pop() ?? 0;
    for (let at = flow.inStart[block] ?? 0; at < (flow.inStart[block + 1] ?? 0); at++) {
      const from = flow.edgeFrom[flow.incoming[at] ?? 0] ?? 0;
      if (can[from]) continue;
      can[from] = 1;
      stack.push(from);
    }
  }
  return can;
}
