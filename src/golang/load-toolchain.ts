/** The Go tree that cmd/go would switch to for a module whose go line is newer than the installed toolchain. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type GoEnvironment, HOST_ARCH, HOST_OS } from './load-environment.ts';
import type { Module } from './module.ts';

/** Toolchains in the module cache: `toolchain@v0.0.1-go1.27.1.linux-amd64`. */
const NAME = /^toolchain@v0\.0\.1-go1\.(\d+)(?:\.(\d+))?\.(.+)$/;

/** GOROOT for a module: a downloaded toolchain if the installed one is too old for it and GOTOOLCHAIN allows, else the installed one. */
export function gorootFor(environment: GoEnvironment, module: Module | null): string | null {
  const { goroot, minor, toolchain, modCache } = environment;
  const wanted = module?.go[1] ?? 0;
  if (minor === null || wanted <= minor || toolchain === 'local' || toolchain === 'path') return goroot;
  const host = `${HOST_OS[process.platform] ?? process.platform}-${HOST_ARCH[process.arch] ?? process.arch}`;
  const found: { name: string; minor: number; patch: number }[] = [];
  for (const name of namesIn(join(modCache, 'golang.org'))) {
    const match = NAME.exec(name);
    if (match === null || match[3] !== host || Number(match[1]) < wanted) continue;
    found.push({ name, minor: Number(match[1]), patch: Number(match[2] ?? 0) });
  }
  // The release that the module asks for rather than a later one, with its latest fixes.
  found.sort((a, b) => a.minor - b.minor || b.patch - a.patch);
  const [best] = found;
  if (best === undefined) return goroot;
  const directory = join(modCache, 'golang.org', best.name);
  return existsSync(join(directory, 'src', 'runtime', 'runtime.go')) ? directory : goroot;
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
