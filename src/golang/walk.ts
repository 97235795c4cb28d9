/** Ways over a tree, none of which recurses: a chain of 100 000 additions is 100 000 levels deep. */
import type { NodeIndex, Tree } from './tree.ts';

/**
 * Visits the node and all below it, parents before children, in source order. Where `visit` returns false, what is below
 * that node is left out. No objects are made; a visit may start another walk.
 */
export function walk(tree: Tree, node: NodeIndex, visit: (node: NodeIndex) => boolean | undefined): void {
  if (node === 0) return;
  const { a, b, c, d, next } = tree;
  const waiting: NodeIndex[] = [node];
  for (;;) {
    const current = waiting.pop();
    if (current === undefined) return;
    // The rest of its list comes after all that is below it. The list that the root is in is not walked.
    const rest = next[current] ?? 0;
    if (rest !== 0 && current !== node) waiting.push(rest);
    if (visit(current) === false) continue;
    const fourth = d[current] ?? 0;
    if (fourth !== 0) waiting.push(fourth);
    const third = c[current] ?? 0;
    if (third !== 0) waiting.push(third);
    const second = b[current] ?? 0;
    if (second !== 0) waiting.push(second);
    const first = a[current] ?? 0;
    if (first !== 0) waiting.push(first);
  }
}

/** Visits the children of a node, slot by slot, lists item by item. A node alone in its slot has no `next`. */
export function forEachChild(tree: Tree, node: NodeIndex, visit: (child: NodeIndex) => void): void {
  const { next } = tree;
  for (let child = tree.a[node] ?? 0; child !== 0; child = next[child] ?? 0) visit(child);
  for (let child = tree.b[node] ?? 0; child !== 0; child = next[child] ?? 0) visit(child);
  for (let child = tree.c[node] ?? 0; child !== 0; child = next[child] ?? 0) visit(child);
  for (let child = tree.d[node] ?? 0; child !== 0; child = next[child] ?? 0) visit(child);
}

/** The items of the list that begins with `first` (0 or undefined: none). */
export function listOf(tree: Tree, first: NodeIndex | undefined): NodeIndex[] {
  const items: NodeIndex[] = [];
  for (let item = first ?? 0; item !== 0; item = tree.next[item] ?? 0) items.push(item);
  return items;
}
