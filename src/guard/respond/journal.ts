/**
 * The journal of `guard respond`: a directory with an append-only file of events, for its owner only. Appending is one write and an
 * fsync under a lock; a line that was cut by a crash is taken off before the next is written, and said.
 */
import type { FileHandle } from 'node:fs/promises';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { makeDirectory } from '../../findings/make-directory.ts';
import { codeOf, GuardEvidenceError, reasonOf } from '../error.ts';
import { HEADER, readLines, writeLine } from './journal-lines.ts';
import { withLock } from './lock.ts';
import type { ResponseEvent, ResponseStore } from './model.ts';

/** An append takes ms; who waits longer waits for something that hangs. */
const LOCK = { waitMs: 10_000, staleMs: 60_000 };
/** A journal of a year has a few MiB. */
const LARGEST = 1024 * 1024 * 1024;

export class Journal implements ResponseStore {
  readonly path: string;
  readonly #dir: string;
  readonly #says: (sentence: string) => void;
  /** What was read: files only grow, so that only what is new is read again. */
  #read: { readonly events: ResponseEvent[]; readonly ids: Set<string>; inode: number; whole: number; lines: number };

  /** @param says is told, in a sentence, of what was lost */
  constructor(dir: string, says: (sentence: string) => void = () => undefined) {
    this.#dir = dir;
    this.path = join(dir, 'events.jsonl');
    this.#says = says;
    this.#read = nothingRead();
  }

  /** Empty where there is no journal yet. @throws GuardEvidenceError */
  async events(): Promise<readonly ResponseEvent[]> {
    const file = await this.#open('r');
    if (file === null) return [];
    try {
      const size = await this.#catchUp(file);
      // Somebody may be in the middle of writing it; an append takes it away, and says so.
      if (size > this.#read.whole) await this.#cut(size, 'left out');
      return [...this.#read.events];
    } catch (error) {
      throw this.#failure(error, 'read');
    } finally {
      await file.close();
    }
  }

  /** @throws GuardEvidenceError where nothing was written */
  async append(events: readonly ResponseEvent[]): Promise<void> {
    if (events.length === 0) return;
    if (!makeDirectory(this.#dir)) throw new GuardEvidenceError(`${this.#dir} cannot be made; give another --dir`);
    const done = await withLock(join(this.#dir, 'events.lock'), LOCK, () => this.#appendLocked(events));
    if (done === null)
      throw new GuardEvidenceError(
        `${this.#dir} is being written by another process for ${LOCK.waitMs / 1000} s; try again, or end that process`,
      );
  }

  async #appendLocked(events: readonly ResponseEvent[]): Promise<void> {
    const file = await this.#open('a+');
    if (file === null) return;
    try {
      const size = await this.#catchUp(file);
      if (size > this.#read.whole) {
        await file.truncate(this.#read.whole);
        await this.#cut(size, 'dropped');
      }
      const fresh = new Map<string, ResponseEvent>();
      for (const event of events) if (!this.#read.ids.has(event.id) && !fresh.has(event.id)) fresh.set(event.id, event);
      if (fresh.size === 0) return;
      const before = this.#read.whole;
      const text = (before === 0 ? HEADER : '') + [...fresh.values()].map(writeLine).join('');
      // What cannot be read back is not written: a mistake here would close the journal for good.
      const lines = this.#read.lines;
      readLines(Buffer.from(text), lines, this.path);
      try {
        await file.appendFile(text);
        await file.sync();
      } catch (error) {
        // All or nothing: a full disk takes a part.
        await file.truncate(before).catch(() => undefined);
        throw error;
      }
      await this.#catchUp(file);
      if (before === 0) await syncDirectory(this.#dir);
    } catch (error) {
      throw this.#failure(error, 'written');
    } finally {
      await file.close();
    }
  }

  /** Reads what is new; the file's size. */
  async #catchUp(file: FileHandle): Promise<number> {
    const { size, ino } = await file.stat();
    if (size > LARGEST) throw new GuardEvidenceError(`${this.path} is larger than 1 GiB; move the directory away`);
    // Another file, or one that somebody made shorter.
    if (this.#read.inode !== ino || this.#read.whole > size) this.#read = { ...nothingRead(), inode: ino };
    const buffer = Buffer.alloc(size - this.#read.whole);
    let filled = 0;
    while (filled < buffer.length) {
      const { bytesRead } = await file.read(buffer, filled, buffer.length - filled, this.#read.whole + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    const part = readLines(buffer.subarray(0, filled), this.#read.lines, this.path);
    for (const event of part.events) {
      if (this.#read.ids.has(event.id)) continue;
      this.#read.ids.add(event.id);
      this.#read.events.push(event);
    }
    this.#read.whole += part.whole;
    this.#read.lines = part.lines;
    return size;
  }

  async #cut(size: number, done: string): Promise<void> {
    const bytes = size - this.#read.whole;
    this.#says(
      `${this.path}: the last line was cut after ${bytes} bytes and is ${done}: a writer was stopped in the middle of it`,
    );
  }

  /** Null where there is none to read. */
  async #open(flags: 'r' | 'a+'): Promise<FileHandle | null> {
    try {
      return await open(this.path, flags, 0o600);
    } catch (error) {
      if (codeOf(error) === 'ENOENT' && flags === 'r') return null;
      throw this.#failure(error, flags === 'r' ? 'read' : 'written');
    }
  }

  #failure(error: unknown, how: 'read' | 'written'): Error {
    if (error instanceof GuardEvidenceError) return error;
    return new GuardEvidenceError(`${this.path} cannot be ${how} (${reasonOf(error)}); give another --dir`);
  }
}

function nothingRead(): { events: ResponseEvent[]; ids: Set<string>; inode: number; whole: number; lines: number } {
  return { events: [], ids: new Set(), inode: -1, whole: 0, lines: 0 };
}

/** So that a new file's name outlives a power cut, too. */
async function syncDirectory(dir: string): Promise<void> {
  const handle = await open(dir, 'r');
  await handle.sync().finally(() => handle.close());
}
