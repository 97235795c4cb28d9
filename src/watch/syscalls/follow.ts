/**
 * Follows recording files that a collector appends to, over rotation and over its restarts. What is read twice (after a
 * restart of this server) is the same windows again: who takes them tells by their times.
 *
 * A file is read on with the handle that it was opened with, so that what was appended before it was renamed is read, too.
 * Lines that say who is who are kept until the collector begins anew (a header); a line that cannot be read takes all behind
 * it with it up to there, because indices would mean others.
 */
import { closeSync, fstatSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf, messageOf } from '../../collect/error.ts';
import { EvidenceError } from '../../evidence/error.ts';
import { readRecording } from '../../evidence/syscalls/read.ts';
import type { SyscallRecording } from '../../evidence/syscalls/recording.ts';

/** Bytes read at one time; lines are put together over the ends. */
const SLICE = 8 << 20;
/** A line that is longer is none of a collector's. */
const LONGEST = 64 << 20;

const NEWLINE = 10;
const HEADER = '{"schema"';
const WINDOW = '{"window"';
const RECORDING_FILE = /\.jsonl$/;
/** Files of a directory that nobody has written to for so long are left alone: rotation leaves one a day, for ever, ms. */
const OLD_MS = 7 * 86_400_000;
/** A file that nothing was appended to in so many looks is closed until something is. */
const IDLE = 200;

export interface Followed {
  /** Path of the file. */
  readonly path: string;
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
      if (this.#files.size === 0) problem = `${this.#path} cannot be read (${reason(error)})`;
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
  /** Header and definitions since the collector began; null: nothing until the next header counts. */
  #segment: string[] | null = null;
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
      fd = openSync(this.#path, 'r');
    } catch (error) {
      this.gone = codeOf(error) === 'ENOENT';
      this.problem = this.gone ? null : `${this.#path} cannot be read (${reason(error)})`;
      if (this.gone) this.close();
      return false;
    }
    const { ino, dev } = fstatSync(fd);
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
    this.#segment = null;
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
      const bytes = Buffer.concat([this.#rest, buffer.subarray(0, length)]);
      const end = bytes.lastIndexOf(NEWLINE);
      this.#rest = Buffer.from(bytes.subarray(end + 1));
      if (this.#rest.length > LONGEST) {
        this.#rest = Buffer.alloc(0);
        this.#damaged(`line ${this.#number + 1} of ${this.#path} is longer than 64 MiB`);
      }
      if (end >= 0) yield* this.#lines(bytes.toString('utf8', 0, end).split('\n'));
    }
  }

  /** What lies between two headers goes together. */
  *#lines(lines: readonly string[]): Generator<SyscallRecording> {
    const first = this.#number + 1;
    this.#number += lines.length;
    for (let from = 0; from < lines.length; ) {
      const begins = lines[from]?.startsWith(HEADER) === true;
      const next = lines.findIndex((line, i) => i > from && line.startsWith(HEADER));
      const to = next < 0 ? lines.length : next;
      if (begins) {
        this.#segment = [];
        this.problem = null;
      }
      yield* this.#block(lines.slice(from, to), first + from);
      from = to;
    }
  }

  /** `first`: the number of the first line in the file. */
  *#block(lines: readonly string[], first: number): Generator<SyscallRecording> {
    for (let from = 0; from < lines.length; ) {
      const segment = this.#segment;
      if (segment === null) {
        this.problem ??= `line ${first} of ${this.#path} is no header: this is no recording of hemostat guard baseline collect`;
        return;
      }
      const rest = lines.slice(from);
      const wrong = this.#firstWrong(segment, rest);
      const good = wrong === null ? rest : rest.slice(0, wrong.index);
      if (good.some((line) => line.startsWith(WINDOW))) yield this.#recording([...segment, ...good]);
      for (const line of good) if (line !== '' && !line.startsWith(WINDOW)) segment.push(line);
      if (wrong === null) return;
      const says = wrong.says.replace(/line \d+ of /, `line ${first + from + wrong.index} of `);
      from += wrong.index + 1;
      // A window says nothing about what is behind it.
      if (rest[wrong.index]?.startsWith(WINDOW) === true) this.problem = says;
      else this.#damaged(says);
    }
  }

  #recording(lines: readonly string[]): SyscallRecording {
    return readRecording(Buffer.from(`${lines.join('\n')}\n`), this.#path);
  }

  /** The first of `lines` that the reader cannot take after `segment`, with its sentence. */
  #firstWrong(segment: readonly string[], lines: readonly string[]): { index: number; says: string } | null {
    try {
      this.#recording([...segment, ...lines]);
      return null;
    } catch (error) {
      if (!(error instanceof EvidenceError)) throw error;
      const says = messageOf(error);
      const number = Number(/line (\d+) of /.exec(says)?.[1] ?? 1);
      return { index: Math.min(Math.max(0, number - segment.length - 1), lines.length - 1), says };
    }
  }

  #damaged(says: string): void {
    this.#segment = null;
    this.problem = `${says}; what follows is left out until the collector begins anew`;
  }
}

function reason(error: unknown): string {
  return codeOf(error) === 'ENOENT' ? 'it is not there' : (codeOf(error) ?? messageOf(error));
}
