/** The way from a leaked goroutine to most of the bytes that it holds: frame, object, object … */
import type { FrameIndex, GoroutineIndex, ObjectIndex } from '../../evidence/heapdump/dump.ts';
import { SHARED } from './groups.ts';
import type { Leaked } from './leaked.ts';
import type { Proof } from './proof.ts';

export interface ChainLink {
  readonly object: ObjectIndex;
  /** Bytes of this object and of all that is further on the way from it. */
  readonly bytes: number;
  /** Offset of the field of the object before that leads here; -1 for the first. */
  readonly field: number;
}

export interface Chain {
  /** The frame whose slot leads to the first object, or -1: its g, a deferred call, or the wait itself. */
  readonly frame: FrameIndex;
  readonly links: readonly ChainLink[];
}

/** Long enough to go along a list to its end, or nearly; whoever prints it leaves out what repeats. */
const LONGEST = 1000;
/** Objects that are looked at for one chain. */
const LIMIT = 1 << 20;
/** A child is followed while it has this share of its parent's bytes; else the bytes are spread and the chain ends. */
const SHARE = 0.3;

/** The heaviest way from goroutine `g` of cluster `cluster` into what only leaked goroutines hold; null where it holds nothing. */
export function heaviestChain(proof: Proof, leaked: Leaked, cluster: number, g: GoroutineIndex): Chain | null {
  const { graph, roots, waits } = proof;
  const order: ObjectIndex[] = [];
  /** Object → its parent in the breadth-first tree (-1 for the first ones), and the frame that those come from. */
  const parents = new Map<ObjectIndex, { parent: ObjectIndex; frame: FrameIndex; edge: number }>();
  const reach = (object: ObjectIndex, parent: ObjectIndex, frame: FrameIndex, edge: number): void => {
    const label = leaked.labels[object];
    if (object < 0 || parents.has(object) || (label !== cluster && label !== SHARED)) return;
    parents.set(object, { parent, frame, edge });
    order.push(object);
  };
  roots.visit(g, 'held', (object, frame) => {
    if (frame >= 0) reach(object, -1, frame, -1);
  });
  roots.visit(g, 'held', (object) => reach(object, -1, -1, -1));
  for (const { object } of waits[g]?.objects ?? []) reach(object, -1, -1, -1);
  for (let i = 0; i < order.length && order.length < LIMIT; i++) {
    const object = order[i] ?? 0;
    const end = graph.endEdge(object);
    for (let e = graph.firstEdge(object); e < end; e++) reach(graph.targets[e] ?? -1, object, -1, e);
  }
  return follow(proof, order, parents);
}

function follow(
  { dump, graph }: Proof,
  order: readonly ObjectIndex[],
  parents: ReadonlyMap<ObjectIndex, { parent: ObjectIndex; frame: FrameIndex; edge: number }>,
): Chain | null {
  const bytes = new Map<ObjectIndex, number>();
  const heaviest = new Map<ObjectIndex, ObjectIndex>();
  for (const object of [...order].reverse()) {
    const sum = (bytes.get(object) ?? 0) + (graph.size[object] ?? 0);
    bytes.set(object, sum);
    const parent = parents.get(object)?.parent ?? -1;
    if (parent >= 0) bytes.set(parent, (bytes.get(parent) ?? 0) + sum);
    const best = heaviest.get(parent);
    if (best === undefined || sum > (bytes.get(best) ?? 0)) heaviest.set(parent, object);
  }
  const links: ChainLink[] = [];
  let frame = -1;
  for (let at = heaviest.get(-1); at !== undefined && links.length < LONGEST; ) {
    const known = parents.get(at);
    const sum = bytes.get(at) ?? 0;
    if (links.length === 0) frame = known?.frame ?? -1;
    const edge = known?.edge ?? -1;
    links.push({ object: at, bytes: sum, field: edge < 0 ? -1 : (dump.objects.fieldAt[edge] ?? -1) });
    const next = heaviest.get(at);
    if (next === undefined || (bytes.get(next) ?? 0) < SHARE * sum) break;
    at = next;
  }
  return links.length === 0 ? null : { frame, links };
}
