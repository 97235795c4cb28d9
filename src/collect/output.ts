/** Reading what a program prints while it runs: lines, addresses in them, and its last words. */

const MAX_LINE = 64 << 10;
/** A line of gctrace or scavtrace: `gc 12 @0.4s …`, `scav …`. */
const TRACE_LINE = /^(gc \d+ @|scav \d+ )/;

/** Splits a stream into lines; a line longer than 64 KiB is handed on in pieces. */
export class LineTap {
  readonly #onLine: (line: string, fromTrace: boolean) => void;
  #rest = '';
  #last: string[] = [];

  constructor(onLine: (line: string, fromTrace: boolean) => void) {
    this.#onLine = onLine;
  }

  write(chunk: Uint8Array): void {
    const text = this.#rest + Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString('utf8');
    let from = 0;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', from)) {
      this.#line(text.slice(from, end));
      from = end + 1;
    }
    this.#rest = text.slice(from);
    if (this.#rest.length > MAX_LINE) this.end();
  }

  end(): void {
    if (this.#rest !== '') this.#line(this.#rest);
    this.#rest = '';
  }

  /** The last line that was not a trace line, cut to a readable length. */
  lastWords(): string {
    this.end();
    return (this.#last.at(-1) ?? '').slice(0, 300);
  }

  #line(line: string): void {
    const fromTrace = TRACE_LINE.test(line);
    if (!fromTrace && line.trim() !== '') {
      this.#last.push(line.trim());
      if (this.#last.length > 5) this.#last.shift();
    }
    this.#onLine(line, fromTrace);
  }
}

const LOCAL = /^(|localhost|127(\.\d+){3}|0\.0\.0\.0|\[::\]|\[::1\]|\*)$/;

/** Local addresses that a line mentions, as URLs; other machines that a log names are left alone. */
export function addressesIn(line: string): string[] {
  const found: string[] = [];
  const text = line.slice(0, 4096);
  for (const [, scheme, host, port] of text.matchAll(
    /(https?:\/\/)?(?<![\w.:\]-])(localhost|\d+\.\d+\.\d+\.\d+|\[[0-9a-f:]*\]|\*|):(\d{2,5})(?![\w:.-]*\d*:)(?!\d)/gi,
  )) {
    if (host === undefined || port === undefined || !LOCAL.test(host) || Number(port) > 65_535) continue;
    const name = host === '[::1]' ? host : /^(\[::\]|0\.0\.0\.0|\*|)$/.test(host) ? '127.0.0.1' : host;
    found.push(`${scheme ?? 'http://'}${name}:${port}`);
  }
  return found;
}
