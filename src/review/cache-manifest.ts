/**
 * Whether anything that a whole review depends on has changed since, by stat alone. A manifest lists every directory that
 * was walked and every file that was read, with size, times and inode; a new or removed file shows in its directory's time.
 *
 * Clocks are coarse: a file that is written twice within one tick has one time for two contents. So a manifest with
 * anything younger than RACY_MS before its own making is not trusted (git's "racy" rule), and contents are compared.
 */
import { type Stats, statSync } from 'node:fs';

/** Two seconds: the tick of FAT, the coarsest file system that is still in use. */
export const RACY_MS = 2000;

/** Columns by path. Times in ms since the epoch, ctime for those who set mtime back. */
export interface Manifest {
  readonly madeMs: number;
  readonly paths: readonly string[];
  readonly sizes: readonly number[];
  readonly mtimes: readonly number[];
  readonly ctimes: readonly number[];
  readonly inodes: readonly number[];
}

/** What the loader saw before it read; a directory's size is 0. */
export interface Seen {
  readonly path: string;
  readonly size: number;
  readonly mtimeMs: number;
}

/**
 * A manifest of everything that was seen, or null if some of it has changed since: what was reviewed is then no longer what is there.
 * @param beganMs when the review began, before anything was read: the manifest's time
 */
export function makeManifest(seen: Iterable<Seen>, beganMs: number): Manifest | null {
  const paths: string[] = [];
  const sizes: number[] = [];
  const mtimes: number[] = [];
  const ctimes: number[] = [];
  const inodes: number[] = [];
  for (const { path, size, mtimeMs } of seen) {
    const stat = statOf(path);
    if (stat === null || stat.mtimeMs !== mtimeMs || (stat.isFile() && stat.size !== size)) return null;
    paths.push(path);
    sizes.push(stat.size);
    mtimes.push(mtimeMs);
    ctimes.push(stat.ctimeMs);
    inodes.push(stat.ino);
  }
  return { madeMs: beganMs, paths, sizes, mtimes, ctimes, inodes };
}

/** Whether all is as it was. */
export function manifestHolds(manifest: Manifest): boolean {
  const { madeMs, paths, sizes, mtimes, ctimes, inodes } = manifest;
  // Times ahead of the clock (an archive from elsewhere) are no more racy than old ones.
  const racy = (timeMs: number): boolean =>
    Math.abs(timeMs - madeMs) <= RACY_MS || (timeMs > madeMs && timeMs <= Date.now());
  for (let at = 0; at < paths.length; at++) {
    const stat = statOf(paths[at] ?? '');
    if (
      stat === null ||
      stat.mtimeMs !== mtimes[at] ||
      stat.ctimeMs !== ctimes[at] ||
      stat.size !== sizes[at] ||
      stat.ino !== inodes[at] ||
      racy(stat.mtimeMs) ||
      racy(stat.ctimeMs)
    ) {
      return false;
    }
  }
  return true;
}

function statOf(path: string): Stats | null {
  try {
    return statSync(path, { throwIfNoEntry: false }) ?? null;
  } catch {
    return null;
  }
}
