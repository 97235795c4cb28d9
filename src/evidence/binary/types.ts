/**
 * Type descriptors (internal/abi.Type; runtime._type before Go 1.21) by their address in the program. The part that is
 * read here has been the same since Go 1.17 but for one flag: size, pointer bytes (words), hash (4), flags, align, field align, kind
 * (1 each), equal, gcdata (words), name offset, offset of the pointer type (4 each).
 */
import type { Image } from './image.ts';
import type { ModuleData } from './moduledata.ts';

export interface TypeInfo {
  /** As reflect's Type.String() says: `*main.Order`, `map[string]int`. */
  readonly name: string;
  /** Bytes of a value. */
  readonly size: number;
  /** Bytes from the start of a value in which pointers can be; 0: none. */
  readonly pointerBytes: number;
  /** reflect.Kind: 17 array, 18 chan, 21 map, 22 pointer, 25 struct … */
  readonly kind: number;
  /** An interface holds the value itself, which is one pointer, instead of a pointer to it. */
  readonly direct: boolean;
}

export interface Types {
  /** The type whose descriptor lies at the address (as linked), or null. */
  typeAt(address: number): TypeInfo | null;
}

const EXTRA_STAR = 2;
const KIND_MASK = 31;
/** Bit of the flags since Go 1.26, of the kind before. */
const DIRECT = 32;
const LAST_KIND = 26; // unsafe.Pointer
/** Longer names are of structs that somebody generated; they would not help anyone. */
const MAX_NAME = 4096;

/** `minor` is the N of go1.N. */
export function createTypes(image: Image, module: ModuleData, minor: number): Types {
  const known = new Map<number, TypeInfo | null>();
  return {
    typeAt(address) {
      if (!(address >= module.types && address < module.typesEnd)) return null;
      let type = known.get(address);
      if (type === undefined) {
        type = readType(image, module, minor, address);
        known.set(address, type);
      }
      return type;
    },
  };
}

function readType(image: Image, module: ModuleData, minor: number, address: number): TypeInfo | null {
  const { words } = image.elf;
  const p = words.pointerSize;
  if (address % p !== 0) return null;
  const bytes = image.read(address, 4 * p + 16);
  if (bytes === null) return null;
  const flags = bytes[2 * p + 4] ?? 0;
  const align = bytes[2 * p + 5] ?? 0;
  const kindByte = bytes[2 * p + 7] ?? 0;
  const kind = kindByte & KIND_MASK;
  const [size, pointerBytes] = [words.pointer(bytes, 0), words.pointer(bytes, p)];
  // Not every address in that range is a descriptor: what cannot be one is none.
  if (kind === 0 || kind > LAST_KIND || ![1, 2, 4, 8, 16].includes(align) || pointerBytes > size) return null;
  const name = readName(image, module, words.i32(bytes, 4 * p + 8));
  if (name === null) return null;
  const direct = ((minor >= 26 ? flags : kindByte) & DIRECT) !== 0;
  // The linker keeps `*T` and lets T share its text.
  return { name: (flags & EXTRA_STAR) === 0 ? name : name.slice(1), size, pointerBytes, kind, direct };
}

/** A name: one byte of flags, the length as a varint, the text. */
function readName(image: Image, module: ModuleData, offset: number): string | null {
  const address = module.types + offset;
  if (offset <= 0 || address + 2 > module.typesEnd) return null;
  const head = image.read(address, Math.min(MAX_NAME + 4, module.typesEnd - address));
  if (head === null) return null;
  let length = 0;
  let at = 1;
  for (let shift = 0; shift < 21; shift += 7) {
    const byte = head[at++] ?? 0;
    length |= (byte & 0x7f) << shift;
    if (byte < 0x80) break;
  }
  if (length === 0 || at + Math.min(length, MAX_NAME) > head.length) return null;
  const text = head.toString('utf8', at, at + Math.min(length, MAX_NAME));
  return length > MAX_NAME ? `${text}…` : text;
}
