/**
 * Binding: which object each identifier of a package denotes, by Go's rules of scope alone. bindings.ts describes the
 * result; bind-walk.ts has the rules.
 *
 * Order: names of imports (the caller may bind other packages to find them out), package-level declarations of all
 * files, then the inside of type declarations (so that literals know their fields), then everything else. Linear in the
 * number of nodes.
 */
import { sortCaptures } from './bind-captures.ts';
import { assumedPackageName, importPath, importSpecs } from './bind-imports.ts';
import { bindPackage, type ImportedName, type Method } from './bind-package.ts';
import { Scoping } from './bind-scope.ts';
import { type ObjectTable, PACKAGE_SCOPE, Visible } from './bind-table.ts';
import { sortUses } from './bind-uses.ts';
import type { Bindings, ObjectIndex } from './bindings.ts';
import type { NameIndex, Names } from './names.ts';
import { Kind } from './nodes.ts';
import { unparen } from './syntax.ts';
import type { NodeIndex, Tree } from './tree.ts';
import { UNIVERSE } from './universe.ts';

export interface BindOptions {
  /** The name of the package with an import path, where it is known; null: guess from the path. */
  readonly importName?: (path: string) => string | null;
}

const LONGEST_ALIAS_CHAIN = 16;

/** One per table of names; between packages it has the universe in it and nothing else. */
const tables = new WeakMap<Names, Visible>();

/** Binds the files of one package. Never throws on account of the source: what is wrong there stays 0. */
export function bind(tree: Tree, options: BindOptions = {}): Bindings {
  const importPaths: string[] = [];
  const imports = nameImports(tree, options, importPaths);
  let visible = tables.get(tree.names);
  if (visible === undefined) {
    visible = new Visible(tree.names);
    tables.set(tree.names, visible);
  }
  const scoping = new Scoping(tree, visible);
  visible.reserve(tree.names);
  let methods: Method[];
  try {
    methods = bindPackage(scoping, imports);
  } finally {
    visible.undo(0);
  }
  const { objects, scopes, objectOf, enclosing } = scoping;
  const functions = Int32Array.from(scoping.functions);
  return {
    tree,
    objectOf,
    count: objects.count,
    kind: objects.kind,
    flags: objects.flags,
    name: objects.name,
    ident: objects.ident,
    decl: objects.decl,
    scope: objects.scope,
    func: objects.func,
    detail: objects.detail,
    importPaths,
    ...sortUses(tree, objectOf, objects.count),
    scopeCount: scopes.count,
    scopeParent: scopes.parent,
    scopeNode: scopes.node,
    enclosing,
    functions,
    ...sortCaptures(functions, enclosing, objects.func, scoping.captures),
    ...lookups(scoping, methods),
  };
}

/** Per file, what each import but `_` is called there. Fills `paths` with the distinct import paths. */
function nameImports(tree: Tree, options: BindOptions, paths: string[]): ImportedName[][] {
  const indices = new Map<string, number>();
  const names: NameIndex[] = [];
  const blank = tree.names.of('_');
  return tree.files.map((file) =>
    importSpecs(tree, file.root)
      .map((spec) => {
        const path = importPath(tree, spec);
        let index = indices.get(path);
        if (index === undefined) {
          index = paths.push(path) - 1;
          indices.set(path, index);
        }
        const ident = tree.a[spec] ?? 0;
        if (ident !== 0) return { spec, ident, name: tree.data[ident] ?? 0, path: index };
        const name = names[index] ?? tree.names.of(options.importName?.(path) ?? assumedPackageName(path));
        names[index] = name;
        return { spec, ident, name, path: index };
      })
      .filter(({ name }) => name !== 0 && name !== blank),
  );
}

/** Look-ups that most packages are never asked for, at least as dependencies: made when first needed. */
function lookups(
  { objects, objectOf, tree }: Scoping,
  methods: readonly Method[],
): Pick<Bindings, 'lookup' | 'methodsOf'> {
  let byName: Map<NameIndex, ObjectIndex> | undefined;
  let byReceiver: Map<ObjectIndex, NodeIndex[]> | undefined;
  return {
    lookup(name) {
      if (byName === undefined) {
        byName = new Map();
        const init = tree.names.of('init');
        for (let object = objects.count - 1; object > 0; object--) {
          const declared = objects.name[object] ?? 0;
          const scope = objects.scope[object] ?? 0;
          // Downwards: of two declarations the first counts, and the universe's, which come first, must not win.
          if (scope === PACKAGE_SCOPE && declared !== init) byName.set(declared, object);
          else if (object <= UNIVERSE.length && !byName.has(declared)) byName.set(declared, object);
        }
      }
      return byName.get(name) ?? 0;
    },
    methodsOf(typeName) {
      if (byReceiver === undefined) {
        byReceiver = new Map();
        for (const { decl, base } of methods) {
          const receiver = unalias(tree, objects, objectOf, objectOf[base] ?? 0);
          if (receiver === 0) continue;
          const known = byReceiver.get(receiver);
          if (known === undefined) byReceiver.set(receiver, [decl]);
          else known.push(decl);
        }
      }
      return byReceiver.get(typeName) ?? [];
    },
  };
}

/** B for A of `type A = B`, as far as names of this package go. */
function unalias(tree: Tree, { decl }: ObjectTable, objectOf: Int32Array, object: ObjectIndex): ObjectIndex {
  let type = object;
  for (let step = 0; step < LONGEST_ALIAS_CHAIN; step++) {
    const spec = decl[type] ?? 0;
    if (tree.kind[spec] !== Kind.TypeSpec || tree.op[spec] !== 1) break;
    type = objectOf[unparen(tree, tree.c[spec] ?? 0)] ?? 0;
  }
  return type;
}
