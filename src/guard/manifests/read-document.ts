/** One document by the reader that suits it: the small one for plain YAML, the JSON reader, and the YAML library for all else. */
import { GuardEvidenceError } from '../error.ts';
import { type JsonNode, member, readJson } from '../json/json-nodes.ts';
import { plainValue, treeOf } from './document.ts';
import { spanAt } from './places.ts';
import { readPlain, readPlainValue } from './plain/read.ts';
import { plainSpanAt } from './plain/tree.ts';

type Path = readonly (string | number)[];

/** UTF-16 units of the document's text. */
export interface Extent {
  readonly start: number;
  readonly end: number;
}

export interface ReadDocument {
  /** Plain data as JSON would give it. */
  readonly value: unknown;
  /** The place of a value, as near as the document goes. */
  spanAt(path: Path): Extent;
}

/**
 * The value alone, in half of the time that its places take too.
 * @throws ManifestError with an offset in `text`
 */
export function readValue(text: string): unknown {
  const plain = readPlainValue(text);
  return plain === null ? readDocument(text).value : plain.value;
}

/** @throws ManifestError with an offset in `text` */
export function readDocument(text: string): ReadDocument {
  const plain = readPlain(text);
  if (plain !== null) {
    const { value, tree } = plain;
    return { value, spanAt: (path) => plainSpanAt(tree, path) };
  }
  const json = jsonOf(text);
  if (json !== null) return json;
  const tree = treeOf(text);
  return { value: plainValue(tree), spanAt: (path) => spanAt(tree, path) };
}

/** JSON that is a map or a list; null where it is none, or where keys stand twice, which the library places. */
function jsonOf(text: string): ReadDocument | null {
  if (!/^[ \t\r\n]*[{[]/.test(text)) return null;
  let root: JsonNode;
  try {
    root = readJson(text, 'document');
  } catch (error) {
    // Its words are those about lock files; what is no JSON may be YAML.
    if (error instanceof GuardEvidenceError) return null;
    throw error;
  }
  const made = jsonValue(root);
  return made === null ? null : { value: made.value, spanAt: (path) => jsonSpanAt(root, path) };
}

/** Recursion is bounded by the reader's depth. */
function jsonValue(node: JsonNode): { readonly value: unknown } | null {
  switch (node.kind) {
    case 'null':
      return { value: null };
    case 'number':
      return { value: Number(node.text) };
    case 'array': {
      const list: unknown[] = [];
      for (const item of node.items) {
        const made = jsonValue(item);
        if (made === null) return null;
        list.push(made.value);
      }
      return { value: list };
    }
    case 'object': {
      const map: Record<string, unknown> = {};
      for (const { key, value } of node.members) {
        const made = jsonValue(value);
        if (made === null || key === '__proto__' || Object.hasOwn(map, key)) return null;
        map[key] = made.value;
      }
      return { value: map };
    }
    default:
      return { value: node.value };
  }
}

function jsonSpanAt(root: JsonNode, path: Path): Extent {
  let node = root;
  for (const key of path) {
    const next =
      node.kind === 'array' ? (typeof key === 'number' ? node.items[key] : undefined) : member(node, String(key));
    if (next === undefined) break;
    node = next;
  }
  return { start: node.at, end: node.end };
}
