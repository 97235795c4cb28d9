/**
 * Looks for a way on which a resource is acquired and never released.
 *
 * States are (block, held or not, what is known of the error, answers to repeated conditions); each is walked once,
 * breadth first, so that the first way found is a shortest one. A function with too many states is given up in silence.
 */
import { type BlockIndex, type EdgeIndex, EdgeKind, ExitKind, type Flow } from '../../golang/flow.ts';
import type { NameIndex } from '../../golang/names.ts';
import { Kind } from '../../golang/nodes.ts';
import type { NodeIndex, Tree } from '../../golang/tree.ts';
import { assignedNames, type Repeated, Says } from './conditions.ts';
import { noteConstants } from './flags.ts';

export type LeakKind =
  /** The function returns with it. */
  | 'return'
  /** It is acquired again, in a loop, before it was released. */
  | 'again'
  /** The variable is given another value. */
  | 'overwritten';

export interface LeakWay {
  readonly kind: LeakKind;
  /** The ReturnStmt, the body that ends, the statement that acquires or overwrites. */
  readonly node: NodeIndex;
  /** Edges from the acquire to there. */
  readonly way: readonly EdgeIndex[];
}

export const Step = {
  Goes: 0,
  /** Released, handed over, or not there: nothing to look for any more. */
  Ends: 1,
  /** The variable gets another value. */
  Overwrites: 2,
} as const;

export interface Walk {
  readonly tree: Tree;
  readonly flow: Flow;
  readonly acquire: NodeIndex;
  /** The acquire may fail, and a variable says so. */
  readonly fails: boolean;
  readonly repeated: Repeated;
  /** What node does to the held resource: a Step. */
  does(node: NodeIndex): number;
  /** Whether node gives the error variable another value. */
  setsError(node: NodeIndex): boolean;
  /** What the edge says, a `Says`; `linked`: the error variable still is the acquire's and nothing is known of it. */
  says(edge: EdgeIndex, linked: boolean): number;
  /** Whether a Return in this block leaves something behind. */
  readonly countsReturn: boolean;
}

interface State {
  readonly block: BlockIndex;
  readonly held: boolean;
  /** The error variable still is the acquire's and nothing is known of it. */
  readonly linked: boolean;
  /** Sorted 2 × key + answer. */
  readonly known: readonly number[];
  readonly from: State | null;
  readonly via: EdgeIndex;
}

const MOST_STATES = 3000;

export function findLeak(walk: Walk): LeakWay | null {
  const { flow, acquire, repeated } = walk;
  const from = flow.blockOf(acquire);
  if (from === -1 || !flow.reachable[from]) return null;
  const queue: State[] = [];
  const seen = new Set<string>();
  const push = (state: State): void => {
    const key = `${state.block}|${state.held ? 1 : 0}${state.linked ? 1 : 0}|${state.known.join()}`;
    if (seen.has(key)) return;
    seen.add(key);
    queue.push(state);
  };
  // Where no condition is asked twice nothing before the acquire matters.
  const start = repeated.names.length === 0 ? from : 0;
  push({ block: start, held: false, linked: false, known: [], from: null, via: -1 });
  for (let at = 0; at < queue.length; at++) {
    if (at > MOST_STATES) return null;
    const state = queue[at];
    if (state === undefined) break;
    const found = walkBlock(walk, state, push);
    if (found !== null) return found;
  }
  return null;
}

function walkBlock(walk: Walk, state: State, push: (state: State) => void): LeakWay | null {
  const { flow, tree, acquire } = walk;
  const { block } = state;
  let { held, linked } = state;
  const assigned = new Set<NameIndex>();
  const constants = new Map<NameIndex, boolean>();
  for (let at = flow.nodeStart[block] ?? 0; at < (flow.nodeStart[block + 1] ?? 0); at++) {
    const node = flow.nodes[at] ?? 0;
    assignedNames(tree, node, assigned);
    if (walk.repeated.flags.size > 0) noteConstants(tree, node, constants);
    if (node === acquire) {
      if (held) return { kind: 'again', node, way: wayOf(state) };
      held = true;
      linked = walk.fails;
      continue;
    }
    if (!held) continue;
    const step = walk.does(node);
    if (step === Step.Ends) return null;
    if (step === Step.Overwrites) return { kind: 'overwritten', node, way: wayOf(state) };
    if (linked && walk.setsError(node)) linked = false;
  }
  const exit = flow.exitKind[block];
  if (exit === ExitKind.Return && held && walk.countsReturn) {
    return { kind: 'return', node: flow.exitNode[block] ?? 0, way: wayOf(state) };
  }
  if (exit !== ExitKind.None) return null;
  const kept = assigned.size === 0 ? state.known : forget(walk.repeated, state.known, assigned);
  const fresh = constants.size === 0 ? kept : withConstants(walk.repeated, kept, constants);
  for (let edge = flow.edgeStart[block] ?? 0; edge < (flow.edgeStart[block + 1] ?? 0); edge++) {
    follow(walk, state, edge, held, linked, fresh, push);
  }
  return null;
}

function follow(
  walk: Walk,
  state: State,
  edge: EdgeIndex,
  held: boolean,
  linked: boolean,
  known: readonly number[],
  push: (state: State) => void,
): void {
  const { flow, tree } = walk;
  let link = linked;
  if (held) {
    const says = walk.says(edge, linked);
    if (says === Says.Absent || says === Says.Unclear) return;
    if (says === Says.Present) link = false;
  }
  const next = learn(walk.repeated, edge, known);
  if (next === null) return;
  let after = next;
  if (flow.edgeKind[edge] === EdgeKind.Element && next.length > 0) {
    // Key and value are assigned on this edge.
    const assigned = new Set<NameIndex>();
    const range = flow.edgeNode[edge] ?? 0;
    for (const variable of [tree.a[range] ?? 0, tree.b[range] ?? 0]) {
      if (tree.kind[variable] === Kind.Ident) assigned.add(tree.data[variable] ?? 0);
    }
    after = forget(walk.repeated, next, assigned);
  }
  push({ block: flow.edgeTo[edge] ?? 0, held, linked: link, known: after, from: state, via: edge });
}

/** What is known after an edge; null if it contradicts what is known. */
function learn(repeated: Repeated, edge: EdgeIndex, known: readonly number[]): readonly number[] | null {
  const answer = repeated.learns[edge] ?? -1;
  if (answer === -1 || known.includes(answer)) return known;
  if (known.includes(answer ^ 1)) return null;
  return [...known, answer].sort((a, b) => a - b);
}

function forget(repeated: Repeated, known: readonly number[], assigned: ReadonlySet<NameIndex>): readonly number[] {
  if (known.length === 0 || assigned.size === 0) return known;
  return known.filter((answer) => {
    const names = repeated.names[answer >> 1];
    for (const name of names ?? []) if (assigned.has(name)) return false;
    return true;
  });
}

/** Adds the answers of the flags that got constants. */
function withConstants(
  repeated: Repeated,
  known: readonly number[],
  constants: ReadonlyMap<NameIndex, boolean>,
): readonly number[] {
  const added: number[] = [];
  for (const [name, value] of constants) {
    const key = repeated.flags.get(name);
    if (key !== undefined) added.push(2 * key + (value ? 1 : 0));
  }
  return added.length === 0 ? known : [...known, ...added].sort((a, b) => a - b);
}

/** Edges since the acquire. */
function wayOf(last: State): EdgeIndex[] {
  const way: EdgeIndex[] = [];
  for (let state: State | null = last; state?.from != null; state = state.from) {
    // States before the acquire hold nothing; the one that acquires was entered without it.
    if (!state.held) break;
    way.push(state.via);
  }
  return way.reverse();
}
