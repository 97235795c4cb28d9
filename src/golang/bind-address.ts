/**
 * Whether `&x`, `&x.f`, `&x[i]` and `x[:]` take the address of the variable x: `&x` always; the others if x holds the struct or
 * array itself and not a pointer or slice, which its declaration may or may not say. If it does not, no.
 */
import { structureOf, type TypeNames } from './bind-literals.ts';
import type { ObjectIndex } from './bindings.ts';
import { Kind } from './nodes.ts';
import { unparen } from './syntax.ts';
import type { NodeIndex, Tree } from './tree.ts';

/** Names on one left side that are looked through; more are not written by hand. */
const MOST_NAMES = 64;

/** A UnaryExpr & or a SliceExpr on a variable or a part of it. */
export interface Addressing {
  readonly node: NodeIndex;
  readonly variable: ObjectIndex;
}

/** The Ident at the left end of what `&` or `[:]` is applied to; 0 if something else is there. */
export function addressRoot(tree: Tree, node: NodeIndex): NodeIndex {
  let at = tree.a[node] ?? 0;
  while (isPart(tree, at) || tree.kind[at] === Kind.ParenExpr) at = tree.a[at] ?? 0;
  return tree.kind[at] === Kind.Ident ? at : 0;
}

/** The variable whose address is taken by anything but a plain `&x`; 0 if none is, or it cannot be told. */
export function addressedVariable(tree: Tree, names: TypeNames, { node, variable }: Addressing): ObjectIndex {
  const operand = unparen(tree, tree.a[node] ?? 0);
  const structure = structureOf(tree, names, declaredType(tree, names, variable));
  if (tree.kind[structure] === Kind.ArrayType) return tree.a[structure] !== 0 ? variable : 0;
  return tree.kind[structure] === Kind.StructType && tree.kind[operand] !== Kind.Ident ? variable : 0;
}

function isPart(tree: Tree, node: NodeIndex): boolean {
  const kind = tree.kind[node];
  return kind === Kind.SelectorExpr || kind === Kind.IndexExpr;
}

/** The type expression in a variable's declaration: written there, or of the composite literal that it starts as; 0. */
function declaredType(tree: Tree, names: TypeNames, variable: ObjectIndex): NodeIndex {
  const decl = names.declOf(variable);
  const ident = names.identOf(variable);
  switch (tree.kind[decl]) {
    case Kind.Field:
      return tree.b[decl] ?? 0;
    case Kind.ValueSpec:
      return tree.b[decl] || literalType(tree, tree.a[decl] ?? 0, ident, tree.c[decl] ?? 0);
    case Kind.AssignStmt:
      return literalType(tree, tree.a[decl] ?? 0, ident, tree.b[decl] ?? 0);
    default:
      return 0;
  }
}

/** The type of the composite literal that stands on the right where `ident` stands on the left. */
function literalType(tree: Tree, left: NodeIndex, ident: NodeIndex, right: NodeIndex): NodeIndex {
  let value = right;
  let at = left;
  for (let step = 0; at !== ident; step++) {
    if (at === 0 || step === MOST_NAMES) return 0;
    at = tree.next[at] ?? 0;
    value = tree.next[value] ?? 0;
  }
  const literal = unparen(tree, value);
  return tree.kind[literal] === Kind.CompositeLit ? (tree.a[literal] ?? 0) : 0;
}
