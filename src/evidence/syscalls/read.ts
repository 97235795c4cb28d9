/**
 * Reads recording files (write.ts says what they look like). A last line that was cut by a crash is dropped and said; a
 * damaged line before it is an error with its number, since what follows it counts by what it said.
 */
import { z } from 'zod';
import { EvidenceError } from '../error.ts';
import { RecordingBuilder } from './build.ts';
import { FLOW_FIELDS, type Flows } from './flows.ts';
import type { ContainerIdentity, SyscallRecording } from './recording.ts';
import { SCHEMA } from './write.ts';

const FORMAT = 'syscall recording';
const NEWLINE = 10;
/** A window of a machine with ten thousand processes has some 4 MB. */
const MAX_LINE = 64 << 20;
const MAX_TEXT = 4096;

const text = z.string().max(MAX_TEXT);
const HEADER = z.object({
  schema: z.literal(SCHEMA),
  host: z.object({ name: text, kernel: text, arch: text }),
  windowMs: z.number().positive(),
  sources: z
    .array(
      z.object({
        aspect: z.enum(['calls', 'descriptors', 'mappings', 'connects', 'sockets']),
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

class Reader {
  readonly #what: string;
  #builder: RecordingBuilder | null = null;
  #host = '';
  /** Indices of the segment → of the recording. */
  #containers: number[] = [];
  #processes: number[] = [];
  #syscalls: number[] = [];

  constructor(what: string) {
    this.#what = what;
  }

  /** The end of the file without a newline: whole JSON of a window may still be half of what was meant, so it is left out. */
  cut(number: number, bytes: Uint8Array): void {
    if (this.#builder === null) throw this.#error(number, 'is cut off: there is nothing to read');
    this.#builder.note(`${this.#what}: line ${number}, the last, is cut off (${bytes.length} bytes); it was left out`);
  }

  line(bytes: Uint8Array, number: number): void {
    if (bytes.length === 0) return;
    if (bytes.length > MAX_LINE) throw this.#error(number, 'is longer than 64 MiB');
    let value: unknown;
    try {
      value = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'));
    } catch {
      throw this.#error(number, 'is no JSON; the file is damaged there');
    }
    if (typeof value !== 'object' || value === null) throw this.#error(number, 'is no object');
    if ('schema' in value) {
      this.#header(value, number);
      return;
    }
    const builder = this.#builder;
    if (builder === null) throw this.#error(number, `is no header; a recording begins with {"schema":"${SCHEMA}"`);
    if ('window' in value) this.#window(builder, value, number);
    else if ('process' in value) {
      const process = this.#parse(PROCESS, value.process, number, 'process');
      const container = this.#containers[process.container];
      if (container === undefined)
        throw this.#error(number, `names container ${process.container}, which is not there`);
      const startedAt = process.startedAt ?? Number.NaN;
      this.#processes.push(builder.process({ ...process, startedAt, container }));
    } else if ('container' in value) {
      const identity: ContainerIdentity = this.#parse(CONTAINER, value.container, number, 'container');
      this.#containers.push(builder.container(identity));
    } else if ('syscalls' in value) {
      for (const name of this.#parse(z.array(text).max(65_535), value.syscalls, number, 'syscalls')) {
        const index = builder.syscall(name);
        if (index < 0) throw this.#error(number, 'names more syscalls than a kernel can have');
        this.#syscalls.push(index);
      }
    } else if ('note' in value && typeof value.note === 'string') builder.note(value.note.slice(0, MAX_TEXT));
    else throw this.#error(number, 'is nothing that a recording holds; a newer hemostat may have written it');
  }

  build(): SyscallRecording {
    if (this.#builder === null) throw new EvidenceError(FORMAT, `${this.#what} is empty`);
    return this.#builder.build();
  }

  #header(value: object, number: number): void {
    if ('schema' in value && value.schema !== SCHEMA) {
      const schema = typeof value.schema === 'string' ? value.schema.slice(0, 60) : 'none';
      throw this.#error(number, `has the schema ${JSON.stringify(schema)}, and ${SCHEMA} is what can be read`);
    }
    const { host, sources } = this.#parse(HEADER, value, number, 'header');
    if (this.#builder === null) {
      this.#builder = new RecordingBuilder(host);
      this.#host = host.name;
    } else if (host.name !== this.#host) {
      throw this.#error(number, `is of host ${host.name}, and those before of ${this.#host}; give a file per host`);
    }
    for (const state of sources) this.#builder.source(state);
    this.#containers = [];
    this.#processes = [];
    this.#syscalls = [];
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
      const process = this.#index(this.#processes, row[0], number, 'process');
      if (row.length % 2 !== 1) throw this.#error(number, 'has a row of counts without the last count');
      for (let i = 1; i < row.length; i += 2) {
        const syscall = this.#index(this.#syscalls, row[i], number, 'syscall');
        const calls = row[i + 1];
        if (typeof calls !== 'number' || !(calls >= 0)) throw this.#error(number, 'has a count that is none');
        builder.count(process, syscall, calls);
      }
    }
    for (const row of this.#rows(value, 'flows', number)) {
      const process = this.#index(this.#processes, row[0], number, 'process');
      const flows: { -readonly [K in keyof Flows]: Flows[K] } = {};
      for (const [i, field] of FLOW_FIELDS.entries()) {
        const cell = row[i + 1];
        if (typeof cell === 'number') flows[field] = cell;
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

  #index(table: readonly number[], given: unknown, number: number, what: string): number {
    const index = typeof given === 'number' ? table[given] : undefined;
    if (index === undefined) throw this.#error(number, `names a ${what} that is not there`);
    return index;
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
