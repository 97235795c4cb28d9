/**
 * Bytes on disk under the name of their SHA-256, compressed with zstd: `blobs/ab/cdef….zst`.
 *
 * A blob comes into `blobs/new/` first, and moves to its place once a transaction that refers to it is durable. After a
 * crash it is therefore enough to look through `new/`: what the database knows is moved, the rest is removed. The
 * millions of blobs in their places are never listed.
 */
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { constants, zstdCompress, zstdCompressSync, zstdDecompress } from 'node:zlib';
import type { BlobHash } from '../model.ts';
import { StoreError, storeError } from './error.ts';

const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);
// Not of fs/promises: its file handles cost twice the processor time.
const open = promisify(fs.open);
const close = promisify(fs.close);
const datasync = promisify(fs.fdatasync);
const sync = promisify(fs.fsync);
const writeSome = promisify(fs.write);
const rename = promisify(fs.rename);
const stat = promisify(fs.stat);

const HASH = /^[0-9a-f]{64}$/;
const PARAMS = { [constants.ZSTD_c_compressionLevel]: 3 };
/** Up to here bytes are compressed at once, in less time than it takes to hand them to another thread and back. */
const SMALL = 32_768;
/** No blob is larger than this; a damaged one must not make us allocate more, bytes. */
const MAX_BYTES = 2 ** 31;
/** Files synced at one time: the pool has four threads, and transactions and names of hosts need some of them, too. */
const SYNCS = 2;

/** A blob that was put and may not be known to the database yet. */
interface Fresh {
  /** Compressed, bytes. */
  readonly stored: number;
  /** When it was put, ms by the clock given. */
  at: number;
  /** In its place already: the database knows it. */
  readonly placed: boolean;
}

/** A file that was written and is not durable yet. */
interface Written {
  readonly file: number;
  readonly path: string;
  readonly to: string;
  failed: unknown;
}

export interface Blobs {
  put(bytes: Uint8Array): Promise<BlobHash>;
  get(hash: BlobHash): Promise<Uint8Array>;
  /** Compressed size and whether the database was told of it before; null where there is no such blob. */
  info(hash: BlobHash): { readonly stored: number; readonly placed: boolean } | null;
  /** To be called when a transaction that refers to them is durable. */
  place(hashes: Iterable<BlobHash>): Promise<void>;
  /** Removes one in its place, unless it was put again meanwhile. False where it stays. */
  remove(hash: BlobHash): boolean;
  /** Names in `new/`; temporary files are removed. */
  staged(): Promise<BlobHash[]>;
  /** Removes one in `new/`. */
  discard(hash: BlobHash): void;
  /** Puts longer ago than this that no transaction referred to. */
  abandoned(before: number): BlobHash[];
  path(hash: BlobHash): string;
}

export async function openBlobs(root: string, clock: () => number): Promise<Blobs> {
  const staging = join(root, 'new');
  fs.mkdirSync(staging, { recursive: true, mode: 0o700 });
  const fresh = new Map<BlobHash, Fresh>();
  /** The last work on a file that is not finished; what comes next for the same file waits for it. */
  const busy = new Map<BlobHash, Promise<void>>();
  const written: Written[] = [];
  let temporary = 0;

  const path = (hash: BlobHash): string => {
    if (!HASH.test(hash))
      throw new StoreError('usage', `${JSON.stringify(hash.slice(0, 80))} is no blob: a blob has 64 hex digits`);
    return join(root, hash.slice(0, 2), `${hash.slice(2)}.zst`);
  };
  const stagedPath = (hash: BlobHash): string => join(staging, `${hash}.zst`);

  const inTurn = (hash: BlobHash, work: () => Promise<void>): Promise<void> => {
    const before = busy.get(hash);
    const done = before === undefined ? work() : before.then(work, work);
    busy.set(hash, done);
    const finished = (): void => {
      if (busy.get(hash) === done) busy.delete(hash);
    };
    done.then(finished, finished);
    return done;
  };

  /**
   * Everything that was written meanwhile becomes durable together: data, then names, then the directory once. The first
   * sync of a group also writes what the file system has to remember of the others, which makes theirs cheap.
   */
  const settle = coalesced(async () => {
    const group = written.splice(0);
    const queue = group.values();
    const lane = async (): Promise<void> => {
      for (const one of queue) {
        try {
          await datasync(one.file).finally(() => close(one.file));
          await rename(one.path, one.to);
        } catch (error) {
          one.failed = error;
        }
      }
    };
    await Promise.all(Array.from({ length: SYNCS }, lane));
    await syncNames(staging);
  });

  const write = async (hash: BlobHash, bytes: Uint8Array): Promise<void> => {
    const placed = await sizeOf(path(hash));
    if (placed !== null) {
      fresh.set(hash, { stored: placed, at: clock(), placed: true });
      return;
    }
    const known = fresh.get(hash);
    if (known !== undefined && (await sizeOf(stagedPath(hash))) !== null) {
      known.at = clock();
      return;
    }
    const packed =
      bytes.length <= SMALL ? zstdCompressSync(bytes, { params: PARAMS }) : await compress(bytes, { params: PARAMS });
    temporary += 1;
    const half = join(staging, `${hash}.${temporary}.tmp`);
    try {
      const one: Written = { file: await writeNew(half, packed), path: half, to: stagedPath(hash), failed: null };
      written.push(one);
      await settle();
      if (one.failed !== null) throw one.failed;
    } catch (error) {
      unlinkIfThere(half);
      throw error;
    }
    fresh.set(hash, { stored: packed.length, at: clock(), placed: false });
  };

  const move = async (hash: BlobHash): Promise<void> => {
    if (fresh.get(hash)?.placed !== true) {
      const target = path(hash);
      try {
        await rename(stagedPath(hash), target);
      } catch {
        // The directory of the first two digits is not there yet, or another capture with the same bytes was faster.
        await mkdir(dirname(target), { recursive: true, mode: 0o700 });
        if ((await sizeOf(stagedPath(hash))) !== null) await rename(stagedPath(hash), target);
      }
    }
    fresh.delete(hash);
  };

  return {
    put: async (bytes) => {
      const hash = createHash('sha256').update(bytes).digest('hex');
      const known = fresh.get(hash);
      if (known !== undefined) known.at = clock();
      try {
        await inTurn(hash, () => write(hash, bytes));
      } catch (error) {
        throw storeError(error, 'store a profile', root);
      }
      return hash;
    },
    get: async (hash) => {
      const packed = await readEither(path(hash), stagedPath(hash));
      if (packed === null)
        throw new StoreError(
          'missing',
          `the profile ${hash} is not in ${root} (any more): retention may have removed it`,
        );
      let bytes: Uint8Array;
      try {
        bytes = await decompress(packed, { maxOutputLength: MAX_BYTES });
      } catch (error) {
        throw damaged(hash, path(hash), error);
      }
      if (createHash('sha256').update(bytes).digest('hex') !== hash) throw damaged(hash, path(hash));
      return bytes;
    },
    info: (hash) => {
      const known = fresh.get(hash);
      if (known !== undefined) return known;
      const stored = sizeNow(path(hash));
      if (stored !== null) return { stored, placed: true };
      const staged = sizeNow(stagedPath(hash));
      return staged === null ? null : { stored: staged, placed: false };
    },
    place: async (hashes) => {
      await Promise.all(Array.from(hashes, (hash) => inTurn(hash, () => move(hash))));
    },
    remove: (hash) => {
      // One turn of the event loop: a put that comes later does not find the file and writes it again.
      if (fresh.has(hash) || busy.has(hash)) return false;
      unlinkIfThere(path(hash));
      return true;
    },
    staged: async () => {
      const names: BlobHash[] = [];
      for (const name of await readdir(staging)) {
        const hash = name.slice(0, 64);
        if (name === `${hash}.zst` && HASH.test(hash)) names.push(hash);
        else if (name.endsWith('.tmp') && !busy.has(hash)) unlinkIfThere(join(staging, name));
      }
      return names;
    },
    discard: (hash) => {
      if (busy.has(hash)) return;
      fresh.delete(hash);
      unlinkIfThere(stagedPath(hash));
    },
    abandoned: (before) => {
      const found: BlobHash[] = [];
      for (const [hash, { at }] of fresh) if (at < before && !busy.has(hash)) found.push(hash);
      return found;
    },
    path,
  };
}

function damaged(hash: BlobHash, path: string, cause?: unknown): StoreError {
  return new StoreError(
    'damaged',
    `the profile ${hash} is damaged: ${path} does not have the bytes that were written; restore it from a backup or delete it`,
    cause,
  );
}

async function readEither(first: string, second: string): Promise<Uint8Array | null> {
  // Third try: it was moved from the second to the first place between the first two.
  for (const path of [first, second, first]) {
    try {
      return await readFile(path);
    } catch (error) {
      if (!isMissing(error)) throw storeError(error, 'read a profile', path);
    }
  }
  return null;
}

function sizeNow(path: string): number | null {
  return fs.statSync(path, { throwIfNoEntry: false })?.size ?? null;
}

/** Another thread waits for the disk where it has to; a name that is looked up may stand behind a sync. */
async function sizeOf(path: string): Promise<number | null> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

function unlinkIfThere(path: string): void {
  try {
    fs.unlinkSync(path);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}

/** A new file with the bytes, still open, not durable. */
async function writeNew(path: string, bytes: Uint8Array): Promise<number> {
  const file = await open(path, 'wx', 0o600);
  try {
    for (let done = 0; done < bytes.length; ) done += (await writeSome(file, bytes, done)).bytesWritten;
    return file;
  } catch (error) {
    await close(file);
    throw error;
  }
}

export function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

/** Makes a directory where there is none, and new names in it durable. */
export async function syncDirectory(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  await syncNames(path);
}

async function syncNames(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await sync(directory);
  } finally {
    await close(directory);
  }
}

/** Calls that come while one runs share the next run: it begins after all of them came. */
function coalesced(run: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | null = null;
  let next: Promise<void> | null = null;
  const start = (): Promise<void> => {
    const current = run().finally(() => {
      if (running === current) running = null;
    });
    running = current;
    return current;
  };
  return () => {
    if (running === null) return start();
    next ??= running
      .catch(() => undefined)
      .then(() => {
        next = null;
        return start();
      });
    return next;
  };
}
