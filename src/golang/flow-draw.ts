/** Draws a control-flow graph as text, one line a block, for tests and for those who look for a mistake in a graph. */
import { EdgeKind, ExitKind, type Flow } from './flow.ts';
import { type Tree, textOf } from './tree.ts';

const EDGES = Object.keys(EdgeKind);
const EXITS = Object.keys(ExitKind);

/** `0: x := 1; x > 2 → True 1, False 2`; blocks that cannot be reached are marked with `!`, exits with their kind. */
export function drawFlow(tree: Tree, flow: Flow): string {
  const lines: string[] = [];
  for (let block = 0; block < flow.blockCount; block++) {
    const nodes: string[] = [];
    for (let at = flow.nodeStart[block] ?? 0; at < (flow.nodeStart[block + 1] ?? 0); at++) {
      nodes.push(textOf(tree, flow.nodes[at] ?? 0).replace(/\s+/g, ' '));
    }
    const ways: string[] = [];
    for (let edge = flow.edgeStart[block] ?? 0; edge < (flow.edgeStart[block + 1] ?? 0); edge++) {
      const kind = flow.edgeKind[edge] ?? 0;
      ways.push(`${kind === EdgeKind.Next ? '' : `${EDGES[kind]} `}${flow.edgeTo[edge]}`);
    }
    const exit = flow.exitKind[block] ?? 0;
    if (exit !== ExitKind.None) ways.push(EXITS[exit] ?? '');
    lines.push(
      `${block}${flow.reachable[block] ? '' : '!'}: ${nodes.join('; ')} → ${ways.join(', ')}`.replace(':  →', ': →'),
    );
  }
  return lines.join('\n');
}
