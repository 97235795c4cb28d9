/**
 * Everything that packages under review share: names, types, and the declarations of the packages that they import,
 * which are read without function bodies when a type of theirs is first asked for. One per thread.
 */
import { bind } from '../bind.ts';
import type { Bindings } from '../bindings.ts';
import { createContext, type LoadOptions } from '../load-context.ts';
import { readPackages } from '../load-package.ts';
import { type Resolved, type Resolver, resolverIn } from '../load-resolve.ts';
import type { Module, SourceFile, SourcePackage } from '../module.ts';
import type { Names } from '../names.ts';
import { createTreeBuilder } from '../parse.ts';
import type { Tree } from '../tree.ts';
import type { Typing } from '../typing.ts';
import { specOf, typeParametersOf, underlyingOfSpec } from './declare.ts';
import { STANDARD_API } from './standard-api.ts';
import { TypeStore } from './store.ts';
import { substitute } from './substitute.ts';
import { typingOf } from './typing-of.ts';
import { createUnit, type Unit } from './unit.ts';

export interface WorldOptions {
  readonly names: Names;
  /** How imports are found. */
  readonly load: LoadOptions;
  /** Null: the file cannot be read; its package is then known without it. */
  readonly read: (path: string) => Uint8Array | null;
}

export interface World {
  readonly names: Names;
  readonly types: TypeStore;
  /** The name in the package clause of an imported package; null if it is not to be found. */
  importName(importPath: string, from: SourcePackage | Module): string | null;
  /** The types of a package under review. What an earlier call returned may then lose what the new package shadows. */
  typing(tree: Tree, bindings: Bindings, pkg: SourcePackage): Typing;
}

/** A package that was imported: types remember its path only. */
interface Found {
  readonly resolved: Resolved;
  /** The module under review then, whose rules say where imports are. */
  readonly main: Module;
  /** Its declarations where there are no files. */
  readonly text: string | null;
}

/** A package of the standard library where there is no Go tree. */
function apiOf(importPath: string, main: Module): Found | null {
  const text = STANDARD_API.get(importPath);
  if (text === undefined) return null;
  const dir = `std/${importPath}`;
  return { resolved: { importPath, dir, module: { path: 'std', dir: 'std', go: main.go } }, main, text };
}

/**
 * Bytes of dependencies' declarations beyond which they are dropped before the next package: twice the whole
 * standard library's. Types outlive them; what is needed again is read again.
 */
const MOST_HELD = 192 * 2 ** 20;

/** About what a unit holds: a node takes 38 bytes in the tree, 8 in bindings, 4 here; an object about 40. */
function bytesOf({ tree, bindings }: Unit): number {
  return tree.source.length + 50 * tree.count + 40 * bindings.count;
}

export function createWorld({ names, load, read }: WorldOptions): World {
  const store = new TypeStore(names);
  const context = createContext(load);
  const resolvers = new Map<string, Resolver>();
  /** Dependencies by directory, and where the package of an import path was found. */
  const opened = new Map<string, Unit | null>();
  const found = new Map<string, Found>();
  /** Bytes of the opened ones. */
  let held = 0;
  /** Units that stand before the opened ones: the package under review; for external tests, what they test with its tests. */
  const active = new Map<string, Unit>();

  /** The package that the external tests under review test, opened when it is asked for. */
  let tested: { readonly path: string; readonly open: () => Unit | null } | null = null;

  const activeUnit = (path: string): Unit | undefined => {
    if (tested?.path === path) {
      const variant = tested.open();
      tested = null;
      if (variant !== null) active.set(path, variant);
    }
    return active.get(path);
  };

  const unitOf = (path: string): Unit | null => {
    const unit = activeUnit(path);
    if (unit !== undefined) return unit;
    const place = found.get(path);
    return place === undefined ? null : unitAt(place);
  };

  const resolverOf = (module: Module): Resolver => {
    let resolver = resolvers.get(module.dir);
    if (resolver === undefined) {
      resolver = resolverIn(context, module);
      resolvers.set(module.dir, resolver);
    }
    return resolver;
  };

  /** A package of module `from`, found by the rules of module `main`. */
  const dependency = (importPath: string, from: Module, main: Module): Unit | null => {
    const resolved = resolverOf(main).resolve(importPath, from);
    const place = resolved === null ? apiOf(importPath, main) : { resolved, main, text: null };
    if (place === null) return null;
    const path = place.resolved.importPath;
    found.set(path, place);
    return activeUnit(path) ?? unitAt(place);
  };

  /** For one unit, with memory: what is under review is asked for each time, since it changes. */
  const dependenciesOf = (from: Module, main: Module): ((importPath: string) => Unit | null) => {
    const known = new Map<string, Unit | null>();
    return (importPath) => {
      let unit = known.get(importPath);
      if (unit === undefined) {
        unit = dependency(importPath, from, main);
        if (unit === null || active.get(unit.path) !== unit) known.set(importPath, unit);
      }
      return unit;
    };
  };

  const unitAt = (place: Found): Unit | null => {
    const { dir } = place.resolved;
    let unit = opened.get(dir);
    if (unit === undefined) {
      unit = open(place, place.text === null ? resolverOf(place.main).filesOf(dir) : []);
      opened.set(dir, unit);
      if (unit !== null) held += bytesOf(unit);
    }
    return unit;
  };

  const open = (place: Found, files: readonly SourceFile[]): Unit | null => {
    const builder = createTreeBuilder(names, { bodies: 'skip' });
    let any = false;
    const add = (path: string, bytes: Uint8Array | null): void => {
      if (bytes === null) return;
      builder.add(path, bytes);
      any = true;
    };
    if (place.text !== null) add(`${place.resolved.dir}/api.go`, Buffer.from(place.text));
    for (const file of files) add(file.path, read(file.path));
    return any ? unitFor(builder.finish(), place) : null;
  };

  /** The package at `path` with its tests, as the external tests `pkg` in its directory see it. */
  const openWithTests = (path: string, { dir, module }: SourcePackage): Unit | null => {
    const platform = context.platformOf(module);
    const inside = readPackages(dir, path, module, platform, true, (imported) => imported, context.reader).package;
    if (inside === null) return null;
    return open({ resolved: { importPath: path, dir, module }, main: module, text: null }, inside.files);
  };

  const unitFor = (tree: Tree, { resolved, main }: Found): Unit =>
    createUnit({
      store,
      tree,
      bindings: bind(tree, { importName: (path) => nameOfImport(path, resolved.module, main) }),
      path: resolved.importPath,
      dir: resolved.dir,
      dependency: dependenciesOf(resolved.module, main),
      unitOf,
    });

  /** Looks at one file's package clause; does not load the package. */
  const importNames = new Map<string, string | null>();
  const nameOfImport = (path: string, from: Module, main: Module): string | null => {
    const resolved = resolverOf(main).resolve(path, from);
    if (resolved === null) return null;
    let name = importNames.get(resolved.dir);
    if (name === undefined) {
      const first = resolverOf(main).filesOf(resolved.dir)[0];
      name = (first === undefined ? null : context.reader.header(first.path)?.header.name) || null;
      importNames.set(resolved.dir, name);
    }
    return name;
  };

  store.completer = {
    complete(named) {
      const parts = store.namedParts(named);
      const owner = parts === null ? null : unitOf(parts.path);
      if (owner === null) return 0;
      const spec = specOf(owner, named);
      return spec === 0 ? 0 : underlyingOfSpec(owner, spec);
    },
    completeInstance(named) {
      const parts = store.namedParts(named);
      const owner = parts === null ? null : unitOf(parts.path);
      if (parts === null || owner === null) return 0;
      const parameters = typeParametersOf(owner, specOf(owner, parts.origin));
      return substitute(store, store.underlying(parts.origin), parameters, parts.args);
    },
  };

  return {
    names,
    types: store,
    importName: (path, from) => {
      const module = 'module' in from ? from.module : from;
      return nameOfImport(path, module, module);
    },
    typing(tree, bindings, pkg) {
      active.clear();
      tested = null;
      if (held > MOST_HELD) {
        opened.clear();
        held = 0;
      }
      const { module } = pkg;
      const unit = createUnit({
        store,
        tree,
        bindings,
        path: pkg.importPath,
        dir: pkg.dir,
        dependency: dependenciesOf(module, module),
        unitOf,
      });
      active.set(pkg.importPath, unit);
      const path = pkg.importPath.endsWith('_test') ? pkg.importPath.slice(0, -'_test'.length) : '';
      if (path !== '' && pkg.name.endsWith('_test') && pkg.imports.includes(path)) {
        tested = { path, open: () => openWithTests(path, pkg) };
      }
      return typingOf(unit);
    },
  };
}
