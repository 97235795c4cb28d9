/** Where things stand in a YAML document: what lets a mistake in a configuration be said with its line and column. */
import { isMap, isNode, isPair, isScalar, type LineCounter, type Node, type YAMLMap } from 'yaml';
import { nearest } from './nearest.ts';

/** Line and column are 1-based. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** The node at a path of keys and indices; as near as the document goes. */
export function nodeAt(root: unknown, path: readonly PropertyKey[]): unknown {
  let node = root;
  for (const key of path) {
    if (!isNode(node) || !('get' in node)) return node;
    // A key whose value is missing (`tests:`) stands for the value.
    const next: unknown = node.get(key, true);
    if (next === undefined || next === null) return isMap(node) ? keyOf(node, String(key)) : node;
    node = next;
  }
  return node;
}

/** The node of a key in a map; the map where there is no such key. */
export function keyOf(node: unknown, key: string): unknown {
  if (!isMap(node)) return node;
  const map: YAMLMap<unknown, unknown> = node;
  return map.items.find((item) => isPair(item) && isScalar(item.key) && String(item.key.value) === key)?.key ?? node;
}

/** From the beginning of the text; 0 for what is no node. */
export function offsetOf(node: unknown): number {
  const known: Node | null = isNode(node) ? node : null;
  return known?.range?.[0] ?? 0;
}

export function placeOf(counter: LineCounter, offset: number): Place {
  const { line, col } = counter.linePos(offset);
  return { line: Math.max(1, line), column: Math.max(1, col) };
}

/** ` (did you mean this or that?)`, or nothing where no known word is near. */
export function meant(word: string, known: readonly string[]): string {
  const near = nearest(word, known);
  return near.length === 0 ? '' : ` (did you mean ${near.join(' or ')}?)`;
}

/** Of what is repeated in a message, characters. */
const LONGEST = 80;

/** What somebody wrote, short enough for a sentence. */
export function shortened(text: string, most: number = LONGEST): string {
  return text.length > most ? `${text.slice(0, most)}…` : text;
}

/** What the parser says of text that is no YAML, without the excerpt below; it repeats a token however long it is. */
export function syntaxMessage(error: Error): string {
  return shortened(error.message.replace(/\s*\n[\s\S]*$/, ''), 2 * LONGEST);
}

/** `, and has no value` or ` and not "what stands there"`; nothing for a list or a map. */
export function insteadOf(node: unknown): string {
  if (!isScalar(node)) return '';
  if (node.value === null) return ', and has no value';
  // A file that is no YAML is one long value.
  return ` and not ${shortened(JSON.stringify(node.value))}`;
}
