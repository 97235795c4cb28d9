/**
 * Functions that put one of their arguments back: `putBuffer(b)`, `func (b *Buffer) Free()`. A function that does so only
 * under a condition counts if all its conditions are about size or nil: the object is not its caller's any more either way.
 */
import { ObjectFlag, type ObjectIndex } from '../../golang/bindings.ts';
import type { NameIndex } from '../../golang/names.ts';
import { Kind } from '../../golang/nodes.ts';
import { type NodeIndex, textOf } from '../../golang/tree.ts';
import { declaredKey } from '../function-name.ts';
import type { Pass } from '../rule.ts';
import { localOf, poolCalls, putIdent } from './calls.ts';

/** One object going back into a pool, at a call that the function itself has. */
export interface Giving {
  /** The call of Put or of the wrapper. */
  readonly call: NodeIndex;
  readonly func: NodeIndex;
  readonly ident: NodeIndex;
  readonly object: ObjectIndex;
  /** A DeferStmt that makes it happen at the end; 0: it happens at the call. */
  readonly deferred: NodeIndex;
}

/** Facts for other packages: indices of the parameters that are put back; -1 is the receiver. */
const ENGINE = 'pools';

/** How many wrappers of wrappers are followed. */
const ROUNDS = 3;

/** All places where a local variable's object goes back; wrappers of this package and of those that it imports included. */
export function givings(pass: Pass): readonly Giving[] {
  const found: Giving[] = [];
  const seen = new Set<NodeIndex>();
  const wrappers = new Map<NodeIndex, Set<number>>();
  const add = (call: NodeIndex, ident: NodeIndex): boolean => {
    const object = localOf(pass, ident);
    if (object === 0 || seen.has(ident)) return false;
    const giving = givingAt(pass, call, ident, object);
    if (giving === null) return false;
    seen.add(ident);
    found.push(giving);
    return true;
  };
  for (const { call, value } of pass.engine(poolCalls).puts) add(call, putIdent(pass, value));
  const foreign = new Map<string, readonly number[]>();
  const byName = callsByName(pass);
  for (let round = 0; round < ROUNDS; round++) {
    let grown = false;
    for (const giving of found) grown = summarize(pass, giving, wrappers) || grown;
    if (!grown && round > 0) break;
    for (const call of byName(wrappers.keys())) {
      const decl = pass.typing.callee(call)?.decl ?? 0;
      for (const index of wrappers.get(decl) ?? []) add(call, argumentIdent(pass, call, index));
    }
  }
  const { tree } = pass;
  /** By name: whether it may be a wrapper's. */
  const likely = new Map<NameIndex, boolean>();
  for (const call of pass.nodesOf(Kind.CallExpr)) {
    const fun = tree.a[call] ?? 0;
    if (tree.kind[fun] !== Kind.SelectorExpr) continue;
    const name = tree.data[tree.b[fun] ?? 0] ?? 0;
    let asks = likely.get(name);
    if (asks === undefined) {
      asks = WRAPPER_NAME.test(tree.names.text(name));
      likely.set(name, asks);
    }
    if (!asks) continue;
    const callee = pass.typing.callee(call);
    if (callee === null || callee.decl !== 0 || callee.path === pass.pkg.importPath) continue;
    let indices = foreign.get(callee.key);
    if (indices === undefined) {
      const fact = pass.factsOf(ENGINE, callee.key);
      indices = Array.isArray(fact) ? fact.filter((one): one is number => typeof one === 'number') : [];
      foreign.set(callee.key, indices);
    }
    for (const index of indices) add(call, argumentIdent(pass, call, index));
  }
  for (const [decl, indices] of wrappers)
    if (pass.tree.kind[decl] === Kind.FuncDecl)
      pass.leaveFacts(
        ENGINE,
        declaredKey(pass.tree, pass.pkg.importPath, decl),
        [...indices].sort((a, b) => a - b),
      );
  return found;
}

/** Only such names are asked for their facts: types cost time, and Close and Done are called everywhere. */
const WRAPPER_NAME = /put|free|release|recycle|return|giveback/i;

/** Calls of functions of this package by the functions' names, so that types are asked for few. */
function callsByName(pass: Pass): (decls: Iterable<NodeIndex>) => NodeIndex[] {
  const { tree } = pass;
  return (decls) => {
    const names = new Set<number>();
    for (const decl of decls) names.add(tree.data[tree.b[decl] ?? 0] ?? 0);
    if (names.size === 0) return [];
    return Array.from(pass.nodesOf(Kind.CallExpr)).filter((call) => {
      const fun = tree.a[call] ?? 0;
      const ident = tree.kind[fun] === Kind.SelectorExpr ? (tree.b[fun] ?? 0) : fun;
      return tree.kind[ident] === Kind.Ident && names.has(tree.data[ident] ?? 0);
    });
  };
}

/** The identifier that is argument `index` of a call, or its receiver for -1; 0 if it is no plain variable. */
function argumentIdent(pass: Pass, call: NodeIndex, index: number): NodeIndex {
  const { tree } = pass;
  if (index === -1) {
    const fun = tree.a[call] ?? 0;
    const receiver = tree.kind[fun] === Kind.SelectorExpr ? (tree.a[fun] ?? 0) : 0;
    return tree.kind[receiver] === Kind.Ident ? receiver : 0;
  }
  let at = tree.b[call] ?? 0;
  for (let skip = index; skip > 0; skip--) at = tree.next[at] ?? 0;
  return at === 0 ? 0 : putIdent(pass, at);
}

/** `defer Put(x)`, `defer func() { …; Put(x) }()`, or a call in the function that has the variable; else null. */
function givingAt(pass: Pass, call: NodeIndex, ident: NodeIndex, object: ObjectIndex): Giving | null {
  const { tree, bindings } = pass;
  const func = pass.functionAround(call);
  if (func === 0) return null;
  const above = tree.parent[call] ?? 0;
  if (tree.kind[above] === Kind.GoStmt) return null;
  if (bindings.func[object] === func) {
    const deferred = tree.kind[above] === Kind.DeferStmt ? above : 0;
    return { call, func, ident, object, deferred };
  }
  // Within a closure: only one that is deferred where it stands, and that puts whatever happens, or unless it is too large.
  const closureCall = tree.parent[func] ?? 0;
  const deferred = tree.parent[closureCall] ?? 0;
  if (tree.kind[func] !== Kind.FuncLit || tree.kind[closureCall] !== Kind.CallExpr) return null;
  if (tree.kind[deferred] !== Kind.DeferStmt || tree.a[closureCall] !== func) return null;
  const statement = tree.parent[call] ?? 0;
  if (tree.kind[statement] !== Kind.ExprStmt || !isPutBySize(pass, statement, func, object)) return null;
  const outer = pass.functionAround(func);
  return bindings.func[object] === outer ? { call, func: outer, ident, object, deferred } : null;
}

/** A statement of a closure's body, or of ifs in it that ask for nothing but the object's size: `if b.Cap() <= limit`. */
function isPutBySize(pass: Pass, statement: NodeIndex, func: NodeIndex, object: ObjectIndex): boolean {
  const { tree, bindings } = pass;
  const name = tree.names.text(bindings.name[object] ?? 0);
  const size = new RegExp(
    `^\\(*(\\w+ [<>]=? )?(${name}(\\.\\w+)*\\.(Cap|Len|Size)\\(\\)|(cap|len)\\(\\*?${name}(\\.\\w+)*\\))`,
  );
  let at = statement;
  for (let above = tree.parent[at] ?? 0; above !== tree.b[func]; above = tree.parent[at] ?? 0) {
    if (tree.kind[above] === Kind.IfStmt) {
      if (tree.a[above] !== 0) return false;
      for (const part of textOf(tree, tree.b[above] ?? 0).split('&&')) if (!size.test(part.trim())) return false;
    } else if (tree.kind[above] !== Kind.BlockStmt) return false;
    at = above;
  }
  return true;
}

/** Notes that a function puts a parameter back; whether that is new. */
function summarize(pass: Pass, giving: Giving, wrappers: Map<NodeIndex, Set<number>>): boolean {
  const { tree, bindings } = pass;
  const { func, object } = giving;
  if (tree.kind[func] !== Kind.FuncDecl) return false;
  // What is put back may be another object than what was given.
  if (((bindings.flags[object] ?? 0) & ObjectFlag.Reassigned) !== 0) return false;
  const index = parameterIndex(pass, func, bindings.ident[object] ?? 0);
  if (index === null || wrappers.get(func)?.has(index) === true || !onlySizes(pass, func)) return false;
  const known = wrappers.get(func) ?? new Set();
  wrappers.set(func, known.add(index));
  return true;
}

/** Which parameter an identifier declares: -1 the receiver, null none. */
export function parameterIndex(pass: Pass, decl: NodeIndex, ident: NodeIndex): number | null {
  const { tree } = pass;
  if (ident === 0) return null;
  if (tree.a[tree.a[tree.a[decl] ?? 0] ?? 0] === ident) return -1;
  let index = 0;
  for (let field = tree.a[tree.b[tree.c[decl] ?? 0] ?? 0] ?? 0; field !== 0; field = tree.next[field] ?? 0) {
    if (tree.a[field] === 0) index++;
    for (let name = tree.a[field] ?? 0; name !== 0; name = tree.next[name] ?? 0) {
      if (name === ident) return index;
      index++;
    }
  }
  return null;
}

/** A condition about size, or about a variable that is nil; a field that is nil may stand for another way to keep things. */
const SIZE = /\b(cap|len|Cap|Len|Size|Available)\(|^\(*\w+ [!=]= nil\b/;

/** Whether all conditions of a function are about sizes or nil, and it has no loop or switch that would decide. */
function onlySizes(pass: Pass, func: NodeIndex): boolean {
  const { tree } = pass;
  const inside = (node: NodeIndex): boolean =>
    (tree.start[node] ?? 0) >= (tree.start[func] ?? 0) && (tree.end[node] ?? 0) <= (tree.end[func] ?? 0);
  for (const kind of [Kind.SwitchStmt, Kind.TypeSwitchStmt, Kind.SelectStmt])
    for (const node of pass.nodesOf(kind)) if (inside(node)) return false;
  const returns = tree.c[tree.c[func] ?? 0] !== 0;
  for (const node of pass.nodesOf(Kind.IfStmt)) {
    if (!inside(node)) continue;
    // A result may say whether it was put back.
    if (returns) return false;
    for (const part of textOf(tree, tree.b[node] ?? 0).split(/&&|\|\|/)) if (!SIZE.test(part.trim())) return false;
  }
  return true;
}
