/**
 * What other packages can see of a package, as a hash: its source without function bodies and comments above declarations.
 * A change within a body leaves the answers of the packages that import it alone.
 */
import { createHash } from 'node:crypto';
import { Kind } from '../golang/nodes.ts';
import type { Tree } from '../golang/tree.ts';

export interface DeclarationsDigest {
  /** As seen by importers. */
  readonly exported: string;
  /** With _test.go files: as seen by the external test package. */
  readonly withTests: string;
}

export function declarationsDigest(tree: Tree): DeclarationsDigest {
  const exported = createHash('sha256');
  const withTests = createHash('sha256');
  for (const file of tree.files) {
    const hashes = file.path.endsWith('_test.go') ? [withTests] : [exported, withTests];
    for (let decl = tree.b[file.root] ?? 0; decl !== 0; decl = tree.next[decl] ?? 0) {
      const start = tree.start[decl] ?? 0;
      const body = tree.kind[decl] === Kind.FuncDecl ? (tree.d[decl] ?? 0) : 0;
      const end = (body === 0 ? tree.end[decl] : tree.start[body]) ?? start;
      for (const hash of hashes) hash.update(tree.source.subarray(start, end)).update('\0');
    }
    for (const hash of hashes) hash.update('\n');
  }
  return { exported: exported.digest('hex'), withTests: withTests.digest('hex') };
}
