/**
 * From package patterns to packages: `./...`, directories, import paths, `std`, `cmd`, and file names, as
 * `go help packages` has them, without a Go toolchain. All reading of directories and headers happens here and in load-*.ts.
 */
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { createContext, type LoadContext, type LoadOptions } from './load-context.ts';
import { type CachedHeader, isPassedOver, type Stat, statOf } from './load-directory.ts';
import { type FoundModule, importPathOf } from './load-modules.ts';
import { packageOfFiles, readPackages } from './load-package.ts';
import { type Resolver, resolverIn, standardModule } from './load-resolve.ts';
import type { Module, SourcePackage } from './module.ts';
import { isIgnored, isLocal, matcherOf, rootOf } from './patterns.ts';

export type { LoadOptions } from './load-context.ts';
export type { CachedHeader, Stat } from './load-directory.ts';
export { createResolver, type Resolver } from './load-resolve.ts';

export interface LoadResult {
  /** Sorted by import path. */
  readonly packages: readonly SourcePackage[];
  /** Sentences about what was left out or matched nothing. */
  readonly notes: readonly string[];
  /** Every directory and file that the result depends on, by path. */
  readonly stats: ReadonlyMap<string, Stat>;
  /** Headers by path: given to the next run, unchanged files are not opened. */
  readonly headers: ReadonlyMap<string, CachedHeader>;
  /** Where patterns named files: only these are asked for, though their whole packages are loaded. Null: everything. */
  readonly files: ReadonlySet<string> | null;
}

/** A pattern names something that is not there. The command line exits with 2 for it, going by the name. */
export class PatternError extends Error {
  override readonly name = 'UsageError';
}

/** Loads what the patterns name. Throws PatternError; whatever else is wrong becomes a note. */
export function loadPackages(patterns: readonly string[], options: LoadOptions): LoadResult {
  const context = createContext(options);
  const loading = createLoading(context);
  const files: string[] = [];
  for (const pattern of patterns.length === 0 ? ['.'] : patterns) {
    const path = resolve(context.cwd, pattern);
    if (pattern.endsWith('.go') && statOf(path)?.isFile() === true) files.push(path);
    else loading.add(pattern);
  }
  const others = loading.count();
  loading.addFiles(files);
  const { reader } = context;
  return {
    packages: loading.packages(),
    notes: [...new Set(reader.notes)],
    stats: reader.stats,
    headers: reader.headers,
    files: files.length > 0 && others === 0 ? new Set(files) : null,
  };
}

type Visit = (directory: string, module: FoundModule) => void;

interface Loading {
  add(pattern: string): void;
  addFiles(paths: readonly string[]): void;
  count(): number;
  packages(): SourcePackage[];
}

function createLoading(context: LoadContext): Loading {
  const { reader, modules, cwd } = context;
  /** By directory, and the file names for packages of named files. */
  const found = new Map<string, SourcePackage>();
  const done = new Set<string>();
  const resolvers = new Map<string, Resolver>();

  const resolverOf = (module: Module): Resolver => {
    const before = resolvers.get(module.dir);
    if (before !== undefined) return before;
    const made = resolverIn(context, module);
    resolvers.set(module.dir, made);
    return made;
  };

  /** Within Go's own tree `golang.org/x/net` means the copy in its vendor directory. */
  const vendoringOf = (module: Module): ((path: string) => string) =>
    module.path === 'std' || module.path === 'cmd'
      ? (path) => (path.includes('.') ? (resolverOf(module).resolve(path, module)?.importPath ?? path) : path)
      : (path) => path;

  /** Returns whether the directory has Go files at all; `named` ones without any for the platform get a note. */
  const addDirectory = (directory: string, { module }: FoundModule, named: boolean): boolean => {
    if (done.has(directory)) return true;
    const listing = reader.list(directory);
    if (listing === null || listing.goFiles.length === 0) return false;
    done.add(directory);
    const platform = context.platformOf(module);
    const path = importPathOf(module, directory);
    const result = readPackages(directory, path, module, platform, context.tests, vendoringOf(module), reader);
    if (result.package !== null) found.set(directory, result.package);
    if (result.tests !== null) found.set(`${directory}\0test`, result.tests);
    if (named && result.package === null && result.tests === null)
      reader.notes.push(
        `${directory}: no Go files for ${platform.goos}/${platform.goarch} (${result.leftOut} left out by their build constraints)`,
      );
    return true;
  };

  /** Every directory below `root` that patterns see, with its module; vendor/ if `vendored`. Links to directories are not followed. */
  const walk = (root: string, top: FoundModule, vendored: boolean, visit: Visit): void => {
    const stack: { directory: string; module: FoundModule }[] = [{ directory: root, module: top }];
    for (let item = stack.pop(); item !== undefined; item = stack.pop()) {
      const { directory } = item;
      let { module } = item;
      const listing = reader.list(directory);
      if (listing === null) continue;
      if (directory !== root && listing.hasGoMod) {
        // A nested module is not part of the one around it; where there is none around, it is looked into.
        if (module.file !== null) continue;
        module = modules.at(directory) ?? module;
      }
      visit(directory, module);
      const ignore = module.file?.ignore ?? [];
      for (const name of [...listing.directories].reverse()) {
        const child = join(directory, name);
        if (isPassedOver(child) || (name === 'vendor' && !vendored)) continue;
        if (ignore.length > 0 && isIgnored(relative(module.module.dir, child).split(sep).join('/'), ignore)) continue;
        stack.push({ directory: child, module });
      }
    }
  };

  const addWildcardDirectories = (pattern: string): void => {
    const root = resolve(cwd, rootOf(pattern) || '.');
    const stat = statOf(root);
    if (stat === null) throw new PatternError(`${pattern}: there is no directory ${root}`);
    if (!stat.isDirectory()) throw new PatternError(`${pattern}: ${root} is not a directory: name the file itself`);
    const matches = matcherOf(slashed(resolve(cwd, pattern)));
    // `./x...` matches x1, x2 and what is below; `./x/...` x itself and what is below.
    const whole = pattern.endsWith('/...') && pattern.indexOf('...') === pattern.length - 3;
    const top = modules.around(root);
    let any = false;
    // Outside of any module the packages are named from where the pattern begins.
    const start = top.file === null ? { module: { ...top.module, dir: root }, file: null } : top;
    walk(root, start, pattern.includes('vendor'), (directory, module) => {
      if (module.module.path === 'std' && directory === join(module.module.dir, 'builtin')) return;
      if (whole || matches(slashed(directory))) any = addDirectory(directory, module, false) || any;
    });
    if (!any) reader.notes.push(`${pattern} matched no packages`);
  };

  const addTree = (name: 'std' | 'cmd', matches: (path: string) => boolean): boolean => {
    const standard = standardModule(context, modules.around(cwd).module);
    if (standard === null) return false;
    const root = name === 'std' ? standard.dir : join(standard.dir, 'cmd');
    const top = modules.at(root) ?? { module: { ...standard, path: name, dir: root }, file: null };
    let any = false;
    const { cgo } = context.platformOf(top.module);
    walk(root, top, true, (directory, module) => {
      const path = importPathOf(module.module, directory);
      // `builtin` documents the language; `runtime/cgo` is no part of a build without cgo.
      if (path === 'builtin' || (path === 'runtime/cgo' && !cgo) || !matches(path)) return;
      any = addDirectory(directory, module, false) || any;
      // Commands below cmd/vendor are there to be imported from only.
      if (path.startsWith('cmd/vendor/') && found.get(directory)?.name === 'main') found.delete(directory);
    });
    return any;
  };

  const mainModules = (): readonly FoundModule[] => {
    const around = modules.around(cwd);
    return modules.workspaceOf(around.module)?.members ?? (around.file === null ? [] : [around]);
  };

  const addImportPath = (pattern: string): void => {
    if (pattern === 'std' || pattern === 'cmd') {
      if (!addTree(pattern, () => true))
        throw new PatternError(`${pattern}: no Go toolchain was found: set GOROOT to one, or name directories`);
      return;
    }
    if (pattern === 'all')
      reader.notes.push('all: only the packages of the main module are reviewed, not its dependencies');
    if (pattern === 'all' || pattern.includes('...')) {
      const matches = pattern === 'all' ? () => true : matcherOf(pattern);
      let any = false;
      for (const main of mainModules())
        walk(main.module.dir, main, false, (directory, module) => {
          if (matches(importPathOf(module.module, directory))) any = addDirectory(directory, module, false) || any;
        });
      if (pattern !== 'all' && !pattern.startsWith('...')) any = addTree('std', matches) || any;
      if (pattern.startsWith('cmd/')) any = addTree('cmd', matches) || any;
      if (!any) reader.notes.push(`${pattern} matched no packages`);
      return;
    }
    const { module } = modules.around(cwd);
    const resolved = resolverOf(module).resolve(pattern, module);
    const home =
      resolved === null ? null : (modules.at(resolved.module.dir) ?? { module: resolved.module, file: null });
    if (resolved === null || home === null || !addDirectory(resolved.dir, { ...home, module: resolved.module }, true))
      throw new PatternError(`${pattern}: no such directory below ${cwd}, and no package of that import path is found`);
  };

  const add = (pattern: string): void => {
    const root = rootOf(pattern);
    const wildcard = pattern.includes('...');
    const directory = resolve(cwd, root);
    const isDirectory = root !== '' && statOf(directory)?.isDirectory() === true;
    // These two are Go's own, also where a directory has the name.
    const reserved = pattern === 'std' || pattern === 'cmd';
    if (reserved || (!isLocal(pattern) && !isDirectory)) {
      if (pattern.endsWith('.go')) throw new PatternError(`${pattern}: there is no such file below ${cwd}`);
      addImportPath(pattern);
    } else if (wildcard) {
      addWildcardDirectories(pattern);
    } else if (!isDirectory) {
      const what = statOf(directory) === null ? 'there is no directory' : 'a Go package or file is wanted, not';
      throw new PatternError(`${pattern}: ${what} ${directory}`);
    } else if (!addDirectory(directory, modules.around(directory), true)) {
      reader.notes.push(
        `${pattern}: no Go files in ${directory}; write ${slashed(join(pattern, '...'))} for what is below it`,
      );
    }
  };

  /** The packages of named files; files that no package of their directory holds are a package of their own. */
  const addFiles = (paths: readonly string[]): void => {
    const loose = new Map<string, CachedHeader[]>();
    for (const path of new Set(paths)) {
      const directory = dirname(path);
      addDirectory(directory, modules.around(directory), false);
      const held = [found.get(directory), found.get(`${directory}\0test`)].some((one) =>
        one?.files.some((file) => file.path === path),
      );
      const header = held ? null : reader.header(path);
      if (header !== null) loose.set(directory, [...(loose.get(directory) ?? []), header]);
    }
    for (const [directory, headers] of loose) {
      const { module } = modules.around(directory);
      const path = found.has(directory) ? 'command-line-arguments' : importPathOf(module, directory);
      const one = packageOfFiles(headers, directory, path, module, vendoringOf(module));
      found.set(`${directory}\0files`, one);
    }
  };

  return {
    add,
    addFiles,
    count: () => found.size,
    packages: () =>
      [...found.values()].sort((a, b) => (a.importPath < b.importPath ? -1 : Number(a.importPath > b.importPath))),
  };
}

function slashed(path: string): string {
  return isAbsolute(path) || sep !== '/' ? path.split(sep).join('/') : path;
}
