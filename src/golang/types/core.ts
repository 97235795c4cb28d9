/** Core types: the one structure that all types of a type parameter's type set have. */
import { type TypeIndex, TypeKind } from '../typing.ts';
import { Basic, type TypeStore } from './store.ts';

/**
 * The underlying type; a type parameter's core type, 0 if it has none. For a mix of strings and byte slices it is
 * []byte, whose elements are also what indexing and ranging over bytes of either give.
 */
export function coreType(store: TypeStore, type: TypeIndex): TypeIndex {
  if (store.kind(type) !== TypeKind.TypeParameter) return store.underlying(type);
  return singleTerm(store, type)?.type ?? 0;
}

/** The structure that all terms of a type parameter's constraint share, and whether its types may be defined ones. */
export function singleTerm(
  store: TypeStore,
  parameter: TypeIndex,
): { readonly type: TypeIndex; readonly tilde: boolean; readonly single: boolean } | null {
  const unions = store.interfaceParts(store.constraint(parameter))?.unions ?? [];
  for (const union of unions) {
    let core = -1;
    let tilde = false;
    let only = 0;
    for (const term of union) {
      const inner =
        store.kind(term.type) === TypeKind.TypeParameter ? coreType(store, term.type) : store.underlying(term.type);
      tilde ||= term.tilde;
      only = term.type;
      if (core === -1) core = inner;
      else if (core !== inner) core = bytesOrString(store, core, inner);
    }
    if (core > 0) {
      // A single type without ~ is the type argument itself, defined or not.
      const single = union.length === 1 && !tilde;
      return { type: single ? only : core, tilde, single };
    }
  }
  return null;
}

function bytesOrString(store: TypeStore, one: TypeIndex, other: TypeIndex): TypeIndex {
  const bytes = store.slice(Basic.Uint8);
  if ((one === bytes || one === Basic.String) && (other === bytes || other === Basic.String)) return bytes;
  return 0;
}
