/**
 * Mutexes: acquired by Lock, released by Unlock of the same expression in the same function. A mutex is told by the text of
 * the expression before `.Lock` (`s.mu`), if that is made of names alone.
 */
import { ObjectKind } from '../../golang/bindings.ts';
import { type EdgeIndex, EdgeKind, type Flow } from '../../golang/flow.ts';
import type { NameIndex } from '../../golang/names.ts';
import { Kind } from '../../golang/nodes.ts';
import { lastIdent } from '../../golang/syntax.ts';
import { type NodeIndex, nameOf, type Offset, type Tree, textOf } from '../../golang/tree.ts';
import type { Pass } from '../rule.ts';
import { isCovered, Says } from './conditions.ts';
import { flagsOf } from './flags.ts';
import { findLeak, type LeakWay, Step } from './paths.ts';
import { nodeOf } from './uses.ts';
import { Walks } from './walks.ts';

/** One mention of a lock method: `s.mu.Lock()`, or `s.mu.Unlock` as a value. */
export interface LockUse {
  readonly selector: NodeIndex;
  /** The call, or 0 for a method value. */
  readonly call: NodeIndex;
  /** FuncDecl or FuncLit around it. */
  readonly func: NodeIndex;
  /** `s.mu`; '' where it is more than names. */
  readonly mutex: string;
  /** Lock, RLock, Unlock or RUnlock. */
  readonly method: string;
}

export interface LockLeak {
  readonly lock: LockUse;
  /** `mismatch`: released, but by the other method; `node` is that call. */
  readonly kind: LeakWay['kind'] | 'mismatch';
  readonly node: NodeIndex;
  readonly way: readonly number[];
}

const RELEASE: Readonly<Record<string, string>> = { Lock: 'Unlock', RLock: 'RUnlock' };
const MUTEX = /^sync\.(Mutex|RWMutex|Locker)\.R?(Un)?[Ll]ock$/;

/** Functions whose name says that they return with the lock held, or let somebody else unlock. */
const BY_DESIGN = /lock|acquire|begin|enter|hold|pause|suspend|freeze/i;

/** A function of such a name may unlock what we hold. */
const SPEAKS = /unlock/i;

/** All locks of a package that some way out of their function leaves locked. */
export function lockLeaks(pass: Pass): readonly LockLeak[] {
  const uses = lockUses(pass);
  const unlockers = new Unlockers(pass, uses);
  const byMutex = new Map<string, LockUse[]>();
  for (const use of uses) {
    // Closures count for the functions that they are in.
    for (let func = use.func; func !== 0; func = pass.functionAround(func)) {
      const key = `${func} ${use.mutex}`;
      const list = byMutex.get(key);
      if (list === undefined) byMutex.set(key, [use]);
      else list.push(use);
    }
  }
  const walks = new Walks(pass.tree, (flow) => flagsOf(pass, flow));
  const groups = new Map<string, Sides | null>();
  const leaks: LockLeak[] = [];
  for (const lock of uses) {
    if (lock.mutex === '' || RELEASE[lock.method] === undefined || lock.call === 0) continue;
    const statement = pass.tree.parent[lock.call] ?? 0;
    if (pass.tree.kind[statement] !== Kind.ExprStmt || BY_DESIGN.test(functionName(pass, lock.func))) continue;
    // All locks of a mutex by one method in one function share their releases.
    const key = `${lock.func} ${lock.method} ${lock.mutex}`;
    let sides = groups.get(key);
    if (sides === undefined) {
      const same = byMutex.get(`${lock.func} ${lock.mutex}`) ?? [];
      sides = sidesOf(pass, lock, same, unlockers);
      groups.set(key, sides);
    }
    const leak = sides === null ? null : leakOf(pass, lock, statement, sides, walks);
    if (leak !== null) leaks.push(leak);
  }
  return leaks;
}

function lockUses(pass: Pass): LockUse[] {
  const { tree } = pass;
  const names = new Set(['Lock', 'RLock', 'Unlock', 'RUnlock'].map((name) => tree.names.of(name)));
  const uses: LockUse[] = [];
  for (const selector of pass.nodesOf(Kind.SelectorExpr)) {
    const name = tree.data[tree.b[selector] ?? 0] ?? 0;
    if (!names.has(name) || pass.inGenerated(selector)) continue;
    const selection = pass.typing.selection(selector);
    if (selection === null || !MUTEX.test(`${selection.path}.${selection.receiver}.${selection.name}`)) continue;
    const above = tree.parent[selector] ?? 0;
    const call = tree.kind[above] === Kind.CallExpr && tree.a[above] === selector ? above : 0;
    const x = tree.a[selector] ?? 0;
    uses.push({
      selector,
      call,
      func: pass.functionAround(selector),
      mutex: isNames(tree, x) ? textOf(tree, x) : '',
      method: tree.names.text(name),
    });
  }
  return uses;
}

function isNames(tree: Tree, expression: NodeIndex): boolean {
  let at = expression;
  while (tree.kind[at] === Kind.SelectorExpr || tree.kind[at] === Kind.StarExpr || tree.kind[at] === Kind.ParenExpr) {
    at = tree.a[at] ?? 0;
  }
  return tree.kind[at] === Kind.Ident;
}

/** What one function does with one mutex, as seen from its locks by one method. */
interface Sides {
  /** Nodes of the graph after which the lock is not held any more, or is held anew. */
  readonly ends: ReadonlySet<NodeIndex>;
  /** A release that does not count for locks after this offset: it is deferred, or in a closure, that they come after. */
  readonly early: Offset;
  /** Nothing in the function releases it; `mismatch`: but for this call by the other method. */
  readonly unreleased: boolean;
  readonly mismatch: NodeIndex;
  readonly conditional: boolean;
}

/** Null: something that cannot be followed. */
function sidesOf(pass: Pass, lock: LockUse, same: readonly LockUse[], unlockers: Unlockers): Sides | null {
  const { tree } = pass;
  const flow = pass.flowOf(lock.func);
  const release = RELEASE[lock.method] ?? '';
  const ends = new Set<NodeIndex>();
  const locks = new Set<NodeIndex>();
  let early = Number.POSITIVE_INFINITY;
  let others = 0;
  let other: LockUse | null = null;
  for (const use of same) {
    const direct = use.func === lock.func;
    if (use.method === release) {
      // A closure that unlocks is as good as an unlock where it is made; if it is made before, we do not know.
      const node = nodeOf(pass, flow, direct ? use.selector : closureIn(pass, lock.func, use.func));
      if (node === 0) return null;
      // Unlocked for a while and locked again, under a defer that was passed before.
      if (!direct || tree.kind[node] === Kind.DeferStmt) early = Math.min(early, tree.start[node] ?? 0);
      ends.add(node);
    } else if (RELEASE[use.method] === undefined) {
      others++;
      other = use;
    } else if (direct) {
      const node = nodeOf(pass, flow, use.selector);
      ends.add(node);
      if (use.method === lock.method) locks.add(node);
      else others++;
    } else return null;
  }
  const unreleased = !same.some((use) => use.method === release);
  const paired = same.length === 2 && others === 1 && other !== null && other.call !== 0 && other.func === lock.func;
  const mismatch = paired && other !== null ? other.call : 0;
  if (unreleased) return { ends, early, unreleased, mismatch, conditional: false };
  const conditional = isConditional(flow, locks, ends);
  if (!conditional) for (const node of unlockers.calls(lock)) ends.add(nodeOf(pass, flow, node));
  return { ends, early, unreleased, mismatch, conditional };
}

function leakOf(pass: Pass, lock: LockUse, statement: NodeIndex, sides: Sides, walks: Walks): LockLeak | null {
  const { tree } = pass;
  if (sides.early < (tree.start[statement] ?? 0)) return null;
  if (sides.unreleased) {
    // Unlocked before it is locked: the caller holds it, and gets it back another way.
    const node = sides.mismatch;
    const isAfter = node !== 0 && (tree.start[node] ?? 0) > (tree.start[lock.call] ?? 0);
    return isAfter ? { lock, kind: 'mismatch', node, way: [] } : null;
  }
  if (sides.conditional) return null;
  const flow = pass.flowOf(lock.func);
  const { ends } = sides;
  const found = findLeak({
    tree,
    flow,
    acquire: statement,
    fails: false,
    walks: walks.of(flow),
    does: (node) => (ends.has(node) ? Step.Ends : Step.Goes),
    setsError: () => false,
    says: (edge) => (isCovered(pass, noClause(flow, edge)) ? Says.Unclear : Says.Nothing),
    countsReturn: true,
  });
  return found === null ? null : { lock, ...found };
}

/** The switch of which an edge takes no clause; 0 for other edges. */
function noClause(flow: Flow, edge: EdgeIndex): NodeIndex {
  return flow.edgeKind[edge] === EdgeKind.Case ? (flow.edgeNode[edge] ?? 0) : 0;
}

function closureIn(pass: Pass, outer: NodeIndex, inner: NodeIndex): NodeIndex {
  let at = inner;
  for (let around = pass.functionAround(at); around !== outer && around !== 0; around = pass.functionAround(at))
    at = around;
  return at;
}

function functionName(pass: Pass, func: NodeIndex): string {
  let at = func;
  while (at !== 0 && pass.tree.kind[at] === Kind.FuncLit) at = pass.functionAround(at);
  return at === 0 ? '' : nameOf(pass.tree, pass.tree.b[at] ?? 0);
}

/** An unlock can be reached without the lock: it is locked under a condition, or was locked by the caller. */
function isConditional(flow: Flow, locks: ReadonlySet<NodeIndex>, ends: ReadonlySet<NodeIndex>): boolean {
  const seen = new Uint8Array(flow.blockCount);
  const stack = [0];
  seen[0] = 1;
  while (stack.length > 0) {
    const block = stack.pop() ?? 0;
    let locked = false;
    for (let at = flow.nodeStart[block] ?? 0; at < (flow.nodeStart[block + 1] ?? 0) && !locked; at++) {
      const node = flow.nodes[at] ?? 0;
      if (locks.has(node)) locked = true;
      else if (ends.has(node)) return true;
    }
    if (locked) continue;
    for (let edge = flow.edgeStart[block] ?? 0; edge < (flow.edgeStart[block + 1] ?? 0); edge++) {
      const to = flow.edgeTo[edge] ?? 0;
      if (seen[to]) continue;
      seen[to] = 1;
      stack.push(to);
    }
  }
  return false;
}

/** Functions that unlock a mutex of a name, so that a call of them may unlock the caller's. */
class Unlockers {
  readonly #pass: Pass;
  /** FuncDecl or FuncLit → last names of the mutexes that it unlocks (`mu` of `s.mu`). */
  readonly #direct = new Map<NodeIndex, Set<string>>();
  /** FuncDecl → FuncDecls that it calls, made when asked for. */
  #calls: Map<NodeIndex, { readonly call: NodeIndex; readonly callee: NodeIndex }[]> | null = null;

  constructor(pass: Pass, uses: readonly LockUse[]) {
    this.#pass = pass;
    for (const use of uses) {
      if (RELEASE[use.method] !== undefined) continue;
      const name = nameOf(pass.tree, lastIdent(pass.tree, pass.tree.a[use.selector] ?? 0));
      for (let func = use.func; func !== 0; func = pass.functionAround(func)) {
        this.#direct.set(func, (this.#direct.get(func) ?? new Set<string>()).add(name));
      }
    }
  }

  /** Places in the lock's function that may unlock it: to functions that do, or whose name says so. */
  calls(lock: LockUse): NodeIndex[] {
    const { tree } = this.#pass;
    const name = nameOf(tree, lastIdent(tree, tree.a[lock.selector] ?? 0));
    const declaration = this.#declaration(lock.func);
    const found: NodeIndex[] = [];
    for (const { call, callee } of this.#callsOf(declaration)) {
      const inside =
        (tree.start[call] ?? 0) >= (tree.start[lock.func] ?? 0) && (tree.end[call] ?? 0) <= (tree.end[lock.func] ?? 0);
      if (inside && (callee === 0 || this.#unlocks(callee, name, new Set([declaration])))) found.push(call);
    }
    return found;
  }

  #unlocks(decl: NodeIndex, name: string, seen: Set<NodeIndex>): boolean {
    const stack = [decl];
    while (stack.length > 0) {
      const at = stack.pop() ?? 0;
      if (seen.has(at)) continue;
      seen.add(at);
      if (this.#direct.get(at)?.has(name)) return true;
      // Deeper than that nobody would call it an unlock.
      if (seen.size > 40) return false;
      for (const { callee } of this.#callsOf(at)) if (callee !== 0) stack.push(callee);
    }
    return false;
  }

  #declaration(func: NodeIndex): NodeIndex {
    let at = func;
    while (at !== 0 && this.#pass.tree.kind[at] === Kind.FuncLit) at = this.#pass.functionAround(at);
    return at;
  }

  /** Calls to functions of this package that unlock anything or call on, and (callee 0) calls whose name speaks of unlocking. */
  #callsOf(decl: NodeIndex): readonly { readonly call: NodeIndex; readonly callee: NodeIndex }[] {
    if (this.#calls === null) {
      this.#calls = new Map();
      const { tree } = this.#pass;
      const add = (call: NodeIndex, callee: NodeIndex): void => {
        const around = this.#declaration(this.#pass.functionAround(call));
        const list = this.#calls?.get(around) ?? [];
        this.#calls?.set(around, list);
        list.push({ call, callee });
      };
      const known = new Map<NameIndex, boolean>();
      const speaksOf = (name: NameIndex): boolean => {
        let speaks = known.get(name);
        if (speaks === undefined) {
          speaks = SPEAKS.test(tree.names.text(name));
          known.set(name, speaks);
        }
        return speaks;
      };
      // Method values: `return s.unlockAndNotify`.
      for (const selector of this.#pass.nodesOf(Kind.SelectorExpr)) {
        const above = tree.parent[selector] ?? 0;
        if (tree.kind[above] === Kind.CallExpr && tree.a[above] === selector) continue;
        if (speaksOf(tree.data[tree.b[selector] ?? 0] ?? 0)) add(selector, 0);
      }
      const declared = new Set<number>();
      for (const func of this.#pass.bindings.functions) {
        if (tree.kind[func] === Kind.FuncDecl) declared.add(tree.data[tree.b[func] ?? 0] ?? 0);
      }
      for (const call of this.#pass.nodesOf(Kind.CallExpr)) {
        const fun = tree.a[call] ?? 0;
        const ident = tree.kind[fun] === Kind.SelectorExpr ? (tree.b[fun] ?? 0) : fun;
        if (tree.kind[ident] !== Kind.Ident) continue;
        const speaks = speaksOf(tree.data[ident] ?? 0);
        const object = this.#pass.bindings.objectOf[ident] ?? 0;
        const isVariable = this.#pass.bindings.kind[object] === ObjectKind.Variable;
        if (!speaks && !isVariable && !declared.has(tree.data[ident] ?? 0)) continue;
        const method = tree.names.text(tree.data[ident] ?? 0);
        if (speaks && method !== 'Unlock' && method !== 'RUnlock') add(call, 0);
        else {
          const callee = this.#pass.typing.callee(call)?.decl ?? 0;
          if (callee !== 0 && (isVariable || tree.kind[callee] === Kind.FuncDecl)) add(call, callee);
        }
      }
    }
    return this.#calls.get(decl) ?? [];
  }
}
