/** Which locations of a lock file are the project's own packages. */
import { type JsonNode, member } from '../../json/json-nodes.ts';

/** Of one pattern; longer ones and ones with more stars match nothing. */
const MAX_LENGTH = 256;
const MAX_STARS = 6;

/** The patterns of `workspaces` in the root's entry: an array, or an object with `packages` (as yarn has it and npm takes it). */
export function workspacePatterns(root: JsonNode | undefined): string[] {
  const found = member(root, 'workspaces');
  const list = found?.kind === 'object' ? member(found, 'packages') : found;
  if (list?.kind !== 'array') return [];
  return list.items.flatMap((item) => (item.kind === 'string' ? [item.value] : []));
}

/** Whether a location is one of the project's packages: inside its directory, not below a node_modules, and matched. */
export function isWorkspace(location: string, patterns: readonly string[]): boolean {
  const parts = location.split('/');
  if (
    location.startsWith('/') ||
    parts.includes('..') ||
    parts.includes('node_modules') ||
    parts.includes('__proto__')
  ) {
    return false;
  }
  let own = false;
  for (const pattern of patterns) {
    const negated = pattern.startsWith('!');
    if (matches(location, negated ? pattern.slice(1) : pattern)) own = !negated;
  }
  return own;
}

/** `*` within a folder's name, `**` over folders; other signs of glob are taken as they are. */
function matches(location: string, pattern: string): boolean {
  const plain = pattern.replace(/^\.?\/+/, '').replace(/\/+$/, '');
  if (plain.length > MAX_LENGTH || plain.split('*').length > MAX_STARS + 1) return false;
  const source = plain
    .split(/(\*\*\/?|\*)/)
    .map((piece) => {
      if (piece.startsWith('**')) return '.*';
      return piece === '*' ? '[^/]*' : piece.replace(/[\\^$.|?+()[\]{}]/g, '\\$&');
    })
    .join('');
  return new RegExp(`^${source}$`).test(location);
}
