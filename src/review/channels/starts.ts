/** Who starts what: go statements by the function that they run, and whether a function runs once in the life of a process. */
import { EdgeKind, ExitKind, type Flow } from '../../golang/flow.ts';
import { Kind } from '../../golang/nodes.ts';
import { unparen } from '../../golang/syntax.ts';
import { type NodeIndex, nameOf } from '../../golang/tree.ts';
import type { Pass } from '../rule.ts';

/** FuncDecl or FuncLit → the CallExprs that start it in a goroutine; test files left out. */
export function startsOf(pass: Pass): ReadonlyMap<NodeIndex, readonly NodeIndex[]> {
  return pass.engine(findStarts);
}

function findStarts(pass: Pass): Map<NodeIndex, NodeIndex[]> {
  const { tree, typing } = pass;
  const starts = new Map<NodeIndex, NodeIndex[]>();
  for (const statement of pass.nodesOf(Kind.GoStmt)) {
    if (pass.inTest(statement)) continue;
    const call = tree.a[statement] ?? 0;
    const fun = unparen(tree, tree.a[call] ?? 0);
    const func = tree.kind[fun] === Kind.FuncLit ? fun : (typing.callee(call)?.decl ?? 0);
    if (func === 0) continue;
    const list = starts.get(func);
    if (list === undefined) starts.set(func, [call]);
    else list.push(call);
  }
  return starts;
}

/** Calls by the name that they call, so that callers of a function are found without typing every call. */
function callsByName(pass: Pass): Map<number, NodeIndex[]> {
  const { tree } = pass;
  const calls = new Map<number, NodeIndex[]>();
  for (const call of pass.nodesOf(Kind.CallExpr)) {
    const fun = unparen(tree, tree.a[call] ?? 0);
    const ident = tree.kind[fun] === Kind.SelectorExpr ? (tree.b[fun] ?? 0) : fun;
    if (tree.kind[ident] !== Kind.Ident) continue;
    const name = tree.data[ident] ?? 0;
    const list = calls.get(name);
    if (list === undefined) calls.set(name, [call]);
    else list.push(call);
  }
  return calls;
}

/** Calls of a FuncDecl within the package, tests included. */
export function callersOf(pass: Pass, decl: NodeIndex): NodeIndex[] {
  const { tree, typing } = pass;
  const named = pass.engine(callsByName).get(tree.data[tree.b[decl] ?? 0] ?? 0) ?? [];
  return named.filter((call) => typing.callee(call)?.decl === decl);
}

const MAX_CHAIN = 8;

/** Whether the code around `node` runs once a process: in main, init, a package variable, or called from there only. */
export function runsOnce(pass: Pass, node: NodeIndex, depth = 0): boolean {
  const { tree } = pass;
  if (depth > MAX_CHAIN || inEndlessLoop(pass, node)) return false;
  const func = pass.functionAround(node);
  if (func === 0) return true;
  if (tree.kind[func] === Kind.FuncLit) {
    const call = tree.parent[func] ?? 0;
    const isCalled = tree.kind[call] === Kind.CallExpr;
    if (isCalled && unparen(tree, tree.a[call] ?? 0) === func) return runsOnce(pass, call, depth + 1);
    return isCalled && isOnceDo(pass, call);
  }
  const name = nameOf(tree, tree.b[func] ?? 0);
  const isFunction = tree.a[func] === 0;
  if (isFunction && (name === 'init' || name === 'TestMain' || (name === 'main' && pass.pkg.name === 'main')))
    return true;
  if (pass.pkg.name !== 'main' && /^\p{Lu}/u.test(name)) return false;
  const callers = callersOf(pass, func).filter((call) => !pass.inTest(call));
  return callers.length > 0 && callers.every((call) => runsOnce(pass, call, depth + 1));
}

function isOnceDo(pass: Pass, call: NodeIndex): boolean {
  const key = pass.typing.callee(call)?.key ?? '';
  return key === 'sync.Once.Do' || key.startsWith('sync.Once');
}

/** In a `for` without a condition, or in any loop but the small ones that start a number of workers. */
function inEndlessLoop(pass: Pass, node: NodeIndex): boolean {
  const { tree } = pass;
  for (let at = tree.parent[node] ?? 0; at !== 0; at = tree.parent[at] ?? 0) {
    const kind = tree.kind[at];
    if (kind === Kind.FuncLit || kind === Kind.FuncDecl) return false;
    if (kind === Kind.ForStmt && tree.b[at] === 0) return true;
  }
  return false;
}

/** Where a goroutine that runs `func` stays: blocks that it can reach, and the exits among them. */
export interface Endless {
  readonly func: NodeIndex;
  readonly flow: Flow;
  readonly reached: Uint8Array;
}

/**
 * Null if the function has a way out, or ends the process. Loops over a ticker's channel have no end; `isDead` names
 * further edges that are never taken.
 */
export function endlessOf(
  pass: Pass,
  func: NodeIndex,
  depth = 0,
  isDead: (kind: number, node: NodeIndex) => boolean = () => false,
): Endless | null {
  const { tree } = pass;
  if ((tree.kind[func] === Kind.FuncDecl ? tree.d[func] : tree.b[func]) === 0) return null;
  const flow = pass.flowOf(func);
  const reached = new Uint8Array(flow.blockCount);
  const stack = [0];
  reached[0] = 1;
  let inner: Endless | null = null;
  while (stack.length > 0) {
    const block = stack.pop() ?? 0;
    const exit = flow.exitKind[block];
    if (exit === ExitKind.Return || exit === ExitKind.Panic) return null;
    if (exit === ExitKind.Never && tree.kind[flow.exitNode[block] ?? 0] !== Kind.SelectStmt) {
      const decl = pass.typing.callee(flow.exitNode[block] ?? 0)?.decl ?? 0;
      inner ??= decl === 0 || depth >= 3 ? null : endlessOf(pass, decl, depth + 1);
      if (inner === null) return null;
    }
    for (let edge = flow.edgeStart[block] ?? 0; edge < (flow.edgeStart[block + 1] ?? 0); edge++) {
      const to = flow.edgeTo[edge] ?? 0;
      const kind = flow.edgeKind[edge] ?? 0;
      const node = flow.edgeNode[edge] ?? 0;
      if (reached[to] || (kind === EdgeKind.Done && isTicking(pass, node)) || isDead(kind, node)) continue;
      reached[to] = 1;
      stack.push(to);
    }
  }
  return inner ?? { func, flow, reached };
}

/** A range over a channel that is never closed: a ticker's. */
function isTicking(pass: Pass, range: NodeIndex): boolean {
  const { tree } = pass;
  return isTimer(pass, tree.c[range] ?? 0);
}

/** time.After(…), time.Tick(…), or the channel of a Timer or Ticker. */
export function isTimer(pass: Pass, channel: NodeIndex): boolean {
  const { tree, typing } = pass;
  const node = unparen(tree, channel);
  if (tree.kind[node] === Kind.CallExpr) {
    const key = typing.callee(node)?.key;
    return key === 'time.After' || key === 'time.Tick';
  }
  if (tree.kind[node] !== Kind.SelectorExpr || nameOf(tree, tree.b[node] ?? 0) !== 'C') return false;
  const selection = typing.selection(node);
  return selection?.path === 'time' && (selection.receiver === 'Ticker' || selection.receiver === 'Timer');
}
