/** What is wrong with a lock file as a text, whatever a registry says: keys that stand twice, sections that disagree. */
import { type JsonNode, member, type Places, stringAt } from '../../json/json-nodes.ts';

export interface LockProblem {
  readonly kind: 'duplicate' | 'legacy-differs' | 'proto';
  /** The location or key. */
  readonly what: string;
  /** One sentence: what stands there and who reads what. */
  readonly says: string;
  readonly line: number;
  readonly column: number;
}

/** Problems of one kind that are told; a file that is full of them is one finding more or less. */
const MOST = 100;

/** Keys that one object has twice with different values, and `__proto__`, which no honest writer makes. */
export function repeatedKeys(root: JsonNode, text: string, places: Places): LockProblem[] {
  const problems: LockProblem[] = [];
  // Objects to look at, with the key of what they belong to: a stack and not recursion.
  const open: { node: JsonNode; path: string }[] = [{ node: root, path: '' }];
  for (let next = open.pop(); next !== undefined && problems.length < MOST; next = open.pop()) {
    const { node, path } = next;
    if (node.kind === 'array') for (const item of node.items) open.push({ node: item, path });
    if (node.kind !== 'object') continue;
    const first = new Map<string, (typeof node.members)[number]>();
    for (const found of node.members) {
      open.push({ node: found.value, path: found.key });
      if (found.key === '__proto__') {
        problems.push({
          kind: 'proto',
          what: path,
          says: `the key "__proto__" stands in ${path === '' ? 'the file' : JSON.stringify(path)}, which no npm writes`,
          ...places.at(found.at),
        });
      }
      const earlier = first.get(found.key);
      if (earlier === undefined) first.set(found.key, found);
      else if (slice(text, earlier.value) !== slice(text, found.value)) {
        const { line } = places.at(earlier.at);
        problems.push({
          kind: 'duplicate',
          what: `${path}#${found.key}`,
          says: `${JSON.stringify(found.key)} stands twice${path === '' ? '' : ` in ${JSON.stringify(path)}`}: npm takes this one, and a reader may take the other one of line ${line}`,
          ...places.at(found.at),
        });
      }
    }
  }
  return problems.slice(0, MOST);
}

const slice = (text: string, node: JsonNode): string => text.slice(node.at, node.end);

/**
 * lockfileVersion 2 says everything twice: `packages` for npm 7 and later, `dependencies` for npm 6. Only the first is
 * checked against registries, so the second must say the same.
 */
export function legacyProblems(root: JsonNode, packages: JsonNode, places: Places): LockProblem[] {
  const byLocation = new Map<string, JsonNode>();
  if (packages.kind === 'object') for (const { key, value } of packages.members) byLocation.set(key, value);
  const problems: LockProblem[] = [];
  const open: { node: JsonNode | undefined; above: string }[] = [{ node: member(root, 'dependencies'), above: '' }];
  for (let next = open.pop(); next !== undefined && problems.length < MOST; next = open.pop()) {
    if (next.node?.kind !== 'object') continue;
    for (const { key, value, at } of next.node.members) {
      const location = `${next.above}node_modules/${key}`;
      open.push({ node: member(value, 'dependencies'), above: `${location}/` });
      const field = differing(value, byLocation.get(location));
      if (field === null) continue;
      problems.push({
        kind: 'legacy-differs',
        what: location,
        says: `\`dependencies\` gives ${JSON.stringify(key)} another ${field} than \`packages\` gives ${JSON.stringify(location)}: npm 6 installs the one, npm 7 and later the other`,
        ...places.at(at),
      });
    }
  }
  return problems.slice(0, MOST);
}

/** The field in which they differ; null where they agree, or where `packages` has a link (which is written otherwise). */
function differing(legacy: JsonNode, entry: JsonNode | undefined): string | null {
  if (entry === undefined) return 'place (none)';
  if (member(entry, 'link') !== undefined) return null;
  for (const field of ['resolved', 'integrity']) {
    const old = stringAt(legacy, field);
    // Older npm left them out of one of the two; what is not said cannot mislead.
    if (old !== undefined && stringAt(entry, field) !== undefined && old !== stringAt(entry, field)) return field;
  }
  return null;
}
