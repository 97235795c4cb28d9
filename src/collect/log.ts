/** The stderr of a program that we started, into the bundle; bounded, with the trace lines kept to the end. */
import type { BundleWriter } from './bundle-writer.ts';
import { LineTap } from './output.ts';

/** Everything up to here, bytes; from then on only gctrace and scavtrace lines, as much again. */
const LIMIT = 32 << 20;

export class StderrLog {
  #stream: ReturnType<BundleWriter['stream']> | null = null;
  #bytes = 0;
  #dropped = 0;
  #closed = false;
  readonly #writer: BundleWriter;
  readonly #tail = new LineTap((line, fromTrace) => {
    const text = `${line}\n`;
    if (fromTrace && this.#bytes + text.length <= 2 * LIMIT) this.#put(text, text.length);
    else this.#dropped += text.length;
  });

  constructor(writer: BundleWriter) {
    this.#writer = writer;
  }

  write(chunk: Uint8Array): void {
    if (this.#closed) return;
    if (this.#bytes < LIMIT) this.#put(chunk, chunk.byteLength);
    else this.#tail.write(chunk);
  }

  /** Lists the file; `start` is the beginning of the window, ms since the epoch. */
  close(start: number): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#stream === null) return;
    const bytes = this.#stream.close();
    this.#writer.list({
      file: 'stderr.log',
      kind: 'log',
      snapshot: null,
      at: start,
      ms: 0,
      bytes,
      stopsTheWorld: false,
    });
  }

  get note(): string | null {
    if (this.#dropped === 0) return null;
    return `the program printed more than ${LIMIT >>> 20} MiB on stderr; after that only its GC trace was kept`;
  }

  #put(data: Uint8Array | string, bytes: number): void {
    this.#stream ??= this.#writer.stream('stderr.log');
    this.#stream.write(data);
    this.#bytes += bytes;
  }
}
