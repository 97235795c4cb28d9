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
import { type Assignments, assignedNames, type Repeated, Says } from './conditions.ts';
import { noteConstants } from './flags.ts';
import type { FunctionWalks } from './walks.ts';

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
  readonly walks: FunctionWalks;
  /** What node does to the held resource: a Step. */
  does(node: NodeIndex): number;
  /** Whether node gives the error variable another value. */
  setsError(node: NodeIndex): boolean;
  /** What the edge says, a `Says`; `linked`: the error variable still is the acquire's and nothing is known of it. */
  says(edge: EdgeIndex, linked: boolean): number;
  /** Whether a Return in this block leaves something behind. */
  readonly countsReturn: boolean;
}

/** Answers to repeated conditions. The same answers are the same object in one walk. */
interface Known {
  readonly id: number;
  /** Sorted 2 × key + answer. */
  readonly answers: readonly number[];
}

interface State {
  readonly block: BlockIndex;
  readonly held: boolean;
  /** The error variable still is the acquire's and nothing is known of it. */
  readonly linked: boolean;
  readonly known: Known;
  readonly from: State | null;
  readonly via: EdgeIndex;
}

const MOST_STATES = 3000;

export function findLeak(walk: Walk): LeakWay | null {
  const { flow, acquire } = walk;
  const from = flow.blockOf(acquire);
  if (from === -1 || !flow.reachable[from]) return null;
  return new Search(walk, from).run();
}

class Search {
  readonly #walk: Walk;
  readonly #from: BlockIndex;
  /** Where the acquire is in flow.nodes. */
  readonly #at: number;
  readonly #queue: State[] = [];
  /** (known × blocks + block) × 4 + held, linked. */
  readonly #seen = new Set<number>();
  readonly #known = new Map<string, Known>();
  readonly #nothing: Known = { id: 0, answers: [] };

  constructor(walk: Walk, from: BlockIndex) {
    this.#walk = walk;
    this.#from = from;
    this.#at = walk.flow.nodes.indexOf(walk.acquire, walk.flow.nodeStart[from] ?? 0);
    this.#known.set('', this.#nothing);
  }

  run(): LeakWay | null {
    const { walks } = this.#walk;
    // Where no condition is asked twice nothing before the acquire matters.
    const block = walks.repeated.names.length === 0 ? this.#from : 0;
    this.#push({ block, held: false, linked: false, known: this.#nothing, from: null, via: -1 });
    for (let at = 0; at < this.#queue.length; at++) {
      if (at > MOST_STATES || --walks.left < 0) return null;
      const state = this.#queue[at];
      if (state === undefined) break;
      const found = this.#block(state);
      if (found !== null) return found;
    }
    return null;
  }

  #push(state: State): void {
    const key = (state.known.id * this.#walk.flow.blockCount + state.block) * 4;
    const full = key + (state.held ? 2 : 0) + (state.linked ? 1 : 0);
    if (this.#seen.has(full)) return;
    this.#seen.add(full);
    this.#queue.push(state);
  }

  #block(state: State): LeakWay | null {
    const { flow, walks } = this.#walk;
    const { block } = state;
    let { held, linked } = state;
    if (held || block === this.#from) {
      const { acquire } = this.#walk;
      const first = held ? (flow.nodeStart[block] ?? 0) : this.#at;
      const end = flow.nodeStart[block + 1] ?? 0;
      for (let at = first; at < end; at++) {
        const node = flow.nodes[at] ?? 0;
        walks.left--;
        if (node === acquire) {
          if (held) return { kind: 'again', node, way: wayOf(state) };
          held = true;
          linked = this.#walk.fails;
          continue;
        }
        const step = this.#walk.does(node);
        if (step === Step.Ends) return null;
        if (step === Step.Overwrites) return { kind: 'overwritten', node, way: wayOf(state) };
        if (linked && this.#walk.setsError(node)) linked = false;
      }
    }
    const exit = flow.exitKind[block];
    if (exit === ExitKind.Return && held && this.#walk.countsReturn) {
      return { kind: 'return', node: flow.exitNode[block] ?? 0, way: wayOf(state) };
    }
    if (exit !== ExitKind.None) return null;
    const known = this.#after(block, state.known);
    for (let edge = flow.edgeStart[block] ?? 0; edge < (flow.edgeStart[block + 1] ?? 0); edge++) {
      this.#follow(state, edge, held, linked, known);
    }
    return null;
  }

  #follow(state: State, edge: EdgeIndex, held: boolean, linked: boolean, known: Known): void {
    const { flow, tree, walks } = this.#walk;
    let link = linked;
    if (held) {
      const says = this.#walk.says(edge, linked);
      if (says === Says.Absent || says === Says.Unclear) return;
      if (says === Says.Present) link = false;
    }
    const next = learn(walks.repeated, edge, known.answers);
    if (next === null) return;
    let after = next;
    if (flow.edgeKind[edge] === EdgeKind.Element && next.length > 0) {
      // Key and value are assigned on this edge.
      const assigned = new Set<NameIndex>();
      const range = flow.edgeNode[edge] ?? 0;
      for (const variable of [tree.a[range] ?? 0, tree.b[range] ?? 0]) {
        if (tree.kind[variable] === Kind.Ident) assigned.add(tree.data[variable] ?? 0);
      }
      after = forget(walks.repeated, next, assigned);
    }
    this.#push({
      block: flow.edgeTo[edge] ?? 0,
      held,
      linked: link,
      known: this.#same(known, after),
      from: state,
      via: edge,
    });
  }

  /** What is known at the end of a block, by what its nodes assign. */
  #after(block: BlockIndex, known: Known): Known {
    const { repeated } = this.#walk.walks;
    if (known.answers.length === 0 && repeated.flags.size === 0) return known;
    const { tree, flow } = this.#walk;
    const { assigned, constants } = assignments(tree, flow, repeated, block);
    const kept = assigned.size === 0 ? known.answers : forget(repeated, known.answers, assigned);
    return this.#same(known, constants.size === 0 ? kept : withConstants(repeated, kept, constants));
  }

  #same(before: Known, answers: readonly number[]): Known {
    if (answers === before.answers) return before;
    const key = answers.join();
    let known = this.#known.get(key);
    if (known === undefined) {
      known = { id: this.#known.size, answers };
      this.#known.set(key, known);
    }
    return known;
  }
}

/** What the nodes of a block assign, remembered with the function's conditions. */
function assignments(tree: Tree, flow: Flow, repeated: Repeated, block: BlockIndex): Assignments {
  let found = repeated.assignments[block];
  if (found === undefined) {
    const assigned = new Set<NameIndex>();
    const constants = new Map<NameIndex, boolean>();
    for (let at = flow.nodeStart[block] ?? 0; at < (flow.nodeStart[block + 1] ?? 0); at++) {
      const node = flow.nodes[at] ?? 0;
      assignedNames(tree, node, assigned);
      if (repeated.flags.size > 0) noteConstants(tree, node, constants);
    }
    found = { assigned, constants };
    repeated.assignments[block] = found;
  }
  return found;
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
