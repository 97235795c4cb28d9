/**
 * The headers of an ELF file: what it is for, its sections and its segments. Contents stay in the file.
 * Format: System V gABI chapters 4 and 5; 32 and 64 bit, both byte orders.
 */
import { EvidenceError } from '../error.ts';
import { type ByteSource, readExactly } from './source.ts';
import { type Words, wordsOf } from './words.ts';

export interface ElfSection {
  readonly name: string;
  /** SHT_*: 1 contents, 2 symbols, 8 no bits in the file. */
  readonly type: number;
  /** SHF_*: 1 writable, 2 allocated, 4 instructions. */
  readonly flags: number;
  readonly address: number;
  readonly offset: number;
  readonly size: number;
  /** Index of the section that this one refers to: a symbol table's strings. */
  readonly link: number;
  readonly entrySize: number;
}

export interface ElfSegment {
  /** PT_*: 1 load, 2 dynamic. */
  readonly type: number;
  /** PF_*: 1 execute, 2 write, 4 read. */
  readonly flags: number;
  readonly offset: number;
  readonly address: number;
  /** Bytes in the file; memory beyond them is zero. */
  readonly fileSize: number;
  readonly memorySize: number;
}

export interface Elf {
  readonly words: Words;
  /** ET_*: 2 fixed addresses, 3 shared object or position-independent executable. */
  readonly type: number;
  /** EM_*: 3 386, 40 arm, 62 amd64, 183 arm64 … */
  readonly machine: number;
  readonly entry: number;
  /** Empty where the section headers are stripped. */
  readonly sections: readonly ElfSection[];
  readonly segments: readonly ElfSegment[];
}

export const SHT_SYMTAB = 2;
export const SHT_NOBITS = 8;
export const SHF_WRITE = 1;
export const SHF_ALLOC = 2;
export const PT_LOAD = 1;
export const PT_DYNAMIC = 2;
export const PF_W = 2;

const ET_EXEC = 2;
const ET_DYN = 3;
const ET_CORE = 4;
/** Bounds for hostile files; the largest Go programs have some 40 sections and 15 segments. */
const MAX_HEADERS = 65_536;
const MAX_LOADED = 64;
const MAX_NAMES = 16 << 20;

/** The words of other formats that somebody may give instead, by the first bytes. */
const OTHERS: readonly (readonly [string, string])[] = [
  ['cafebabe', 'a Mach-O file'],
  ['feedface', 'a Mach-O file'],
  ['feedfacf', 'a Mach-O file'],
  ['cefaedfe', 'a Mach-O file'],
  ['cffaedfe', 'a Mach-O file'],
  ['4d5a', 'a Windows executable'],
  ['01df', 'an XCOFF file'],
  ['01f7', 'an XCOFF file'],
  ['0061736d', 'a WebAssembly module'],
  ['676f312e37206865', 'a Go heap dump'],
  ['1f8b', 'a gzip file'],
];

/** Throws EvidenceError where the file is no ELF executable or its headers do not fit into it. */
export function readElf(source: ByteSource): Elf {
  const ident = readExactly(source, 0, Math.min(64, source.size)) ?? Buffer.alloc(0);
  if (ident.toString('latin1', 0, 4) !== '\x7fELF') throw notElf(ident);
  const wide = ident[4] === 2;
  if (!wide && ident[4] !== 1) throw bad(`ELF class ${ident[4]} is neither 32 nor 64 bit`, 4);
  if (ident[5] !== 1 && ident[5] !== 2) throw bad(`byte order ${ident[5]} is neither little nor big endian`, 5);
  const words = wordsOf(ident[5] === 2, wide ? 8 : 4);
  if (ident.length < (wide ? 64 : 52)) throw bad('the file is cut inside its ELF header', ident.length);
  const type = words.u16(ident, 16);
  if (type === ET_CORE) throw bad('this is a core file; give the executable that it came from', 16);
  if (type !== ET_EXEC && type !== ET_DYN) throw bad(`this ELF file of type ${type} is not an executable`, 16);

  const [phOffset, shOffset] = [words.pointer(ident, wide ? 32 : 28), words.pointer(ident, wide ? 40 : 32)];
  const counts = wide ? 54 : 42;
  const phSize = words.u16(ident, counts);
  const phCount = words.u16(ident, counts + 2);
  const shSize = words.u16(ident, counts + 4);
  const shCount = words.u16(ident, counts + 6);
  const segments = readSegments(source, words, phOffset, phSize, phCount);
  const sections = readSections(source, words, shOffset, shSize, shCount, words.u16(ident, counts + 8));
  return {
    words,
    type,
    machine: words.u16(ident, 18),
    entry: words.pointer(ident, 24),
    sections,
    segments,
  };
}

function readSegments(source: ByteSource, words: Words, offset: number, size: number, count: number): ElfSegment[] {
  if (count === 0) return [];
  const wide = words.pointerSize === 8;
  if (size < (wide ? 56 : 32)) throw bad(`program headers of ${size} bytes are too short`, offset);
  const table = tableAt(source, offset, size, count, 'program headers');
  const segments: ElfSegment[] = [];
  for (let i = 0; i < count; i++) {
    const at = i * size;
    const p = words.pointerSize;
    // The 64-bit header has the flags second, for alignment; the 32-bit one has them after the sizes.
    const fields = wide ? at + 8 : at + 4;
    const segment = {
      type: words.u32(table, at),
      flags: words.u32(table, wide ? at + 4 : at + 24),
      offset: words.pointer(table, fields),
      address: words.pointer(table, fields + p),
      fileSize: words.pointer(table, fields + 3 * p),
      memorySize: words.pointer(table, fields + 4 * p),
    };
    if (segment.type === PT_LOAD || segment.type === PT_DYNAMIC) {
      checkRange(source, `segment ${i}`, segment.offset, segment.fileSize, offset + at);
      checkAddress(`segment ${i}`, segment.address, segment.memorySize, offset + at);
    }
    segments.push(segment);
  }
  const loaded = segments.filter(({ type }) => type === PT_LOAD).length;
  if (loaded > MAX_LOADED) throw bad(`${loaded} loaded segments are more than ${MAX_LOADED}`, offset);
  return segments;
}

function readSections(
  source: ByteSource,
  words: Words,
  offset: number,
  size: number,
  count: number,
  names: number,
): ElfSection[] {
  if (offset === 0) return [];
  const wide = words.pointerSize === 8;
  if (size < (wide ? 64 : 40)) throw bad(`section headers of ${size} bytes are too short`, offset);
  const p = words.pointerSize;
  // Counts beyond 16 bits stand in the first section header.
  const first = tableAt(source, offset, size, 1, 'section headers');
  const total = count === 0 ? words.pointer(first, 8 + 3 * p) : count;
  const nameIndex = names === 0xffff ? words.u32(first, 8 + 4 * p) : names;
  if (total > MAX_HEADERS) throw bad(`${total} sections are more than ${MAX_HEADERS}`, offset);
  const table = tableAt(source, offset, size, total, 'section headers');
  const raw = Array.from({ length: total }, (_, i) => {
    const at = i * size;
    return {
      nameOffset: words.u32(table, at),
      type: words.u32(table, at + 4),
      flags: words.pointer(table, at + 8),
      address: words.pointer(table, at + 8 + p),
      offset: words.pointer(table, at + 8 + 2 * p),
      size: words.pointer(table, at + 8 + 3 * p),
      link: words.u32(table, at + 8 + 4 * p),
      entrySize: words.pointer(table, at + 16 + 5 * p),
      at: offset + at,
    };
  });
  const strings = raw[nameIndex];
  let text: Buffer = Buffer.alloc(0);
  if (strings !== undefined && strings.type !== SHT_NOBITS && total > 0) {
    if (strings.size > MAX_NAMES) throw bad(`section names of ${strings.size} bytes are too many`, strings.at);
    text = readExactly(source, strings.offset, strings.size) ?? cut('the section names', strings.offset);
  }
  return raw.map(({ nameOffset, at, ...section }) => {
    const name = stringAt(text, nameOffset);
    // Type 0 is an unused header; its other fields mean nothing.
    if (section.type !== 0 && section.type !== SHT_NOBITS) {
      checkRange(source, `section ${name}`, section.offset, section.size, at);
    }
    if ((section.flags & SHF_ALLOC) !== 0) checkAddress(`section ${name}`, section.address, section.size, at);
    return { name, ...section };
  });
}

/** NUL-terminated string of a string table; '' outside it. */
export function stringAt(table: Buffer, offset: number): string {
  if (offset >= table.length) return '';
  const end = table.indexOf(0, offset);
  return table.toString('utf8', offset, end < 0 ? table.length : end);
}

function tableAt(source: ByteSource, offset: number, size: number, count: number, what: string): Buffer {
  return readExactly(source, offset, size * count) ?? cut(`the ${what}`, offset);
}

function checkRange(source: ByteSource, what: string, offset: number, size: number, at: number): void {
  if (offset + size > source.size) {
    throw bad(`${what} ends at byte ${offset + size} of a file of ${source.size} bytes; the file is cut; header`, at);
  }
}

/** Addresses are doubles all over the product. */
function checkAddress(what: string, address: number, size: number, at: number): void {
  if (address + size > Number.MAX_SAFE_INTEGER) throw bad(`${what} lies beyond user space; header`, at);
}

function cut(what: string, offset: number): never {
  throw bad(`the file is cut: ${what} should stand`, offset);
}

function bad(problem: string, offset: number): EvidenceError {
  return new EvidenceError('ELF', problem, offset);
}

function notElf(ident: Buffer): EvidenceError {
  if (ident.length === 0) return new EvidenceError('ELF', 'the file is empty; give an ELF executable built by Go');
  const hex = ident.toString('hex');
  const other = OTHERS.find(([magic]) => hex.startsWith(magic));
  const what = other === undefined ? 'this is not an executable' : `this is ${other[1]}`;
  return new EvidenceError('ELF', `${what}; only ELF executables (Linux and BSD) are read`);
}
