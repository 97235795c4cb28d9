/**
 * The file that a recording is appended to, for its owner only, or for a group to read. In a directory it is a new file per start and per rotation;
 * a single file that is rotated keeps its name, and what was before gets the time into its name.
 */
import {
  chmodSync,
  chownSync,
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { codeOf, messageOf, TargetError, unreadable } from '../error.ts';

export interface RecordingFileOptions {
  /** A file, or a directory that is there or whose name ends in a slash. */
  readonly out: string;
  /** A new file after so long, ms; Infinity: never. */
  readonly rotateMs: number;
  /** A new file from so many bytes on; Infinity: never. */
  readonly rotateBytes: number;
  /** Files that are kept, the one that is written among them; Infinity: all. */
  readonly keep: number;
  /** A group that may read it, by its id: `watch` need not be root. */
  readonly group?: number;
  readonly now: () => number;
}

const CHUNK = 64 << 10;
const NEWLINE = 10;
const EXTENSION = '.jsonl';
/** chown(2): the owner stays. */
const SAME_OWNER = -1;

export class RecordingFile {
  readonly #options: RecordingFileOptions;
  readonly #inDirectory: boolean;
  #path = '';
  #fd = -1;
  #bytes = 0;
  #openedAt = 0;
  /** Bytes of a line that a crash had cut and that were taken away when the file was opened. */
  cut = 0;

  /** Opens it. @throws TargetError */
  constructor(options: RecordingFileOptions) {
    this.#options = options;
    this.#inDirectory = options.out.endsWith('/') || isDirectory(options.out);
    try {
      this.#open();
    } catch (error) {
      if (error instanceof TargetError) throw error;
      throw new TargetError(`the recording ${options.out} cannot be written: it ${unreadable(error)}`);
    }
  }

  get path(): string {
    return this.#path;
  }

  /** Whole lines. @throws TargetError where they cannot be written: the disk is full, … */
  append(lines: string): void {
    const bytes = Buffer.from(lines);
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(this.#fd, bytes, at);
    } catch (error) {
      throw new TargetError(`the recording ${this.#path} cannot be written: ${messageOf(error)}`);
    }
    this.#bytes += bytes.length;
  }

  /** Whether a new file is due. */
  due(): boolean {
    const { rotateMs, rotateBytes, now } = this.#options;
    return this.#bytes >= rotateBytes || now() - this.#openedAt >= rotateMs;
  }

  /** Begins a new file; it is empty, and wants a header. */
  rotate(): void {
    closeSync(this.#fd);
    const before = this.#path;
    if (!this.#inDirectory) renameSync(before, `${before}.${stamp(this.#options.now())}`);
    this.#open();
    this.#drop();
  }

  close(): void {
    if (this.#fd >= 0) closeSync(this.#fd);
    this.#fd = -1;
  }

  #open(): void {
    const { out, now } = this.#options;
    this.#openedAt = now();
    if (this.#inDirectory) this.#makeDirectory(out);
    this.#path = this.#inDirectory ? join(out, `syscalls-${stamp(now())}${EXTENSION}`) : out;
    this.#fd = openOwn(this.#path);
    const { group } = this.#options;
    if (group !== undefined) {
      // The group first: for a moment nobody else's may read it.
      fchownSync(this.#fd, SAME_OWNER, group);
      fchmodSync(this.#fd, 0o640);
    }
    const size = fstatSync(this.#fd).size;
    this.#bytes = wholeLines(this.#fd, size);
    this.cut = size - this.#bytes;
    if (this.cut > 0) ftruncateSync(this.#fd, this.#bytes);
  }

  /** What is there already keeps its mode: whoever made it decided who may look into it. */
  #makeDirectory(out: string): void {
    const { group } = this.#options;
    const first = mkdirSync(out, { recursive: true, mode: 0o700 });
    if (first === undefined || group === undefined) return;
    for (let made = resolve(out); made.length >= resolve(first).length; made = dirname(made)) {
      chownSync(made, SAME_OWNER, group);
      chmodSync(made, 0o750);
    }
  }

  #drop(): void {
    const { out, keep } = this.#options;
    const directory = this.#inDirectory ? out : dirname(out);
    const ours = this.#inDirectory ? /^syscalls-\d{8}T\d{9}Z\.jsonl$/ : null;
    const old = readdirSync(directory)
      .filter((name) =>
        ours === null ? name.startsWith(`${basename(out)}.`) && /\.\d{8}T\d{9}Z$/.test(name) : ours.test(name),
      )
      .sort();
    // The one that is written counts; in a directory it is the newest of the list, otherwise it is not in it.
    const most = ours === null ? keep - 1 : keep;
    for (const name of old.slice(0, Math.max(0, old.length - most))) rmSync(join(directory, name), { force: true });
  }
}

/**
 * Root writes it, maybe where others may, too: a link that somebody put there would have another file made, appended to, or given
 * to the group.
 */
function openOwn(path: string): number {
  const { O_RDWR, O_APPEND, O_CREAT, O_NOFOLLOW, O_NONBLOCK } = constants;
  let fd: number;
  try {
    fd = openSync(path, O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o600);
  } catch (error) {
    if (codeOf(error) !== 'ELOOP') throw error;
    throw new TargetError(`the recording ${path} is a link; name the file that it leads to`);
  }
  if (fstatSync(fd).isFile()) return fd;
  closeSync(fd);
  throw new TargetError(`the recording ${path} is no file`);
}

/** Length of the file up to its last newline. */
function wholeLines(fd: number, size: number): number {
  const chunk = Buffer.alloc(CHUNK);
  for (let end = size; end > 0; ) {
    const from = Math.max(0, end - CHUNK);
    const read = readSync(fd, chunk, 0, end - from, from);
    const at = chunk.subarray(0, read).lastIndexOf(NEWLINE);
    if (at >= 0) return from + at + 1;
    end = from;
  }
  return 0;
}

/** `20261123T083000123Z`: sorts as time does. */
function stamp(ms: number): string {
  return new Date(ms).toISOString().replace(/[-:.]/g, '');
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}
