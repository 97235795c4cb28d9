/**
 * Blocks of a graph in the making: nodes and edges are noted as they come, and sorted by block at the end (counting sort).
 */
import { type BlockIndex, ExitKind, type Flow } from './flow.ts';
import type { NodeIndex } from './tree.ts';

export class FlowBlocks {
  /** Pairs [block, node] in order of evaluation. */
  readonly #placed: number[] = [];
  /** Quadruples [from, to, kind, node]. */
  readonly #edges: number[] = [];
  /** Per block. */
  readonly #loopOf: number[] = [];
  readonly #exitKind: number[] = [];
  readonly #exitNode: number[] = [];
  readonly #started: boolean[] = [];
  readonly defers: NodeIndex[] = [];
  /** -1: what follows cannot be reached, and gets a block of its own once there is something. */
  current: BlockIndex = -1;
  /** The innermost loop around what is started from here on. */
  loop: NodeIndex = 0;

  get count(): number {
    return this.#loopOf.length;
  }

  isStarted(block: BlockIndex): boolean {
    return this.#started[block] === true;
  }

  /** Nothing is known of what follows the block. */
  never(block: BlockIndex): void {
    this.#exitKind[block] = ExitKind.Never;
  }

  /** A new block, not started. */
  add(): BlockIndex {
    this.#loopOf.push(0);
    this.#exitKind.push(ExitKind.None);
    this.#exitNode.push(0);
    this.#started.push(false);
    return this.#loopOf.length - 1;
  }

  start(block: BlockIndex): void {
    this.current = block;
    this.#loopOf[block] = this.loop;
    this.#started[block] = true;
  }

  here(): BlockIndex {
    if (this.current === -1) this.start(this.add());
    return this.current;
  }

  place(node: NodeIndex): void {
    this.#placed.push(this.here(), node);
  }

  edge(from: BlockIndex, to: BlockIndex, kind: number, node: NodeIndex): void {
    this.#edges.push(from, to, kind, node);
  }

  jump(to: BlockIndex, kind: number, node: NodeIndex): void {
    if (this.current !== -1) this.edge(this.current, to, kind, node);
    this.current = -1;
  }

  leave(kind: number, node: NodeIndex): void {
    const block = this.here();
    this.#exitKind[block] = kind;
    this.#exitNode[block] = node;
    this.current = -1;
  }

  columns(func: NodeIndex): Flow {
    const blockCount = this.#loopOf.length;
    const placed = this.#placed;
    const nodeStart = new Int32Array(blockCount + 1);
    for (let at = 0; at < placed.length; at += 2) count(nodeStart, placed[at] ?? 0);
    sum(nodeStart);
    const nodes = new Int32Array(placed.length / 2);
    const cursor = nodeStart.slice();
    for (let at = 0; at < placed.length; at += 2) nodes[take(cursor, placed[at] ?? 0)] = placed[at + 1] ?? 0;

    const edges = this.#edges;
    const edgeCount = edges.length / 4;
    const edgeStart = new Int32Array(blockCount + 1);
    for (let at = 0; at < edges.length; at += 4) count(edgeStart, edges[at] ?? 0);
    sum(edgeStart);
    const edgeTo = new Int32Array(edgeCount);
    const edgeFrom = new Int32Array(edgeCount);
    const edgeKind = new Uint8Array(edgeCount);
    const edgeNode = new Int32Array(edgeCount);
    const inStart = new Int32Array(blockCount + 1);
    cursor.set(edgeStart);
    for (let at = 0; at < edges.length; at += 4) {
      const edge = take(cursor, edges[at] ?? 0);
      edgeFrom[edge] = edges[at] ?? 0;
      edgeTo[edge] = edges[at + 1] ?? 0;
      edgeKind[edge] = edges[at + 2] ?? 0;
      edgeNode[edge] = edges[at + 3] ?? 0;
      count(inStart, edges[at + 1] ?? 0);
    }
    sum(inStart);
    const incoming = new Int32Array(edgeCount);
    cursor.set(inStart);
    for (let edge = 0; edge < edgeCount; edge++) incoming[take(cursor, edgeTo[edge] ?? 0)] = edge;

    let blocks: Map<NodeIndex, BlockIndex> | null = null;
    return {
      func,
      blockCount,
      nodeStart,
      nodes,
      edgeStart,
      edgeTo,
      edgeKind,
      edgeNode,
      inStart,
      incoming,
      edgeFrom,
      exitKind: Uint8Array.from(this.#exitKind),
      exitNode: Int32Array.from(this.#exitNode),
      reachable: reachable(blockCount, edgeStart, edgeTo),
      defers: Int32Array.from(this.defers),
      loop: Int32Array.from(this.#loopOf),
      blockOf(node) {
        if (blocks === null) {
          blocks = new Map();
          for (let at = 0; at < placed.length; at += 2) blocks.set(placed[at + 1] ?? 0, placed[at] ?? 0);
        }
        return blocks.get(node) ?? -1;
      },
    };
  }
}

function count(starts: Int32Array, block: BlockIndex): void {
  starts[block + 1] = (starts[block + 1] ?? 0) + 1;
}

/** Counts at [i + 1] become starts at [i]. */
function sum(starts: Int32Array): void {
  for (let at = 1; at < starts.length; at++) starts[at] = (starts[at] ?? 0) + (starts[at - 1] ?? 0);
}

function take(cursor: Int32Array, block: BlockIndex): number {
  const at = cursor[block] ?? 0;
  cursor[block] = at + 1;
  return at;
}

function reachable(blockCount: number, edgeStart: Int32Array, edgeTo: Int32Array): Uint8Array {
  const seen = new Uint8Array(blockCount);
  const stack = [0];
  seen[0] = 1;
  while (stack.length > 0) {
    const block = stack.pop() ?? 0;
    for (let edge = edgeStart[block] ?? 0; edge < (edgeStart[block + 1] ?? 0); edge++) {
      const to = edgeTo[edge] ?? 0;
      if (seen[to]) continue;
      seen[to] = 1;
      stack.push(to);
    }
  }
  return seen;
}
