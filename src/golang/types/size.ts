/** Sizes and alignments on amd64, bytes, as the gc compiler lays values out. */
import { type TypeIndex, TypeKind } from '../typing.ts';
import { Basic, type TypeStore } from './store.ts';

const WORD = 8;
/** Structs in structs deeper than this are not measured. */
const DEPTH = 64;

/** [size, alignment]; null where a part is not known. */
type Layout = readonly [number, number] | null;

export function sizeOf(store: TypeStore, type: TypeIndex): number | null {
  return layout(store, type, 0)?.[0] ?? null;
}

function layout(store: TypeStore, type: TypeIndex, depth: number): Layout {
  if (depth > DEPTH) return null;
  const structure = store.underlying(type);
  switch (store.kind(structure)) {
    case TypeKind.Basic:
      return basicLayout(structure);
    case TypeKind.Pointer:
    case TypeKind.Map:
    case TypeKind.Channel:
    case TypeKind.Function:
      return [WORD, WORD];
    case TypeKind.Slice:
      return [3 * WORD, WORD];
    case TypeKind.Interface:
      return [2 * WORD, WORD];
    case TypeKind.Array: {
      const length = store.length(structure);
      const element = layout(store, store.element(structure), depth + 1);
      return element === null || length < 0 ? null : [element[0] * length, element[1]];
    }
    case TypeKind.Struct:
      return structLayout(store, structure, depth);
    default:
      return null;
  }
}

function structLayout(store: TypeStore, type: TypeIndex, depth: number): Layout {
  let size = 0;
  let alignment = 1;
  let last = -1;
  for (const field of store.fields(type)) {
    const part = layout(store, field.type, depth + 1);
    if (part === null) return null;
    size = align(size, part[1]) + part[0];
    alignment = Math.max(alignment, part[1]);
    last = part[0];
  }
  // A field of no size at the end gets a byte, lest its address lie in the next object.
  if (last === 0 && size > 0) size++;
  return [align(size, alignment), alignment];
}

function align(size: number, alignment: number): number {
  return Math.ceil(size / alignment) * alignment;
}

function basicLayout(type: TypeIndex): Layout {
  switch (type) {
    case Basic.Bool:
    case Basic.Int8:
    case Basic.Uint8:
    case Basic.UntypedBool:
      return [1, 1];
    case Basic.Int16:
    case Basic.Uint16:
      return [2, 2];
    case Basic.Int32:
    case Basic.Uint32:
    case Basic.Float32:
    case Basic.UntypedRune:
      return [4, 4];
    case Basic.Complex64:
      return [8, 4];
    case Basic.Complex128:
    case Basic.UntypedComplex:
      return [16, 8];
    case Basic.String:
    case Basic.UntypedString:
      return [2 * WORD, WORD];
    default:
      return [WORD, WORD];
  }
}
