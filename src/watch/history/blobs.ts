/**
 * Bytes on disk under the name of their SHA-256, compressed with zstd: `blobs/ab/cdef….zst`.
 *
 * A blob comes into `blobs/new/` first, and moves to its place once a transaction that refers to it is durable. After a
 * crash it is therefore enough to look through `new/`: what the database knows is moved, the rest is removed. The
 * millions of blobs in their places are never listed.
 */
import { createHash } from 'node:crypto';
import { closeSync, fdatasync, mkdirSync, openSync, renameSync, statSync, unlinkSync, writeSync } from 'node:fs';
import { mkdir, open, readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { constants, zstdCompress, zstdCompressSync, zstdDecompress } from 'node:zlib';
import type { BlobHash } from '../model.ts';
import { StoreError, storeError } from './error.ts';

const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);
const datasync = promisify(fdatasync);

const HASH = /^[0-9a-f]{64}$/;
const PARAMS = { [constants.ZSTD_c_compressionLevel]: 3 };
/** Up to here bytes are compressed at once, in less time than it takes to hand them to another thread and back. */
const SMALL = 32_768;
/** No blob is larger than this; a damaged one must not make us allocate more, bytes. */
const MAX_BYTES = 2 ** 31;

/** A blob that was put and may not be known to the database yet. */
interface Fresh {
  /** Compressed, bytes. */
  readonly stored: number;
  /** When it was put, ms by the clock given. */
  at: number;
  /** In its place already: the database knows it. */
  readonly placed: boolean;
}

export interface Blobs {
  put(bytes: Uint8Array): Promise<BlobHash>;
  get(hash: BlobHash): Promise<Uint8Array>;
  /** Compressed size and whether the database was told of it before; null where there is no such blob. */
  info(hash: BlobHash): { readonly stored: number; readonly placed: boolean } | null;
  /** To be called when a transaction that refers to them is durable. */
  place(hashes: Iterable<BlobHash>): void;
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
  mkdirSync(staging, { recursive: true, mode: 0o700 });
  const fresh = new Map<BlobHash, Fresh>();
  const underWay = new Map<BlobHash, Promise<void>>();
  const syncStaging = coalesced(() => syncDirectory(staging));
  let temporary = 0;

  const path = (hash: BlobHash): string => {
    if (!HASH.test(hash))
      throw new StoreError('usage', `${JSON.stringify(hash.slice(0, 80))} is no blob: a blob has 64 hex digits`);
    return join(root, hash.slice(0, 2), `${hash.slice(2)}.zst`);
  };
  const stagedPath = (hash: BlobHash): string => join(staging, `${hash}.zst`);

  const write = async (hash: BlobHash, bytes: Uint8Array): Promise<void> => {
    // Calls that only touch names and the page cache are synchronous: a tenth of the processor time of asynchronous ones.
    const placed = sizeOf(path(hash));
    if (placed !== null) {
      fresh.set(hash, { stored: placed, at: clock(), placed: true });
      return;
    }
    const known = fresh.get(hash);
    if (known !== undefined && sizeOf(stagedPath(hash)) !== null) {
      known.at = clock();
      return;
    }
    const packed =
      bytes.length <= SMALL ? zstdCompressSync(bytes, { params: PARAMS }) : await compress(bytes, { params: PARAMS });
    temporary += 1;
    const half = join(staging, `${hash}.${temporary}.tmp`);
    try {
      await writeDurably(half, packed);
      renameSync(half, stagedPath(hash));
      await syncStaging();
    } catch (error) {
      unlinkIfThere(half);
      throw error;
    }
    fresh.set(hash, { stored: packed.length, at: clock(), placed: false });
  };

  return {
    put: async (bytes) => {
      const hash = createHash('sha256').update(bytes).digest('hex');
      const known = fresh.get(hash);
      if (known !== undefined) known.at = clock();
      let writing = underWay.get(hash);
      if (writing === undefined) {
        writing = write(hash, bytes).finally(() => underWay.delete(hash));
        underWay.set(hash, writing);
      }
      try {
        await writing;
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
      const stored = sizeOf(path(hash));
      if (stored !== null) return { stored, placed: true };
      const staged = sizeOf(stagedPath(hash));
      return staged === null ? null : { stored: staged, placed: false };
    },
    place: (hashes) => {
      for (const hash of hashes) {
        if (fresh.get(hash)?.placed !== true) {
          const target = path(hash);
          try {
            renameSync(stagedPath(hash), target);
          } catch {
            // The directory of the first two digits is not there yet, or another capture with the same bytes was faster.
            mkdirSync(dirname(target), { recursive: true, mode: 0o700 });
            if (sizeOf(stagedPath(hash)) !== null) renameSync(stagedPath(hash), target);
          }
        }
        fresh.delete(hash);
      }
    },
    remove: (hash) => {
      // One turn of the event loop: a put that comes later does not find the file and writes it again.
      if (fresh.has(hash) || underWay.has(hash)) return false;
      unlinkIfThere(path(hash));
      return true;
    },
    staged: async () => {
      const names: BlobHash[] = [];
      for (const name of await readdir(staging)) {
        const hash = name.slice(0, 64);
        if (name === `${hash}.zst` && HASH.test(hash)) names.push(hash);
        else if (name.endsWith('.tmp') && !underWay.has(hash)) unlinkIfThere(join(staging, name));
      }
      return names;
    },
    discard: (hash) => {
      if (underWay.has(hash)) return;
      fresh.delete(hash);
      unlinkIfThere(stagedPath(hash));
    },
    abandoned: (before) => {
      const found: BlobHash[] = [];
      for (const [hash, { at }] of fresh) if (at < before && !underWay.has(hash)) found.push(hash);
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

function sizeOf(path: string): number | null {
  return statSync(path, { throwIfNoEntry: false })?.size ?? null;
}

function unlinkIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}

async function writeDurably(path: string, bytes: Uint8Array): Promise<void> {
  const file = openSync(path, 'wx', 0o600);
  try {
    for (let written = 0; written < bytes.length; ) written += writeSync(file, bytes, written);
    await datasync(file);
  } finally {
    closeSync(file);
  }
}

export function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

/** Makes new names in a directory durable. */
export async function syncDirectory(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
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
