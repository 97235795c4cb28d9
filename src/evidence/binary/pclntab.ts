/**
 * The table from program counters to functions, files and lines that every Go executable carries, stripped or not.
 * Format by magic: debug/gosym, runtime/symtab.go and cmd/link/internal/ld/pcln.go of Go 1.16 (0xfffffffa),
 * 1.18 (0xfffffff0) and 1.20 to 1.27 (0xfffffff1). From 1.26 on the header no longer says where the text starts.
 */
import { EvidenceError } from '../error.ts';
import { stringAt } from './elf.ts';
import { firstAtOrAfter } from './image.ts';
import type { Words } from './words.ts';

export type FunctionIndex = number;

export interface CodePosition {
  /** As the linker names it: `main.(*T).m`, `main.f.func1`, `slices.Sort[go.shape.int]`. */
  readonly function: string;
  readonly file: string;
  /** 0 where the compiler gave none. */
  readonly line: number;
}

export interface FunctionAt extends CodePosition {
  readonly entry: number;
}

export interface Pclntab {
  readonly functionCount: number;
  /** Entry addresses, ascending; one more at the end: the end of the text. */
  readonly entries: Float64Array;
  name(index: FunctionIndex): string;
  /** The function whose code contains the address, or -1. */
  indexAt(pc: number): FunctionIndex;
  /** The function that was compiled to the address (not one inlined into it) with the innermost file and line. */
  functionAt(pc: number): FunctionAt | null;
  /** The calls that are inlined at the address, innermost first; the last is the compiled function. Empty outside. */
  positionsAt(pc: number): CodePosition[];
  /** Where table `which` of a function's data (FUNCDATA_ of internal/abi) lies for readData; null where it has none. */
  dataOf(index: FunctionIndex, which: number): number | null;
  /** Bytes of function data; null where they are not in the file. */
  readData(offset: number, length: number): Buffer | null;
}

/** Which of the layouts of _func and inlinedCall (runtime/runtime2.go, runtime/symtab*.go) the table has. */
interface Layout {
  readonly magic: number;
  /** Words of the header between the counts and the offsets of the sub-tables: the start of the text. */
  readonly headerGap: 0 | 1;
  /** Entries are 32-bit offsets from the start of the text instead of addresses. */
  readonly relative: boolean;
  /** Bytes of _func after the entry, without the pcdata that follows. */
  readonly funcTail: number;
  /** Offset of nfuncdata after the entry. */
  readonly funcDataCount: number;
  /** Bytes of an inlinedCall, and where its name offset and parentPc stand. */
  readonly inlineSize: number;
  readonly inlineName: number;
  readonly inlineParent: number;
}

const LAYOUTS: readonly Layout[] = [
  {
    magic: 0xfffffffa,
    headerGap: 0,
    relative: false,
    funcTail: 36,
    funcDataCount: 35,
    inlineSize: 20,
    inlineName: 12,
    inlineParent: 16,
  },
  {
    magic: 0xfffffff0,
    headerGap: 1,
    relative: true,
    funcTail: 36,
    funcDataCount: 35,
    inlineSize: 20,
    inlineName: 12,
    inlineParent: 16,
  },
  {
    magic: 0xfffffff1,
    headerGap: 1,
    relative: true,
    funcTail: 40,
    funcDataCount: 39,
    inlineSize: 16,
    inlineName: 4,
    inlineParent: 8,
  },
];
export const MAGICS: readonly number[] = LAYOUTS.map(({ magic }) => magic);

/** Offsets of the fields of _func after its entry. */
const FUNC_NAME = 0;
const FUNC_PCFILE = 16;
const FUNC_PCLN = 20;
const FUNC_NPCDATA = 24;
const FUNC_CU = 28;
const PCDATA_INL_TREE_INDEX = 2;
const FUNCDATA_INL_TREE = 3;
const NO_OFFSET = 0xffffffff;
/** Inlined calls at one address; the go command of Go 1.26 has 7 at most. */
const MAX_INLINE_DEPTH = 200;

export interface PclntabHeader {
  readonly layout: Layout;
  readonly quantum: number;
  readonly functionCount: number;
  /** Where the text starts, for 1.18 … 1.25; 0 where the header does not say. */
  readonly textStart: number;
  /** Byte offsets of the sub-tables from the header: names, compilation units, files, pc tables, functions. */
  readonly names: number;
  readonly units: number;
  readonly files: number;
  readonly pcs: number;
  readonly functions: number;
}

/** Bytes that a header may take: magic and 8 words of 8 bytes. */
export const HEADER_BYTES = 72;

/** Null where the bytes are no plausible header of the given byte order and pointer size. */
export function readPclntabHeader(bytes: Buffer, words: Words): PclntabHeader | null {
  const p = words.pointerSize;
  const layout = bytes.length < 8 ? undefined : LAYOUTS.find(({ magic }) => magic === words.u32(bytes, 0));
  if (layout === undefined || bytes.length < 8 + (7 + layout.headerGap) * p) return null;
  const quantum = bytes[6] ?? 0;
  if (bytes[4] !== 0 || bytes[5] !== 0 || ![1, 2, 4].includes(quantum) || bytes[7] !== p) return null;
  const word = (index: number): number => words.pointer(bytes, 8 + index * p);
  const [names = 0, units = 0, files = 0, pcs = 0, functions = 0] = [0, 1, 2, 3, 4].map((i) =>
    word(2 + layout.headerGap + i),
  );
  const functionCount = word(0);
  if (!(names > 0 && names <= units && units <= files && files <= pcs && pcs <= functions)) return null;
  // The file has at least that many bytes before the functions, or it is no header.
  if (functions >= 2 ** 32 || functionCount === 0 || functionCount > 2 ** 28) return null;
  return {
    layout,
    quantum,
    functionCount,
    textStart: layout.headerGap === 1 ? word(2) : 0,
    names,
    units,
    files,
    pcs,
    functions,
  };
}

export interface PclntabOptions {
  readonly words: Words;
  /** Address of the first byte of Go code; all of 1.18 and later counts from it. */
  readonly textStart: number;
  /**
   * Reads `length` bytes of a function's data (1.18: offset from moduledata.gofunc; before: an address); null where
   * they are not there, and then inlined calls are not told apart.
   */
  readonly funcData: (offset: number, length: number) => Buffer | null;
}

/** `bytes` start with the header and reach to the end of the table, or further. Throws EvidenceError on damage. */
export function readPclntab(bytes: Buffer, options: PclntabOptions): Pclntab {
  const { words } = options;
  const header = readPclntabHeader(bytes, words);
  if (header === null) throw bad('this is no table of a Go version from 1.16 on', 0);
  const { layout, functionCount, quantum } = header;
  const field = layout.relative ? 4 : words.pointerSize;
  const tableBytes = (functionCount * 2 + 1) * field;
  if (header.functions + tableBytes > bytes.length) {
    throw bad(`${functionCount} functions do not fit into ${bytes.length} bytes`, 8);
  }
  const table = bytes.subarray(header.functions);
  const number = layout.relative ? words.u32 : words.pointer;
  const entries = new Float64Array(functionCount + 1);
  const offsets = new Uint32Array(functionCount);
  for (let i = 0; i <= functionCount; i++) {
    const entry = number(table, 2 * i * field);
    entries[i] = layout.relative ? options.textStart + entry : entry;
    if (i > 0 && (entries[i] ?? 0) < (entries[i - 1] ?? 0)) {
      throw bad(`function ${i} starts before function ${i - 1}`, header.functions + 2 * i * field);
    }
    if (i < functionCount) offsets[i] = number(table, (2 * i + 1) * field);
  }

  const names = bytes.subarray(header.names, header.units);
  const units = bytes.subarray(header.units, header.files);
  const files = bytes.subarray(header.files, header.pcs);
  const pcs = bytes.subarray(header.pcs, header.functions);
  const head = layout.relative ? 4 : words.pointerSize;
  /** Offset in `table` of the fields of _func after its entry, or -1 where they are not in the file. */
  const fieldsOf = (index: FunctionIndex): number => {
    const at = (offsets[index] ?? NO_OFFSET) + head;
    return at + layout.funcTail <= table.length ? at : -1;
  };
  const name = (index: FunctionIndex): string => {
    const at = fieldsOf(index);
    return at < 0 ? '' : stringAt(names, words.u32(table, at + FUNC_NAME));
  };
  const indexAt = (pc: number): FunctionIndex => {
    const first = entries[0] ?? 0;
    if (!(pc >= first && pc < (entries[functionCount] ?? 0))) return -1;
    let index = firstAtOrAfter(entries, pc);
    while (index <= functionCount && entries[index] === pc) index++; // of empty functions at one address the last
    return index - 1;
  };
  /** Value of a pc table at `pc`, or null. Each row: zigzag difference of the value, then of the pc. */
  const valueAt = (tableOffset: number, entry: number, pc: number): number | null => {
    // Offset 0 means that there is no table.
    if (tableOffset === 0 || tableOffset >= pcs.length) return null;
    const cursor = { at: tableOffset };
    let value = -1;
    let at = entry;
    for (let first = true; ; first = false) {
      const step = varint(pcs, cursor);
      if (step === null || (step === 0 && !first)) return null;
      value += (step & 1) !== 0 ? ~(step >>> 1) : step >>> 1;
      const distance = varint(pcs, cursor);
      if (distance === null) return null;
      at += distance * quantum;
      if (pc < at) return value | 0;
    }
  };
  const fileAndLine = (fields: number, entry: number, pc: number): { file: string; line: number } => {
    const file = valueAt(words.u32(table, fields + FUNC_PCFILE), entry, pc);
    const line = valueAt(words.u32(table, fields + FUNC_PCLN), entry, pc) ?? 0;
    const unit = (words.u32(table, fields + FUNC_CU) + (file ?? 0)) * 4;
    if (file === null || file < 0 || unit + 4 > units.length) return { file: '', line: 0 };
    return { file: stringAt(files, words.u32(units, unit)), line: Math.max(0, line) };
  };
  /** Where a table of the function's data lies for `funcData`; null where it has none. */
  const dataOf = (fields: number, which: number): number | null => {
    const pcDataCount = words.u32(table, fields + FUNC_NPCDATA);
    if (pcDataCount > 64 || (table[fields + layout.funcDataCount] ?? 0) <= which) return null;
    let funcData = fields + layout.funcTail + 4 * pcDataCount;
    // Before 1.18 function data are aligned pointers. _func itself is aligned.
    if (!layout.relative && words.pointerSize === 8 && (funcData - fields + head) % 8 !== 0) funcData += 4;
    const at = funcData + which * (layout.relative ? 4 : words.pointerSize);
    if (at + (layout.relative ? 4 : words.pointerSize) > table.length) return null;
    const offset = number(table, at);
    return offset === (layout.relative ? NO_OFFSET : 0) ? null : offset;
  };
  /** Where the function's inline tree lies for `funcData`, and its pc table; null where nothing is inlined. */
  const inlineTree = (fields: number): { tree: number; pcTable: number } | null => {
    const pcDataCount = words.u32(table, fields + FUNC_NPCDATA);
    const tree = pcDataCount <= PCDATA_INL_TREE_INDEX ? null : dataOf(fields, FUNCDATA_INL_TREE);
    if (tree === null) return null;
    return { tree, pcTable: words.u32(table, fields + layout.funcTail + 4 * PCDATA_INL_TREE_INDEX) };
  };
  const positionsAt = (pc: number): CodePosition[] => {
    const index = indexAt(pc);
    const fields = index < 0 ? -1 : fieldsOf(index);
    if (fields < 0) return [];
    const entry = entries[index] ?? 0;
    const positions: CodePosition[] = [];
    const inlined = inlineTree(fields);
    let at = pc;
    let last = Number.POSITIVE_INFINITY;
    while (inlined !== null && positions.length < MAX_INLINE_DEPTH) {
      const row = valueAt(inlined.pcTable, entry, at);
      // The compiler numbers a call before those that are inlined into it: going outwards, rows descend.
      if (row === null || row < 0 || row >= last) break;
      last = row;
      const call = options.funcData(inlined.tree + row * layout.inlineSize, layout.inlineSize);
      if (call === null) break;
      const callee = stringAt(names, words.u32(call, layout.inlineName));
      positions.push({ function: callee, ...fileAndLine(fields, entry, at) });
      at = entry + words.u32(call, layout.inlineParent);
    }
    positions.push({ function: name(index), ...fileAndLine(fields, entry, at) });
    return positions;
  };

  return {
    functionCount,
    entries,
    name,
    indexAt,
    functionAt(pc) {
      const index = indexAt(pc);
      const fields = index < 0 ? -1 : fieldsOf(index);
      if (fields < 0) return null;
      const entry = entries[index] ?? 0;
      return { function: name(index), entry, ...fileAndLine(fields, entry, pc) };
    },
    positionsAt,
    dataOf(index, which) {
      const fields = fieldsOf(index);
      return fields < 0 ? null : dataOf(fields, which);
    },
    readData: options.funcData,
  };
}

/** Unsigned LEB128 of at most 32 bits; null at the end of the bytes. */
function varint(bytes: Buffer, cursor: { at: number }): number | null {
  let value = 0;
  for (let shift = 0; shift < 35; shift += 7) {
    const byte = bytes[cursor.at++];
    if (byte === undefined) return null;
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return value >>> 0;
  }
  return null;
}

function bad(problem: string, offset: number): EvidenceError {
  return new EvidenceError('pclntab', `the function table is damaged: ${problem}; counted from its start`, offset);
}
