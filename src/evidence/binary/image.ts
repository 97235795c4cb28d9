/**
 * A program as it lies in memory before it runs: bytes by address, with the pointers that the loader would fill in.
 * A position-independent executable keeps such pointers in a table (R_*_RELATIVE with addend) and the place itself may
 * hold anything; all addresses here are for load address 0, i.e. as in the symbol table.
 */
import { EvidenceError } from '../error.ts';
import { type Elf, type ElfSegment, PT_DYNAMIC, PT_LOAD } from './elf.ts';
import { type ByteSource, readExactly } from './source.ts';

export interface Image {
  readonly elf: Elf;
  /** `length` bytes at an address, relocated; null unless all of them lie in one segment. Beyond the file part: zeros. */
  read(address: number, length: number): Buffer | null;
  /** Pointer-sized word at an address, relocated; null outside the program. */
  word(address: number): number | null;
  /** The segment that contains the address and is loaded. */
  segmentAt(address: number): ElfSegment | null;
  /** Places whose relocated pointer is `target`. */
  relocatedTo(target: number): number[];
}

/** Type number of "load address + addend", by ELF machine (386, arm, ppc64, s390x, amd64, arm64, riscv, loong64). */
const RELATIVE: Readonly<Record<number, number>> = {
  3: 8,
  8: 3,
  21: 22,
  22: 12,
  40: 23,
  62: 8,
  183: 1027,
  243: 3,
  258: 3,
};
const DT_RELA = 7;
const DT_RELASZ = 8;
/** Nobody reads so much at once, not even the pclntab of the largest programs. */
const MAX_READ = 2 ** 30;

export function createImage(source: ByteSource, elf: Elf): Image {
  const { words } = elf;
  const loaded = elf.segments.filter(({ type }) => type === PT_LOAD);
  const segmentAt = (address: number): ElfSegment | null =>
    loaded.find((s) => address >= s.address && address < s.address + s.memorySize) ?? null;

  const raw = (address: number, length: number): Buffer | null => {
    const segment = segmentAt(address);
    if (segment === null || length > MAX_READ || address + length > segment.address + segment.memorySize) return null;
    const at = address - segment.address;
    const inFile = Math.max(0, Math.min(length, segment.fileSize - at));
    const bytes = readExactly(source, segment.offset + at, inFile);
    if (bytes === null || inFile === length) return bytes;
    // Memory beyond the file part costs nothing to claim: only small reads may ask for it.
    if (length - inFile > 1 << 20) return null;
    return Buffer.concat([bytes, Buffer.alloc(length - inFile)]);
  };
  const relocations = readRelocations(elf, raw);

  return {
    elf,
    segmentAt,
    read(address, length) {
      const bytes = raw(address, length);
      if (bytes === null || relocations.count === 0) return bytes;
      let i = firstAtOrAfter(relocations.place, address);
      if (i === relocations.count || (relocations.place[i] ?? 0) >= address + length) return bytes;
      const changed = Buffer.from(bytes); // the source's bytes may be shared
      for (; i < relocations.count; i++) {
        const at = (relocations.place[i] ?? 0) - address;
        if (at + words.pointerSize > length) break;
        writePointer(changed, at, relocations.addend[i] ?? 0, words.bigEndian, words.pointerSize);
      }
      return changed;
    },
    word(address) {
      const bytes = this.read(address, words.pointerSize);
      return bytes === null ? null : words.pointer(bytes, 0);
    },
    relocatedTo(target) {
      const places: number[] = [];
      for (let i = relocations.addend.indexOf(target); i >= 0; i = relocations.addend.indexOf(target, i + 1)) {
        places.push(relocations.place[i] ?? 0);
      }
      return places;
    },
  };
}

interface Relocations {
  readonly count: number;
  /** Ascending addresses. */
  readonly place: Float64Array;
  readonly addend: Float64Array;
}

/** The relative relocations with an addend. Those without (REL, RELR) have theirs in place: nothing to do. */
function readRelocations(elf: Elf, raw: (address: number, length: number) => Buffer | null): Relocations {
  const { words, machine } = elf;
  const none = { count: 0, place: new Float64Array(), addend: new Float64Array() };
  const dynamic = elf.segments.find(({ type }) => type === PT_DYNAMIC);
  const relative = RELATIVE[machine];
  if (dynamic === undefined || relative === undefined) return none;
  const p = words.pointerSize;
  const tags = raw(dynamic.address, Math.min(dynamic.fileSize, 1 << 16));
  if (tags === null) return none;
  let table = 0;
  let size = 0;
  for (let at = 0; at + 2 * p <= tags.length; at += 2 * p) {
    const tag = words.pointer(tags, at);
    if (tag === 0) break;
    if (tag === DT_RELA) table = words.pointer(tags, at + p);
    if (tag === DT_RELASZ) size = words.pointer(tags, at + p);
  }
  if (table === 0 || size === 0) return none;
  const entries = raw(table, size);
  if (entries === null) {
    throw new EvidenceError(
      'ELF',
      `the relocations at address 0x${table.toString(16)} (${size} bytes) are not in the file`,
    );
  }
  const entry = 3 * p;
  const rows = Math.floor(entries.length / entry);
  const place = new Float64Array(rows);
  const addend = new Float64Array(rows);
  let count = 0;
  let sorted = true;
  for (let i = 0; i < rows; i++) {
    const at = i * entry;
    // The type is the low half of r_info: 32 bits of 64, 8 bits of 32.
    const info =
      p === 8 ? words.u32(entries, words.bigEndian ? at + p + 4 : at + p) : words.u32(entries, at + p) & 0xff;
    if (info !== relative) continue;
    place[count] = words.pointer(entries, at);
    addend[count] = words.pointer(entries, at + 2 * p);
    if (count > 0 && (place[count - 1] ?? 0) > (place[count] ?? 0)) sorted = false;
    count++;
  }
  const columns = { count, place: place.subarray(0, count), addend: addend.subarray(0, count) };
  return sorted ? columns : sortedByPlace(columns);
}

function sortedByPlace({ count, place, addend }: Relocations): Relocations {
  const order = Uint32Array.from({ length: count }, (_, i) => i).sort((a, b) => (place[a] ?? 0) - (place[b] ?? 0));
  return {
    count,
    place: Float64Array.from(order, (i) => place[i] ?? 0),
    addend: Float64Array.from(order, (i) => addend[i] ?? 0),
  };
}

/** Index of the first number that is not below `value` in an ascending column. */
export function firstAtOrAfter(column: Float64Array, value: number): number {
  let low = 0;
  let high = column.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((column[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

function writePointer(bytes: Buffer, at: number, value: number, bigEndian: boolean, size: 4 | 8): void {
  const low = value >>> 0;
  const high = Math.floor(value / 2 ** 32) >>> 0;
  if (size === 4) {
    if (bigEndian) bytes.writeUInt32BE(low, at);
    else bytes.writeUInt32LE(low, at);
  } else if (bigEndian) {
    bytes.writeUInt32BE(high, at);
    bytes.writeUInt32BE(low, at + 4);
  } else {
    bytes.writeUInt32LE(low, at);
    bytes.writeUInt32LE(high, at + 4);
  }
}
