/** Where the values of a document stand, in columns: some 20 bytes for a value, where nodes of a YAML library take a thousand. */
import { quotedValue } from './scalar.ts';

/** Index of a node. */
export type PlainNode = number;

export const SCALAR = 0;
export const BLOCK_MAP = 1;
export const BLOCK_LIST = 2;
export const FLOW_MAP = 3;
export const FLOW_LIST = 4;

/** Columns of a node: kind, start, end (UTF-16 units of the text, as they are in the text), first link, number of links. */
const WIDTH = 5;

/** Int32 values that become more. */
class Column {
  #values: Int32Array;
  #length = 0;

  constructor(capacity: number) {
    this.#values = new Int32Array(capacity);
  }

  get length(): number {
    return this.#length;
  }

  push(value: number): void {
    if (this.#length === this.#values.length) {
      const more = new Int32Array(this.#values.length * 2);
      more.set(this.#values);
      this.#values = more;
    }
    this.#values[this.#length++] = value;
  }

  at(index: number): number {
    return this.#values[index] ?? 0;
  }
}

export class PlainTree {
  readonly text: string;
  readonly #nodes: Column;
  /** Items of a list; key, value, key, value … of a map. */
  readonly #links: Column;
  root: PlainNode = 0;

  constructor(text: string) {
    this.text = text;
    // About one node for 16 characters of what people and tools write.
    this.#nodes = new Column(Math.max(16, (text.length >> 4) * WIDTH));
    this.#links = new Column(Math.max(16, text.length >> 4));
  }

  add(kind: number, start: number, end: number, links: readonly PlainNode[] | null): PlainNode {
    const node = this.#nodes.length / WIDTH;
    this.#nodes.push(kind);
    this.#nodes.push(start);
    this.#nodes.push(end);
    this.#nodes.push(this.#links.length);
    this.#nodes.push(links === null ? 0 : links.length);
    if (links !== null) for (const link of links) this.#links.push(link);
    return node;
  }

  kind(node: PlainNode): number {
    return this.#nodes.at(node * WIDTH);
  }

  start(node: PlainNode): number {
    return this.#nodes.at(node * WIDTH + 1);
  }

  end(node: PlainNode): number {
    return this.#nodes.at(node * WIDTH + 2);
  }

  count(node: PlainNode): number {
    return this.#nodes.at(node * WIDTH + 4);
  }

  /** `i` below `count`. */
  link(node: PlainNode, i: number): PlainNode {
    return this.#links.at(this.#nodes.at(node * WIDTH + 3) + i);
  }
}

/**
 * The place of the value at `path`, as near as the document goes; of a map or list in lines of its own, its key, which is where
 * people look. The same as `spanAt` of places.ts.
 */
export function plainSpanAt(tree: PlainTree, path: readonly (string | number)[]): { start: number; end: number } {
  let node = tree.root;
  let keyNode: PlainNode | null = null;
  for (const key of path) {
    const kind = tree.kind(node);
    if (kind === BLOCK_MAP || kind === FLOW_MAP) {
      const found = linkOf(tree, node, String(key));
      if (found === -1) break;
      keyNode = tree.link(node, found);
      node = tree.link(node, found + 1);
    } else if ((kind === BLOCK_LIST || kind === FLOW_LIST) && typeof key === 'number' && key < tree.count(node)) {
      keyNode = null;
      node = tree.link(node, key);
    } else break;
  }
  const kind = tree.kind(node);
  const shown = kind === BLOCK_MAP || kind === BLOCK_LIST ? (keyNode ?? firstOf(tree, node)) : node;
  return { start: tree.start(shown), end: tree.end(shown) };
}

/** What stands first in a map or list that has no key itself: an item of a list, a whole document. */
function firstOf(tree: PlainTree, node: PlainNode): PlainNode {
  let at = node;
  while (tree.count(at) > 0) at = tree.link(at, 0);
  return at;
}

function linkOf(tree: PlainTree, map: PlainNode, key: string): number {
  const { text } = tree;
  for (let i = 0; i < tree.count(map); i += 2) {
    const node = tree.link(map, i);
    const start = tree.start(node);
    const end = tree.end(node);
    const first = text.charCodeAt(start);
    if (first === 0x22 || first === 0x27) {
      if (quotedValue(text, start, end) === key) return i;
    } else if (end - start === key.length && text.startsWith(key, start)) return i;
  }
  return -1;
}
