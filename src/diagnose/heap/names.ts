/**
 * Names for the addresses of a heap dump: global variables, code, closures, types. With the executable all of them;
 * without it what the dump itself says (functions on stacks, types of interface tables). Unknown is null, never a guess.
 */
import type { Executable } from '../../evidence/binary/executable.ts';
import type { CodePosition } from '../../evidence/binary/pclntab.ts';
import { minorOf } from '../../evidence/go-version.ts';
import type { FrameIndex, HeapDump, ObjectIndex } from '../../evidence/heapdump/dump.ts';
import { loadBias } from './match-binary.ts';

export interface Names {
  /** The global variable that contains the address, and the bytes from its start. Needs an executable with symbols. */
  global(address: number): { readonly name: string; readonly offset: number } | null;
  /**
   * Innermost position of the call before a return address: a pc of a frame, or the goPc of a goroutine.
   * Without the executable the file is '' and the line 0, and only addresses on stacks are known.
   */
  code(pc: number): CodePosition | null;
  /** Calls of a frame with those that are inlined into it, innermost first; never empty. */
  frame(index: FrameIndex): readonly CodePosition[];
  /** The function of a closure by its object's first word; null where that is no function's entry. */
  closure(firstWord: number): string | null;
  /** The type whose descriptor or interface table lies at the address, e.g. a channel's elemtype. */
  type(address: number): string | null;
  /**
   * Type of an object that carries it (Go 1.22 and later, over 512 bytes, with pointers). `[]T` is the array behind a
   * slice of T.
   */
  typeOf(object: ObjectIndex): string | null;
  /**
   * Type of what the pointer at `contentOffset + at` (as in HeapDump.word) points to, where the word before it says
   * so: the two words of an interface value. `fields` of a frame, an object or a global alike.
   */
  interfaceTarget(contentOffset: number, at: number): string | null;
}

/** Throws EvidenceError where the executable is not the program of the dump. */
export function createNames(dump: HeapDump, executable: Executable | null): Names {
  const bias = executable === null ? 0 : loadBias(dump, executable);
  const onStacks = executable === null ? functionsOnStacks(dump) : null;
  const header = headerRule(dump);
  const pointerSize = dump.params.pointerSize;

  /** As the loader left it; address of a descriptor. */
  const typeAt = (address: number): { name: string; size: number; direct: boolean; kind: number } | null =>
    executable?.types?.typeAt(address - bias) ?? typeInDump(dump, address);
  /** The calls at a return address, or at the entry of a function that has not begun. */
  const code = (pc: number, entry: number | null): readonly CodePosition[] => {
    if (executable === null) {
      const name = onStacks?.pcs.get(pc);
      return name === undefined ? [] : [{ function: name, file: '', line: 0 }];
    }
    const { pclntab } = executable;
    const at = pc - bias;
    // The call lies before its return address, which is behind its function where the call never returns.
    const start = entry === null ? (pclntab.entries[pclntab.indexAt(at)] ?? 0) : entry - bias;
    return pclntab.positionsAt(start === at ? at : at - 1);
  };

  return {
    global(address) {
      const symbols = executable?.symbols ?? null;
      if (symbols === null) return null;
      const index = symbols.symbolAt(address - bias);
      if (index < 0 || symbols.isData[index] !== 1) return null;
      return { name: symbols.name(index), offset: address - bias - (symbols.address[index] ?? 0) };
    },
    code: (pc) => code(pc, null)[0] ?? null,
    frame(index) {
      const calls = code(dump.frames.pc[index] ?? 0, dump.frames.entry[index] ?? 0);
      if (calls.length > 0) return calls;
      return [{ function: dump.strings[dump.frames.name[index] ?? -1] ?? '', file: '', line: 0 }];
    },
    closure(firstWord) {
      if (executable === null) return onStacks?.entries.get(firstWord) ?? null;
      const { pclntab } = executable;
      const index = pclntab.indexAt(firstWord - bias);
      return index >= 0 && pclntab.entries[index] === firstWord - bias ? pclntab.name(index) : null;
    },
    type: (address) => typeAt(dump.itabs.get(address) ?? address)?.name ?? null,
    typeOf(object) {
      const { objects } = dump;
      const size = objects.size[object] ?? 0;
      const first = objects.fieldOffsets[object] ?? 0;
      if (header === null || size <= header.above || size > header.upTo) return null;
      // No pointers, no header; and no pointer of the object itself lies in the header.
      if (first >= (objects.fieldOffsets[object + 1] ?? 0) || (objects.fieldAt[first] ?? 0) < HEADER_BYTES) return null;
      const type = typeAt(dump.word(objects.contentOffset[object] ?? 0, 0));
      if (type === null || type.size === 0 || type.size > size - HEADER_BYTES) return null;
      // Size classes are at most a quarter apart: what fits twice was allocated as an array.
      return type.size * 2 <= size - HEADER_BYTES ? `[]${type.name}` : type.name;
    },
    interfaceTarget(contentOffset, at) {
      if (at < pointerSize) return null;
      const word = dump.word(contentOffset, at - pointerSize);
      const type = word === 0 ? null : typeAt(dump.itabs.get(word) ?? word);
      return type === null ? null : pointee(type);
    },
  };
}

const HEADER_BYTES = 8;
/** Size class of the largest small objects, runtime/sizeclasses.go; larger ones have spans of their own, and no header. */
const MAX_SMALL = 32_768;

/**
 * Sizes of the slots that begin with their type: above pointer size × bits of a pointer the heap bitmap gives way to
 * headers (MinSizeForMallocHeader; since Go 1.22, an experiment that can be turned off only there). Null: none do.
 */
function headerRule({ params }: HeapDump): { above: number; upTo: number } | null {
  const minor = minorOf(params.goVersion);
  if (minor === null || minor < 22 || params.goVersion.includes('noallocheaders')) return null;
  return { above: params.pointerSize ** 2 * 8, upTo: MAX_SMALL };
}

/** Kinds whose direct values point to something that has that type's name: channels, functions, maps. */
const SELF_NAMED: readonly number[] = [18, 19, 21];
const POINTER = 22;

/** What an interface's data word points to. */
function pointee(type: { name: string; direct: boolean; kind: number }): string | null {
  if (!type.direct) return type.name;
  if (type.kind === POINTER) return type.name.startsWith('*') ? type.name.slice(1) : null;
  // A struct or array of one pointer does not say what that points to.
  return SELF_NAMED.includes(type.kind) ? type.name : null;
}

/** The dump names types of interface tables; for pointers to types with methods it only has the package. */
function typeInDump(
  dump: HeapDump,
  address: number,
): { name: string; size: number; direct: boolean; kind: number } | null {
  const type = dump.types.get(address);
  if (type === undefined || type.name.endsWith('.')) return null;
  const isPointer = type.name.startsWith('*');
  // Of a value of pointer size the dump does not say whether it is one: then nothing is said of what it points to.
  const direct = isPointer || type.size === dump.params.pointerSize;
  return { ...type, direct, kind: isPointer ? POINTER : 0 };
}

/** What the stacks say without an executable: by pc, and by entry address. */
function functionsOnStacks({ frames, strings }: HeapDump): {
  pcs: ReadonlyMap<number, string>;
  entries: ReadonlyMap<number, string>;
} {
  const pcs = new Map<number, string>();
  const entries = new Map<number, string>();
  for (let i = 0; i < frames.count; i++) {
    const name = strings[frames.name[i] ?? -1] ?? '';
    pcs.set(frames.pc[i] ?? 0, name);
    entries.set(frames.entry[i] ?? 0, name);
  }
  return { pcs, entries };
}
