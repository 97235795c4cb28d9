/** Where a value of a document stands, by its path. */
import { isAlias, isMap, isNode, isScalar, isSeq, type Node, type Pair } from 'yaml';
import { isMergeKey, type YamlTree } from './document.ts';

type Path = readonly (string | number)[];

/** UTF-16 units of the document's text; `shared` where the value stands under an anchor that is used elsewhere too. */
export interface Span {
  readonly start: number;
  readonly end: number;
  readonly shared: boolean;
  /** Whether the whole path is there, or this is only the nearest parent. */
  readonly found: boolean;
}

/** What lies on the way to a value. */
export interface Located {
  /** The node, or the nearest parent that is there. */
  readonly node: Node | null;
  /** The pair whose value `node` is, where its parent is a map. */
  readonly pair: Pair | null;
  readonly shared: boolean;
  readonly found: boolean;
}

/** Follows aliases and merge keys as their values do. */
export function locate(tree: YamlTree, path: Path): Located {
  let node: unknown = tree.contents;
  let pair: Pair | null = null;
  let shared = false;
  const here = (found: boolean): Located => ({ node: isNode(node) ? node : null, pair, shared, found });
  for (const key of path) {
    if (isAlias(node)) {
      node = node.resolve(tree) ?? null;
      shared = true;
    }
    // What an alias repeats is shared from the anchor's side too.
    if (isNode(node) && 'anchor' in node && node.anchor !== undefined) shared = true;
    if (isMap(node)) {
      const next = pairOf(tree, node.items, String(key));
      if (next === null) return here(false);
      if (next.merged) shared = true;
      // `key:` without a value: its key stands for it.
      if (next.pair.value === null || next.pair.value === undefined) {
        node = next.pair.key;
        pair = next.pair;
        return here(key === path.at(-1));
      }
      pair = next.pair;
      node = pair.value;
    } else if (isSeq(node) && typeof key === 'number') {
      const next: unknown = node.items[key];
      if (next === undefined) return here(false);
      node = next;
      pair = null;
    } else return here(false);
  }
  if (isAlias(node) || (isNode(node) && 'anchor' in node && node.anchor !== undefined)) shared = true;
  return here(true);
}

/** `depth` bounds merges of merges; aliases cannot make circles here (checked when the document was read). */
function pairOf(
  tree: YamlTree,
  items: readonly Pair[],
  key: string,
  depth = 0,
): { pair: Pair; merged: boolean } | null {
  for (const pair of items) if (isScalar(pair.key) && String(pair.key.value) === key) return { pair, merged: false };
  if (depth > 20) return null;
  for (const pair of items) {
    if (!isScalar(pair.key) || !isMergeKey(pair.key.value)) continue;
    const sources: readonly unknown[] = isSeq(pair.value) ? pair.value.items : [pair.value];
    for (const source of sources) {
      const map: unknown = isAlias(source) ? source.resolve(tree) : source;
      const found = isMap(map) ? pairOf(tree, map.items, key, depth + 1) : null;
      if (found !== null) return { pair: found.pair, merged: true };
    }
  }
  return null;
}

/** The place of the value at `path`; of a map or list in lines of its own, its key, which is where people look. */
export function spanAt(tree: YamlTree, path: Path): Span {
  const { node, pair, shared, found } = locate(tree, path);
  const block = (isMap(node) || isSeq(node)) && node.flow !== true;
  const shown = block ? (isNode(pair?.key) ? pair.key : firstKeyOf(node)) : node;
  const start = shown?.range?.[0] ?? 0;
  return { start, end: Math.max(start, shown?.range?.[1] ?? start), shared, found };
}

/** What stands first in a map or list that has no key itself: an item of a list, a whole document. */
function firstKeyOf(node: Node): Node {
  let at: unknown = node;
  for (let steps = 0; steps < 300; steps++) {
    const next: unknown = isMap(at) ? at.items[0]?.key : isSeq(at) ? at.items[0] : null;
    if (!isNode(next)) break;
    at = next;
  }
  return isNode(at) ? at : node;
}
