/**
 * What the open descriptors of a process are, as a few counts: `socket`, `pipe`, `anon_inode:[eventpoll]`, `/var/lib/shop/*`.
 * Names of files stay out of the bundle; their directories, with numbers and identifiers replaced, say enough.
 */
import { readdirSync, readlinkSync } from 'node:fs';

export interface FdKind {
  readonly name: string;
  readonly count: number;
}

export interface FdListing {
  /** Entries in /proc/PID/fd. */
  readonly count: number;
  /** Largest first. */
  readonly kinds: readonly FdKind[];
}

/** Links to read of one process: about 50 ms. The rest is counted and not looked at. */
const MOST_LINKS = 20_000;
/** Kinds to keep; what else there is becomes `other`. */
const MOST_KINDS = 12;
/** Folders to keep of a path. */
const MOST_FOLDERS = 5;

/** Null where the process is gone, or its descriptors may not be listed. */
export function listFds(pid: number): FdListing | null {
  let names: string[];
  try {
    names = readdirSync(`/proc/${pid}/fd`);
  } catch {
    return null;
  }
  const counts = new Map<string, number>();
  for (const name of names.slice(0, MOST_LINKS)) {
    let kind: string;
    try {
      kind = kindOfTarget(readlinkSync(`/proc/${pid}/fd/${name}`));
    } catch {
      continue; // closed meanwhile
    }
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  const kinds = [...counts]
    .map(([name, count]) => ({ name, count }))
    .sort((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1));
  const rest = kinds.slice(MOST_KINDS).reduce((sum, { count }) => sum + count, 0);
  return {
    count: names.length,
    kinds: rest > 0 ? [...kinds.slice(0, MOST_KINDS), { name: 'other', count: rest }] : kinds,
  };
}

/** What a link in /proc/PID/fd points to, without anything that tells one file or socket from the next; proc_pid_fd(5). */
export function kindOfTarget(target: string): string {
  if (target.startsWith('/memfd:')) return 'memfd';
  if (!target.startsWith('/')) {
    const colon = target.indexOf(':');
    // `socket:[81234]` and `pipe:[5]` have an inode; `anon_inode:[eventpoll]` says what it is.
    return colon < 0 || target.startsWith('anon_inode:') ? target : target.slice(0, colon);
  }
  if (/^\/dev\/[a-z]+$/.test(target)) return target;
  const deleted = target.endsWith(' (deleted)');
  const folders = target.split('/').slice(1, -1);
  const shown = folders.slice(0, MOST_FOLDERS).map((folder) => (isIdentifier(folder) ? '*' : folder));
  const deeper = folders.length > MOST_FOLDERS ? ['…'] : [];
  return `/${[...shown, ...deeper, '*'].join('/')}${deleted ? ' (deleted)' : ''}`;
}

/** A number, a hash, a UUID, a tenant: a folder of which there are many. */
function isIdentifier(folder: string): boolean {
  return /\d{3}|^\d+$|@|^[0-9a-f]{8,}/i.test(folder);
}
