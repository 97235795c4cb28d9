/**
 * Names of functions as the runtime prints them in stacks: `main.serve`, `example.com/shop/cart.(*Store).Put`,
 * `main.serve.func1.2`. Source reports carry them so that they can be joined to what was seen at run time.
 *
 * Type arguments (`[...]`), `-range1` bodies and the %2e that stands for a dot in a path's last element are left out.
 */
import { Kind } from '../golang/nodes.ts';
import { type NodeIndex, nameOf, type Tree } from '../golang/tree.ts';

/** Name of a FuncDecl or FuncLit; '' for 0. `functionAround` gives the function around a node. */
export function functionName(
  tree: Tree,
  path: string,
  func: NodeIndex,
  functionAround: (node: NodeIndex) => NodeIndex,
  literals: () => Int32Array,
): string {
  if (func === 0) return '';
  // Innermost first: what to append to the declared function's name.
  const numbers: number[] = [];
  let at = func;
  while (at !== 0 && tree.kind[at] === Kind.FuncLit) {
    const outer = functionAround(at);
    numbers.push(literalNumber(at, outer, functionAround, literals()));
    at = outer;
  }
  const name = at === 0 ? `${path}.init` : `${path}.${declaredName(tree, at)}`;
  numbers.reverse();
  return numbers.reduce((text, number, depth) => `${text}.${depth === 0 ? 'func' : ''}${number}`, name);
}

/** 1-based among the literals that are directly in `outer`, in source order; the compiler counts them so. */
function literalNumber(
  literal: NodeIndex,
  outer: NodeIndex,
  functionAround: (node: NodeIndex) => NodeIndex,
  literals: Int32Array,
): number {
  let number = 0;
  for (const other of literals) {
    if (functionAround(other) === outer) number++;
    if (other === literal) break;
  }
  return number;
}

/** As `Callee.key` has it: `example.com/shop/cart.Store.Put`, without the star. */
export function declaredKey(tree: Tree, importPath: string, decl: NodeIndex): string {
  const { receiver, name } = declared(tree, decl);
  return receiver === '' ? `${importPath}.${name}` : `${importPath}.${receiver}.${name}`;
}

/** `serve`, `(*Store).Put`, `Store.Get`. */
function declaredName(tree: Tree, decl: NodeIndex): string {
  const { receiver, pointer, name } = declared(tree, decl);
  if (receiver === '') return name;
  return pointer ? `(*${receiver}).${name}` : `${receiver}.${name}`;
}

/** The parts of a FuncDecl's name; no receiver: ''. */
function declared(tree: Tree, decl: NodeIndex): { receiver: string; pointer: boolean; name: string } {
  const name = nameOf(tree, tree.b[decl] ?? 0);
  const receivers = tree.a[decl] ?? 0;
  if (receivers === 0) return { receiver: '', pointer: false, name };
  let type = tree.b[tree.a[receivers] ?? 0] ?? 0;
  let pointer = false;
  for (;;) {
    const kind = tree.kind[type];
    if (kind === Kind.StarExpr) pointer = true;
    else if (kind !== Kind.ParenExpr && kind !== Kind.IndexExpr && kind !== Kind.IndexListExpr) break;
    type = tree.a[type] ?? 0;
  }
  return { receiver: nameOf(tree, type), pointer, name };
}
