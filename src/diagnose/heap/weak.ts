/**
 * What can bring back an object without a pointer that the dump shows. A proof must count these as ways to wake.
 */
import type { Executable } from '../../evidence/binary/executable.ts';
import { minorOf } from '../../evidence/go-version.ts';
import type { GoroutineIndex, HeapDump, ObjectIndex } from '../../evidence/heapdump/dump.ts';
import { Contents } from './contents.ts';

/** Weak handles are padded to 16 bytes since Go 1.26; before they share a block of 16 with others (tiny allocator). */
const HANDLE_SLOT = 16;

/**
 * Weak pointers (package weak, Go 1.24; unique, Go 1.23): a weak.Pointer points to a handle, an object without pointer
 * fields that holds the address as a number. Whoever reaches the handle can get the object as long as it lives. Any
 * number in a small object without pointers that is the address of an object counts as one.
 */
export function weakHandles(dump: HeapDump): Map<ObjectIndex, ObjectIndex[]> {
  const handles = new Map<ObjectIndex, ObjectIndex[]>();
  if ((minorOf(dump.params.goVersion) ?? 0) < 23) return handles;
  const { params, objects } = dump;
  const contents = new Contents(dump);
  for (let o = 0; o < objects.count; o++) {
    const size = objects.size[o] ?? 0;
    if (size > HANDLE_SLOT || objects.fieldOffsets[o] !== objects.fieldOffsets[o + 1]) continue;
    if (!contents.seekObject(o, size)) continue;
    for (let at = 0; at + params.pointerSize <= size; at += params.pointerSize) {
      const word = contents.word(at);
      if (word < params.heapStart || word >= params.heapEnd) continue;
      const target = dump.objectAt(word);
      if (target < 0) continue;
      const list = handles.get(o);
      if (list === undefined) handles.set(o, [target]);
      else list.push(target);
    }
  }
  return handles;
}

/**
 * Whether runtime.AddCleanup may have been called. The function and argument of a cleanup hang in a table that is not
 * in the dump, so where this is true, objects that nothing points to may be theirs. Go 1.24 runs cleanups on the
 * finalizer goroutine, which nearly all programs have; later ones have goroutines for it, from the first call on.
 */
export function mayHaveCleanups(dump: HeapDump): boolean {
  const minor = minorOf(dump.params.goVersion);
  if (minor !== null && minor < 24) return false;
  if (minor === 24) return true;
  const name = dump.strings.indexOf('runtime.runCleanups');
  if (name < 0) return false;
  return dump.frames.name.includes(name);
}

/**
 * Why the globals of the dump may not be all that the process has, or null. The runtime writes those of the first
 * module only; a plugin or a shared library brings its own, and with them types and code that are far from the first module's.
 */
export function missingModules(dump: HeapDump, executable: Executable | null): string | null {
  const blocks = [...dump.data, ...dump.bss];
  if (blocks.length === 0) return 'the dump has no globals';
  if (executable !== null && mayLoadPlugins(executable))
    return 'the program can load plugins, whose globals are not in a heap dump';
  const start = Math.min(...blocks.map((block) => block.address));
  const isFar = (address: number): boolean =>
    address !== 0 && dump.objectAt(address) < 0 && Math.abs(address - start) > MODULE_SPAN;
  const { frames, goroutines, finalizers, itabs } = dump;
  const far =
    [...itabs.values()].some(isFar) ||
    frames.entry.some(isFar) ||
    goroutines.goPc.some(isFar) ||
    finalizers.some(({ code }) => isFar(code));
  return far ? 'the process has loaded a plugin or shared Go library, whose globals are not in a heap dump' : null;
}

function mayLoadPlugins({ pclntab }: Executable): boolean {
  for (let i = 0; i < pclntab.functionCount; i++) if (pclntab.name(i) === 'plugin.Open') return true;
  return false;
}

/** Code and data of one module are within 2 GiB of each other: the linkers use 32-bit relative addresses. */
const MODULE_SPAN = 2 ** 31;

/** Goroutine 1 in `select {}`: how programs keep running on purpose. It never runs again and is no leak. */
export function isMainGoroutine(dump: HeapDump, g: GoroutineIndex): boolean {
  return dump.goroutines.id[g] === 1;
}
