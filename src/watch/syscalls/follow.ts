/**
 * Follows recording files that a collector appends to, over rotation and over its restarts. What is read twice (after a
 * restart of this server) is the same windows again: who takes them tells by their times.
 *
 * A file is read on with the handle that it was opened with, so that what was appended before it was renamed is read, too.
 * Who is who is remembered until the collector begins anew (a header); a line that cannot be read takes all behind it with it
 * up to there, because indices would mean others. Windows come one at a time: who takes them may rest in between.
 */
import { closeSync, constants, fstatSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf, messageOf } from '../../collect/error.ts';
import { EvidenceError } from '../../evidence/error.ts';
import { RecordingLineReader } from '../../evidence/syscalls/read.ts';
import type { SyscallRecording } from '../../evidence/syscalls/recording.ts';

/** Bytes read at one time; lines are put together over the ends. */
const SLICE = 1 << 20;
/** A line that is longer is none of a collector's. */
const LONGEST = 64 << 20;

const NEWLINE = 10;
const HEADER = Buffer.from('{"schema"');
const WINDOW = Buffer.from('{"window"');
const RECORDING_FILE = /\.jsonl$/;
/** Files of a directory that nobody has written to for so long are left alone: rotation leaves one a day, for ever, ms. */
const OLD_MS = 7 * 86_400_000;
/** A file that nothing was appended to in so many looks is closed until something is. */
const IDLE = 200;

export interface Followed {
  /** Path of the file. */
  readonly path: string;
  /** One window. */
  readonly recording: SyscallRecording;
}

/** One path of the configuration: a file, or a directory of `*.jsonl`. */
export class Follower {
  readonly #path: string;
  readonly #now: () => number;
  readonly #files = new Map<string, Tail>();

  constructor(path: string, now: () => number) {
    this.#path = path;
    this.#now = now;
  }

  /** What came since the last time, oldest first. `problem`: one sentence, or null. */
  *read(): Generator<Followed, string | null> {
    let problem: string | null = null;
    let paths: string[];
    try {
      paths = this.#paths();
    } catch (error) {
      paths = [];
      // Between the old file and the new one of that name there may be none.
      if (this.#files.size === 0) problem = unreadable(this.#path, error);
    }
    for (const path of this.#files.keys()) if (!paths.includes(path)) paths.push(path);
    for (const path of paths) {
      const tail = this.#files.get(path) ?? new Tail(path);
      this.#files.set(path, tail);
      for (const recording of tail.read()) yield { path, recording };
      problem ??= tail.problem;
      if (tail.gone) this.#files.delete(path);
    }
    return problem;
  }

  close(): void {
    for (const tail of this.#files.values()) tail.close();
    this.#files.clear();
  }

  #paths(): string[] {
    if (!statSync(this.#path).isDirectory()) return [this.#path];
    const names = readdirSync(this.#path).filter((name) => RECORDING_FILE.test(name) && !name.startsWith('.'));
    const oldest = this.#now() - OLD_MS;
    return names
      .sort()
      .map((name) => join(this.#path, name))
      .filter((path) => this.#files.has(path) || (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0) >= oldest);
  }
}

/** One file by its name: whatever file has that name now, after the rest of the one that had it before. */
class Tail {
  readonly #path: string;
  #open: { readonly fd: number; readonly ino: number; readonly dev: number } | null = null;
  /** What was open before it was closed for being idle. */
  #before: { readonly ino: number; readonly dev: number } | null = null;
  #idle = 0;
  #offset = 0;
  #number = 0;
  /** The beginning of a line whose end is not there yet. */
  #rest: Buffer = Buffer.alloc(0);
  /** Knows who is who since the collector began; null: nothing until the next header counts. */
  #reader: RecordingLineReader | null = null;
  problem: string | null = null;
  gone = false;

  constructor(path: string) {
    this.#path = path;
  }

  *read(): Generator<SyscallRecording> {
    // Two files at most: what is left of the one before, and the one that has its name now.
    for (let turn = 0; turn < 2; turn++) {
      if (!this.#current(turn)) break;
      yield* this.#readOn();
    }
    if (this.#idle < IDLE || this.#open === null) return;
    const { ino, dev } = this.#open;
    this.close();
    this.#before = { ino, dev };
  }

  close(): void {
    if (this.#open !== null) closeSync(this.#open.fd);
    this.#open = null;
  }

  /** Opens the file that is to be read in this turn; false: there is no (other) one. */
  #current(turn: number): boolean {
    if (turn === 0 && this.#open !== null) {
      // Somebody copied it away and made it empty: it is read from its beginning.
      if (fstatSync(this.#open.fd).size < this.#offset) this.#restart();
      return true;
    }
    let fd: number;
    try {
      // A pipe that nobody writes to would hold the whole server.
      fd = openSync(this.#path, constants.O_RDONLY | constants.O_NONBLOCK);
    } catch (error) {
      this.gone = codeOf(error) === 'ENOENT';
      this.problem = this.gone ? null : unreadable(this.#path, error);
      if (this.gone) this.close();
      return false;
    }
    const info = fstatSync(fd);
    if (!info.isFile()) {
      closeSync(fd);
      this.problem = `${this.#path} is no file: take it away`;
      return false;
    }
    const { ino, dev } = info;
    if (this.#open !== null && this.#open.ino === ino && this.#open.dev === dev) {
      closeSync(fd);
      return false;
    }
    this.close();
    this.#open = { fd, ino, dev };
    const known = this.#before?.ino === ino && this.#before.dev === dev;
    this.#before = null;
    if (!known || fstatSync(fd).size < this.#offset) this.#restart();
    return true;
  }

  #restart(): void {
    this.#offset = 0;
    this.#number = 0;
    this.#rest = Buffer.alloc(0);
    this.#reader = null;
    this.#idle = 0;
  }

  *#readOn(): Generator<SyscallRecording> {
    for (;;) {
      const fd = this.#open?.fd;
      if (fd === undefined) return;
      const there = Math.max(0, Math.min(SLICE, fstatSync(fd).size - this.#offset));
      const buffer = Buffer.allocUnsafe(there);
      const length = readSync(fd, buffer, 0, there, this.#offset);
      this.#idle = length === 0 ? this.#idle + 1 : 0;
      if (length === 0) return;
      this.#offset += length;
      const bytes =
        this.#rest.length === 0
          ? buffer.subarray(0, length)
          : Buffer.concat([this.#rest, buffer], this.#rest.length + length);
      let from = 0;
      for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, from)) {
        const line = bytes.subarray(from, end);
        from = end + 1;
        const recording = this.#line(line);
        if (recording !== null) yield recording;
      }
      this.#rest = Buffer.from(bytes.subarray(from));
      if (this.#rest.length > LONGEST) {
        this.#rest = Buffer.alloc(0);
        this.#damaged(`line ${this.#number + 1} of ${this.#path} is longer than 64 MiB`);
      }
    }
  }

  /** The window that it holds, if it holds one that can be read. */
  #line(line: Buffer): SyscallRecording | null {
    this.#number++;
    if (begins(line, HEADER)) {
      this.#reader = new RecordingLineReader(this.#path);
      this.problem = null;
    }
    if (this.#reader === null) {
      this.problem ??= `line ${this.#number} of ${this.#path} is no header: this is no recording of hemostat guard baseline collect`;
      return null;
    }
    try {
      return this.#reader.line(line, this.#number);
    } catch (error) {
      if (!(error instanceof EvidenceError)) throw error;
      // A window says nothing about what is behind it.
      if (begins(line, WINDOW)) this.problem = messageOf(error);
      else this.#damaged(messageOf(error));
      return null;
    }
  }

  #damaged(says: string): void {
    this.#reader = null;
    this.problem = `${says}; what follows is left out until the collector begins anew`;
  }
}

function begins(line: Buffer, word: Buffer): boolean {
  return line.subarray(0, word.length).equals(word);
}

function unreadable(path: string, error: unknown): string {
  const code = codeOf(error);
  if (code === 'ENOENT') return `${path} cannot be read (it is not there)`;
  // A collector is root, and what it writes is its own at first.
  if (code === 'EACCES' || code === 'EPERM')
    return `${path} may not be read by the user of this server: let hemostat guard baseline collect write it with --group ${process.getgid?.()}, a group of that user, which has to have access to the directory too`;
  return `${path} cannot be read (${code ?? messageOf(error)})`;
}
