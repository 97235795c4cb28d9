/** The symbol table of an ELF file (`.symtab`), as columns sorted by address. Stripped executables have none. */
import { EvidenceError } from '../error.ts';
import { type Elf, SHF_ALLOC, SHF_WRITE, SHT_SYMTAB, stringAt } from './elf.ts';
import { firstAtOrAfter } from './image.ts';
import { type ByteSource, readExactly } from './source.ts';

export type SymbolIndex = number;

export interface SymbolTable {
  /** Symbols with an address in the program and a size, ascending; at one address the largest first. */
  readonly count: number;
  readonly address: Float64Array;
  /** Bytes, above 0. */
  readonly size: Float64Array;
  /** 1 where the symbol lies in writable memory: a global variable (data, bss and their pointer-free parts). */
  readonly isData: Uint8Array;
  name(index: SymbolIndex): string;
  /** The innermost symbol that contains the address, or -1. */
  symbolAt(address: number): SymbolIndex;
  /** All global variables, ascending. */
  dataSymbols(): { readonly name: string; readonly address: number; readonly size: number }[];
}

/** STT_*: what has an address of its own in memory. */
const NOTYPE = 0;
const OBJECT = 1;
const FUNCTION = 2;

/** Null where there is no symbol table. Throws EvidenceError where it does not fit its file. */
export function readSymbols(source: ByteSource, elf: Elf): SymbolTable | null {
  const { words } = elf;
  const section = elf.sections.find(({ type }) => type === SHT_SYMTAB);
  if (section === undefined) return null;
  const wide = words.pointerSize === 8;
  const entry = wide ? 24 : 16;
  if (section.entrySize !== entry) {
    throw new EvidenceError('ELF', `symbols of ${section.entrySize} bytes instead of ${entry}`, section.offset);
  }
  const table = readExactly(source, section.offset, section.size);
  const names = elf.sections[section.link];
  const strings = names === undefined ? null : readExactly(source, names.offset, names.size);
  if (table === null || strings === null) {
    throw new EvidenceError('ELF', 'the symbol table or its names are not in the file', section.offset);
  }

  const rows = Math.floor(table.length / entry);
  const [address, size] = [new Float64Array(rows), new Float64Array(rows)];
  const [nameOffset, isData] = [new Uint32Array(rows), new Uint8Array(rows)];
  let count = 0;
  for (let i = 0; i < rows; i++) {
    const at = i * entry;
    const type = (table[wide ? at + 4 : at + 12] ?? 0) & 15;
    const home = elf.sections[words.u16(table, wide ? at + 6 : at + 14)];
    if (home === undefined || (home.flags & SHF_ALLOC) === 0) continue;
    if (type !== NOTYPE && type !== OBJECT && type !== FUNCTION) continue;
    const value = words.pointer(table, wide ? at + 8 : at + 4);
    const bytes = words.pointer(table, wide ? at + 16 : at + 8);
    if (bytes === 0 || !Number.isSafeInteger(value + bytes)) continue;
    address[count] = value;
    size[count] = bytes;
    nameOffset[count] = words.u32(table, at);
    isData[count] = (home.flags & SHF_WRITE) !== 0 && type !== FUNCTION ? 1 : 0;
    count++;
  }
  const order = Uint32Array.from({ length: count }, (_, i) => i).sort(
    (a, b) => (address[a] ?? 0) - (address[b] ?? 0) || (size[b] ?? 0) - (size[a] ?? 0),
  );
  return columns({
    count,
    address: Float64Array.from(order, (i) => address[i] ?? 0),
    size: Float64Array.from(order, (i) => size[i] ?? 0),
    isData: Uint8Array.from(order, (i) => isData[i] ?? 0),
    nameOffset: Uint32Array.from(order, (i) => nameOffset[i] ?? 0),
    strings,
  });
}

interface Columns {
  readonly count: number;
  readonly address: Float64Array;
  readonly size: Float64Array;
  readonly isData: Uint8Array;
  readonly nameOffset: Uint32Array;
  readonly strings: Buffer;
}

function columns({ count, address, size, isData, nameOffset, strings }: Columns): SymbolTable {
  const outer = enclosing(address, size);
  const name = (index: SymbolIndex): string => stringAt(strings, nameOffset[index] ?? strings.length);
  return {
    count,
    address,
    size,
    isData,
    name,
    symbolAt(at) {
      let index = firstAtOrAfter(address, at);
      // Of several at one address the last is the smallest, i.e. the innermost.
      while (index < count && address[index] === at) index++;
      index--;
      while (index >= 0 && at >= (address[index] ?? 0) + (size[index] ?? 0)) index = outer[index] ?? -1;
      return index;
    },
    dataSymbols() {
      const found: { name: string; address: number; size: number }[] = [];
      for (let i = 0; i < count; i++) {
        if (isData[i] === 1) found.push({ name: name(i), address: address[i] ?? 0, size: size[i] ?? 0 });
      }
      return found;
    },
  };
}

/** For each symbol the one that it lies in, or -1: `type:*` spans all types, and assembly has labels inside functions. */
function enclosing(address: Float64Array, size: Float64Array): Int32Array {
  const outer = new Int32Array(address.length).fill(-1);
  for (let i = 1; i < address.length; i++) {
    const start = address[i] ?? 0;
    let above = i - 1;
    while (above >= 0 && start >= (address[above] ?? 0) + (size[above] ?? 0)) above = outer[above] ?? -1;
    outer[i] = above;
  }
  return outer;
}
