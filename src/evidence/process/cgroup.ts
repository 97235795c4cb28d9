/**
 * Where a process's memory cgroup is mounted and what it says. Formats: cgroups(7), kernel admin-guide
 * cgroup-v1/memory and cgroup-v2, proc(5) for mountinfo.
 */
import type { ProcessStats } from './process.ts';
import type { CgroupRaw } from './raw.ts';

export interface CgroupPlace {
  readonly version: 1 | 2;
  /** The cgroup as /proc/PID/cgroup names it, e.g. `/system.slice/orders.service`. */
  readonly path: string;
  /** Directories that hold its memory files, the group itself first, then its ancestors up to the mount point. */
  readonly directories: readonly string[];
}

const FILES = {
  1: ['memory.usage_in_bytes', 'memory.limit_in_bytes', 'memory.oom_control'],
  2: ['memory.current', 'memory.max', 'memory.events'],
} as const;

/** A v1 limit is "none" at the largest page-aligned int64; anything from 2^60 on is no limit of a real machine. */
const NO_LIMIT = 2 ** 60;

/** A cgroup tree is rarely deeper than ten; a hostile text is cut here. */
const MAX_DEPTH = 64;

/**
 * The memory cgroup of a process, from its /proc/PID/cgroup and the reader's mountinfo. The v1 memory controller wins over
 * the unified hierarchy, since on a hybrid system memory is accounted where the controller is. Null where there is neither.
 */
export function locateCgroup(membership: string, mountinfo = ''): CgroupPlace | null {
  let unified: string | null = null;
  let v1: string | null = null;
  for (const line of membership.split('\n')) {
    // hierarchy-ID:controller-list:cgroup-path
    const first = line.indexOf(':');
    const second = line.indexOf(':', first + 1);
    if (first < 0 || second < 0) continue;
    const controllers = line.slice(first + 1, second);
    const path = line.slice(second + 1).trimEnd();
    if (controllers.split(',').includes('memory')) v1 = path;
    else if (controllers === '' && line.startsWith('0:')) unified = path;
  }
  const mounts = cgroupMounts(mountinfo);
  if (v1 !== null) {
    const mount = mounts.find((m) => m.version === 1) ?? { root: '/', point: '/sys/fs/cgroup/memory' };
    return { version: 1, path: v1, directories: directoriesOf(v1, mount.root, mount.point) };
  }
  if (unified !== null) {
    const mount = mounts.find((m) => m.version === 2) ?? { root: '/', point: '/sys/fs/cgroup' };
    return { version: 2, path: unified, directories: directoriesOf(unified, mount.root, mount.point) };
  }
  return null;
}

/** Absolute paths of the files that `readCgroup` wants, most useful first. Any of them may not exist. */
export function cgroupFiles(membership: string, mountinfo?: string): readonly string[] {
  const place = locateCgroup(membership, mountinfo);
  if (place === null) return [];
  return place.directories.flatMap((directory) => FILES[place.version].map((file) => `${directory}/${file}`));
}

/**
 * Usage (bytes) and OOM kills of the group itself; `limit` (bytes) is the smallest limit of it and its ancestors, because
 * the kernel enforces each of them.
 */
export function readCgroup(raw: CgroupRaw): NonNullable<ProcessStats['cgroup']> | null {
  const place = locateCgroup(raw.membership, raw.mountinfo);
  if (place === null) return null;
  const [usageFile, limitFile, eventsFile] = FILES[place.version];
  const own = place.directories[0] ?? '';
  const usage = byteCount(raw.files[`${own}/${usageFile}`]);
  const oomKills = keyedCount(raw.files[`${own}/${eventsFile}`], 'oom_kill');
  let limit: number | undefined;
  for (const directory of place.directories) {
    const bytes = byteCount(raw.files[`${directory}/${limitFile}`]);
    if (bytes !== undefined && bytes < NO_LIMIT && (limit === undefined || bytes < limit)) limit = bytes;
  }
  return {
    version: place.version,
    path: place.path,
    ...(usage === undefined ? {} : { usage }),
    ...(limit === undefined ? {} : { limit }),
    ...(oomKills === undefined ? {} : { oomKills }),
  };
}

interface Mount {
  readonly version: 1 | 2;
  readonly root: string;
  readonly point: string;
}

function cgroupMounts(mountinfo: string): Mount[] {
  const mounts: Mount[] = [];
  for (const line of mountinfo.split('\n')) {
    // id parent major:minor root mount-point options optional* - fs-type source super-options
    const separator = line.indexOf(' - ');
    if (separator < 0) continue;
    const before = line.slice(0, separator).split(' ');
    const [type, , options] = line.slice(separator + 3).split(' ');
    const root = unescapeMount(before[3] ?? '/');
    const point = unescapeMount(before[4] ?? '/');
    if (type === 'cgroup2') mounts.push({ version: 2, root, point });
    else if (type === 'cgroup' && (options ?? '').trimEnd().split(',').includes('memory')) {
      mounts.push({ version: 1, root, point });
    }
  }
  return mounts;
}

/** mountinfo writes space, tab, newline and backslash as three octal digits. */
function unescapeMount(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}

/**
 * The mount shows the tree below `root`; a group outside of it (a container's view, `/../other`) can only be looked up at
 * the mount point itself.
 */
function directoriesOf(path: string, root: string, point: string): string[] {
  const base = point.replace(/\/+$/, '');
  const prefix = root.replace(/\/+$/, '');
  let below: string;
  if (path === root) below = '';
  else if (path.startsWith(`${prefix}/`)) below = path.slice(prefix.length);
  else below = '';
  const parts = below.split('/').filter((part) => part !== '');
  if (parts.includes('..')) return [base];
  const directories: string[] = [];
  for (let depth = parts.length; depth >= 0 && directories.length < MAX_DEPTH; depth--) {
    directories.push([base, ...parts.slice(0, depth)].join('/'));
  }
  return directories;
}

function byteCount(text: string | undefined): number | undefined {
  const trimmed = text?.trim();
  if (trimmed === undefined || !/^\d{1,20}$/.test(trimmed)) return undefined; // `max` is no limit
  return Number(trimmed);
}

function keyedCount(text: string | undefined, key: string): number | undefined {
  for (const line of (text ?? '').split('\n')) {
    const [name, value] = line.trim().split(/\s+/);
    if (name === key && value !== undefined && /^\d+$/.test(value)) return Number(value);
  }
  return undefined;
}
