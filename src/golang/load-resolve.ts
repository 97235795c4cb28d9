/**
 * Where the packages that a package imports are: the module itself, its workspace, vendor/, the module cache at the
 * version that go.mod asks for, GOROOT. What is not there is null, and its types stay unknown.
 */
import { dirname, join, resolve as resolvePath } from 'node:path';
import { createContext, type LoadContext, type LoadOptions } from './load-context.ts';
import type { Stat } from './load-directory.ts';
import { readText } from './load-environment.ts';
import { directoryOf, type FoundModule } from './load-modules.ts';
import { declarationFiles } from './load-package.ts';
import { gorootFor } from './load-toolchain.ts';
import { compareVersions, escapeCase } from './load-version.ts';
import { type ModFile, type ModuleVersion, parseGoVersion, parseModFile, type Replacement } from './modfile.ts';
import type { Module, SourceFile, SourcePackage } from './module.ts';

/** A package found for an import; nothing of it is read yet. */
export interface Resolved {
  /** As it is known to the build: `vendor/golang.org/x/net/idna` within the standard library. */
  readonly importPath: string;
  readonly dir: string;
  readonly module: Module;
}

export interface Resolver {
  /** Null: not to be found here (or "C"). */
  resolve(importPath: string, from: SourcePackage | Module): Resolved | null;
  /** The files that declare the package in `dir` on the chosen platform, tests left out; sorted by path. */
  filesOf(dir: string): readonly SourceFile[];
  /** What the answers so far depended on. */
  readonly stats: ReadonlyMap<string, Stat>;
}

/** A resolver for the packages of `module` and everything that they need. */
export function createResolver(options: LoadOptions, module: Module): Resolver {
  return resolverIn(createContext(options), module);
}

/** The same with a context that is there already. */
export function resolverIn(context: LoadContext, module: Module): Resolver {
  const { reader, modules, environment } = context;
  const main: FoundModule = modules.at(module.dir) ?? { module, file: null };
  const workspace = modules.workspaceOf(module);
  const members = workspace?.members ?? [main];
  const vendor = modules.vendorOf(main);
  const platform = context.platformOf(module);
  const standard = standardModule(context, module);
  const answers = new Map<string, Resolved | null>();
  let needed: readonly Module[] | null = null;

  const hasPackage = (dir: string): boolean => (reader.list(dir)?.goFiles.length ?? 0) > 0;

  const inStandard = (importPath: string, from: Module | null): Resolved | null => {
    const tree = from ?? standard;
    if (tree === null) return null;
    const source = tree.path === 'cmd' ? dirname(tree.dir) : tree.dir;
    const own = tree.path === 'cmd' ? 'cmd/vendor' : 'vendor';
    // Only the tree itself imports what has a dot in its first element, and that from its vendor directory.
    const path = isDotted(importPath) ? `${own}/${importPath}` : importPath;
    if (isDotted(importPath) && from === null) return null;
    const dir = join(source, path);
    return hasPackage(dir) ? { importPath: path, dir, module: tree } : null;
  };

  const find = (importPath: string, from: Module): Resolved | null => {
    if (importPath === 'C' || importPath === '' || importPath.startsWith('/')) return null;
    if (importPath.startsWith('./') || importPath.startsWith('../')) return null;
    if (from.path === 'std' || from.path === 'cmd') return inStandard(importPath, from);
    if (!isDotted(importPath)) {
      const found = inStandard(importPath, null);
      if (found !== null) return found;
    }
    for (const candidate of longestFirst([...members.map((member) => member.module), from], importPath)) {
      const dir = directoryOf(candidate, importPath);
      // A directory with a go.mod of its own belongs to that module.
      if (dir !== null && hasPackage(dir) && modules.around(dir).module.dir === candidate.dir)
        return { importPath, dir, module: candidate };
    }
    if (vendor !== null) {
      const dir = join(vendor.dir, importPath);
      const owner = vendor.packages.get(importPath);
      if (!hasPackage(dir)) return null;
      const path = owner?.path ?? importPath;
      return {
        importPath,
        dir,
        module: { path, dir: join(vendor.dir, path), go: parseGoVersion(owner?.go ?? '') ?? [1, 16] },
      };
    }
    needed ??= neededModules(context, members, workspace?.replace ?? []);
    for (const candidate of longestFirst(needed, importPath)) {
      const dir = directoryOf(candidate, importPath);
      if (dir === null || !hasPackage(dir)) continue;
      const go = modules.at(candidate.dir)?.module.go;
      return { importPath, dir, module: go === undefined ? candidate : { ...candidate, go } };
    }
    if (module.path !== '' && environment.moduleMode) return null;
    const dir = join(environment.gopath, 'src', importPath);
    return hasPackage(dir) ? { importPath, dir, module: { path: '', dir, go: module.go } } : null;
  };

  return {
    resolve(importPath, from) {
      const fromModule = 'module' in from ? from.module : from;
      const key = `${fromModule.dir}\0${importPath}`;
      const before = answers.get(key);
      if (before !== undefined) return before;
      const found = find(importPath, fromModule);
      answers.set(key, found);
      return found;
    },
    filesOf: (dir) => declarationFiles(dir, platform, reader),
    stats: reader.stats,
  };
}

/** The standard library for a module: the tree that the module is itself part of, else GOROOT's. */
export function standardModule(context: LoadContext, module: Module | null): Module | null {
  if (module?.path === 'std') return module;
  const goroot = gorootFor(context.environment, module);
  const source = module?.path === 'cmd' ? dirname(module.dir) : goroot === null ? null : join(goroot, 'src');
  if (source === null) return null;
  return context.modules.at(source)?.module ?? { path: 'std', dir: source, go: [1, context.environment.minor ?? 27] };
}

function isDotted(importPath: string): boolean {
  const slash = importPath.indexOf('/');
  return (slash === -1 ? importPath : importPath.slice(0, slash)).includes('.');
}

/** The modules whose path is a prefix of the import path, most specific first. */
function longestFirst(modules: readonly Module[], importPath: string): Module[] {
  return modules
    .filter(({ path }) => path !== '' && (importPath === path || importPath.startsWith(`${path}/`)))
    .sort((a, b) => b.path.length - a.path.length);
}

/**
 * The modules that the members need, each at the highest version asked for and where the module cache (or a replacement)
 * has it. A go.mod from go 1.17 on lists them all; for older ones the requirements of requirements are followed.
 */
function neededModules(
  context: LoadContext,
  members: readonly FoundModule[],
  workspaceReplace: readonly Replacement[],
): Module[] {
  const { environment, reader } = context;
  const versions = new Map<string, string>();
  const replacements: { from: string; replacement: Replacement }[] = [];
  for (const { module, file } of members)
    for (const replacement of file?.replace ?? []) replacements.push({ from: module.dir, replacement });
  const workspaceDir = members[0] === undefined ? '' : (context.modules.workspaceOf(members[0].module)?.dir ?? '');
  // go.work's replacements win over those of its modules.
  for (const replacement of workspaceReplace) replacements.unshift({ from: workspaceDir, replacement });

  const directoryOfVersion = ({ path, version }: ModuleVersion): string => {
    const found =
      replacements.find(({ replacement: { old } }) => old.path === path && old.version === version) ??
      replacements.find(({ replacement: { old } }) => old.path === path && old.version === '');
    const target = found?.replacement.new ?? { path, version };
    if (found !== undefined && target.version === '') return resolvePath(found.from, target.path);
    return join(environment.modCache, `${escapeCase(target.path)}@${escapeCase(target.version)}`);
  };

  const queue: { file: ModFile; follow: boolean }[] = [];
  for (const { file } of members) if (file !== null) queue.push({ file, follow: !isComplete(file) });
  for (const { file, follow } of queue) {
    for (const needed of file.require) {
      const before = versions.get(needed.path);
      if (before !== undefined && compareVersions(before, needed.version) >= 0) continue;
      versions.set(needed.path, needed.version);
      if (!follow) continue;
      const inner = readRequirement(context, needed, directoryOfVersion(needed));
      if (inner !== null) queue.push({ file: inner, follow: true });
    }
  }
  // A replacement with a directory counts even where nothing requires it by version, as in go.work.
  for (const { replacement } of replacements)
    if (!versions.has(replacement.old.path)) versions.set(replacement.old.path, replacement.old.version);

  const modules: Module[] = [];
  for (const [path, version] of versions) {
    const dir = directoryOfVersion({ path, version });
    if (reader.list(dir) !== null) modules.push({ path, dir, go: [1, 16] });
  }
  return modules;
}

function isComplete(file: ModFile): boolean {
  const [major, minor] = file.go ?? [1, 16];
  return major > 1 || minor >= 17;
}

/** go.mod of a dependency: beside its sources, or alone in the download cache. */
function readRequirement(context: LoadContext, { path, version }: ModuleVersion, dir: string): ModFile | null {
  const beside = context.modules.at(dir);
  if (beside !== null) return beside.file;
  const name = join(
    context.environment.modCache,
    'cache',
    'download',
    escapeCase(path),
    '@v',
    `${escapeCase(version)}.mod`,
  );
  const text = readText(name);
  return text === null ? null : parseModFile(text, name);
}
