/**
 * Entries by key in one directory, for any number of processes at once: an entry is written to a file of its own name and
 * renamed into place, and holds a hash of its body, so that a reader sees a whole entry or none.
 *
 * Nothing here ever fails: what cannot be read is not there, what cannot be written is not remembered.
 */
import { createHash, randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export interface CacheStore {
  /** The text that was written under `key` (hexadecimal), or null. */
  read(key: string): string | null;
  write(key: string, body: string): void;
}

export interface PruneOptions {
  /** Entries that were not used for so long go. */
  readonly maxAgeMs: number;
  /** Beyond this the ones that were used longest ago go, until three quarters are left. */
  readonly maxBytes: number;
  /** Looks no more often than this: listing costs. */
  readonly everyMs: number;
}

export const PRUNE: PruneOptions = { maxAgeMs: 30 * 86_400_000, maxBytes: 512 * 2 ** 20, everyMs: 86_400_000 };

const HEADER = 'hemostat review 1 ';
/** An entry's mtime says when it was last used; to say it once a day is enough. */
const TOUCH_MS = 86_400_000;
/** A temporary file of this age was left by a process that was killed. */
const STALE_MS = 3_600_000;
const TEMPORARY = 'tmp-';
const MARKER = 'pruned';

export function openCacheStore(directory: string, now: () => number = Date.now): CacheStore {
  return {
    read(key) {
      const path = entryPath(directory, key);
      try {
        const text = readFileSync(path, 'utf8');
        const body = verified(text);
        if (body === null) {
          remove(path);
          return null;
        }
        touch(path, now());
        return body;
      } catch {
        return null;
      }
    },
    write(key, body) {
      const path = entryPath(directory, key);
      const temporary = join(directory, `${TEMPORARY}${process.pid}-${randomUUID()}`);
      try {
        mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
        writeFileSync(temporary, `${HEADER}${digest(body)}\n${body}`, { mode: 0o600, flag: 'wx' });
        renameSync(temporary, path);
      } catch {
        remove(temporary);
      }
    },
  };
}

/** 256 folders: no listing gets long. */
function entryPath(directory: string, key: string): string {
  return join(directory, key.slice(0, 2), key);
}

function verified(text: string): string | null {
  const line = text.indexOf('\n');
  if (line < 0 || !text.startsWith(HEADER)) return null;
  const body = text.slice(line + 1);
  return text.slice(HEADER.length, line) === digest(body) ? body : null;
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function remove(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // It is in nobody's way.
  }
}

function touch(path: string, now: number): void {
  if (now - statSync(path).mtimeMs < TOUCH_MS) return;
  try {
    utimesSync(path, now / 1000, now / 1000);
  } catch {
    // A cache that may only be read still serves.
  }
}

interface Entry {
  readonly path: string;
  readonly bytes: number;
  readonly mtimeMs: number;
}

/** Deletes what is old or too much. Safe while others read and write: they take a missing entry for one never written. */
export function pruneCache(directory: string, options: PruneOptions = PRUNE, now: number = Date.now()): void {
  try {
    const marker = join(directory, MARKER);
    const last = statSync(marker, { throwIfNoEntry: false })?.mtimeMs ?? 0;
    if (now - last < options.everyMs) return;
    // First, so that of several processes one prunes.
    writeFileSync(marker, '', { mode: 0o600 });
    utimesSync(marker, now / 1000, now / 1000);
    const kept: Entry[] = [];
    for (const entry of entriesOf(directory, now)) {
      if (now - entry.mtimeMs > options.maxAgeMs) rmSync(entry.path, { force: true });
      else kept.push(entry);
    }
    let bytes = kept.reduce((sum, entry) => sum + entry.bytes, 0);
    if (bytes <= options.maxBytes) return;
    kept.sort((a, b) => a.mtimeMs - b.mtimeMs);
    for (const entry of kept) {
      if (bytes <= options.maxBytes * 0.75) break;
      rmSync(entry.path, { force: true });
      bytes -= entry.bytes;
    }
  } catch {
    // Pruning is a courtesy.
  }
}

function entriesOf(directory: string, now: number): Entry[] {
  const entries: Entry[] = [];
  for (const top of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, top.name);
    if (top.isDirectory() && /^[0-9a-f]{2}$/.test(top.name)) {
      for (const name of readdirSync(path)) {
        const stat = statSync(join(path, name), { throwIfNoEntry: false });
        if (stat?.isFile()) entries.push({ path: join(path, name), bytes: stat.size, mtimeMs: stat.mtimeMs });
      }
    } else if (top.name.startsWith(TEMPORARY)) {
      const stat = statSync(path, { throwIfNoEntry: false });
      if (stat !== undefined && now - stat.mtimeMs > STALE_MS) rmSync(path, { force: true });
    }
  }
  return entries;
}
