/** Import specifications: the path of each, and the name it goes by in its file. */

import { Kind } from './nodes.ts';
import { Token } from './tokens.ts';
import { type NodeIndex, type Tree, textOf } from './tree.ts';

/** The import specifications of a file, in source order: [spec, spec …]. */
export function importSpecs(tree: Tree, file: NodeIndex): NodeIndex[] {
  const specs: NodeIndex[] = [];
  for (let decl = tree.b[file] ?? 0; decl !== 0; decl = tree.next[decl] ?? 0) {
    if (tree.kind[decl] !== Kind.GenDecl || tree.op[decl] !== Token.Import) continue;
    for (let spec = tree.a[decl] ?? 0; spec !== 0; spec = tree.next[spec] ?? 0) {
      if (tree.kind[spec] === Kind.ImportSpec) specs.push(spec);
    }
  }
  return specs;
}

/** The path of an ImportSpec, without its quotes; '' if it has none. */
export function importPath(tree: Tree, spec: NodeIndex): string {
  const path = tree.b[spec] ?? 0;
  return path === 0 ? '' : textOf(tree, path).replace(/^["`]|["`]$/g, '');
}

/**
 * What a package at `path` is called, as far as its path tells: the last element, or the one before a major version
 * (`v2`), without `go-` in front and up to what no identifier has (`yaml.v3`, `cmp-go`). goimports guesses the same way.
 */
export function assumedPackageName(path: string): string {
  const elements = path.split('/');
  let last = elements.pop() ?? '';
  if (/^v[0-9]+$/.test(last) && elements.length > 0) last = elements.pop() ?? '';
  if (last.startsWith('go-')) last = last.slice(3);
  return last.replace(/[^\p{L}\p{Nd}_].*$/u, '');
}
