/**
 * Ways through blocks in which nothing happens that matters, taken in one step: the search sees only where they lead.
 * Long functions have hundreds of such blocks, and every one of them would be a state.
 */
import { type BlockIndex, type EdgeIndex, EdgeKind, type Flow } from '../../golang/flow.ts';

export interface Jump {
  readonly to: BlockIndex;
  /** The last edge that decided anything on the way; -1 if none did. */
  readonly decision: EdgeIndex;
  /** The last edge of all goes back to a loop's head. */
  readonly back: boolean;
}

/** From `block`, which is no stop, the stops that can be reached through blocks that are none. */
export function quietJumps(flow: Flow, block: BlockIndex, isStop: (block: BlockIndex) => boolean): Jump[] {
  const jumps = new Map<BlockIndex, Jump>();
  const seen = new Set<BlockIndex>([block]);
  const stack: [BlockIndex, EdgeIndex][] = [[block, -1]];
  while (stack.length > 0) {
    const [from, decision] = stack.pop() ?? [0, -1];
    const first = flow.edgeStart[from] ?? 0;
    const last = flow.edgeStart[from + 1] ?? 0;
    for (let edge = first; edge < last; edge++) {
      const to = flow.edgeTo[edge] ?? 0;
      const decided = last - first > 1 ? edge : decision;
      if (isStop(to)) {
        if (!jumps.has(to)) jumps.set(to, { to, decision: decided, back: flow.edgeKind[edge] === EdgeKind.Back });
      } else if (!seen.has(to)) {
        seen.add(to);
        stack.push([to, decided]);
      }
    }
  }
  return [...jumps.values()];
}
