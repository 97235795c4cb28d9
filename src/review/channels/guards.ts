/** Fields that let a function through once: `if w.stopped { return }; w.stopped = true; …`. */
import { Kind } from '../../golang/nodes.ts';
import { unparen } from '../../golang/syntax.ts';
import { Token } from '../../golang/tokens.ts';
import { type NodeIndex, nameOf } from '../../golang/tree.ts';
import type { Pass } from '../rule.ts';

/** Whether only the function that asks for a field, as `selector` does, sets it to true, and after it has asked. */
export function isGuard(pass: Pass, selector: NodeIndex): boolean {
  const known = pass.engine(guards);
  let is = known.get(selector);
  if (is === undefined) {
    is = findGuard(pass, selector);
    known.set(selector, is);
  }
  return is;
}

function guards(_pass: Pass): Map<NodeIndex, boolean> {
  return new Map();
}

function findGuard(pass: Pass, selector: NodeIndex): boolean {
  const { tree, typing } = pass;
  const decl = typing.selection(selector)?.decl ?? 0;
  const name = tree.data[tree.b[selector] ?? 0];
  if (decl === 0) return false;
  let sets = false;
  for (const node of pass.nodesOf(Kind.SelectorExpr)) {
    if (node === selector || tree.data[tree.b[node] ?? 0] !== name || typing.selection(node)?.decl !== decl) continue;
    const parent = tree.parent[node] ?? 0;
    if (tree.kind[parent] === Kind.UnaryExpr && tree.op[parent] === Token.And) return false;
    const value = assignedTo(pass, node, parent);
    if (value === 0 || (tree.kind[value] === Kind.Ident && nameOf(tree, value) === 'false')) continue;
    if (pass.functionAround(node) !== pass.functionAround(selector)) return false;
    if ((tree.start[node] ?? 0) < (tree.start[selector] ?? 0)) return false;
    sets = true;
  }
  const isKey = (key: NodeIndex): boolean => tree.data[key] === name && typing.fieldOf(key) === decl;
  return sets && !pass.nodesOf(Kind.KeyValueExpr).some((pair) => isKey(tree.a[pair] ?? 0));
}

/** The expression that a statement assigns to the target; 0 if it assigns none. */
function assignedTo(pass: Pass, target: NodeIndex, statement: NodeIndex): NodeIndex {
  const { tree } = pass;
  if (tree.kind[statement] !== Kind.AssignStmt) return 0;
  let value = tree.b[statement] ?? 0;
  for (let left = tree.a[statement] ?? 0; left !== 0; left = tree.next[left] ?? 0) {
    if (left === target) return value === 0 ? statement : unparen(tree, value);
    value = tree.next[value] ?? 0;
  }
  return 0;
}
