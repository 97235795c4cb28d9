/** Source files by line, read when they are first asked for: for carets, columns of other encodings, and comments. */
import { readFileSync } from 'node:fs';

export class Sources {
  readonly #files = new Map<string, SourceText | null>();
  readonly #read: (path: string) => Uint8Array;

  /** `read` throws where a file cannot be read. */
  constructor(read: (path: string) => Uint8Array = readFileSync) {
    this.#read = read;
  }

  /** null where the file cannot be read (any more). */
  text(path: string): SourceText | null {
    const known = this.#files.get(path);
    if (known !== undefined) return known;
    let text: SourceText | null = null;
    try {
      text = new SourceText(this.#read(path));
    } catch {
      // The file went away since it was reviewed: what is said about it is still true, but cannot be shown.
    }
    this.#files.set(path, text);
    return text;
  }
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

export class SourceText {
  readonly bytes: Uint8Array;
  /** Offset of the first byte of each line. */
  readonly #starts: readonly number[];

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    const starts = [0];
    for (let at = bytes.indexOf(10); at !== -1; at = bytes.indexOf(10, at + 1)) starts.push(at + 1);
    this.#starts = starts;
  }

  get lines(): number {
    return this.#starts.length;
  }

  /** Offset of the first byte of a 1-based line; the file's size for a line after its end. */
  startOf(line: number): number {
    return this.#starts[line - 1] ?? this.bytes.length;
  }

  /** Bytes of a line without its end. */
  lengthOf(line: number): number {
    return line < 1 || line > this.#starts.length ? 0 : this.lineBytes(line).length;
  }

  /** A line without its end; '' for a line that is none. */
  line(line: number): string {
    if (line < 1 || line > this.#starts.length) return '';
    return decoder.decode(this.lineBytes(line));
  }

  /** The 1-based line that an offset is in. */
  lineAt(offset: number): number {
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return low + 1;
  }

  /** What stands on the line before a 1-based column that is in bytes. */
  before(line: number, column: number): string {
    return decoder.decode(this.lineBytes(line).subarray(0, Math.max(0, column - 1)));
  }

  /** The 1-based column in UTF-16 code units of a 1-based column in bytes. */
  utf16Column(line: number, column: number): number {
    return this.before(line, column).length + 1;
  }

  private lineBytes(line: number): Uint8Array {
    const start = this.startOf(line);
    let end = line < this.#starts.length ? this.startOf(line + 1) - 1 : this.bytes.length;
    if (end > start && this.bytes[end - 1] === 13) end--;
    return this.bytes.subarray(start, end);
  }
}
