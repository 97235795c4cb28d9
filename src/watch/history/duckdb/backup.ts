/**
 * A copy of a history that opens like the original. The database is copied between two commits, file and log, so the copy
 * is a state that was durable; blobs never change, so they are linked where the file system allows it and copied where not.
 */
import { constants } from 'node:fs';
import { copyFile, link, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type Blobs, isMissing, syncDirectory } from '../blobs.ts';
import { StoreError, storeError } from '../error.ts';
import type { Database } from './database.ts';
import type { CommitQueue } from './queue.ts';
import { text } from './values.ts';

interface BackupParts {
  readonly database: Database;
  readonly blobs: Blobs;
}

/** Blobs linked at one time. */
const AT_ONCE = 16;

/** Names in a data directory. */
export const DATABASE = 'history.duckdb';
export const BLOBS = 'blobs';

/** Retention must not run meanwhile. `dir` must not exist or be empty; it appears with its name when it is whole. */
export async function backupOpen(
  { database, blobs }: BackupParts,
  queue: Pick<CommitQueue<never>, 'alone'>,
  dir: string,
): Promise<void> {
  await refuseFull(dir);
  const half = join(dirname(dir), `.${basename(dir)}.${process.pid}.half`);
  try {
    await rm(half, { recursive: true, force: true });
    await mkdir(half, { recursive: true, mode: 0o700 });
    const hashes = await queue.alone(async () => {
      await copyDurably(database.path, join(half, DATABASE));
      await copyDurably(`${database.path}.wal`, join(half, `${DATABASE}.wal`)).catch((error: unknown) => {
        if (!isMissing(error)) throw error;
      });
      // Of the same state: nothing is committed before this question is answered.
      return (await database.read('SELECT DISTINCT hash FROM capture_blobs')).map(([hash]) => text(hash));
    });
    const made = new Set<string>();
    for (let i = 0; i < hashes.length; i += AT_ONCE)
      await Promise.all(
        hashes.slice(i, i + AT_ONCE).map(async (hash) => {
          const from = blobs.path(hash);
          const to = join(half, BLOBS, basename(dirname(from)), basename(from));
          if (!made.has(dirname(to))) {
            await mkdir(dirname(to), { recursive: true, mode: 0o700 });
            made.add(dirname(to));
          }
          await linkOrCopy(from, to);
        }),
      );
    for (const directory of [...made, half]) await syncDirectory(directory);
    // An empty directory of that name is replaced.
    await rename(half, dir);
    await syncDirectory(dirname(dir));
  } catch (error) {
    await rm(half, { recursive: true, force: true }).catch(() => undefined);
    throw storeError(error, 'write a backup', dir);
  }
}

async function refuseFull(dir: string): Promise<void> {
  let names: string[];
  try {
    names = await readdir(dir);
  } catch (error) {
    if (isMissing(error)) return;
    throw storeError(error, 'write a backup', dir);
  }
  if (names.length > 0)
    throw new StoreError('usage', `${dir} is not empty: give the backup a directory that does not exist yet`);
}

async function copyDurably(from: string, to: string): Promise<void> {
  await copyFile(from, to, constants.COPYFILE_FICLONE);
  const file = await open(to, 'r+');
  try {
    await file.chmod(0o600);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** A blob that is missing here is missing there: the copy is of what there is, and the store says so when asked for it. */
async function linkOrCopy(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    if (isMissing(error)) return;
    await copyDurably(from, to);
  }
}
