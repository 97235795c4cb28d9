/** Type arguments put in the place of type parameters. */
import { type TypeIndex, TypeKind } from '../typing.ts';
import type { TypeStore } from './store.ts';

/** Instances that grow without end (`type T[P any] struct { next *T[[]P] }`) stop here. */
const DEPTH = 30;

/** `type` with parameters[i] replaced by args[i]; a missing or unknown argument makes its places unknown. */
export function substitute(
  store: TypeStore,
  type: TypeIndex,
  parameters: readonly TypeIndex[],
  args: readonly TypeIndex[],
): TypeIndex {
  if (parameters.length === 0 || !store.open(type)) return type;
  const map = new Map<TypeIndex, TypeIndex>();
  for (const [index, parameter] of parameters.entries()) map.set(parameter, args[index] ?? 0);
  return replace(store, type, map, 0);
}

export function substituteMap(store: TypeStore, type: TypeIndex, map: ReadonlyMap<TypeIndex, TypeIndex>): TypeIndex {
  return replace(store, type, map, 0);
}

function replace(store: TypeStore, type: TypeIndex, map: ReadonlyMap<TypeIndex, TypeIndex>, depth: number): TypeIndex {
  if (!store.open(type)) return type;
  if (depth > DEPTH) return 0;
  const of = (part: TypeIndex): TypeIndex => replace(store, part, map, depth + 1);
  const all = (parts: readonly TypeIndex[]): readonly TypeIndex[] => parts.map(of);
  switch (store.kind(type)) {
    case TypeKind.TypeParameter:
      return map.get(type) ?? type;
    case TypeKind.Pointer:
      return store.pointer(of(store.element(type)));
    case TypeKind.Slice:
      return store.slice(of(store.element(type)));
    case TypeKind.Array:
      return store.array(of(store.element(type)), store.length(type));
    case TypeKind.Map:
      return store.map(of(store.key(type)), of(store.element(type)));
    case TypeKind.Channel:
      return store.channel(of(store.element(type)), store.direction(type));
    case TypeKind.Struct:
      return store.struct(store.fields(type).map((field) => ({ ...field, type: of(field.type) })));
    case TypeKind.Tuple:
      return store.tuple(all(store.results(type)));
    case TypeKind.Named:
      return store.instance(store.origin(type), all(store.typeArguments(type)));
    case TypeKind.Function: {
      const parts = store.functionParts(type);
      if (parts === null) return 0;
      // Type parameters that stay keep their constraints as they were declared: good enough for generic methods.
      const left = parts.typeParameters.filter((parameter) => !map.has(parameter));
      return store.function(all(parts.parameters), all(parts.results), parts.variadic, left);
    }
    case TypeKind.Interface: {
      const parts = store.interfaceParts(type);
      if (parts === null) return 0;
      return store.interface({
        methods: parts.methods.map((method) => ({ ...method, type: of(method.type) })),
        unions: parts.unions.map((union) => union.map((term) => ({ tilde: term.tilde, type: of(term.type) }))),
        comparable: parts.comparable,
      });
    }
    default:
      return type;
  }
}
