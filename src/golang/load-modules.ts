/**
 * Which module a directory is in, what that module needs, and which workspace it is part of. Reads go.mod, go.work and
 * vendor/modules.txt, each at most once per run.
 */
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import type { DirectoryReader } from './load-directory.ts';
import { type GoEnvironment, readText } from './load-environment.ts';
import { type ModFile, parseModFile, type Replacement } from './modfile.ts';
import type { Module } from './module.ts';
import { parseVendorModules, parseWorkFile, type VendoredModule } from './work.ts';

/** A module with its go.mod; null for files outside any module. */
export interface FoundModule {
  readonly module: Module;
  readonly file: ModFile | null;
}

/** A go.work: the modules that it joins. */
export interface Workspace {
  readonly dir: string;
  readonly members: readonly FoundModule[];
  readonly replace: readonly Replacement[];
}

export interface Modules {
  /** The module around a directory; module '' with that very directory if there is none. */
  around(directory: string): FoundModule;
  /** The module whose go.mod is in `directory`, or null. */
  at(directory: string): FoundModule | null;
  /** The workspace that the module takes part in, or null. */
  workspaceOf(module: Module): Workspace | null;
  /** The packages below the module's (or workspace's) vendor directory if it builds from there; null otherwise. */
  vendorOf(found: FoundModule): { readonly dir: string; readonly packages: ReadonlyMap<string, VendoredModule> } | null;
}

/** cmd/go's assumption for a module without a go line. */
const OLDEST: readonly [number, number] = [1, 16];
/** Outside any module the current language holds, as for `go run x.go`. */
const NEWEST: readonly [number, number] = [1, 27];

export function createModules(environment: GoEnvironment, reader: DirectoryReader): Modules {
  const byDirectory = new Map<string, FoundModule | null>();
  const nearest = new Map<string, FoundModule | null>();
  const workspaces = new Map<string, Workspace>();
  const vendors = new Map<string, ReturnType<Modules['vendorOf']>>();

  const at = (directory: string): FoundModule | null => {
    const before = byDirectory.get(directory);
    if (before !== undefined) return before;
    const path = join(directory, 'go.mod');
    const isThere = reader.watch(path);
    const text = isThere ? readText(path) : null;
    if (isThere && text === null)
      reader.notes.push(`${path}: cannot be read: its directory is taken for one without a module`);
    let found: FoundModule | null = null;
    if (text !== null) {
      const file = parseModFile(text, path);
      reader.notes.push(...file.problems);
      found = { module: { path: file.module, dir: directory, go: file.go ?? OLDEST }, file };
    }
    byDirectory.set(directory, found);
    return found;
  };

  const search = (directory: string): FoundModule | null => {
    const before = nearest.get(directory);
    if (before !== undefined) return before;
    const parent = dirname(directory);
    const found = at(directory) ?? (parent === directory ? null : search(parent));
    nearest.set(directory, found);
    return found;
  };

  const around = (directory: string): FoundModule => {
    const found = search(directory);
    if (found !== null) return found;
    const go = environment.minor === null ? NEWEST : ([1, environment.minor] as const);
    const none: FoundModule = { module: { path: '', dir: directory, go }, file: null };
    return none;
  };

  const readWorkspace = (path: string): Workspace | null => {
    const before = workspaces.get(path);
    if (before !== undefined) return before;
    const text = reader.watch(path) ? readText(path) : null;
    if (text === null) return null;
    const file = parseWorkFile(text, path);
    reader.notes.push(...file.problems);
    const dir = dirname(path);
    const members: FoundModule[] = [];
    for (const use of file.use) {
      const member = at(resolve(dir, use));
      if (member === null) reader.notes.push(`${path}: use ${use}: there is no go.mod: the directory is passed over`);
      else members.push(member);
    }
    const workspace: Workspace = { dir, members, replace: file.replace };
    workspaces.set(path, workspace);
    return workspace;
  };

  const workspaceOf = (module: Module): Workspace | null => {
    if (environment.work === 'off' || environment.work === 'mod') return null;
    let workspace: Workspace | null = null;
    if (environment.work !== '' && environment.work !== 'auto') workspace = readWorkspace(environment.work);
    else {
      for (let directory = module.dir; workspace === null; directory = dirname(directory)) {
        workspace = readWorkspace(join(directory, 'go.work'));
        if (dirname(directory) === directory) break;
      }
    }
    const takesPart = workspace?.members.some((member) => member.module.dir === module.dir) === true;
    return takesPart ? workspace : null;
  };

  const vendorOf = (found: FoundModule): ReturnType<Modules['vendorOf']> => {
    const { module } = found;
    if (module.path === 'std' || module.path === 'cmd') return null;
    const root = workspaceOf(module)?.dir ?? module.dir;
    const before = vendors.get(root);
    if (before !== undefined) return before;
    const wanted = environment.mod === 'vendor' || (environment.mod === '' && isSince(module.go, 14));
    const path = join(root, 'vendor', 'modules.txt');
    const text = wanted && reader.watch(path) ? readText(path) : null;
    const vendor = text === null ? null : { dir: join(root, 'vendor'), packages: parseVendorModules(text) };
    vendors.set(root, vendor);
    return vendor;
  };

  return { around, at, workspaceOf, vendorOf };
}

function isSince(go: readonly [number, number], minor: number): boolean {
  return go[0] > 1 || go[1] >= minor;
}

/** Import path of a directory of a module. Packages of `std` have no module prefix.  */
export function importPathOf(module: Module, directory: string): string {
  const below = relative(module.dir, directory).split(sep).join('/');
  if (module.path === 'std') return below === '' ? 'std' : below;
  // `_/` as cmd/go has it for directories outside of everything: `net` must not be taken for the standard library's.
  if (module.path === '') return ['_', basename(module.dir), below].filter((part) => part !== '').join('/');
  return below === '' ? module.path : `${module.path}/${below}`;
}

/** Directory of an import path within a module; null if the path is not below the module's. */
export function directoryOf(module: Module, importPath: string): string | null {
  if (module.path === 'std') return join(module.dir, importPath);
  if (importPath === module.path) return module.dir;
  return module.path !== '' && importPath.startsWith(`${module.path}/`)
    ? join(module.dir, importPath.slice(module.path.length + 1))
    : null;
}
