/**
 * Reads recording files (write.ts says what they look like). A last line that was cut by a crash is dropped and said; a
 * damaged line before it is an error with its number, since what follows it counts by what it said.
 */
import { z } from 'zod';
import { EvidenceError } from '../error.ts';
import { MAX_NAMES, RecordingBuilder } from './build.ts';
import { FLOW_FIELDS, type Flows } from './flows.ts';
import type { ContainerIdentity, SyscallRecording, TracedProcess } from './recording.ts';
import { type RecordingHeader, SCHEMA } from './write.ts';

const FORMAT = 'syscall recording';
const NEWLINE = 10;
/** A window of a machine with ten thousand processes has some 4 MB. */
const MAX_LINE = 64 << 20;
const MAX_TEXT = 4096;
const TOO_MANY_NAMES = 'names more syscalls than a kernel can have';

const text = z.string().max(MAX_TEXT);
const HEADER = z.object({
  schema: z.literal(SCHEMA),
  host: z.object({ name: text, kernel: text, arch: text }),
  windowMs: z.number().positive(),
  sources: z
    .array(
      z.object({
        aspect: z.enum(['calls', 'descriptors', 'mappings', 'connects', 'sockets', 'packets']),
        collected: z.boolean(),
        source: text,
        says: text,
      }),
    )
    .max(16),
});
const CONTAINER = z.object({
  cgroup: text,
  id: text,
  name: text,
  pod: text,
  namespace: text,
  image: text,
  digest: text,
  from: text,
});
const PROCESS = z.object({
  pid: z.int().nonnegative(),
  startedAt: z.number().nullable(),
  comm: text,
  executable: text,
  container: z.int().nonnegative(),
});
const WINDOW = z.object({
  from: z.number(),
  to: z.number(),
  complete: z.boolean(),
  lost: z.number().nonnegative(),
});

/** True where the bytes begin as a recording does: for those who are given files of any kind. */
export function isRecording(bytes: Uint8Array): boolean {
  return new TextDecoder().decode(bytes.subarray(0, 64)).replace(/\s/g, '').startsWith(`{"schema":"${SCHEMA}"`);
}

/**
 * @param bytes one file, or several joined
 * @param what how errors and notes name it, e.g. its path
 * @throws EvidenceError with the line's number
 */
export function readRecording(bytes: Uint8Array, what = 'the recording'): SyscallRecording {
  const reader = new Reader(what);
  let number = 0;
  for (let at = 0; at < bytes.length; ) {
    const end = bytes.indexOf(NEWLINE, at);
    number++;
    if (end < 0) {
      reader.cut(number, bytes.subarray(at));
      break;
    }
    reader.line(bytes.subarray(at, end), number);
    at = end + 1;
  }
  return reader.build();
}

/**
 * Reads a recording while it is written: lines in the order of the file, windows one at a time. Who is who holds until the next
 * header, which may be of another host.
 */
export class RecordingLineReader {
  readonly #reader: Reader;

  /** @param what how errors name it, e.g. its path */
  constructor(what: string) {
    this.#reader = new Reader(what, true);
  }

  /**
   * The window that the line holds, alone; null where the line defines something. A damaged window changes nothing of what follows;
   * after any other damaged line, indices mean nothing until the next header.
   * @throws EvidenceError with the line's number
   */
  line(bytes: Uint8Array, number: number): SyscallRecording | null {
    return this.#reader.line(bytes, number) ? this.#reader.build() : null;
  }
}

class Reader {
  readonly #what: string;
  /** A recording of each window, of those that it names alone; false: one of all lines. */
  readonly #windowByWindow: boolean;
  #header: Pick<RecordingHeader, 'host' | 'sources'> | null = null;
  #builder: RecordingBuilder | null = null;
  /** What lines since the newest header have named. */
  #containers: ContainerIdentity[] = [];
  /** `container` is an index into these containers. */
  #processes: TracedProcess[] = [];
  #syscalls: string[] = [];
  /** Their indices in the builder, where they are there. */
  #containerAt: number[] = [];
  #processAt: number[] = [];
  #syscallAt: number[] = [];

  constructor(what: string, windowByWindow = false) {
    this.#what = what;
    this.#windowByWindow = windowByWindow;
  }

  /** The end of the file without a newline: whole JSON of a window may still be half of what was meant, so it is left out. */
  cut(number: number, bytes: Uint8Array): void {
    if (this.#builder === null) throw this.#error(number, 'is cut off: there is nothing to read');
    this.#builder.note(`${this.#what}: line ${number}, the last, is cut off (${bytes.length} bytes); it was left out`);
  }

  /** True for a window. */
  line(bytes: Uint8Array, number: number): boolean {
    if (bytes.length === 0) return false;
    if (bytes.length > MAX_LINE) throw this.#error(number, 'is longer than 64 MiB');
    let value: unknown;
    try {
      value = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'));
    } catch {
      throw this.#error(number, 'is no JSON; the file is damaged there');
    }
    if (typeof value !== 'object' || value === null) throw this.#error(number, 'is no object');
    if ('schema' in value) {
      this.#begin(value, number);
      return false;
    }
    const header = this.#header;
    if (header === null || this.#builder === null)
      throw this.#error(number, `is no header; a recording begins with {"schema":"${SCHEMA}"`);
    if ('window' in value) {
      this.#window(this.#windowByWindow ? this.#newBuilder(header) : this.#builder, value, number);
      return true;
    }
    this.#definition(this.#builder, value, number);
    return false;
  }

  build(): SyscallRecording {
    if (this.#builder === null) throw new EvidenceError(FORMAT, `${this.#what} is empty`);
    return this.#builder.build();
  }

  #begin(value: object, number: number): void {
    if ('schema' in value && value.schema !== SCHEMA) {
      const schema = typeof value.schema === 'string' ? value.schema.slice(0, 60) : 'none';
      throw this.#error(number, `has the schema ${JSON.stringify(schema)}, and ${SCHEMA} is what can be read`);
    }
    const { host, sources } = this.#parse(HEADER, value, number, 'header');
    const before = this.#header?.host.name;
    if (!this.#windowByWindow && before !== undefined && host.name !== before)
      throw this.#error(number, `is of host ${host.name}, and those before of ${before}; give a file per host`);
    this.#header = { host, sources };
    if (this.#windowByWindow) this.#builder = null;
    this.#builder ??= new RecordingBuilder(host);
    for (const state of sources) this.#builder.source(state);
    this.#containers = [];
    this.#processes = [];
    this.#syscalls = [];
    this.#forget();
  }

  #newBuilder({ host, sources }: Pick<RecordingHeader, 'host' | 'sources'>): RecordingBuilder {
    const builder = new RecordingBuilder(host);
    for (const state of sources) builder.source(state);
    this.#builder = builder;
    this.#forget();
    return builder;
  }

  #forget(): void {
    this.#containerAt = [];
    this.#processAt = [];
    this.#syscallAt = [];
  }

  #definition(builder: RecordingBuilder, value: object, number: number): void {
    if ('process' in value) {
      const process = this.#parse(PROCESS, value.process, number, 'process');
      if (this.#containers[process.container] === undefined)
        throw this.#error(number, `names container ${process.container}, which is not there`);
      const index = this.#processes.push({ ...process, startedAt: process.startedAt ?? Number.NaN }) - 1;
      if (!this.#windowByWindow) this.#processIn(builder, index, number);
    } else if ('container' in value) {
      const index = this.#containers.push(this.#parse(CONTAINER, value.container, number, 'container')) - 1;
      if (!this.#windowByWindow) this.#containerIn(builder, index);
    } else if ('syscalls' in value) {
      for (const name of this.#parse(z.array(text).max(MAX_NAMES), value.syscalls, number, 'syscalls')) {
        if (this.#syscalls.length >= MAX_NAMES) throw this.#error(number, TOO_MANY_NAMES);
        const index = this.#syscalls.push(name) - 1;
        if (!this.#windowByWindow) this.#syscallIn(builder, index, number);
      }
    } else if ('note' in value && typeof value.note === 'string') builder.note(value.note.slice(0, MAX_TEXT));
    else throw this.#error(number, 'is nothing that a recording holds; a newer hemostat may have written it');
  }

  #containerIn(builder: RecordingBuilder, index: number): number | undefined {
    const identity = this.#containers[index];
    if (identity === undefined) return undefined;
    this.#containerAt[index] ??= builder.container(identity);
    return this.#containerAt[index];
  }

  #processIn(builder: RecordingBuilder, given: unknown, number: number): number {
    const index = typeof given === 'number' ? given : -1;
    const known = this.#processAt[index];
    if (known !== undefined) return known;
    const process = this.#processes[index];
    const container = this.#containerIn(builder, process?.container ?? -1);
    if (process === undefined || container === undefined)
      throw this.#error(number, 'names a process that is not there');
    const made = builder.process({ ...process, container });
    this.#processAt[index] = made;
    return made;
  }

  #syscallIn(builder: RecordingBuilder, given: unknown, number: number): number {
    const index = typeof given === 'number' ? given : -1;
    const known = this.#syscallAt[index];
    if (known !== undefined) return known;
    const name = this.#syscalls[index];
    if (name === undefined) throw this.#error(number, 'names a syscall that is not there');
    const made = builder.syscall(name);
    if (made < 0) throw this.#error(number, TOO_MANY_NAMES);
    this.#syscallAt[index] = made;
    return made;
  }

  #window(builder: RecordingBuilder, value: object, number: number): void {
    const window = this.#parse(WINDOW, 'window' in value ? value.window : null, number, 'window');
    if (!(window.to > window.from)) throw this.#error(number, 'has a window that ends before it begins');
    if (window.from < builder.lastEnd) {
      builder.note(
        `${this.#what}: the window of line ${number} overlaps the one before (two collectors, or a clock set back); it was left out`,
      );
      return;
    }
    builder.window(window);
    for (const row of this.#rows(value, 'counts', number)) {
      const process = this.#processIn(builder, row[0], number);
      if (row.length % 2 !== 1) throw this.#error(number, 'has a row of counts without the last count');
      for (let i = 1; i < row.length; i += 2) {
        const syscall = this.#syscallIn(builder, row[i], number);
        const calls = row[i + 1];
        // What no kernel counts in a window would keep what is computed of it busy for ever.
        if (typeof calls !== 'number' || !(calls >= 0 && calls <= Number.MAX_SAFE_INTEGER))
          throw this.#error(number, 'has a count that is none');
        builder.count(process, syscall, calls);
      }
    }
    for (const row of this.#rows(value, 'flows', number)) {
      const process = this.#processIn(builder, row[0], number);
      const flows: { -readonly [K in keyof Flows]: Flows[K] } = {};
      for (const [i, field] of FLOW_FIELDS.entries()) {
        const cell = row[i + 1];
        if (typeof cell === 'number' && Number.isFinite(cell)) flows[field] = cell;
        else if (cell !== null && cell !== undefined) throw this.#error(number, `has a flow that is no number`);
      }
      builder.flow(process, flows);
    }
  }

  #rows(value: object, key: 'counts' | 'flows', number: number): unknown[][] {
    const rows: unknown = Reflect.get(value, key);
    if (!Array.isArray(rows) || !rows.every((row) => Array.isArray(row))) {
      throw this.#error(number, `has no ${key}`);
    }
    return rows;
  }

  #parse<T>(schema: z.ZodType<T>, value: unknown, number: number, what: string): T {
    const result = schema.safeParse(value);
    if (result.success) return result.data;
    const [issue] = result.error.issues;
    throw this.#error(
      number,
      `has a ${what} with ${issue?.path.join('.') || 'something'} wrong: ${issue?.message ?? ''}`,
    );
  }

  #error(number: number, problem: string): EvidenceError {
    return new EvidenceError(FORMAT, `line ${number} of ${this.#what} ${problem}`);
  }
}
