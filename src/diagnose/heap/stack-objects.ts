/**
 * Locals whose address is taken: they lie on the stack, and a stack map does not show their pointers. Where they lie is
 * in the executable (FUNCDATA_StackObjects; runtime/stack.go stackObjectRecord). With that, the roots of a goroutine are
 * those that the collector sees; without it, whole frames must be taken for roots.
 */
import type { Executable } from '../../evidence/binary/executable.ts';
import type { FrameIndex, HeapDump } from '../../evidence/heapdump/dump.ts';
import { loadBias } from './match-binary.ts';

/** Absolute addresses; the pointers in it are before `pointersEnd`. */
export interface StackObject {
  readonly start: number;
  readonly end: number;
  readonly pointersEnd: number;
}

/** The stack objects of a frame, or null where they are not known. Some lie beyond it: arguments, in the caller's frame. */
export type StackObjectsOf = (frame: FrameIndex) => readonly StackObject[] | null;

interface Record {
  /** From the end of the locals where negative, else from the arguments. */
  readonly offset: number;
  readonly size: number;
  readonly pointers: number;
}

/** internal/abi/symtab.go. */
const FUNCDATA_STACK_OBJECTS = 2;
const RECORD_BYTES = 16;
/** More than any function has. */
const MAX_RECORDS = 1 << 16;

/** Throws EvidenceError where the executable is not the program of the dump. */
export function stackObjectsOf(dump: HeapDump, executable: Executable): StackObjectsOf {
  // The place of locals in a frame differs by architecture; only this one is tested.
  if (dump.params.arch !== 'amd64' || (executable.module?.goFunc ?? 0) === 0) return () => null;
  const bias = loadBias(dump, executable);
  const known = new Map<number, readonly Record[] | null>();
  const recordsAt = (entry: number): readonly Record[] | null => {
    const cached = known.get(entry);
    if (cached !== undefined) return cached;
    const records = readRecords(executable, entry - bias);
    known.set(entry, records);
    return records;
  };
  const { frames, params } = dump;
  return (frame) => {
    const records = recordsAt(frames.entry[frame] ?? 0);
    if (records === null) return null;
    const sp = frames.sp[frame] ?? 0;
    const fp = sp + (frames.size[frame] ?? 0);
    // runtime/traceback.go: below the return address and, where there are locals, the saved frame pointer.
    const locals = fp - params.pointerSize > sp ? fp - 2 * params.pointerSize : fp - params.pointerSize;
    return records.map(({ offset, size, pointers }) => {
      const start = (offset < 0 ? locals : fp) + offset;
      return { start, end: start + size, pointersEnd: start + pointers };
    });
  };
}

function readRecords({ pclntab, elf: { words } }: Executable, entry: number): readonly Record[] | null {
  const index = pclntab.indexAt(entry);
  if (index < 0 || pclntab.entries[index] !== entry) return null;
  const at = pclntab.dataOf(index, FUNCDATA_STACK_OBJECTS);
  if (at === null) return [];
  const head = pclntab.readData(at, words.pointerSize);
  const count = head === null ? MAX_RECORDS : words.pointer(head, 0);
  const bytes = count >= MAX_RECORDS ? null : pclntab.readData(at + words.pointerSize, count * RECORD_BYTES);
  if (bytes === null) return null;
  return Array.from({ length: count }, (_, i) => {
    const size = words.u32(bytes, i * RECORD_BYTES + 4);
    const pointers = words.u32(bytes, i * RECORD_BYTES + 8) | 0;
    // Up to Go 1.23 a negative number says that a program makes the bitmap: then all of it.
    return { offset: words.u32(bytes, i * RECORD_BYTES) | 0, size, pointers: pointers < 0 ? size : pointers };
  });
}
