/**
 * Local flags: boolean variables that a function asks, and that only get constants. `done = true; break` … `if !done` is
 * a way that cannot be.
 */
import { ObjectFlag, type ObjectIndex, ObjectKind } from '../../golang/bindings.ts';
import { EdgeKind, type Flow } from '../../golang/flow.ts';
import type { NameIndex } from '../../golang/names.ts';
import { Kind } from '../../golang/nodes.ts';
import { type NodeIndex, nameOf, type Tree } from '../../golang/tree.ts';
import type { Pass } from '../rule.ts';

/** Names of the variables that a branch asks, and whose every assignment is in the function itself, where a walk sees it. */
export function flagsOf(pass: Pass, flow: Flow): ReadonlySet<NameIndex> {
  const { tree, bindings } = pass;
  const objects = new Map<NameIndex, ObjectIndex>();
  for (let edge = 0; edge < flow.edgeTo.length; edge++) {
    const condition = flow.edgeNode[edge] ?? 0;
    if (flow.edgeKind[edge] !== EdgeKind.True || tree.kind[condition] !== Kind.Ident) continue;
    const object = bindings.objectOf[condition] ?? 0;
    const name = tree.data[condition] ?? 0;
    const known = objects.get(name);
    // Two variables of one name are more than names can tell apart.
    objects.set(name, known === undefined || known === object ? object : 0);
  }
  const found = new Set<NameIndex>();
  for (const [name, object] of objects) if (object !== 0 && isFlag(pass, flow, object)) found.add(name);
  return found;
}

function isFlag(pass: Pass, flow: Flow, object: ObjectIndex): boolean {
  const { tree, bindings } = pass;
  const flags = bindings.flags[object] ?? 0;
  if (bindings.kind[object] !== ObjectKind.Variable || bindings.func[object] !== flow.func) return false;
  if ((flags & ObjectFlag.Addressed) !== 0) return false;
  for (let at = bindings.useStart[object] ?? 0; at < (bindings.useStart[object + 1] ?? 0); at++) {
    const ident = bindings.uses[at] ?? 0;
    const statement = tree.parent[ident] ?? 0;
    if (tree.kind[statement] !== Kind.AssignStmt || pass.functionAround(ident) === flow.func) continue;
    for (let left = tree.a[statement] ?? 0; left !== 0; left = tree.next[left] ?? 0) if (left === ident) return false;
  }
  return true;
}

/** Notes which names a node of the graph gives `true` or `false`; any other assignment takes a name out again. */
export function noteConstants(tree: Tree, node: NodeIndex, into: Map<NameIndex, boolean>): void {
  if (tree.kind[node] === Kind.AssignStmt) {
    pair(tree, tree.a[node] ?? 0, tree.b[node] ?? 0, into);
    return;
  }
  if (tree.kind[node] !== Kind.DeclStmt) return;
  for (let spec = tree.a[tree.a[node] ?? 0] ?? 0; spec !== 0; spec = tree.next[spec] ?? 0) {
    if (tree.kind[spec] !== Kind.ValueSpec) continue;
    const isZero = tree.c[spec] === 0 && nameOf(tree, tree.b[spec] ?? 0) === 'bool';
    pair(tree, tree.a[spec] ?? 0, tree.c[spec] ?? 0, into);
    if (!isZero) continue;
    for (let name = tree.a[spec] ?? 0; name !== 0; name = tree.next[name] ?? 0) into.set(tree.data[name] ?? 0, false);
  }
}

function pair(tree: Tree, left: NodeIndex, right: NodeIndex, into: Map<NameIndex, boolean>): void {
  let value = right;
  for (let at = left; at !== 0; at = tree.next[at] ?? 0) {
    if (tree.kind[at] === Kind.Ident) {
      const text = tree.kind[value] === Kind.Ident ? nameOf(tree, value) : '';
      if (text === 'true' || text === 'false') into.set(tree.data[at] ?? 0, text === 'true');
      else into.delete(tree.data[at] ?? 0);
    }
    value = tree.next[value] ?? 0;
  }
}
