/** What holds for every tree, whatever was parsed; for tests and fuzzing. */
import { KIND_COUNT, KIND_NAMES, Kind } from '../golang/nodes.ts';
import type { NodeIndex, Tree } from '../golang/tree.ts';
import { walk } from '../golang/walk.ts';

/** The first thing that is wrong with a tree, '' if nothing is. Trees without problems are held to more. */
export function faultOfTree(tree: Tree): string {
  return faultOfNodes(tree) || faultOfWays(tree) || faultOfRest(tree);
}

function faultOfNodes(tree: Tree): string {
  const { count, kind, start, end, source } = tree;
  for (let node = 1; node < count; node++) {
    const own = kind[node] ?? 0;
    if (own === Kind.None || own >= KIND_COUNT) return `${shown(tree, node)} has no kind`;
    if (!(0 <= at(start, node) && at(start, node) <= at(end, node) && at(end, node) <= source.length)) {
      return `${shown(tree, node)} is no range`;
    }
    if (own === Kind.Ident || own === Kind.BasicLit) continue;
    for (const slot of [tree.a, tree.b, tree.c, tree.d]) {
      for (let child = at(slot, node); child !== 0; child = at(tree.next, child)) {
        if (child >= node) return `${shown(tree, node)} was made before its child ${shown(tree, child)}`;
        if (tree.parent[child] !== node) return `${shown(tree, child)} has another parent than ${shown(tree, node)}`;
        if (tree.problems.length > 0) continue;
        if (at(start, child) < at(start, node) || at(end, child) > at(end, node)) {
          return `${shown(tree, child)} is not within ${shown(tree, node)}`;
        }
      }
    }
  }
  return '';
}

/** From the roots every node is reached, once. */
function faultOfWays(tree: Tree): string {
  let seen = 0;
  let last = -1;
  let disorder: NodeIndex = 0;
  for (const { root } of tree.files) {
    walk(tree, root, (node) => {
      seen++;
      // A receiver stands between the func keyword, where its FuncDecl's type begins, and that type's parameters.
      if (at(tree.start, node) < last && tree.kind[node] !== Kind.FuncType) disorder = node;
      last = at(tree.start, node);
      return true;
    });
  }
  if (tree.problems.length === 0 && disorder !== 0) return `${shown(tree, disorder)} comes after what it precedes`;
  if (seen > tree.count - 1) return `the walk sees ${seen} of ${tree.count - 1} nodes`;
  if (tree.problems.length === 0 && seen !== tree.count - 1) return `the walk sees ${seen} of ${tree.count - 1} nodes`;
  return '';
}

function faultOfRest(tree: Tree): string {
  const { problems, commentStart, commentEnd } = tree;
  for (let i = 1; i < problems.length; i++) {
    if ((problems[i]?.offset ?? 0) <= (problems[i - 1]?.offset ?? 0)) return 'problems are not sorted';
  }
  for (let i = 0; i < commentStart.length; i++) {
    if (at(commentStart, i) >= at(commentEnd, i)) return `comment ${i} is empty`;
    if (i > 0 && at(commentStart, i) < at(commentEnd, i - 1)) return `comments ${i - 1} and ${i} overlap`;
  }
  return '';
}

function at(column: Int32Array, index: number): number {
  return column[index] ?? 0;
}

function shown(tree: Tree, node: NodeIndex): string {
  return `${KIND_NAMES[tree.kind[node] ?? 0]} ${node} [${tree.start[node]}, ${tree.end[node]})`;
}
