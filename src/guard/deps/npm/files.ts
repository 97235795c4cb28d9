/** Finds lock files, and what stands beside them. */
import { readdir, readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { GuardUsageError } from '../../error.ts';
import type { GuardContext } from '../../part.ts';
import { addSpec } from './lockfile.ts';
import { type Npmrc, npmrcFromEnv, readNpmrc } from './npmrc.ts';
import { at } from './record.ts';

/** Directories that hold other people's files, or files for tests. */
const SKIPPED = new Set(['node_modules', 'vendor', 'testdata', 'dist', 'build']);
const MAX_DEPTH = 4;
const MAX_DIRECTORIES = 5000;

export interface FoundLocks {
  /** Absolute. */
  readonly locks: readonly string[];
  /** Lock files of other package managers, relative: not read. */
  readonly others: readonly string[];
  /** package-lock.json that npm ignores, since npm-shrinkwrap.json stands beside it; relative. */
  readonly shadowed: readonly string[];
  readonly cutShort: boolean;
}

/** Lock files below `cwd`, without hidden directories and what is installed. */
export async function findLocks(cwd: string): Promise<FoundLocks> {
  const found: { locks: string[]; others: string[]; shadowed: string[] } = { locks: [], others: [], shadowed: [] };
  let open = [{ path: cwd, depth: 0 }];
  let seen = 0;
  while (open.length > 0 && seen < MAX_DIRECTORIES) {
    const next: typeof open = [];
    for (const { path, depth } of open) {
      seen++;
      const items = await readdir(path, { withFileTypes: true }).catch(() => []);
      const names = new Set(items.filter((item) => item.isFile()).map(({ name }) => name));
      const shrinkwrap = names.has('npm-shrinkwrap.json');
      if (shrinkwrap) found.locks.push(join(path, 'npm-shrinkwrap.json'));
      if (names.has('package-lock.json')) {
        if (shrinkwrap) found.shadowed.push(shown(cwd, join(path, 'package-lock.json')));
        else found.locks.push(join(path, 'package-lock.json'));
      }
      for (const other of ['yarn.lock', 'pnpm-lock.yaml', 'bun.lock', 'bun.lockb', 'deno.lock']) {
        if (names.has(other)) found.others.push(shown(cwd, join(path, other)));
      }
      if (depth === MAX_DEPTH) continue;
      for (const item of items) {
        if (item.isDirectory() && !item.name.startsWith('.') && !SKIPPED.has(item.name)) {
          next.push({ path: join(path, item.name), depth: depth + 1 });
        }
      }
    }
    open = next;
  }
  return { ...found, locks: found.locks.sort(), cutShort: open.length > 0 };
}

/** As findings name it: relative to `cwd`, with slashes. */
export function shown(cwd: string, path: string): string {
  return relative(cwd, path).split(sep).join('/');
}

/** @throws GuardUsageError */
export async function readLock(path: string, cwd: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch {
    throw new GuardUsageError(
      `${shown(cwd, path)} cannot be read: give the path of a package-lock.json or npm-shrinkwrap.json.`,
    );
  }
}

/** The user's .npmrc, then the project's, then the environment, as npm has them; later ones win. */
export async function npmrcBeside(lock: string, context: GuardContext): Promise<Npmrc> {
  const { env } = context;
  const environment = npmrcFromEnv(env);
  const user = environment.get('userconfig') ?? join(env.HOME ?? homedir(), '.npmrc');
  const all = new Map<string, string>();
  for (const path of [user, join(dirname(lock), '.npmrc')]) {
    const text = await readFile(resolve(context.cwd, path), 'utf8').catch(() => '');
    for (const [key, value] of readNpmrc(text, env)) all.set(key, value);
  }
  for (const [key, value] of environment) all.set(key, value);
  return all;
}

/** Adds the aliases and addresses of `overrides` in package.json, which lock files do not repeat. */
export async function addOverrides(
  lock: string,
  specs: ReadonlyMap<string, ReadonlySet<string>>,
): Promise<Map<string, Set<string>>> {
  const all = new Map([...specs].map(([name, set]) => [name, new Set(set)]));
  let document: unknown = null;
  try {
    document = JSON.parse(await readFile(join(dirname(lock), 'package.json'), 'utf8'));
  } catch {
    // There is none, or it is broken: then npm has no overrides either.
  }
  const open: unknown[] = [at(document, 'overrides')];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (typeof next !== 'object' || next === null) continue;
    for (const [key, value] of Object.entries(next)) {
      // `name@range` narrows the override to a range; the folder is the name.
      const name = key.replace(/(?<=.)@.*$/, '');
      if (typeof value === 'string') addSpec(all, name, value);
      else {
        const own = at(value, '.');
        if (typeof own === 'string') addSpec(all, name, own);
        open.push(value);
      }
    }
  }
  return all;
}
