/**
 * Directories as the loader sees them: their names, the headers of their Go files, and what a cache needs to know whether
 * anything has changed. One reader per run; it reads nothing twice.
 */
import { closeSync, openSync, readdirSync, readFileSync, readSync, type Stats, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type FileHeader, scanHeader } from './load-header.ts';

/** What a cache compares; a directory's mtime changes with its entries. */
export interface Stat {
  readonly path: string;
  /** Bytes; 0 for a directory. */
  readonly size: number;
  readonly mtimeMs: number;
}

/** A header and the state of the file that it was read from. Plain JSON, so that a cache can keep it over runs. */
export interface CachedHeader extends Stat {
  readonly header: FileHeader;
}

export interface Listing {
  /** Names, sorted; symbolic links to directories are not among them, so that no walk goes in circles. */
  readonly directories: readonly string[];
  /** Names of .go files (also links to files), sorted, without those that begin with _ or a dot. */
  readonly goFiles: readonly string[];
  readonly hasGoMod: boolean;
}

export interface DirectoryReader {
  /** Null where it cannot be read (and a note says so) or does not exist. */
  list(directory: string): Listing | null;
  /** Null where the file cannot be read; a note says so. */
  header(path: string): CachedHeader | null;
  /** Remembers a file that the result depends on, e.g. go.mod; returns whether it is there. */
  watch(path: string): boolean;
  readonly stats: ReadonlyMap<string, Stat>;
  readonly headers: ReadonlyMap<string, CachedHeader>;
  readonly notes: string[];
}

/** Enough for nine headers in ten; the rest are read as a whole. */
const HEAD_BYTES = 4096;

export function createDirectoryReader(known: ReadonlyMap<string, CachedHeader> | undefined): DirectoryReader {
  const listings = new Map<string, Listing | null>();
  const stats = new Map<string, Stat>();
  const headers = new Map<string, CachedHeader>();
  const notes: string[] = [];
  const head = new Uint8Array(HEAD_BYTES);

  const list = (directory: string): Listing | null => {
    const before = listings.get(directory);
    if (before !== undefined) return before;
    const listing = readListing(directory, stats, notes);
    listings.set(directory, listing);
    return listing;
  };

  const header = (path: string): CachedHeader | null => {
    const before = headers.get(path);
    if (before !== undefined) return before;
    const stat = statOf(path);
    if (stat === null || !stat.isFile()) {
      if (stat === null) notes.push(`${path}: cannot be read (a link to nothing, or not permitted): it is left out`);
      return null;
    }
    const { size, mtimeMs } = stat;
    const cached = known?.get(path);
    const fresh = cached !== undefined && cached.size === size && cached.mtimeMs === mtimeMs;
    const found = fresh ? cached : readHeader(path, size, mtimeMs, head);
    if (found === null) {
      notes.push(`${path}: cannot be read: it is left out`);
      return null;
    }
    headers.set(path, found);
    stats.set(path, { path, size, mtimeMs });
    return found;
  };

  const watch = (path: string): boolean => {
    if (stats.has(path)) return true;
    const stat = statOf(path);
    if (stat?.isFile() !== true) return false;
    stats.set(path, { path, size: stat.size, mtimeMs: stat.mtimeMs });
    return true;
  };

  return { list, header, watch, stats, headers, notes };
}

/** Null instead of an error. */
export function statOf(path: string): Stats | null {
  try {
    return statSync(path, { throwIfNoEntry: false }) ?? null;
  } catch {
    return null;
  }
}

function readListing(directory: string, stats: Map<string, Stat>, notes: string[]): Listing | null {
  const stat = statOf(directory);
  if (stat?.isDirectory() !== true) return null;
  const directories: string[] = [];
  const goFiles: string[] = [];
  let hasGoMod = false;
  try {
    for (const entry of readdirSync(directory, { withFileTypes: true })) {
      const { name } = entry;
      if (entry.isDirectory()) directories.push(name);
      else if (name === 'go.mod') hasGoMod = true;
      else if (name.endsWith('.go') && !name.startsWith('_') && !name.startsWith('.')) {
        if (entry.isFile() || (entry.isSymbolicLink() && statOf(join(directory, name))?.isDirectory() !== true))
          goFiles.push(name);
      }
    }
  } catch (error) {
    const reason =
      error instanceof Error && 'code' in error && error.code === 'EACCES' ? 'no permission' : 'not readable';
    notes.push(`${directory}: ${reason}: the directory is left out`);
    return null;
  }
  stats.set(directory, { path: directory, size: 0, mtimeMs: stat.mtimeMs });
  return { directories: directories.sort(), goFiles: goFiles.sort(), hasGoMod };
}

function readHeader(path: string, size: number, mtimeMs: number, head: Uint8Array): CachedHeader | null {
  try {
    const length = readHead(path, head);
    const header = scanHeader(head, length, length < head.length) ?? scanWhole(readFileSync(path));
    return { path, size, mtimeMs, header };
  } catch {
    return null;
  }
}

function scanWhole(bytes: Uint8Array): FileHeader {
  return scanHeader(bytes, bytes.length, true) ?? { constraint: '', name: '', imports: [] };
}

function readHead(path: string, head: Uint8Array): number {
  const descriptor = openSync(path, 'r');
  try {
    return readSync(descriptor, head, 0, head.length, 0);
  } finally {
    closeSync(descriptor);
  }
}

/** Whether patterns pass a directory over by its name. */
export function isPassedOver(directory: string): boolean {
  const name = basename(directory);
  return name.startsWith('.') || name.startsWith('_') || name === 'testdata';
}
