/**
 * Which directory a cgroup id is. The id that bpf_get_current_cgroup_id gives is the inode of the cgroup's directory in cgroup
 * v2 (kernfs; the high half counts up, so that an id is not used again), and only a walk over the directories leads from it
 * back to a path. The walk is made again when an id is asked for that the last one did not see.
 */
import { type BigIntStats, opendirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as breathe, setTimeout as sleep } from 'node:timers/promises';
import { readProc } from '../procfs.ts';

/** A machine has hundreds of cgroups; a large node thousands. */
const MAX_DIRECTORIES = 100_000;
const MAX_DEPTH = 64;
/** ms between walks, and this many times as long as the last one took: a twentieth of a processor at most. */
const PAUSE_MS = 250;
const PAUSE_FACTOR = 20;
const DIRECTORIES_AT_ONCE = 200;

export interface CgroupMount {
  /** Where it is mounted. */
  readonly point: string;
  /** What of the hierarchy is mounted there; `/` is all of it. */
  readonly root: string;
}

/** @param mountinfo /proc/self/mountinfo, proc(5) */
export function cgroup2Mounts(mountinfo: string): CgroupMount[] {
  const mounts: CgroupMount[] = [];
  for (const line of mountinfo.split('\n')) {
    const [before = '', after = ''] = line.split(' - ');
    if (after.split(' ')[0] !== 'cgroup2') continue;
    const fields = before.split(' ');
    const root = unescapeOctal(fields[3] ?? '/');
    const point = unescapeOctal(fields[4] ?? '');
    if (point !== '') mounts.push({ point, root });
  }
  // All of the hierarchy before parts of it.
  return mounts.sort((a, b) => a.root.length - b.root.length);
}

/** Blanks and the like in mountinfo are `\040`. */
function unescapeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}

export class CgroupDirectories {
  readonly #mounts: readonly CgroupMount[];
  readonly #paths = new Map<bigint, string>();
  #walking: Promise<void> | null = null;
  #walkedAt = Number.NEGATIVE_INFINITY;
  #walkTook = 0;

  constructor(mounts: readonly CgroupMount[] = cgroup2Mounts(readProc('/proc/self/mountinfo') ?? '')) {
    this.#mounts = mounts;
  }

  /** Whether there is a cgroup v2 hierarchy at all. */
  get mounted(): boolean {
    return this.#mounts.length > 0;
  }

  /** The id of the cgroup at `path`; null where it is not there. */
  idOf(path: string): bigint | null {
    for (const { point, root } of this.#mounts) {
      const below = root === '/' ? path : path.startsWith(`${root}/`) || path === root ? path.slice(root.length) : null;
      const id = below === null ? null : inode(join(point, below));
      if (id !== null) return id;
    }
    return null;
  }

  /** Path of a cgroup below the root of the hierarchy; null where it is not there (any more). Never throws. */
  async pathOf(id: bigint): Promise<string | null> {
    const known = this.#paths.get(id);
    if (known !== undefined) return known;
    // A walk that is under way may have passed the place already.
    if (this.#walking !== null) await this.#walking;
    if (!this.#paths.has(id)) await this.#walk();
    return this.#paths.get(id) ?? null;
  }

  /** One walk for all who ask meanwhile. */
  #walk(): Promise<void> {
    this.#walking ??= this.#walkNow().finally(() => {
      this.#walking = null;
    });
    return this.#walking;
  }

  async #walkNow(): Promise<void> {
    const pause = this.#walkedAt + Math.max(PAUSE_MS, this.#walkTook * PAUSE_FACTOR) - performance.now();
    if (pause > 0) await sleep(pause);
    const began = performance.now();
    const seen = new Set<bigint>();
    let steps = 0;
    for (const { point, root } of this.#mounts) {
      const stack = [{ directory: point, path: root, depth: 0 }];
      for (let next = stack.pop(); next !== undefined && seen.size < MAX_DIRECTORIES; next = stack.pop()) {
        const { directory, path, depth } = next;
        const id = inode(directory);
        if (id === null || seen.has(id)) continue;
        seen.add(id);
        this.#paths.set(id, path);
        if (depth < MAX_DEPTH) {
          for (const name of subdirectories(directory))
            stack.push({
              directory: join(directory, name),
              path: path === '/' ? `/${name}` : `${path}/${name}`,
              depth: depth + 1,
            });
        }
        if (++steps % DIRECTORIES_AT_ONCE === 0) await breathe();
      }
    }
    // Cgroups that are gone stay until there are many: who ran in them may be asked after their end.
    if (this.#paths.size > 2 * seen.size + 10_000)
      for (const id of this.#paths.keys()) if (!seen.has(id)) this.#paths.delete(id);
    this.#walkTook = performance.now() - began;
    this.#walkedAt = performance.now();
  }
}

/** 64 bits: as a number it would be another cgroup's after 2^21 generations. */
function inode(path: string): bigint | null {
  let stats: BigIntStats | undefined;
  try {
    stats = statSync(path, { bigint: true, throwIfNoEntry: false });
  } catch {
    return null;
  }
  return stats?.isDirectory() === true ? stats.ino : null;
}

function subdirectories(path: string): string[] {
  try {
    const directory = opendirSync(path);
    try {
      const names: string[] = [];
      for (let entry = directory.readSync(); entry !== null; entry = directory.readSync())
        if (entry.isDirectory()) names.push(entry.name);
      return names;
    } finally {
      directory.closeSync();
    }
  } catch {
    return []; // it went away meanwhile
  }
}
