/** Finds lock files, and what stands beside them. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { GuardEvidenceError, GuardUsageError } from '../../error.ts';
import type { GuardContext } from '../../part.ts';
import { addSpec } from './lockfile.ts';
import { type Npmrc, npmrcFromEnv, readNpmrc, registryAddress } from './npmrc.ts';
import { at } from './record.ts';

/** Directories that hold other people's files, or files for tests. */
const SKIPPED = new Set(['node_modules', 'vendor', 'testdata', 'dist', 'build']);
const MAX_DIRECTORIES = 50_000;
/** Bytes; the largest public lock files have a few MB. */
const LARGEST_LOCK = 64 << 20;
const LARGEST_NPMRC = 1 << 20;

export interface FoundLocks {
  /** Absolute. */
  readonly locks: readonly string[];
  /** Lock files of other package managers, relative: not read. */
  readonly others: readonly string[];
  /** package-lock.json that npm ignores, since npm-shrinkwrap.json stands beside it; relative. */
  readonly shadowed: readonly string[];
  readonly cutShort: boolean;
  /** Directories that could not be listed, relative. */
  readonly unreadable: readonly string[];
}

/** Lock files below `cwd`, without hidden directories and what is installed. */
export async function findLocks(cwd: string): Promise<FoundLocks> {
  const locks: string[] = [];
  const others: string[] = [];
  const shadowed: string[] = [];
  const unreadable: string[] = [];
  let open = [cwd];
  let seen = 0;
  while (open.length > 0 && seen < MAX_DIRECTORIES) {
    const next: string[] = [];
    for (const path of open) {
      seen++;
      const items = await readdir(path, { withFileTypes: true }).catch(() => {
        unreadable.push(shown(cwd, path));
        return [];
      });
      // npm follows a link as well.
      const names = new Set(items.filter((item) => !item.isDirectory()).map(({ name }) => name));
      const shrinkwrap = names.has('npm-shrinkwrap.json');
      if (shrinkwrap) locks.push(join(path, 'npm-shrinkwrap.json'));
      if (names.has('package-lock.json')) {
        if (shrinkwrap) shadowed.push(shown(cwd, join(path, 'package-lock.json')));
        else locks.push(join(path, 'package-lock.json'));
      }
      for (const other of ['yarn.lock', 'pnpm-lock.yaml', 'bun.lock', 'bun.lockb', 'deno.lock']) {
        if (names.has(other)) others.push(shown(cwd, join(path, other)));
      }
      for (const item of items) {
        if (item.isDirectory() && !item.name.startsWith('.') && !SKIPPED.has(item.name)) {
          next.push(join(path, item.name));
        }
      }
    }
    open = next;
  }
  return { locks: locks.sort(), others, shadowed, unreadable, cutShort: open.length > 0 };
}

/** As findings name it: relative to `cwd`, with slashes. */
export function shown(cwd: string, path: string): string {
  return relative(cwd, path).split(sep).join('/');
}

/** @throws GuardUsageError, and GuardEvidenceError where it is no file, which a link may lead to and which may never end */
export async function readLock(path: string, cwd: string): Promise<Buffer> {
  const bytes = await readBounded(path, LARGEST_LOCK, shown(cwd, path));
  if (bytes !== null) return bytes;
  throw new GuardUsageError(
    `${shown(cwd, path)} cannot be read: give the path of a package-lock.json or npm-shrinkwrap.json.`,
  );
}

/** Null where there is nothing that can be read. @throws GuardEvidenceError where it is no file, or larger than is read */
async function readBounded(path: string, largest: number, name: string): Promise<Buffer | null> {
  const found = await stat(path).catch(() => null);
  if (found === null) return null;
  if (!found.isFile()) throw new GuardEvidenceError(`${name} is no file: it is not read.`);
  if (found.size > largest)
    throw new GuardEvidenceError(`${name} has ${found.size} bytes, and at most ${largest} are read.`);
  return readFile(path).catch(() => null);
}

export interface NpmrcBeside {
  /** As npm has them: the user's, then the project's, then the environment; later ones win. */
  readonly npmrc: Npmrc;
  /** The same without the file of the project, which is what is looked at. */
  readonly ours: Npmrc;
  /** The project's, and the 1-based line in it that sets a registry to this address; 1 where none does. */
  readonly file: string;
  readonly lineOf: (registry: string) => number;
}

/** @throws GuardEvidenceError */
export async function npmrcBeside(lock: string, context: GuardContext): Promise<NpmrcBeside> {
  const { env } = context;
  const environment = npmrcFromEnv(env);
  const user = environment.get('userconfig') ?? join(env.HOME ?? homedir(), '.npmrc');
  const read = async (path: string): Promise<string> =>
    (await readBounded(path, LARGEST_NPMRC, shown(context.cwd, path)))?.toString('utf8') ?? '';
  const theirs = readNpmrc(await read(resolve(context.cwd, user)), env);
  const path = join(dirname(lock), '.npmrc');
  const text = await read(path);
  return {
    npmrc: new Map([...theirs, ...readNpmrc(text, env), ...environment]),
    ours: new Map([...theirs, ...environment]),
    file: shown(context.cwd, path),
    lineOf: (registry) => {
      const lines = text.split(/\r?\n/);
      const sets = (line: string): boolean =>
        [...readNpmrc(line, env).values()].some((value) => URL.canParse(value) && registryAddress(value) === registry);
      return Math.max(0, lines.findIndex(sets)) + 1;
    },
  };
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
