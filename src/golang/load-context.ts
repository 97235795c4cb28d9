/** What loading and resolving share in one run: settings, the directory reader, modules, and the platform by module. */
import { join } from 'node:path';
import { type Platform, toolTags } from './constraint.ts';
import { type CachedHeader, createDirectoryReader, type DirectoryReader } from './load-directory.ts';
import {
  type GoEnvironment,
  gorootMinor,
  HOST_ARCH,
  HOST_OS,
  readEnvironment,
  type Variables,
} from './load-environment.ts';
import { createModules, type Modules } from './load-modules.ts';
import type { Module } from './module.ts';

export interface LoadOptions {
  /** Absolute; patterns are relative to it. */
  readonly cwd: string;
  /** Default: GOOS and GOARCH of the environment, then the host's. */
  readonly goos?: string;
  readonly goarch?: string;
  /** Custom build tags, besides those of GOFLAGS. */
  readonly tags?: readonly string[];
  /** Whether _test.go files are loaded; default true. */
  readonly tests?: boolean;
  /** Default: process.env. */
  readonly env?: Variables;
  /** Headers of an earlier run by path: files of the same size and mtime are not opened. */
  readonly headers?: ReadonlyMap<string, CachedHeader>;
}

export interface LoadContext {
  readonly cwd: string;
  readonly environment: GoEnvironment;
  readonly reader: DirectoryReader;
  readonly modules: Modules;
  readonly tests: boolean;
  /** The platform for files of a module: `go1.N` tags follow the newer of toolchain and go line, as cmd/go switches toolchains. */
  platformOf(module: Module): Platform;
}

/** The newest release whose tags are known here; without a toolchain the review is as of this one. */
const NEWEST_MINOR = 27;

export function createContext(options: LoadOptions): LoadContext {
  const environment = readEnvironment(options.env ?? process.env);
  const reader = createDirectoryReader(options.headers);
  const modules = createModules(environment, reader);
  const goos = options.goos ?? environment.goos;
  const goarch = options.goarch ?? environment.goarch;
  const host =
    goos === (HOST_OS[process.platform] ?? process.platform) && goarch === (HOST_ARCH[process.arch] ?? process.arch);
  // cmd/go turns cgo off for foreign platforms unless told otherwise.
  const cgo = environment.cgo ?? host;
  const custom = [...environment.tags, ...(options.tags ?? [])];
  const platforms = new Map<number, Platform>();

  const platformOf = (module: Module): Platform => {
    const own = module.path === 'std' || module.path === 'cmd' ? treeMinor(module) : null;
    const minor = own ?? Math.max(environment.minor ?? NEWEST_MINOR, module.go[0] === 1 ? module.go[1] : 0);
    const before = platforms.get(minor);
    if (before !== undefined) return before;
    const platform: Platform = { goos, goarch, cgo, tags: new Set([...toolTags(goos, goarch, minor), ...custom]) };
    platforms.set(minor, platform);
    return platform;
  };
  return { cwd: options.cwd, environment, reader, modules, tests: options.tests ?? true, platformOf };
}

/** Go's own tree is built with the release that it is. */
function treeMinor(module: Module): number | null {
  return gorootMinor(join(module.dir, module.path === 'std' ? '..' : '../..'));
}
