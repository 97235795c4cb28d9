/**
 * One server per directory. The lock that counts is the kernel's on DuckDB's file: it goes away with the process, however
 * that ends. A file with the process id stands beside it for the sentence; within one process a set is the lock, because
 * the kernel's does not hold against oneself.
 */
import { readFileSync, realpathSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { StoreError } from '../error.ts';

const mine = new Set<string>();

export interface DirectoryLock {
  /** After the database is open. */
  sign(): void;
  release(): void;
}

/** Throws a StoreError where this process has the directory. */
export function lockDirectory(dir: string): DirectoryLock {
  const real = realpathSync(dir);
  if (mine.has(real)) throw lockedError(dir, String(process.pid));
  mine.add(real);
  const path = join(real, 'pid');
  return {
    sign: () => writeFileSync(path, `${process.pid}\n`, { mode: 0o600 }),
    release: () => {
      if (!mine.delete(real)) return;
      try {
        unlinkSync(path);
      } catch {
        // Only a hint for people; the next server writes it again.
      }
    },
  };
}

/** The error of DuckDB's open as ours, where it says that another process has the file; null otherwise. */
export function otherProcess(error: unknown, dir: string): StoreError | null {
  const says = error instanceof Error ? error.message : '';
  if (!/lock on file|Conflicting lock/i.test(says)) return null;
  const pid = /PID (\d+)/.exec(says)?.[1] ?? signed(dir);
  return lockedError(dir, pid);
}

function signed(dir: string): string | null {
  try {
    const pid = readFileSync(join(dir, 'pid'), 'utf8').trim();
    return /^\d+$/.test(pid) ? pid : null;
  } catch {
    return null;
  }
}

function lockedError(dir: string, pid: string | null): StoreError {
  const who = pid === null ? 'another process' : `process ${pid}`;
  return new StoreError(
    'locked',
    `${dir} is in use by ${who}: stop it, or give this one another directory (--data DIR)`,
  );
}
