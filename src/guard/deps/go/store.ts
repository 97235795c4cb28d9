/**
 * What was verified of a checksum database before: the newest tree head, tiles and records, by name. Only what was found to be in the
 * tree is written. The go command's own cache is read too, and never written: whatever comes from either is verified again.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeWhole } from '../../write-whole.ts';
import type { NoteKey } from './note.ts';

export class DatabaseStore {
  readonly #directory: string;
  /** `cache/download/sumdb/NAME` of the module cache. */
  readonly #goCache: string;
  /** Said once: a cache that cannot be written slows, and does no harm. */
  problem = '';

  constructor(cacheDir: string, key: NoteKey, goDownloads: string) {
    const id = `${encodeURIComponent(key.name)}+${key.hash.toString(16).padStart(8, '0')}`;
    this.#directory = join(cacheDir, 'go-sumdb', id);
    this.#goCache = join(goDownloads, 'sumdb', key.name);
  }

  /** Path of the stored tree head. */
  get headFile(): string {
    return join(this.#directory, 'latest');
  }

  /** A file that was stored, null if there is none. `name` is made of names that were checked (tilePath, escapeModule). */
  async read(name: string): Promise<Buffer | null> {
    return await readMaybe(join(this.#directory, name));
  }

  async readOfGo(name: string): Promise<Buffer | null> {
    return await readMaybe(join(this.#goCache, name));
  }

  /** Whole or not at all. */
  async write(name: string, data: Uint8Array | string): Promise<void> {
    const path = join(this.#directory, name);
    const why = await writeWhole(path, data);
    if (why !== '') this.problem ||= `${path} could not be written (${why}): what was verified will be fetched again`;
  }
}

/** A file's bytes, null where there is none or it cannot be read: the source is asked then. */
export async function readMaybe(path: string): Promise<Buffer | null> {
  try {
    const data = await readFile(path);
    return data.length === 0 ? null : data;
  } catch {
    return null;
  }
}
