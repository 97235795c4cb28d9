/**
 * Writes a bundle under a temporary name beside its final place and renames it when it is complete: whoever sees the
 * final name sees all of it. Captures hold what a service keeps in memory, hence 0700 and 0600.
 */
import {
  chmodSync,
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { codeOf, messageOf, TargetError, UsageError } from './error.ts';
import type { Capture, Manifest } from './manifest.ts';

export class BundleWriter {
  readonly captures: Capture[] = [];
  readonly temporary: boolean;
  readonly #final: string;
  readonly #work: string;
  #open = true;
  /** Removes the half-written bundle when the process ends before it is complete. */
  readonly #onExit = () => this.discard();

  /** Without `out` the bundle becomes a fresh directory under the system's temporary one. */
  constructor(out: string | undefined) {
    this.temporary = out === undefined;
    try {
      if (out === undefined) {
        this.#final = mkdtempSync(join(tmpdir(), 'hemostat-'));
        this.#work = this.#final;
      } else {
        this.#final = resolve(out);
        checkFree(this.#final, out);
        mkdirSync(dirname(this.#final), { recursive: true });
        this.#work = mkdtempSync(join(dirname(this.#final), `.${basename(this.#final)}.partial-`));
      }
    } catch (error) {
      if (error instanceof UsageError) throw error;
      throw new TargetError(`the bundle cannot be written to ${out ?? tmpdir()}: ${messageOf(error)}`);
    }
    process.on('exit', this.#onExit);
  }

  /** Stores one capture as received and lists it in the manifest. */
  add(capture: Omit<Capture, 'bytes'>, data: Uint8Array | string | null): void {
    const bytes = data === null ? 0 : typeof data === 'string' ? Buffer.byteLength(data) : data.byteLength;
    if (data !== null && capture.file !== undefined) this.#write(capture.file, data);
    this.captures.push({ ...capture, bytes });
  }

  /** A file that grows while the window runs; the caller lists it when it is complete. */
  stream(file: string): { write(data: Uint8Array | string): void; close(): number } {
    const fd = openSync(join(this.#work, file), 'w', 0o600);
    let bytes = 0;
    let open = true;
    return {
      write: (data) => {
        if (open) bytes += typeof data === 'string' ? writeSync(fd, data) : writeSync(fd, data);
      },
      close: () => {
        if (open) closeSync(fd);
        open = false;
        return bytes;
      },
    };
  }

  /** Takes a copy of a file; the caller lists it. Returns its bytes. */
  copy(from: string, file: string): number {
    const to = join(this.#work, file);
    try {
      copyFileSync(from, to);
      chmodSync(to, 0o600);
      return statSync(to).size;
    } catch (error) {
      throw new TargetError(`${from} cannot be copied into the bundle: ${messageOf(error)}`);
    }
  }

  /** Bytes of a capture that was added before. */
  read(file: string): Buffer {
    return readFileSync(join(this.#work, file));
  }

  /** Takes back a streamed file that did not become a capture. */
  remove(file: string): void {
    rmSync(join(this.#work, file), { force: true });
  }

  /** Lists a streamed file. */
  list(capture: Capture): void {
    this.captures.push(capture);
  }

  /** Writes the manifest and gives the bundle its final name. */
  finish(manifest: Manifest): string {
    this.#write('manifest.json', `${JSON.stringify(manifest, null, 2)}\n`);
    try {
      if (this.#work !== this.#final) renameSync(this.#work, this.#final);
    } catch (error) {
      throw new TargetError(
        `the bundle is complete in ${this.#work} but cannot be renamed to ${this.#final}: ${messageOf(error)}`,
      );
    }
    this.#close();
    return this.#final;
  }

  /** Removes what was written; does nothing after `finish`. */
  discard(): void {
    if (!this.#open) return;
    this.#close();
    rmSync(this.#work, { recursive: true, force: true });
  }

  #close(): void {
    this.#open = false;
    process.off('exit', this.#onExit);
  }

  #write(file: string, data: Uint8Array | string): void {
    try {
      writeFileSync(join(this.#work, file), data, { mode: 0o600 });
    } catch (error) {
      throw new TargetError(`the bundle file ${file} cannot be written: ${messageOf(error)}`);
    }
  }
}

function checkFree(path: string, shown: string): void {
  if (!existsSync(path)) return;
  let entries: string[];
  try {
    entries = readdirSync(path);
  } catch (error) {
    if (codeOf(error) === 'ENOTDIR') throw new UsageError(`${shown} is a file; give a new directory for the bundle`);
    throw error;
  }
  if (entries.length > 0) throw new UsageError(`${shown} exists and is not empty; give a new directory for the bundle`);
}
