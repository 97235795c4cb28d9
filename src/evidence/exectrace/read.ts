/**
 * Which stacks enter system calls, from a Go execution trace (/debug/pprof/trace, Go ≥ 1.22).
 *
 * Memory that a service maps itself is in no heap profile; the calls that map it are in the trace, each with its stack.
 * Only that is read: stacks, strings and syscall events. Source of the format: internal/trace/tracev2 of the Go tree.
 *
 * A trace is a header and batches. A batch belongs to a generation, and each generation has stack and string tables of
 * its own, which may come after the events that use them.
 */
import { EvidenceError } from '../error.ts';

export interface TraceFrame {
  readonly function: string;
  readonly file: string;
  readonly line: number;
}

export interface SyscallStack {
  /** Leaf first, as in profiles. */
  readonly frames: readonly TraceFrame[];
  /** Times a system call was entered with this stack. */
  readonly count: number;
}

const FORMAT = 'execution trace';
const HEADER = /^go 1\.(\d+) trace\0\0\0$/;
const HEADER_BYTES = 16;

const EVENT_BATCH = 1;
const STACKS = 2;
const STACK = 3;
const STRINGS = 4;
const STRING = 5;
const CPU_SAMPLES = 6;
const FREQUENCY = 8;
const SYSCALL_BEGIN = 22;
const EXPERIMENTAL_BATCH = 49;
const SYNC = 50;
const END_OF_GENERATION = 52;

/** Arguments of the timed events 9 … 48, all uvarints; their order is that of tracev2/events.go. */
const ARGUMENTS = [
  3, 3, 1, 4, 3, 4, 2, 3, 1, 1, 3, 3, 4, 3, 1, 1, 4, 3, 1, 2, 3, 2, 2, 2, 3, 2, 2, 1, 2, 2, 2, 5, 3, 4, 4, 5, 3, 3, 4,
  5,
] as const;
const FIRST_TIMED = 9;
const LAST_TIMED = FIRST_TIMED + ARGUMENTS.length - 1;
/** Index of the stack among the arguments of a syscall event: [dt, P seq, stack]. */
const SYSCALL_STACK_ARGUMENT = 2;

/** tracev2.MaxBatchSize. */
const MAX_BATCH = 64 * 1024;
/** tracev2.MaxFramesPerStack. */
const MAX_FRAMES = 128;
/** tracev2.MaxEventTrailerDataSize. */
const MAX_STRING = 1024;

interface Generation {
  /** Stack id → [function string id, file string id, line] triples. */
  readonly stacks: Map<number, readonly number[]>;
  readonly strings: Map<number, string>;
  /** Stack id → syscalls. */
  readonly syscalls: Map<number, number>;
}

/** Stacks that entered system calls, most frequent first. Throws EvidenceError for what is no readable trace. */
export function readSyscallStacks(bytes: Uint8Array): SyscallStack[] {
  const header = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(HEADER_BYTES, bytes.length)).toString('latin1');
  const minor = HEADER.exec(header)?.[1];
  if (minor === undefined) throw new EvidenceError(FORMAT, 'this is no Go execution trace: its header is missing', 0);
  if (Number(minor) < 22)
    throw new EvidenceError(FORMAT, `the trace format of Go 1.${minor} is not read, only Go 1.22 and newer`, 0);
  const generations = new Map<number, Generation>();
  const cursor = new Cursor(bytes, HEADER_BYTES, bytes.length);
  while (!cursor.done) readBatch(cursor, generations);
  return summarise(generations);
}

function readBatch(cursor: Cursor, generations: Map<number, Generation>): void {
  const start = cursor.at;
  const type = cursor.byte();
  if (type === END_OF_GENERATION) return;
  if (type !== EVENT_BATCH && type !== EXPERIMENTAL_BATCH)
    throw new EvidenceError(FORMAT, `a batch was expected, not event ${type}`, start);
  if (type === EXPERIMENTAL_BATCH) cursor.byte();
  const number = cursor.uvarint();
  cursor.uvarint(); // M
  cursor.uvarint(); // base time
  const size = cursor.uvarint();
  if (size > MAX_BATCH)
    throw new EvidenceError(FORMAT, `a batch claims ${size} bytes, more than the ${MAX_BATCH} allowed`, start);
  const batch = cursor.sub(size);
  if (type === EXPERIMENTAL_BATCH || batch.done) return;
  let generation = generations.get(number);
  if (generation === undefined) {
    generation = { stacks: new Map(), strings: new Map(), syscalls: new Map() };
    generations.set(number, generation);
  }
  readEvents(batch, generation);
}

function readEvents(batch: Cursor, generation: Generation): void {
  switch (batch.peek()) {
    case STACKS:
      batch.byte();
      while (!batch.done) readStack(batch, generation);
      return;
    case STRINGS:
      batch.byte();
      while (!batch.done) readString(batch, generation);
      return;
    case CPU_SAMPLES:
    case FREQUENCY:
    case SYNC:
      return;
  }
  while (!batch.done) {
    const at = batch.at;
    const type = batch.byte();
    const count = ARGUMENTS[type - FIRST_TIMED];
    if (count === undefined) {
      // An event that this table does not know has a length that it does not know either; a newer Go's or an experiment's.
      if (type > LAST_TIMED) return;
      throw new EvidenceError(FORMAT, `event ${type} does not belong into a batch of events`, at);
    }
    for (let i = 0; i < count; i++) {
      const value = batch.uvarint();
      if (type === SYSCALL_BEGIN && i === SYSCALL_STACK_ARGUMENT)
        generation.syscalls.set(value, (generation.syscalls.get(value) ?? 0) + 1);
    }
  }
}

function readStack(batch: Cursor, generation: Generation): void {
  const at = batch.at;
  if (batch.byte() !== STACK) throw new EvidenceError(FORMAT, 'a stack was expected in the stack table', at);
  const id = batch.uvarint();
  const count = batch.uvarint();
  if (count > MAX_FRAMES)
    throw new EvidenceError(FORMAT, `a stack claims ${count} frames, more than ${MAX_FRAMES}`, at);
  const frames: number[] = [];
  for (let i = 0; i < count; i++) {
    batch.uvarint(); // pc
    frames.push(batch.uvarint(), batch.uvarint(), batch.uvarint());
  }
  generation.stacks.set(id, frames);
}

function readString(batch: Cursor, generation: Generation): void {
  const at = batch.at;
  if (batch.byte() !== STRING) throw new EvidenceError(FORMAT, 'a string was expected in the string table', at);
  const id = batch.uvarint();
  const length = batch.uvarint();
  if (length > MAX_STRING)
    throw new EvidenceError(FORMAT, `a string claims ${length} bytes, more than ${MAX_STRING}`, at);
  generation.strings.set(id, batch.text(length));
}

function summarise(generations: ReadonlyMap<number, Generation>): SyscallStack[] {
  const byText = new Map<string, { frames: TraceFrame[]; count: number }>();
  for (const { stacks, strings, syscalls } of generations.values()) {
    for (const [id, count] of syscalls) {
      const triples = stacks.get(id);
      if (triples === undefined) continue;
      const frames: TraceFrame[] = [];
      for (let i = 0; i + 2 < triples.length; i += 3)
        frames.push({
          function: strings.get(triples[i] ?? 0) ?? '',
          file: strings.get(triples[i + 1] ?? 0) ?? '',
          line: triples[i + 2] ?? 0,
        });
      const key = frames.map((frame) => `${frame.function}:${frame.line}`).join('\n');
      const known = byText.get(key);
      if (known === undefined) byText.set(key, { frames, count });
      else known.count += count;
    }
  }
  return [...byText.values()].sort((a, b) => b.count - a.count);
}

/** Reads within [at, end); running past the end is the one error, with its offset. */
class Cursor {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  at: number;

  constructor(bytes: Uint8Array, at: number, end: number) {
    this.#bytes = bytes;
    this.at = at;
    this.#end = end;
  }

  get done(): boolean {
    return this.at >= this.#end;
  }

  peek(): number {
    return this.#bytes[this.at] ?? -1;
  }

  byte(): number {
    const value = this.at < this.#end ? this.#bytes[this.at] : undefined;
    if (value === undefined) throw new EvidenceError(FORMAT, 'the trace ends in the middle of an event', this.at);
    this.at++;
    return value;
  }

  /** Exact up to 2^53; program counters beyond that lose bits, and nobody looks at them. */
  uvarint(): number {
    const start = this.at;
    let value = 0;
    let scale = 1;
    for (let i = 0; i < 10; i++) {
      const byte = this.byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 128;
    }
    throw new EvidenceError(FORMAT, 'a number is longer than 64 bits', start);
  }

  sub(length: number): Cursor {
    if (length > this.#end - this.at)
      throw new EvidenceError(FORMAT, 'the trace ends in the middle of a batch', this.at);
    const part = new Cursor(this.#bytes, this.at, this.at + length);
    this.at += length;
    return part;
  }

  text(length: number): string {
    if (length > this.#end - this.at) throw new EvidenceError(FORMAT, 'a string runs past its batch', this.at);
    const text = Buffer.from(this.#bytes.buffer, this.#bytes.byteOffset + this.at, length).toString('utf8');
    this.at += length;
    return text;
  }
}
