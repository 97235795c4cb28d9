/** Small questions about syntax that every pass asks. */

import type { NameIndex } from './names.ts';
import { Kind } from './nodes.ts';
import type { NodeIndex, Tree } from './tree.ts';

/** The expression without the parentheses around it. */
export function unparen(tree: Tree, expression: NodeIndex): NodeIndex {
  let node = expression;
  while (tree.kind[node] === Kind.ParenExpr) node = tree.a[node] ?? 0;
  return node;
}

/** The Ident that an expression ends with: f of `f`, `x.f` and `(x.f)`; 0 for any other expression. */
export function lastIdent(tree: Tree, expression: NodeIndex): NodeIndex {
  const node = unparen(tree, expression);
  if (tree.kind[node] === Kind.Ident) return node;
  return tree.kind[node] === Kind.SelectorExpr ? (tree.b[node] ?? 0) : 0;
}

/** Its name; 0 where there is none. */
export function lastName(tree: Tree, expression: NodeIndex): NameIndex {
  return tree.data[lastIdent(tree, expression)] ?? 0;
}
