/** Keeps what was verified on disk, so that a restart need not ask every registry again. Only good answers are kept, and nothing secret. */
import { readFileSync, statSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { makeDirectory } from '../../findings/make-directory.ts';
import { GuardUsageError, reasonOf } from '../error.ts';
import type { VerdictCache } from './cache.ts';
import { factsSchema, type ImageFacts } from './facts.ts';

const FILE = 'admit-facts.jsonl';
const FORMAT = 'hemostat admit facts 1';
/** Larger files are not ours, bytes. */
const LARGEST = 512 * 1024 * 1024;

const line = z.strictObject({ key: z.string(), at: z.number(), facts: factsSchema });

/** Entries that are written together: some 100 KiB, and less than a millisecond. */
const AT_ONCE = 100;

export class FactsStore {
  readonly #file: string;
  #last: Promise<void> = Promise.resolve();

  /** @throws GuardUsageError where the directory cannot be made. */
  constructor(directory: string) {
    if (!makeDirectory(directory)) {
      throw new GuardUsageError(`cache.directory ${directory} cannot be made; give another one`);
    }
    this.#file = join(directory, FILE);
  }

  /**
   * Puts what is still young enough into the cache. Keys hold the hash of whom was trusted: what another policy vouched for is
   * never found.
   * @returns how many were read, and why the file was not used (empty: it was, or there is none)
   */
  load(
    cache: VerdictCache<ImageFacts>,
    now: number,
    staleMs: number,
  ): { readonly count: number; readonly says: string } {
    let text: string;
    try {
      const { mode, uid, size } = statSync(this.#file);
      // Whoever can write here can vouch for images.
      if ((mode & 0o022) !== 0 || (process.getuid !== undefined && uid !== process.getuid()))
        return { count: 0, says: `${this.#file} may be written by others and is not used` };
      if (size > LARGEST) return { count: 0, says: `${this.#file} is larger than 512 MiB and is not used` };
      text = readFileSync(this.#file, 'utf8');
    } catch (error) {
      const code = reasonOf(error);
      return { count: 0, says: code === 'ENOENT' ? '' : `${this.#file} cannot be read (${code}) and is not used` };
    }
    const [head, ...lines] = text.split('\n');
    if (head !== FORMAT) return { count: 0, says: `${this.#file} is of another version and is not used` };
    let count = 0;
    for (const one of lines) {
      if (one === '') continue;
      const read = line.safeParse(parseJson(one));
      if (!read.success)
        return { count, says: `${this.#file} is damaged; what comes after ${count} entries is not used` };
      const { key, at, facts } = read.data;
      if (at > now || now - at > staleMs) continue;
      cache.restore(key, facts, at);
      count++;
    }
    return { count, says: '' };
  }

  /**
   * Writes all of it, some entries at a time so that reviews are answered meanwhile; a reader sees the old file or the new one.
   * Never twice at the same time: who asks meanwhile gets a second one after it.
   */
  save(cache: VerdictCache<ImageFacts>): Promise<void> {
    this.#last = this.#last.catch(() => undefined).then(() => this.#write([...cache.good()]));
    return this.#last;
  }

  async #write(entries: readonly (readonly [string, ImageFacts, number])[]): Promise<void> {
    const temporary = `${this.#file}.${process.pid}.tmp`;
    try {
      const file = await open(temporary, 'w', 0o600);
      try {
        await file.chmod(0o600);
        await file.write(`${FORMAT}\n`);
        for (let i = 0; i < entries.length; i += AT_ONCE) {
          const lines = entries
            .slice(i, i + AT_ONCE)
            .map(([key, facts, at]) => `${JSON.stringify({ key, at, facts })}\n`);
          await file.write(lines.join(''));
        }
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(temporary, this.#file);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
