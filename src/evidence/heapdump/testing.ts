/**
 * Writes heap dumps for tests from a description in which objects have names, so that what points where is known before
 * anything is read. Laid out as the runtime does: a span of pages per size, slots ascending.
 */

import { HEADER } from './foreign.ts';

/** A pointer: an object's name, `name+8` for its inside, or a raw address. */
export type Pointer = string | number;

export interface ObjectText {
  readonly name: string;
  /** Bytes, also of every other object of that span. */
  readonly size: number;
  /** Pointer fields by offset. */
  readonly pointers?: Readonly<Record<number, Pointer>>;
  /** Words that are not pointers, by offset. */
  readonly words?: Readonly<Record<number, Pointer>>;
  /** Slots to leave free before this object. */
  readonly gap?: number;
}

export interface FrameText {
  readonly name: string;
  readonly size?: number;
  readonly pointers?: Readonly<Record<number, Pointer>>;
  readonly words?: Readonly<Record<number, Pointer>>;
  readonly entry?: number;
  readonly pc?: number;
}

export interface GoroutineText {
  readonly id: number;
  /** Name of the object that is the g, or an address. */
  readonly g?: Pointer;
  /** 4 (_Gwaiting) unless given. */
  readonly status?: number;
  readonly isSystem?: boolean;
  readonly waitReason?: string;
  readonly waitSince?: number;
  /** Leaf first. */
  readonly frames?: readonly FrameText[];
}

export interface BlockText {
  readonly size: number;
  readonly pointers?: Readonly<Record<number, Pointer>>;
}

export interface DumpText {
  /** 8 unless given. */
  readonly pointerSize?: 4 | 8;
  readonly bigEndian?: boolean;
  /** `go1.26.8` unless given. */
  readonly goVersion?: string;
  readonly objects?: readonly ObjectText[];
  readonly goroutines?: readonly GoroutineText[];
  readonly data?: readonly BlockText[];
  readonly bss?: readonly BlockText[];
  readonly otherRoots?: readonly { readonly description: string; readonly to: Pointer }[];
  readonly finalizers?: readonly { readonly object: Pointer; readonly funcval: Pointer; readonly queued?: boolean }[];
  readonly samples?: readonly {
    readonly object: Pointer;
    readonly frames: readonly { readonly function: string; readonly file: string; readonly line: number }[];
  }[];
  readonly types?: readonly { readonly address: number; readonly size: number; readonly name: string }[];
  readonly itabs?: readonly { readonly itab: number; readonly type: number }[];
  /** The 24 numbers of MemStats; zeros unless given. */
  readonly memstats?: readonly number[];
}

export interface WrittenDump {
  readonly bytes: Uint8Array;
  /** Address of an object, by name. */
  address(pointer: Pointer): number;
}

const PAGE = 8192;
const STACKS = 0x10000;
const GLOBALS = 0x400000;
const CODE = 0x401000;

export function writeDump(dump: DumpText): WrittenDump {
  const { pointerSize = 8, bigEndian = false, objects = [] } = dump;
  const { order, addresses, end } = layOut(objects, pointerSize);
  const address = (pointer: Pointer): number => {
    if (typeof pointer === 'number') return pointer;
    const [, name = '', plus = '0'] = /^(.*?)(?:\+(\d+))?$/.exec(pointer) ?? [];
    const at = addresses.get(name);
    if (at === undefined) throw new Error(`there is no object ${name}`);
    return at + Number(plus);
  };
  const out = new Writer(pointerSize, bigEndian, address);
  out.raw(Buffer.from(HEADER));
  out.numbers(6, bigEndian ? 1 : 0, pointerSize, heapStart(pointerSize), end);
  out.text(bigEndian ? 's390x' : 'amd64');
  out.text(dump.goVersion ?? 'go1.26.8');
  out.numbers(2);
  for (const { address: at, size, name } of dump.types ?? []) {
    out.numbers(3, at, size);
    out.text(name);
    out.numbers(1);
  }
  for (const { itab, type } of dump.itabs ?? []) out.numbers(8, itab, type);
  for (const object of order) {
    out.numbers(1, address(object.name));
    out.memory(object.size, object.pointers, object.words);
    out.fields(object.pointers);
  }
  for (const goroutine of dump.goroutines ?? []) writeGoroutine(out, goroutine, address);
  out.numbers(9, 0x700000, 0, 4242);
  let global = GLOBALS;
  for (const [tag, blocks = []] of [[12, dump.data] as const, [13, dump.bss] as const]) {
    for (const { size, pointers } of blocks) {
      out.numbers(tag, global);
      out.memory(size, pointers);
      out.fields(pointers);
      global += size;
    }
  }
  for (const { object, funcval, queued } of dump.finalizers ?? []) {
    out.numbers(queued === true ? 11 : 7, address(object), address(funcval), CODE, 0, 0);
  }
  for (const { description, to } of dump.otherRoots ?? []) {
    out.numbers(2);
    out.text(description);
    out.numbers(address(to));
  }
  out.numbers(10);
  for (let i = 0; i < 24; i++) out.numbers(dump.memstats?.[i] ?? 0);
  for (let i = 0; i < 257; i++) out.numbers(0);
  (dump.samples ?? []).forEach(({ frames }, i) => {
    out.numbers(16, 0x900000 + i, 64, frames.length);
    for (const frame of frames) {
      out.text(frame.function);
      out.text(frame.file);
      out.numbers(frame.line);
    }
    out.numbers(1, 0);
  });
  (dump.samples ?? []).forEach(({ object }, i) => {
    out.numbers(17, address(object), 0x900000 + i);
  });
  out.numbers(0);
  return { bytes: out.bytes(), address };
}

function heapStart(pointerSize: 4 | 8): number {
  return pointerSize === 8 ? 0xc0_0000_0000 : 0x800_0000;
}

/** Gives each size its run of pages, in order of first use; larger addresses first, for spans come in no order. */
function layOut(objects: readonly ObjectText[], pointerSize: 4 | 8) {
  const spans = new Map<number, ObjectText[]>();
  for (const object of objects) {
    const span = spans.get(object.size);
    if (span === undefined) spans.set(object.size, [object]);
    else span.push(object);
  }
  const addresses = new Map<string, number>();
  const placed: ObjectText[][] = [];
  let next = heapStart(pointerSize);
  for (const [size, span] of spans) {
    for (const object of span) {
      next += (object.gap ?? 0) * size;
      if (addresses.has(object.name)) throw new Error(`two objects are called ${object.name}`);
      addresses.set(object.name, next);
      next += size;
    }
    next = Math.ceil(next / PAGE) * PAGE;
    placed.unshift(span);
  }
  return { order: placed.flat(), addresses, end: next };
}

function writeGoroutine(out: Writer, goroutine: GoroutineText, address: (pointer: Pointer) => number): void {
  const { id, g = 0, status = 4, isSystem = false, waitReason = '', waitSince = 0, frames = [] } = goroutine;
  out.numbers(4, address(g), STACKS, id, CODE, status, isSystem ? 1 : 0, 0, waitSince);
  out.text(waitReason);
  out.numbers(0, 0, 0, 0);
  let sp = STACKS;
  frames.forEach(({ name, size = 0, pointers, words, entry = CODE, pc = CODE + 1 }, depth) => {
    out.numbers(5, sp, depth, depth === 0 ? 0 : STACKS);
    out.memory(size, pointers, words);
    out.numbers(entry, pc, pc);
    out.text(name);
    out.fields(pointers);
    sp += size;
  });
}

class Writer {
  readonly #parts: Uint8Array[] = [];
  readonly #pointerSize: 4 | 8;
  readonly #bigEndian: boolean;
  readonly #address: (pointer: Pointer) => number;

  constructor(pointerSize: 4 | 8, bigEndian: boolean, address: (pointer: Pointer) => number) {
    this.#pointerSize = pointerSize;
    this.#bigEndian = bigEndian;
    this.#address = address;
  }

  raw(bytes: Uint8Array): void {
    this.#parts.push(bytes);
  }

  numbers(...values: number[]): void {
    for (const value of values) {
      const bytes: number[] = [];
      let rest = BigInt(value);
      while (rest >= 0x80n) {
        bytes.push(Number(rest & 0x7fn) | 0x80);
        rest >>= 7n;
      }
      bytes.push(Number(rest));
      this.raw(Uint8Array.from(bytes));
    }
  }

  text(text: string): void {
    const bytes = Buffer.from(text);
    this.numbers(bytes.length);
    this.raw(bytes);
  }

  memory(size: number, ...fills: (Readonly<Record<number, Pointer>> | undefined)[]): void {
    const bytes = new DataView(new ArrayBuffer(size));
    for (const [offset, to] of fills.flatMap((fill) => Object.entries(fill ?? {}))) {
      const value = BigInt(this.#address(to));
      if (this.#pointerSize === 8) bytes.setBigUint64(Number(offset), value, !this.#bigEndian);
      else bytes.setUint32(Number(offset), Number(value), !this.#bigEndian);
    }
    this.numbers(size);
    this.raw(new Uint8Array(bytes.buffer));
  }

  fields(pointers: Readonly<Record<number, Pointer>> = {}): void {
    for (const offset of Object.keys(pointers)) this.numbers(1, Number(offset));
    this.numbers(0);
  }

  bytes(): Uint8Array {
    return new Uint8Array(Buffer.concat(this.#parts));
  }
}
