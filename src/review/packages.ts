/**
 * The packages of a review: those that the patterns name and, for their facts, those that they import from the same
 * module, its workspace or a local replacement. What is left are packages whose content their place names: Go's own
 * tree and the module cache, or the vendor directory.
 */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import {
  type CachedHeader,
  createResolver,
  type LoadOptions,
  type LoadResult,
  loadPackages,
  type Resolver,
  type Stat,
} from '../golang/load.ts';
import type { Module, SourcePackage } from '../golang/module.ts';
import { compare } from './analyse.ts';
import { hashOf } from './cache-key.ts';

export interface AbsentImport {
  readonly importPath: string;
  readonly module: Module;
}

export interface ReviewPackages {
  /** By import path; the asked-for ones and their dependencies. */
  readonly packages: readonly SourcePackage[];
  /** Whether packages[i] is asked for; the others give only facts. */
  readonly asked: readonly boolean[];
  /** Per package: hash of which packages outside this list its imports are. */
  readonly externals: readonly string[];
  /** Imports that are not to be found; once they are, answers change. */
  readonly absent: readonly AbsentImport[];
  /** Where patterns named files: only these are reported on. */
  readonly files: ReadonlySet<string> | null;
  readonly notes: readonly string[];
  /** All that the list depends on. */
  readonly stats: ReadonlyMap<string, Stat>;
  /** For the next run's `LoadOptions`. */
  readonly headers: ReadonlyMap<string, CachedHeader>;
}

export function reviewPackages(patterns: readonly string[], options: LoadOptions): ReviewPackages {
  const asked = loadPackages(patterns, options);
  const stats = new Map<string, Stat>(asked.stats);
  const notes = new Set(asked.notes);
  const resolvers = new Resolvers(options);
  const headers = new Map<string, CachedHeader>([...(options.headers ?? []), ...asked.headers]);
  const all = withDependencies(asked, options, resolvers, stats, headers);
  const packages = [...all.values()].sort((a, b) => compare(a.importPath, b.importPath) || compare(a.dir, b.dir));
  const wanted = new Set(asked.packages);
  const reviewed = new Set(packages.map((pkg) => pkg.importPath));
  const absent = new Map<string, AbsentImport>();
  const externals = packages.map((pkg) => externalsOf(pkg, reviewed, resolvers, absent));
  for (const resolver of resolvers.all()) for (const [path, stat] of resolver.stats) stats.set(path, stat);
  return {
    packages,
    asked: packages.map((pkg) => wanted.has(pkg)),
    externals,
    absent: [...absent.values()],
    files: asked.files,
    notes: [...notes],
    stats,
    headers,
  };
}

/** One resolver for each module: making one reads go.mod files. */
class Resolvers {
  readonly #options: LoadOptions;
  readonly #byDirectory = new Map<string, Resolver>();

  constructor(options: LoadOptions) {
    this.#options = options;
  }

  of(module: Module): Resolver {
    let resolver = this.#byDirectory.get(module.dir);
    if (resolver === undefined) {
      resolver = createResolver(this.#options, module);
      this.#byDirectory.set(module.dir, resolver);
    }
    return resolver;
  }

  all(): Iterable<Resolver> {
    return this.#byDirectory.values();
  }
}

/** By directory and import path; loads breadth first until nothing new is imported. */
function withDependencies(
  asked: LoadResult,
  options: LoadOptions,
  resolvers: Resolvers,
  stats: Map<string, Stat>,
  headers: Map<string, CachedHeader>,
): Map<string, SourcePackage> {
  const all = new Map<string, SourcePackage>();
  const known = new Set<string>();
  for (const pkg of asked.packages) {
    all.set(`${pkg.dir}\0${pkg.importPath}`, pkg);
    known.add(pkg.importPath);
  }
  let fresh: readonly SourcePackage[] = asked.packages;
  while (fresh.length > 0) {
    const directories = new Set<string>();
    for (const pkg of fresh) {
      for (const path of pkg.imports) {
        if (known.has(path)) continue;
        known.add(path);
        const found = resolvers.of(pkg.module).resolve(path, pkg);
        if (found !== null && isEditable(pkg, found)) directories.add(found.dir);
      }
    }
    if (directories.size === 0) break;
    const loaded = loadPackages([...directories], { ...options, tests: false, headers });
    for (const [path, header] of loaded.headers) headers.set(path, header);
    for (const [path, stat] of loaded.stats) stats.set(path, stat);
    fresh = loaded.packages.filter((pkg) => !all.has(`${pkg.dir}\0${pkg.importPath}`));
    for (const pkg of fresh) all.set(`${pkg.dir}\0${pkg.importPath}`, pkg);
  }
  return all;
}

/** Source that its owner may change at any time: of the importing module itself, or another that is no download. */
function isEditable(from: SourcePackage, found: { readonly dir: string; readonly module: Module }): boolean {
  if (found.module.dir === from.module.dir) return from.module.path === 'std' || !VENDORED.test(found.dir);
  if (found.module.path === 'std' || found.module.path === 'cmd') return false;
  // A directory of the module cache has @version in it, and is read-only.
  return !VENDORED.test(found.dir) && !/@v\d/.test(found.dir);
}

const VENDORED = /[/\\]vendor[/\\]/;

/** Whether all of them are still not to be found. */
export function stillAbsent(absent: readonly AbsentImport[], options: LoadOptions): boolean {
  const resolvers = new Resolvers(options);
  return absent.every(({ importPath, module }) => resolvers.of(module).resolve(importPath, module) === null);
}

function externalsOf(
  pkg: SourcePackage,
  reviewed: ReadonlySet<string>,
  resolvers: Resolvers,
  absent: Map<string, AbsentImport>,
): string {
  const parts: string[] = [];
  for (const path of pkg.imports) {
    if (reviewed.has(path)) continue;
    const found = resolvers.of(pkg.module).resolve(path, pkg);
    if (found === null) {
      parts.push(path, 'absent');
      absent.set(`${pkg.module.dir}\0${path}`, { importPath: path, module: pkg.module });
    } else if (VENDORED.test(found.dir)) parts.push(path, found.dir, listingOf(found.dir));
    else parts.push(path, found.dir, ...found.module.go.map(String));
  }
  return hashOf(parts);
}

/** Names, sizes and times: people do change vendored code. */
function listingOf(directory: string): string {
  try {
    const parts: (string | number)[] = [];
    for (const name of readdirSync(directory).sort()) {
      if (!name.endsWith('.go')) continue;
      const stat = statSync(join(directory, name), { throwIfNoEntry: false });
      parts.push(name, stat?.size ?? -1, stat?.mtimeMs ?? -1);
    }
    return hashOf(parts);
  } catch {
    return 'unreadable';
  }
}
