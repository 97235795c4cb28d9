/** Whether control can come back to a node. */
import type { NodeIndex } from '../../golang/tree.ts';
import type { Pass } from '../rule.ts';
import { codeOf } from './code.ts';

/** In a loop, or a `goto` that makes one: a loop that every way leaves after it is none. */
export function inLoop(pass: Pass, node: NodeIndex): boolean {
  const { flow } = codeOf(pass, pass.functionAround(node));
  const block = flow.blockOf(node);
  if (block < 0) return false;
  const seen = new Set<number>([block]);
  for (const at of seen) {
    for (let edge = flow.edgeStart[at] ?? 0; edge < (flow.edgeStart[at + 1] ?? 0); edge++) {
      const to = flow.edgeTo[edge] ?? 0;
      if (to === block) return true;
      seen.add(to);
    }
  }
  return false;
}
