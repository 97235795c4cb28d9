/** One YAML document as plain data, read as Kubernetes' own tools read it, with mistakes at their places. */
import { Composer, type CST, type Document, isAlias, isMap, isScalar, isSeq, Parser, type YAMLError } from 'yaml';
import { ManifestError } from './manifest-error.ts';

/** Deeper than any object that an API server takes, and shallow enough for every walk. */
const DEEPEST = 200;
/** Values that aliases may add to a document: some hundred thousand are a bomb, whatever the file meant. */
const MOST_VALUES_BY_ALIASES = 200_000;
/** The library looks for the anchor of an alias among all aliases before it: half of the square of these. */
const MOST_ALIASES = 10_000;

/** Tokens that make no sense where they stand, until the rest is not read. */
const MOST_ERRORS = 16;

/** Nodes with their offsets in the document's text. */
export type YamlTree = Document.Parsed;

/**
 * `text` as nodes. YAML 1.1 as go-yaml reads it (sigs.k8s.io/yaml): `yes` and `on` are booleans, `0644` is octal, `<<` merges; but
 * dates stay text and there is no base 60.
 * @throws ManifestError with an offset in `text`
 */
export function treeOf(text: string): YamlTree {
  refuseDepth(text);
  let tree: YamlTree;
  try {
    tree = documentOf(text, {
      version: '1.1',
      merge: true,
      // The library compares every key with every other one; this is done below, with a set.
      uniqueKeys: false,
      prettyErrors: false,
      stringKeys: false,
      logLevel: 'silent',
      customTags: (tags) =>
        tags.filter((tag) => typeof tag === 'string' || (!SKIPPED.has(String(tag.tag)) && !isBase60(tag))),
    });
  } catch (error) {
    if (error instanceof RangeError) throw new ManifestError('is nested too deep', 0);
    throw error;
  }
  const [first] = tree.errors;
  if (first !== undefined) throw new ManifestError(sentenceOf(first), first.pos[0]);
  return tree;
}

/**
 * The library's parseDocument, which goes on after a mistake and makes an error with a stack of every token that is left: seconds for
 * some hundred kilobytes. Only the first is told.
 */
function documentOf(text: string, options: ConstructorParameters<typeof Composer>[0]): YamlTree {
  for (const tree of new Composer(options).compose(withFewErrors(new Parser().parse(text)), true, text.length))
    return tree;
  throw new ManifestError('holds no document', 0);
}

function* withFewErrors(tokens: Iterable<CST.Token>): Generator<CST.Token> {
  let errors = 0;
  for (const token of tokens) {
    yield token;
    if (token.type === 'error' && ++errors === MOST_ERRORS) return;
  }
}

const SKIPPED = new Set([
  'tag:yaml.org,2002:timestamp',
  'tag:yaml.org,2002:omap',
  'tag:yaml.org,2002:pairs',
  'tag:yaml.org,2002:set',
  'tag:yaml.org,2002:binary',
]);

function isBase60(tag: object): boolean {
  return 'format' in tag && tag.format === 'TIME';
}

/**
 * The document as JSON would give it. Aliases share their objects, which nobody may change.
 * @throws ManifestError with an offset for keys that stand twice, aliases that multiply, and depth
 */
export function plainValue(tree: YamlTree): unknown {
  checkNodes(tree);
  let value: unknown;
  try {
    // Aliases are counted above: the library would go through the whole document for each of them.
    value = tree.toJS({ maxAliasCount: -1 });
  } catch (error) {
    if (error instanceof RangeError) throw new ManifestError('is nested too deep', 0);
    if (error instanceof ReferenceError) throw new ManifestError('uses aliases that multiply without bounds', 0);
    throw error;
  }
  return value;
}

/** Keys that stand twice, and how much the aliases make of the document; without recursion. */
function checkNodes(tree: YamlTree): void {
  const sizes = new Map<unknown, number>();
  const anchors = new Map<string, unknown>();
  let byAliases = 0;
  let aliases = 0;
  // Post-order by hand: a node's size is known once its children's are.
  const stack: { node: unknown; depth: number; done: boolean }[] = [{ node: tree.contents, depth: 0, done: false }];
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    const { node, depth, done } = top;
    if (depth > DEEPEST) throw new ManifestError(`is nested more than ${DEEPEST} levels deep`, offsetOf(node));
    if (isAlias(node)) {
      if (++aliases > MOST_ALIASES) throw new ManifestError(`has more than ${MOST_ALIASES} aliases`, offsetOf(node));
      const target = anchors.get(node.source);
      if (target === undefined)
        throw new ManifestError(`has the alias *${node.source} before its anchor`, offsetOf(node));
      const size = sizes.get(target);
      if (size === undefined)
        throw new ManifestError(`has the alias *${node.source} inside of its own anchor`, offsetOf(node));
      byAliases += size;
      if (byAliases > MOST_VALUES_BY_ALIASES) {
        throw new ManifestError(
          `has aliases that make more than ${MOST_VALUES_BY_ALIASES} values of it`,
          offsetOf(node),
        );
      }
      sizes.set(node, size);
      continue;
    }
    if (!isMap(node) && !isSeq(node)) {
      if (isScalar(node) && node.anchor !== undefined) {
        anchors.set(node.anchor, node);
        sizes.set(node, 1);
      }
      continue;
    }
    const children: unknown[] = isMap(node) ? node.items.map((pair) => pair.value) : node.items;
    if (done) {
      let size = 1;
      for (const child of children) size += sizes.get(child) ?? 1;
      sizes.set(node, size);
      continue;
    }
    if (isMap(node)) checkKeys(node.items, anchors);
    if (node.anchor !== undefined) anchors.set(node.anchor, node);
    stack.push({ node, depth, done: true });
    for (let i = children.length - 1; i >= 0; i--) stack.push({ node: children[i], depth: depth + 1, done: false });
  }
}

function checkKeys(items: readonly { key: unknown; value: unknown }[], anchors: ReadonlyMap<string, unknown>): void {
  const seen = new Set<string>();
  for (const { key, value } of items) {
    if (!isScalar(key)) throw new ManifestError('has a key that is not a plain word', offsetOf(key));
    if (isMergeKey(key.value)) {
      for (const source of isSeq(value) ? value.items : [value]) {
        const map = isAlias(source) ? anchors.get(source.source) : source;
        if (!isMap(map)) throw new ManifestError('merges (<<) something that is not a map', offsetOf(key));
      }
      continue;
    }
    const name = String(key.value);
    if (seen.has(name))
      throw new ManifestError(`has the key ${JSON.stringify(name.slice(0, 80))} twice`, offsetOf(key));
    seen.add(name);
  }
}

/** The library reads `<<` into a symbol of that name. */
export function isMergeKey(value: unknown): boolean {
  return typeof value === 'symbol' && value.description === '<<';
}

function offsetOf(node: unknown): number {
  if (typeof node !== 'object' || node === null || !('range' in node)) return 0;
  const { range } = node;
  return Array.isArray(range) && typeof range[0] === 'number' ? range[0] : 0;
}

/** Before a parser recurses: brackets that are open at once. Text in scalars counts too, which is why there is room. */
function refuseDepth(text: string): void {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x5b || code === 0x7b) {
      depth++;
      if (depth > 20 * DEEPEST) throw new ManifestError('opens too many brackets', at);
    } else if ((code === 0x5d || code === 0x7d) && depth > 0) depth--;
  }
}

function sentenceOf(error: YAMLError): string {
  const [first = ''] = error.message.split('\n');
  return `is no valid YAML: ${first}`;
}
