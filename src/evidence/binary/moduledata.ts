/**
 * runtime.firstmoduledata: where the runtime finds code, data and types of the program. It is found by what it must
 * contain, so stripped executables have it too. Field order: type moduledata in runtime/symtab.go of each version.
 */
import { type ElfSegment, PF_W, PT_LOAD } from './elf.ts';
import type { Image } from './image.ts';
import type { PclntabHeader } from './pclntab.ts';

export interface ModuleData {
  /** All are addresses as linked. Ends are exclusive. */
  readonly address: number;
  readonly text: number;
  readonly textEnd: number;
  /** With pointers, from here the garbage collector marks; what a heap dump's data and bss records are. */
  readonly data: number;
  readonly dataEnd: number;
  readonly bss: number;
  readonly bssEnd: number;
  /** Type descriptors and their names. 0 where the Go version is not known. */
  readonly types: number;
  readonly typesEnd: number;
  /** What offsets of function data count from, since Go 1.18. 0 where the Go version is not known. */
  readonly goFunc: number;
}

/** Word index of the fields that have not moved since Go 1.16. */
const TEXT = 22;
const DATA = 26;
const BSS = 28;
const WORDS = 48;
const CHUNK = 1 << 20;

/** Word index of types, etypes and gofunc by Go minor. */
function moved(minor: number): { types: number; typesEnd: number; goFunc: number | null } {
  // noptrbss ends before 32; 1.20 put covctrs after it; then end, gcdata, gcbss.
  const types = minor >= 20 ? 37 : 35;
  // 1.27: types, typedesclen, etypes, itaboffset, itabsize, rodata, gofunc.
  if (minor >= 27) return { types, typesEnd: types + 2, goFunc: types + 6 };
  return { types, typesEnd: types + 1, goFunc: minor >= 18 ? types + 3 : null };
}

/** Null where the program has none. `minor` is the N of go1.N, or null. */
export function findModuleData(
  image: Image,
  pclntab: { readonly address: number; readonly header: PclntabHeader },
  minor: number | null,
): ModuleData | null {
  const p = image.elf.words.pointerSize;
  const { address, header } = pclntab;
  for (const place of pointersTo(image, address)) {
    // The second field is the slice of names: nothing else points at the header and at the names beside it.
    if (image.word(place) !== address || image.word(place + p) !== address + header.names) continue;
    const bytes = image.read(place, WORDS * p);
    if (bytes === null) continue;
    const word = (index: number): number => image.elf.words.pointer(bytes, index * p);
    const late = minor === null ? null : moved(minor);
    return {
      address: place,
      text: word(TEXT),
      textEnd: word(TEXT + 1),
      data: word(DATA),
      dataEnd: word(DATA + 1),
      bss: word(BSS),
      bssEnd: word(BSS + 1),
      types: late === null ? 0 : word(late.types),
      typesEnd: late === null ? 0 : word(late.typesEnd),
      goFunc: late === null || late.goFunc === null ? 0 : word(late.goFunc),
    };
  }
  return null;
}

/** Aligned places of writable memory that hold the pointer, by contents or by relocation. */
function* pointersTo(image: Image, target: number): Generator<number> {
  yield* image.relocatedTo(target);
  const writable = image.elf.segments.filter(({ type, flags }) => type === PT_LOAD && (flags & PF_W) !== 0);
  for (const segment of writable) yield* wordsEqual(image, segment, target);
}

function* wordsEqual(image: Image, segment: ElfSegment, target: number): Generator<number> {
  const { words } = image.elf;
  const p = words.pointerSize;
  const start = Math.ceil(segment.address / p) * p;
  const end = segment.address + segment.fileSize;
  for (let base = start; base + p <= end; base += CHUNK) {
    const chunk = image.read(base, Math.min(CHUNK, end - base));
    if (chunk === null) return;
    for (let at = 0; at + p <= chunk.length; at += p) {
      if (words.pointer(chunk, at) === target) yield base + at;
    }
  }
}
