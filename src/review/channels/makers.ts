/**
 * Functions that may hand out a channel, or something with one inside: they make one, or call a function that does. By
 * name, so that most calls need no look: a search would otherwise follow every call for what it returns.
 */
import { ObjectKind } from '../../golang/bindings.ts';
import { Kind } from '../../golang/nodes.ts';
import { unparen } from '../../golang/syntax.ts';
import { type NodeIndex, nameOf } from '../../golang/tree.ts';
import { TypeKind } from '../../golang/typing.ts';
import type { Pass } from '../rule.ts';

/** How far a chain of functions that hand on is followed. */
const ROUNDS = 3;

/** Functions and literals that make a channel, or declare one without making it. */
export function directMakers(pass: Pass): ReadonlySet<NodeIndex> {
  return pass.engine(findDirectMakers);
}

function findDirectMakers(pass: Pass): Set<NodeIndex> {
  const { tree } = pass;
  const makers = new Set<NodeIndex>();
  for (const call of pass.nodesOf(Kind.CallExpr)) {
    const fun = tree.a[call] ?? 0;
    if (tree.kind[fun] === Kind.Ident && nameOf(tree, fun) === 'make' && makesChannel(pass, call)) {
      makers.add(pass.functionAround(call));
    }
  }
  for (const spec of pass.nodesOf(Kind.ValueSpec)) {
    if (tree.c[spec] === 0 && tree.kind[unparen(tree, tree.b[spec] ?? 0)] === Kind.ChanType) {
      makers.add(pass.functionAround(spec));
    }
  }
  makers.delete(0);
  return makers;
}

function makesChannel(pass: Pass, call: NodeIndex): boolean {
  const { tree } = pass;
  const type = unparen(tree, tree.b[call] ?? 0);
  const kind = tree.kind[type];
  if (kind === Kind.ChanType) return true;
  // A named type: slices and maps mostly, and they have a size.
  return (kind === Kind.Ident || kind === Kind.SelectorExpr || kind === Kind.IndexExpr) && isChannelName(pass, type);
}

function isChannelName(pass: Pass, type: NodeIndex): boolean {
  const { types } = pass.typing;
  return types.kind(types.underlying(pass.typing.typeOf(type))) === TypeKind.Channel;
}

/** Whether what a call calls may hand one out, by its name; always for a variable that holds a function. */
export function mayHandOut(pass: Pass, call: NodeIndex): boolean {
  const { tree, bindings } = pass;
  const fun = unparen(tree, tree.a[call] ?? 0);
  if (bindings.kind[bindings.objectOf[fun] ?? 0] === ObjectKind.Variable || tree.kind[fun] === Kind.FuncLit)
    return true;
  const ident = calledIdent(pass, fun);
  return ident !== 0 && pass.engine(findHanders).names.has(tree.data[ident] ?? 0);
}

/** The identifier that names what is called, without type arguments; 0 if there is none. */
function calledIdent(pass: Pass, fun: NodeIndex): NodeIndex {
  const { tree } = pass;
  let at = fun;
  while (tree.kind[at] === Kind.IndexExpr || tree.kind[at] === Kind.IndexListExpr) at = unparen(tree, tree.a[at] ?? 0);
  const ident = tree.kind[at] === Kind.SelectorExpr ? (tree.b[at] ?? 0) : at;
  return tree.kind[ident] === Kind.Ident ? ident : 0;
}

interface Handers {
  /** FuncDecls. */
  readonly functions: ReadonlySet<NodeIndex>;
  readonly names: ReadonlySet<number>;
}

/** Functions and methods that may hand one out. */
export function handers(pass: Pass): Handers {
  return pass.engine(findHanders);
}

function findHanders(pass: Pass): Handers {
  const { tree } = pass;
  const found = new Set<NodeIndex>();
  const names = new Set<number>();
  const add = (func: NodeIndex): void => {
    let at = func;
    while (at !== 0 && tree.kind[at] === Kind.FuncLit) at = pass.functionAround(at);
    // Without results there is nothing to hand out.
    if (at === 0 || tree.c[tree.c[at] ?? 0] === 0) return;
    found.add(at);
    names.add(tree.data[tree.b[at] ?? 0] ?? 0);
  };
  for (const func of directMakers(pass)) add(func);
  for (let round = 0; round < ROUNDS; round++) {
    const before = found.size;
    for (const call of pass.nodesOf(Kind.CallExpr)) {
      const fun = unparen(tree, tree.a[call] ?? 0);
      const ident = calledIdent(pass, fun);
      if (ident !== 0 && names.has(tree.data[ident] ?? 0)) add(pass.functionAround(call));
    }
    if (found.size === before) break;
  }
  return { functions: found, names };
}
