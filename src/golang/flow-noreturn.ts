/**
 * Which calls never return, and the builder of graphs that knows it.
 *
 * Most calls are told apart by their name alone (an integer and a table), so that types are asked for only where the name
 * is one of the few: Fatal, Exit, Panic …, or that of a function of this package whose body ends in such a call, in an
 * endless loop or in `select {}`.
 */
import type { Bindings } from './bindings.ts';
import { ExitKind, type Flow } from './flow.ts';
import { buildFlow } from './flow-build.ts';
import type { NameIndex, Names } from './names.ts';
import { Kind } from './nodes.ts';
import { lastName } from './syntax.ts';
import type { NodeIndex, Tree } from './tree.ts';
import type { Callee, Typing } from './typing.ts';
import { predeclared } from './universe.ts';

/** Names of functions that other packages may declare and that are worth a look in their facts. */
const SUSPECT = /^(fatal|exit|goexit|panic|die|fail|skip|abort|usage|throw|bail|unreachable|must|bug)/i;

const NEVER = new Set(['os.Exit', 'syscall.Exit', 'runtime.exit', 'runtime.throw', 'runtime.fatal']);
const UNWINDS = new Set(['runtime.Goexit']);
/** Functions and methods of any package or logger, unless their own graph says otherwise. */
const FATAL = /^Fatal(f|ln|w|Depth|Context|Contextf)?$/;
const PANIC = /^Panic(f|ln|w)?$/;
const TESTING = /^(Fatal|Fatalf|FailNow|Skip|Skipf|SkipNow)$/;
/** Loggers with their own way out. */
const EXITS = /(^|\/)(klog|glog|logrus)(\.v\d+)?(\/v\d+)?$/;

const PANIC_BUILTIN = predeclared('panic');

const tables = new WeakMap<Names, (0 | 1 | 2)[]>();

/** Whether a name is one of SUSPECT's. By name, for all packages: 0 not looked at, 1 no, 2 yes. */
function suspectsOf(names: Names): (name: NameIndex) => boolean {
  let table = tables.get(names);
  if (table === undefined) {
    table = [];
    tables.set(names, table);
  }
  const known = table;
  return (name) => {
    const answer = known[name] ?? (SUSPECT.test(names.text(name)) ? 2 : 1);
    known[name] = answer;
    return answer === 2;
  };
}

/** How long a chain of wrappers is followed. */
const DEPTH = 20;

export interface FlowBuilder {
  /** The graph of a FuncDecl or FuncLit that has a body; made once. */
  flowOf(func: NodeIndex): Flow;
  /** Functions and methods of this package that never return (and are no literal), with their ExitKind. */
  noReturns(): ReadonlyMap<NodeIndex, number>;
}

/** `factOf` gives the ExitKind that was left for a function of another package, if any (engine `flow`). */
export function flowBuilder(
  tree: Tree,
  bindings: Bindings,
  typing: Typing,
  factOf: (key: string) => unknown,
): FlowBuilder {
  const flows = new Map<NodeIndex, Flow>();
  const exits = new Map<NodeIndex, number>();
  const suspects = suspectsOf(tree.names);
  let candidates: Candidates | null = null;
  let depth = 0;

  const flowOf = (func: NodeIndex): Flow => {
    let flow = flows.get(func);
    if (flow === undefined) {
      flow = buildFlow(tree, bindings, func, { neverReturns });
      flows.set(func, flow);
    }
    return flow;
  };

  function exitOf(decl: NodeIndex): number {
    const known = exits.get(decl);
    if (known !== undefined) return known;
    if (depth >= DEPTH) return ExitKind.None;
    exits.set(decl, ExitKind.None);
    depth++;
    const exit = waysOut(flowOf(decl));
    depth--;
    exits.set(decl, exit);
    return exit;
  }

  function neverReturns(call: NodeIndex): 0 | 2 | 3 {
    const name = lastName(tree, functionOf(tree, call));
    if (name === 0) return ExitKind.None;
    candidates ??= findCandidates(tree, bindings);
    if (!suspects(name) && !candidates.names.has(name)) return ExitKind.None;
    const callee = typing.callee(call);
    const decl = callee?.decl ?? 0;
    if (decl !== 0 && tree.kind[decl] === Kind.FuncDecl && tree.d[decl] !== 0) {
      return candidates.decls.has(decl) ? exitCode(exitOf(decl)) : ExitKind.None;
    }
    if (decl !== 0) return ExitKind.None;
    return callee === null ? byName(tree.names.text(name), tree, call) : byKey(callee, factOf);
  }

  return {
    flowOf,
    noReturns() {
      candidates ??= findCandidates(tree, bindings);
      const found = new Map<NodeIndex, number>();
      for (const decl of candidates.decls) {
        const exit = exitOf(decl);
        if (exit !== ExitKind.None) found.set(decl, exit);
      }
      return found;
    },
  };
}

function exitCode(exit: number): 0 | 2 | 3 {
  return exit === ExitKind.Panic ? ExitKind.Panic : exit === ExitKind.Never ? ExitKind.Never : ExitKind.None;
}

/** None if a Return can be reached; else how it ends: Panic if deferred calls of the caller may run. */
function waysOut(flow: Flow): number {
  let unwinds = false;
  for (let block = 0; block < flow.blockCount; block++) {
    if (!flow.reachable[block]) continue;
    if (flow.exitKind[block] === ExitKind.Return) return ExitKind.None;
    if (flow.exitKind[block] === ExitKind.Panic) unwinds = true;
  }
  // A deferred function may recover, and then the function does return.
  if (unwinds && flow.defers.length > 0) return ExitKind.None;
  return unwinds ? ExitKind.Panic : ExitKind.Never;
}

function byKey(callee: Callee, factOf: (key: string) => unknown): 0 | 2 | 3 {
  const { key, path, name } = callee;
  if (NEVER.has(key)) return ExitKind.Never;
  if (UNWINDS.has(key)) return ExitKind.Panic;
  if (path === 'testing') return TESTING.test(name) ? ExitKind.Panic : ExitKind.None;
  const fact = factOf(key);
  if (typeof fact === 'number') return exitCode(fact);
  if (FATAL.test(name)) return ExitKind.Never;
  if (PANIC.test(name) && /log|zap/i.test(path)) return ExitKind.Panic;
  if (name === 'FailNow') return ExitKind.Panic;
  if (name.startsWith('Exit') && EXITS.test(path)) return ExitKind.Never;
  return ExitKind.None;
}

/** Of a callee that we do not know: `x.Fatal(…)`, whatever x is, is taken at its word. */
function byName(name: string, tree: Tree, call: NodeIndex): 0 | 2 | 3 {
  if (tree.kind[functionOf(tree, call)] !== Kind.SelectorExpr) return ExitKind.None;
  if (FATAL.test(name)) return ExitKind.Never;
  return PANIC.test(name) || name === 'FailNow' || name === 'Goexit' ? ExitKind.Panic : ExitKind.None;
}

/** The called expression without parentheses and type arguments. */
function functionOf(tree: Tree, call: NodeIndex): NodeIndex {
  let fun = tree.a[call] ?? 0;
  for (;;) {
    const kind = tree.kind[fun];
    if (kind !== Kind.ParenExpr && kind !== Kind.IndexExpr && kind !== Kind.IndexListExpr) return fun;
    fun = tree.a[fun] ?? 0;
  }
}

interface Candidates {
  readonly decls: ReadonlySet<NodeIndex>;
  readonly names: ReadonlySet<NameIndex>;
}

/** Declarations that may never return by the look of their last statement; wrappers of wrappers by repetition. */
function findCandidates(tree: Tree, bindings: Bindings): Candidates {
  const decls = new Set<NodeIndex>();
  const names = new Set<NameIndex>();
  const suspects = suspectsOf(tree.names);
  const wrappers: { decl: NodeIndex; name: NameIndex; calls: NameIndex }[] = [];
  for (const decl of bindings.functions) {
    if (tree.kind[decl] !== Kind.FuncDecl) continue;
    const name = tree.data[tree.b[decl] ?? 0] ?? 0;
    const last = lastStatement(tree, tree.d[decl] ?? 0);
    const calls = lastCall(tree, last);
    if (endless(tree, bindings, last) || (calls !== 0 && suspects(calls))) {
      decls.add(decl);
      names.add(name);
    } else if (calls !== 0) wrappers.push({ decl, name, calls });
  }
  for (let grew = true; grew; ) {
    grew = false;
    for (const { decl, name, calls } of wrappers) {
      if (!names.has(calls) || decls.has(decl)) continue;
      decls.add(decl);
      names.add(name);
      grew = true;
    }
  }
  return { decls, names };
}

function lastStatement(tree: Tree, body: NodeIndex): NodeIndex {
  let last = 0;
  for (let at = tree.a[body] ?? 0; at !== 0; at = tree.next[at] ?? 0) {
    if (tree.kind[at] !== Kind.EmptyStmt) last = at;
  }
  while (tree.kind[last] === Kind.LabeledStmt) last = tree.b[last] ?? 0;
  return last;
}

function lastCall(tree: Tree, statement: NodeIndex): NameIndex {
  if (tree.kind[statement] !== Kind.ExprStmt) return 0;
  const call = tree.a[statement] ?? 0;
  return tree.kind[call] === Kind.CallExpr ? lastName(tree, functionOf(tree, call)) : 0;
}

function endless(tree: Tree, bindings: Bindings, statement: NodeIndex): boolean {
  switch (tree.kind[statement]) {
    case Kind.ForStmt:
      return tree.b[statement] === 0;
    case Kind.SelectStmt:
      return true;
    case Kind.ExprStmt:
      return bindings.objectOf[tree.a[tree.a[statement] ?? 0] ?? 0] === PANIC_BUILTIN;
    default:
      return false;
  }
}
