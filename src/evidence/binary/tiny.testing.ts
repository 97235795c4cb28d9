/**
 * For tests and fuzzing only: a made-up Go executable of a few KiB with all that is read of one, in the layouts that no
 * toolchain at hand writes (Go 1.16) or that cannot run here (big endian). One segment maps the whole file.
 */

export interface TinyOptions {
  readonly pointerSize: 4 | 8;
  readonly bigEndian: boolean;
  /** Go minor: 16 … 27. */
  readonly minor: number;
  /** Position-independent: pointers stand in relocations instead of in place. */
  readonly pie?: boolean;
  /** Leave out section headers and symbols. */
  readonly stripped?: boolean;
}

/** What is where, as linked. */
export interface Tiny {
  readonly bytes: Buffer;
  readonly base: number;
  readonly text: number;
  /** main.cache, 16 bytes. */
  readonly cache: number;
  /** Descriptors of `*main.Order` and `main.Order`. */
  readonly pointerType: number;
  readonly orderType: number;
}

/** Functions, 64 bytes of text each, of a program in /app/main.go; `main.inner` is inlined into main.main at +16 … +32. */
export const TINY_FUNCTIONS = ['main.main', 'main.work', 'main.work.func1'] as const;

const TEXT_EACH = 64;

/** Appends numbers and texts in one byte order; pointers may become relocations. */
class Writer {
  readonly #parts: Buffer[] = [];
  readonly relocations: { place: number; target: number }[] = [];
  readonly #options: TinyOptions;
  readonly #base: number;
  size = 0;

  constructor(options: TinyOptions, base: number) {
    this.#options = options;
    this.#base = base;
  }

  bytes(part: Buffer): number {
    const at = this.size;
    this.#parts.push(part);
    this.size += part.length;
    return at;
  }

  number(value: number, size: number): number {
    const part = Buffer.alloc(size);
    for (let i = 0; i < size; i++) {
      part[this.#options.bigEndian ? size - 1 - i : i] = Math.floor(value / 2 ** (8 * i)) & 0xff;
    }
    return this.bytes(part);
  }

  u16 = (value: number): number => this.number(value, 2);
  u32 = (value: number): number => this.number(value >>> 0, 4);
  word = (value: number): number => this.number(value, this.#options.pointerSize);

  /** A pointer as the linker writes it. */
  pointer(target: number): void {
    if (this.#options.pie === true && target !== 0) {
      this.relocations.push({ place: this.#base + this.size, target });
      this.word(0);
    } else this.word(target);
  }

  align(to: number): void {
    this.bytes(Buffer.alloc((to - (this.size % to)) % to));
  }

  patch(at: number, write: (writer: Writer) => void): void {
    const patch = new Writer(this.#options, this.#base);
    write(patch);
    this.#patches.push({ at, bytes: patch.toBuffer() });
  }

  readonly #patches: { at: number; bytes: Buffer }[] = [];

  toBuffer(): Buffer {
    const all = Buffer.concat(this.#parts);
    for (const { at, bytes } of this.#patches) bytes.copy(all, at);
    return all;
  }
}

/** Zigzag and 7-bit groups, as pc tables are. */
function pcTable(rows: readonly (readonly [value: number, pcs: number])[]): Buffer {
  const out: number[] = [];
  const varint = (value: number): void => {
    let rest = value;
    for (; rest >= 128; rest >>>= 7) out.push((rest & 127) | 128);
    out.push(rest);
  };
  let last = -1;
  for (const [value, pcs] of rows) {
    const step = value - last;
    varint(step < 0 ? ~(step << 1) : step << 1);
    varint(pcs);
    last = value;
  }
  out.push(0);
  return Buffer.from(out);
}

/** Names with their offsets. */
function stringTable(names: readonly string[]): { bytes: Buffer; at: ReadonlyMap<string, number> } {
  const at = new Map<string, number>();
  let size = 0;
  for (const name of names) {
    at.set(name, size);
    size += Buffer.byteLength(name) + 1;
  }
  return { bytes: Buffer.from(names.map((name) => `${name}\0`).join('')), at };
}

const FILE = '/app/main.go';

function pclntab(options: TinyOptions, text: number, address: number, inlineTree: number): Writer {
  const { minor, pointerSize } = options;
  const relative = minor >= 18;
  const names = stringTable([...TINY_FUNCTIONS, 'main.inner']);
  const files = stringTable([FILE]);
  const tables = [
    Buffer.from([0]), // offset 0 is no table
    pcTable([[0, TEXT_EACH]]), // file
    pcTable([
      [10, 16],
      [20, 16],
      [11, 32],
    ]), // line
    pcTable([
      [-1, 16],
      [0, 16],
      [-1, 32],
    ]), // inline index
  ];
  const offsetOf = (table: number): number => tables.slice(0, table).reduce((sum, { length }) => sum + length, 0);

  // Relocations count from where this lies; everything before the table itself has no pointers.
  const out = new Writer(options, address);
  out.u32(minor >= 20 ? 0xfffffff1 : minor >= 18 ? 0xfffffff0 : 0xfffffffa);
  out.bytes(Buffer.from([0, 0, 1, pointerSize]));
  out.word(TINY_FUNCTIONS.length);
  out.word(1);
  if (relative) {
    if (minor < 26) out.pointer(text);
    else out.word(0);
  }
  const slots = Array.from({ length: 5 }, () => out.word(0));
  const starts: number[] = [];
  const part = (bytes: Buffer): void => {
    out.align(pointerSize);
    starts.push(out.size);
    out.bytes(bytes);
  };
  part(names.bytes);
  const unit = new Writer(options, 0);
  unit.u32(files.at.get(FILE) ?? 0);
  part(unit.toBuffer());
  part(files.bytes);
  part(Buffer.concat(tables));
  part(Buffer.alloc(0));

  const field = relative ? 4 : pointerSize;
  const functionsAt = out.size;
  const entry = (index: number): void => {
    if (relative) out.u32(index * TEXT_EACH);
    else out.pointer(text + index * TEXT_EACH);
  };
  const funcSlots: number[] = [];
  for (let i = 0; i <= TINY_FUNCTIONS.length; i++) {
    entry(i);
    if (i < TINY_FUNCTIONS.length) funcSlots.push(out.number(0, field));
  }
  for (const [i, name] of TINY_FUNCTIONS.entries()) {
    out.align(pointerSize);
    const at = out.size - functionsAt;
    out.patch(funcSlots[i] ?? 0, (writer) => writer.number(at, field));
    entry(i);
    out.u32(names.at.get(name) ?? 0);
    for (let gap = 0; gap < 3; gap++) out.u32(0); // args, deferreturn, pcsp
    out.u32(offsetOf(1));
    out.u32(offsetOf(2));
    out.u32(3); // npcdata
    out.u32(0); // cuOffset
    if (minor >= 20) out.u32(10); // startLine
    out.bytes(Buffer.from([0, 0, 0, 4]));
    const inlines = i === 0;
    for (const table of [0, 0, inlines ? offsetOf(3) : 0]) out.u32(table);
    if (!relative) out.align(pointerSize);
    for (let data = 0; data < 4; data++) {
      const has = inlines && data === 3;
      if (relative) out.u32(has ? 0 : 0xffffffff);
      else out.pointer(has ? inlineTree : 0);
    }
  }
  for (const [i, slot] of slots.entries()) out.patch(slot, (writer) => writer.word(starts[i] ?? 0));
  return out;
}

/** Where main.inner is called: main.main+8, by its name. */
function inlinedCall(options: TinyOptions): Buffer {
  const nameOffset = TINY_FUNCTIONS.reduce((sum, name) => sum + name.length + 1, 0);
  const out = new Writer(options, 0);
  if (options.minor >= 20) for (const value of [0, nameOffset, 8, 5]) out.u32(value);
  else for (const value of [0, 0, 10, nameOffset, 8]) out.u32(value);
  return out.toBuffer();
}

export function tinyExecutable(options: TinyOptions): Tiny {
  const { pointerSize: p, minor, pie = false, stripped = false } = options;
  const base = pie ? 0 : 0x400000;
  const out = new Writer(options, base);
  const wide = p === 8;
  out.bytes(Buffer.alloc((wide ? 64 + 2 * 56 : 52 + 2 * 32) + 16));
  out.align(64);
  const here = (): number => base + out.size;

  const text = here();
  out.bytes(Buffer.alloc(TINY_FUNCTIONS.length * TEXT_EACH, 0xcc));
  const goFunc = here();
  out.bytes(inlinedCall(options));

  out.align(32);
  const types = here();
  out.bytes(Buffer.alloc(8)); // offset 0 is no name
  const nameAt = out.bytes(Buffer.concat([Buffer.from([1, 11]), Buffer.from('*main.Order')])) + base - types;
  out.align(p);
  const descriptor = (size: number, flags: number, kind: number): number => {
    out.align(p);
    const at = here();
    out.word(size);
    out.word(Math.min(size, p));
    out.u32(0x1234);
    const direct = kind === 22;
    const tflag = flags | (direct && minor >= 26 ? 32 : 0);
    out.bytes(Buffer.from([tflag, p, p, kind | (direct && minor < 26 ? 32 : 0)]));
    out.pointer(0);
    out.pointer(0);
    out.u32(nameAt);
    out.u32(0);
    return at;
  };
  const pointerType = descriptor(p, 0, 22);
  const orderType = descriptor(600, 2, 25);
  const typesEnd = here();

  out.align(32);
  const tableAt = here();
  const table = pclntab(options, text, tableAt, goFunc);
  const tableBytes = table.toBuffer();
  out.relocations.push(...table.relocations);
  out.bytes(tableBytes);
  const tableSize = tableBytes.length;

  out.align(16);
  const info = Buffer.alloc(32);
  info.write('\xff Go buildinf:', 'latin1');
  info[14] = p;
  info[15] = 2;
  out.bytes(info);
  const version = Buffer.from(`go1.${minor}`);
  out.bytes(Buffer.concat([Buffer.from([version.length]), version, Buffer.from([0])]));

  out.align(16);
  const data = here();
  const cache = data;
  out.bytes(Buffer.alloc(16));
  // moduledata: see moduledata.ts for the order.
  const module = here();
  const names = tableAt + 8 + (minor >= 18 ? 8 : 7) * p;
  const words: number[] = [tableAt, names];
  words[22] = text;
  words[23] = text + TINY_FUNCTIONS.length * TEXT_EACH;
  words[26] = data;
  words[27] = module;
  const first = minor >= 20 ? 37 : 35;
  words[first] = types;
  words[minor >= 27 ? first + 2 : first + 1] = typesEnd;
  if (minor >= 18) words[minor >= 27 ? first + 6 : first + 3] = goFunc;
  for (let i = 0; i < 60; i++) out.pointer(words[i] ?? 0);

  out.align(p);
  const dynamic = out.size;
  const relocationsAt = base + dynamic + 6 * p;
  for (const word of [7, relocationsAt, 8, out.relocations.length * 3 * p, 0, 0]) out.word(word);
  for (const { place, target } of pie ? out.relocations : []) {
    out.word(place);
    out.word(RELATIVE[machineOf(options)] ?? 0);
    out.word(target);
  }
  const loaded = out.size;

  const sections: {
    name: string;
    type: number;
    flags: number;
    at: number;
    size: number;
    link: number;
    entry: number;
  }[] = [];
  let headers = 0;
  if (!stripped) {
    const section = (
      name: string,
      type: number,
      flags: number,
      at: number,
      size: number,
      link = 0,
      entry = 0,
    ): void => {
      sections.push({ name, type, flags, at, size, link, entry });
    };
    section('', 0, 0, 0, 0);
    section('.text', 1, 6, text - base, TINY_FUNCTIONS.length * TEXT_EACH);
    section('.gopclntab', 1, 2, tableAt - base, tableSize);
    section('.data', 1, 3, data - base, 16 + 60 * p);
    const symbolNames = stringTable(['', 'main.main', 'main.cache', 'runtime.firstmoduledata']);
    out.align(8);
    const symbolsAt = out.size;
    symbol(out, wide, 0, 0, 0, 0, 0);
    symbol(out, wide, symbolNames.at.get('main.main') ?? 0, 2, 1, text, TEXT_EACH);
    symbol(out, wide, symbolNames.at.get('main.cache') ?? 0, 1, 3, cache, 16);
    symbol(out, wide, symbolNames.at.get('runtime.firstmoduledata') ?? 0, 1, 3, module, 60 * p);
    section('.symtab', 2, 0, symbolsAt, out.size - symbolsAt, 5, wide ? 24 : 16);
    section('.strtab', 3, 0, out.bytes(symbolNames.bytes), symbolNames.bytes.length);
    const titles = stringTable([...sections.map(({ name }) => name), '.shstrtab']);
    section('.shstrtab', 3, 0, out.bytes(titles.bytes), titles.bytes.length);
    out.align(8);
    headers = out.size;
    for (const { name, type, flags, at, size, link, entry } of sections) {
      out.u32(titles.at.get(name) ?? 0);
      out.u32(type);
      out.word(flags);
      out.word((flags & 2) !== 0 ? base + at : 0);
      out.word(at);
      out.word(size);
      out.u32(link);
      out.u32(0);
      out.word(1);
      out.word(entry);
    }
  }
  out.patch(0, (w) => elfHeader(w, options, text, headers, sections.length, base, loaded, dynamic));
  return { bytes: out.toBuffer(), base, text, cache, pointerType, orderType };
}

/** R_*_RELATIVE by machine: amd64, s390x. 32-bit machines of ours have none with addends. */
const RELATIVE: Readonly<Record<number, number>> = { 62: 8, 22: 12 };

function machineOf({ pointerSize, bigEndian }: TinyOptions): number {
  if (pointerSize === 8) return bigEndian ? 22 : 62;
  return bigEndian ? 8 : 3;
}

function symbol(
  out: Writer,
  wide: boolean,
  name: number,
  type: number,
  section: number,
  value: number,
  size: number,
): void {
  out.u32(name);
  if (!wide) {
    out.u32(value);
    out.u32(size);
  }
  out.bytes(Buffer.from([type, 0]));
  out.u16(section);
  if (wide) {
    out.word(value);
    out.word(size);
  }
}

function elfHeader(
  out: Writer,
  options: TinyOptions,
  entry: number,
  headers: number,
  sections: number,
  base: number,
  loaded: number,
  dynamic: number,
): void {
  const { pointerSize: p, bigEndian, pie = false } = options;
  const wide = p === 8;
  out.bytes(Buffer.from([0x7f, 0x45, 0x4c, 0x46, wide ? 2 : 1, bigEndian ? 2 : 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]));
  out.u16(pie ? 3 : 2);
  out.u16(machineOf(options));
  out.u32(1);
  out.word(entry);
  out.word(wide ? 64 : 52);
  out.word(headers);
  out.u32(0);
  for (const half of [
    wide ? 64 : 52,
    wide ? 56 : 32,
    pie ? 2 : 1,
    wide ? 64 : 40,
    sections,
    Math.max(0, sections - 1),
  ]) {
    out.u16(half);
  }
  const segment = (type: number, at: number, size: number): void => {
    out.u32(type);
    if (wide) out.u32(7);
    for (const word of [at, base + at, base + at, size, size]) out.word(word);
    if (!wide) out.u32(7);
    out.word(0x1000);
  };
  segment(1, 0, loaded);
  if (pie) segment(2, dynamic, loaded - dynamic);
}
