/** Small questions to the syntax that the parts of the channel engine share. */
import { Kind, type KindCode } from '../../golang/nodes.ts';
import { unparen } from '../../golang/syntax.ts';
import { Token } from '../../golang/tokens.ts';
import type { NodeIndex, Tree } from '../../golang/tree.ts';
import type { Pass } from '../rule.ts';

/** Names of fields that are assigned anywhere in the package outside of literals, or whose address is taken. */
export function assignedFields(pass: Pass): ReadonlySet<number> {
  return pass.engine(findAssignedFields);
}

function findAssignedFields(pass: Pass): Set<number> {
  const { tree } = pass;
  const names = new Set<number>();
  const note = (target: NodeIndex): void => {
    const node = unparen(tree, target);
    if (tree.kind[node] === Kind.SelectorExpr) names.add(tree.data[tree.b[node] ?? 0] ?? 0);
  };
  for (const node of pass.nodesOf(Kind.AssignStmt)) {
    if (tree.op[node] === Token.Define) continue;
    for (let left = tree.a[node] ?? 0; left !== 0; left = tree.next[left] ?? 0) note(left);
  }
  return names;
}

/** Whether `node` is `inner` or around it. */
export function contains(tree: Tree, node: NodeIndex, inner: NodeIndex): boolean {
  return (tree.start[node] ?? 0) <= (tree.start[inner] ?? 0) && (tree.end[inner] ?? 0) <= (tree.end[node] ?? 0);
}

/** Nodes of a kind in `outer`, itself included, in source order: a part of `nodesOf`, found without a look at the rest. */
export function nodesBelow(pass: Pass, kind: KindCode, outer: NodeIndex): Int32Array {
  const { tree } = pass;
  const nodes = pass.nodesOf(kind);
  // What starts in the outer node ends in it, as the kinds asked for do not begin where a function does.
  const from = firstFrom(tree, nodes, tree.start[outer] ?? 0);
  return nodes.subarray(from, firstFrom(tree, nodes, tree.end[outer] ?? 0));
}

/** Index of the first of the nodes, in source order, that starts at `offset` or later. */
function firstFrom(tree: Tree, nodes: Int32Array, offset: number): number {
  let low = 0;
  let high = nodes.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((tree.start[nodes[middle] ?? 0] ?? 0) < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Nodes below `root` in order of evaluation (operands before what uses them), function literals not entered. */
export function operandsFirst(tree: Tree, root: NodeIndex, visit: (node: NodeIndex) => void): void {
  // A node is pushed twice: to expand it, and, as its complement, to visit it once its operands are done.
  const stack: number[] = [root];
  while (stack.length > 0) {
    const node = stack.pop() ?? 0;
    if (node < 0) {
      visit(~node);
      continue;
    }
    stack.push(~node);
    const kind = tree.kind[node];
    if (kind === Kind.FuncLit || kind === Kind.Ident || kind === Kind.BasicLit) continue;
    const children: number[] = [];
    for (const slot of [tree.a, tree.b, tree.c, tree.d]) {
      for (let at = slot[node] ?? 0; at !== 0; at = tree.next[at] ?? 0) children.push(at);
    }
    for (let at = children.length - 1; at >= 0; at--) stack.push(children[at] ?? 0);
  }
}

/** The SelectStmt whose clause waits with this operation; 0 if it is no clause's. */
export function selectAround(pass: Pass, node: NodeIndex): NodeIndex {
  const { tree } = pass;
  let at = node;
  for (let above = tree.parent[at] ?? 0; above !== 0; at = above, above = tree.parent[at] ?? 0) {
    const kind = tree.kind[above];
    if (kind === Kind.CommClause) return tree.a[above] === at ? (tree.parent[tree.parent[above] ?? 0] ?? 0) : 0;
    if (kind !== Kind.ParenExpr && kind !== Kind.AssignStmt && kind !== Kind.ExprStmt) return 0;
  }
  return 0;
}
