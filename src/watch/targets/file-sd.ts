/**
 * Targets from files, as file_sd of Prometheus: JSON or YAML, globs. Files are looked at when their directory changes and,
 * because a network file system does not tell, every now and then. A file that cannot be read as groups (half written,
 * say) keeps the targets that it had; a file that is gone has none.
 */
import { type FSWatcher, watch } from 'node:fs';
import { glob, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { codeOf, messageOf } from '../../collect/error.ts';
import type { Discovery, WatchTarget } from '../config/config.ts';
import { Again } from './again.ts';
import { GroupsError, parseGroups } from './groups.ts';
import type { TargetSource } from './source.ts';

type FileSd = Extract<Discovery, { readonly kind: 'file_sd' }>;

const LIMIT = 64 << 20;
const GLOB = /[*?[\]{}]/;
/** A writer touches a file several times; it is read once when that is over. */
const SETTLE_MS = 50;

export function fileSource(config: FileSd): TargetSource {
  const name = `file_sd ${config.files.join(', ')}`;
  return {
    name,
    async run(set, problem, signal) {
      const again = new Again(config.everyMs, signal);
      const watchers = watchDirectories(config.files, () => again.wake());
      let known = new Map<string, readonly WatchTarget[]>();
      let told = '';
      try {
        await again.run(async () => {
          const { files, problems } = await readAll(config, known);
          known = files;
          const targets = [...files.values()].flat();
          const now = JSON.stringify(targets.map(({ info }) => info));
          if (now !== told) set(targets);
          told = now;
          problem(problems.length === 0 ? null : problems.join('; '));
        });
      } finally {
        for (const watcher of watchers) watcher.close();
      }
    },
  };
}

async function readAll(config: FileSd, known: ReadonlyMap<string, readonly WatchTarget[]>) {
  const files = new Map<string, readonly WatchTarget[]>();
  const problems: string[] = [];
  const { paths, empty } = await expand(config.files);
  // A typing error in a glob would watch nothing, in silence.
  for (const pattern of empty) problems.push(`no file matches ${pattern}`);
  for (const path of paths) {
    try {
      const form = /\.ya?ml$/i.test(path) ? 'yaml' : 'json';
      const { targets, wrong } = parseGroups(await read(path), form, `file_sd ${path}`, config.template);
      files.set(path, targets);
      if (wrong !== null) problems.push(`${path} ${wrong}`);
    } catch (error) {
      if (codeOf(error) === 'ENOENT') {
        problems.push(`${path} does not exist`);
        continue;
      }
      const last = known.get(path);
      if (last !== undefined) files.set(path, last);
      const says =
        error instanceof GroupsError ? error.message : `cannot be read (${codeOf(error) || messageOf(error)})`;
      problems.push(`${path} ${says}${last === undefined ? '' : '; its last targets stay'}`);
    }
  }
  return { files, problems };
}

/** Paths in the order of the configuration, those of one glob by name; and globs that no file matches. */
async function expand(patterns: readonly string[]): Promise<{ paths: string[]; empty: string[] }> {
  const all: string[] = [];
  const empty: string[] = [];
  for (const pattern of patterns) {
    const found = GLOB.test(pattern) ? (await Array.fromAsync(glob(pattern))).sort() : [pattern];
    if (found.length === 0) empty.push(pattern);
    all.push(...found);
  }
  return { paths: [...new Set(all)], empty };
}

async function read(path: string): Promise<string> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    if (size > LIMIT) throw new GroupsError(`is larger than ${LIMIT >>> 20} MiB`);
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}

/** Watches what directories can be watched; the others are only looked at from time to time. */
function watchDirectories(patterns: readonly string[], changed: () => void): FSWatcher[] {
  const directories = new Set(patterns.map(directoryOf));
  let settling = false;
  const soon = () => {
    if (settling) return;
    settling = true;
    const settled = () => {
      settling = false;
      changed();
    };
    setTimeout(settled, SETTLE_MS).unref();
  };
  return [...directories].flatMap((directory) => {
    try {
      const watcher = watch(directory, { persistent: false }, soon);
      watcher.on('error', () => watcher.close());
      return [watcher];
    } catch {
      return [];
    }
  });
}

/** The directory of a path, of a glob the part above its first pattern. */
function directoryOf(pattern: string): string {
  let directory = dirname(pattern);
  while (GLOB.test(directory)) directory = dirname(directory);
  return directory;
}
