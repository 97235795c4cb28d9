/** Sets one value of a YAML or JSON document in its text, so that comments and layout stay as they are. */
import { isDeepStrictEqual } from 'node:util';
import { isAlias, isMap, isNode, isScalar, isSeq, type YAMLMap } from 'yaml';
import { isRecord } from '../../json/values.ts';
import { treeOf, type YamlTree } from '../../manifests/document.ts';
import { ManifestError } from '../../manifests/manifest-error.ts';
import { locate } from '../../manifests/places.ts';
import { readValue } from '../../manifests/read-document.ts';
import type { Change } from './pieces.ts';

type Path = readonly (string | number)[];
type Plain = string | number | boolean | { readonly [key: string]: Plain };

/** UTF-16 units: each change reads the document anew with all its nodes, which is a fifth of a second for so much. */
const LARGEST = 128 * 1024;

/** The change that makes `value` stand at `path`, or why there is none. */
export function setValue(text: string, path: Path, value: Plain): Change | string {
  if (text.length > LARGEST) return `the document is larger than ${LARGEST / 1024} KiB: split it`;
  let before: unknown;
  let change: Change | string;
  try {
    // First the value: it refuses what its nodes could not be walked for.
    before = readValue(text);
    change = changeOf(text, treeOf(text), path, value);
  } catch (error) {
    if (error instanceof ManifestError) return `the document ${error.message}`;
    throw error;
  }
  if (typeof change === 'string') return change;
  // What the layout of the document may have made of the change is not guessed.
  const changed = text.slice(0, change.start) + change.text + text.slice(change.end);
  let after: unknown;
  try {
    after = readValue(changed);
  } catch (error) {
    if (!(error instanceof ManifestError)) throw error;
    return 'the change would not fit into the layout of the document';
  }
  return isDeepStrictEqual(after, withValue(before, path, value))
    ? change
    : 'the change would reach further than this value';
}

function changeOf(text: string, tree: YamlTree, path: Path, value: Plain): Change | string {
  let depth = path.length;
  let here = locate(tree, path);
  // The deepest parent that is there.
  while (!here.found && depth > 0) here = locate(tree, path.slice(0, --depth));
  if (here.shared) return 'the value is shared by an anchor';
  const { node, pair } = here;
  const rest = path.slice(depth);
  if (rest.some((key) => typeof key === 'number')) return 'an item of the list is missing';
  const json = /^\s*[{[]/.test(text);
  if (rest.length === 0) {
    if (isScalar(node) && node.range && isPlainType(node.type) && (pair === null || node === pair.value)) {
      const [start, end] = node.range;
      if (node.value === value) return { start, end: start, text: '' };
      return { start, end, text: end === start ? ` ${flow(value, json)}` : flow(value, json) };
    }
    return 'what stands there is no plain value';
  }
  const whole = rest.slice(1).reduceRight<Plain>((inner, key) => ({ [String(key)]: inner }), value);
  const key = String(rest[0]);
  if (isMap(node)) return intoMap(text, node, key, whole, json);
  return 'what stands there is no map';
}

function isPlainType(type: unknown): boolean {
  return type === 'PLAIN' || type === 'QUOTE_DOUBLE' || type === 'QUOTE_SINGLE';
}

function intoMap(text: string, map: YAMLMap, key: string, value: Plain, json: boolean): Change | string {
  const [start = 0] = map.range ?? [];
  if (map.flow === true) {
    const comma = map.items.length > 0 ? ', ' : '';
    return { start: start + 1, end: start + 1, text: `${flowKey(key, json)}: ${flow(value, json)}${comma}` };
  }
  const first = map.items[0]?.key;
  const at = isNode(first) ? first.range?.[0] : undefined;
  if (at === undefined) return 'the map is empty';
  const lineStart = text.lastIndexOf('\n', at - 1) + 1;
  const before = text.slice(lineStart, at);
  if (!/^[ -]*$/.test(before)) return 'the map begins in the middle of a line';
  const indent = ' '.repeat(before.length);
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  const lines = block(key, value, indent).join(eol);
  const end = endOf(text, map);
  if (end === null) return 'the end of the map is not clear';
  const unended = end === text.length && !text.endsWith('\n');
  return { start: end, end, text: unended ? `${eol}${lines}` : `${lines}${eol}` };
}

/** Where the line after the last value of a block map begins. */
function endOf(text: string, map: YAMLMap): number | null {
  let node: unknown = map;
  for (let steps = 0; steps < 500; steps++) {
    if (isMap(node) && node.flow !== true && node.items.length > 0) {
      const last = node.items.at(-1);
      node = last?.value ?? last?.key;
    } else if (isSeq(node) && node.flow !== true && node.items.length > 0) node = node.items.at(-1);
    else break;
  }
  if (!isNode(node) || (isAlias(node) && node.range === undefined)) return null;
  const end = node.range?.[1];
  if (end === undefined || end === null) return null;
  // A block scalar has its last line break within.
  if (end > 0 && text[end - 1] === '\n') return end;
  const next = text.indexOf('\n', end);
  return next === -1 ? text.length : next + 1;
}

function block(key: string, value: Plain, indent: string): string[] {
  if (typeof value !== 'object') return [`${indent}${key}: ${flow(value, false)}`];
  const inner = Object.entries(value).flatMap(([name, each]) => block(name, each, `${indent}  `));
  return [`${indent}${key}:`, ...inner];
}

function flow(value: Plain, json: boolean): string {
  if (typeof value === 'object')
    return `{${Object.entries(value)
      .map(([key, each]) => `${flowKey(key, json)}: ${flow(each, json)}`)
      .join(', ')}}`;
  if (typeof value !== 'string') return String(value);
  return json || !/^[A-Za-z][\w.-]*$/.test(value) || /^(y|n|yes|no|on|off|true|false|null)$/i.test(value)
    ? JSON.stringify(value)
    : value;
}

function flowKey(key: string, json: boolean): string {
  return json ? JSON.stringify(key) : key;
}

/** A copy with the value; maps that are missing are made. */
export function withValue(whole: unknown, path: Path, value: Plain): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  if (Array.isArray(whole)) return whole.map((each: unknown, i) => (i === key ? withValue(each, rest, value) : each));
  return {
    ...(isRecord(whole) ? whole : {}),
    [String(key)]: withValue(isRecord(whole) ? whole[String(key)] : undefined, rest, value),
  };
}
