/**
 * Types in words, as types.TypeString has them with full package paths, but for three things: parameters' names are
 * not part of a type here; an interface lists its whole method set; `byte` and `rune` are `uint8` and `int32`.
 * What is not known prints as `?`.
 */
import { ChannelDirection, type TypeIndex, TypeKind } from '../typing.ts';
import type { TypeStore } from './store.ts';

/** Beyond this depth types print as `…`: nobody reads them. */
const DEPTH = 40;

export function textOfType(store: TypeStore, type: TypeIndex): string {
  return print(store, type, 0);
}

function print(store: TypeStore, type: TypeIndex, depth: number): string {
  if (depth > DEPTH) return '…';
  const of = (part: TypeIndex): string => print(store, part, depth + 1);
  switch (store.kind(type)) {
    case TypeKind.Basic:
      return store.basic(type);
    case TypeKind.Nil:
      return 'untyped nil';
    case TypeKind.Void:
      return '()';
    case TypeKind.Pointer:
      return `*${of(store.element(type))}`;
    case TypeKind.Slice:
      return `[]${of(store.element(type))}`;
    case TypeKind.Array: {
      const length = store.length(type);
      return `[${length < 0 ? '?' : length}]${of(store.element(type))}`;
    }
    case TypeKind.Map:
      return `map[${of(store.key(type))}]${of(store.element(type))}`;
    case TypeKind.Channel: {
      const element = store.element(type);
      const direction = store.direction(type);
      if (direction === ChannelDirection.Send) return `chan<- ${of(element)}`;
      if (direction === ChannelDirection.Receive) return `<-chan ${of(element)}`;
      const inner = store.kind(element) === TypeKind.Channel && store.direction(element) === ChannelDirection.Receive;
      return inner ? `chan (${of(element)})` : `chan ${of(element)}`;
    }
    case TypeKind.Struct: {
      const fields = store.fields(type).map((field) => {
        const tag = field.tag === '' ? '' : ` ${JSON.stringify(field.tag)}`;
        return `${field.embedded ? '' : `${store.names.text(field.name)} `}${of(field.type)}${tag}`;
      });
      return `struct{${fields.join('; ')}}`;
    }
    case TypeKind.Function:
      return `func${signature(store, type, depth)}`;
    case TypeKind.Interface: {
      const parts = store.interfaceParts(type);
      if (parts === null) return '?';
      const members = parts.methods.map(
        (method) => `${store.names.text(method.name)}${signature(store, method.type, depth)}`,
      );
      if (parts.comparable) members.push('comparable');
      for (const union of parts.unions) {
        members.push(union.map((term) => `${term.tilde ? '~' : ''}${of(term.type)}`).join('|'));
      }
      return members.length === 0 ? 'any' : `interface{${members.join('; ')}}`;
    }
    case TypeKind.Tuple:
      return `(${store.results(type).map(of).join(', ')})`;
    case TypeKind.Named: {
      const parts = store.namedParts(type);
      if (parts === null) return '?';
      const name = parts.path === '' ? parts.name : `${parts.path}.${parts.name}`;
      return parts.args.length === 0 ? name : `${name}[${parts.args.map(of).join(',')}]`;
    }
    case TypeKind.TypeParameter:
      return store.parameterName(type);
    default:
      return '?';
  }
}

/** `(int, ...string) (int, error)`. */
function signature(store: TypeStore, type: TypeIndex, depth: number): string {
  const parts = store.functionParts(type);
  if (parts === null) return '(?)';
  const of = (part: TypeIndex): string => print(store, part, depth + 1);
  const last = parts.parameters.length - 1;
  const parameters = parts.parameters.map((parameter, index) => {
    if (!parts.variadic || index !== last) return of(parameter);
    // append([]byte, string...) is the one variadic whose last parameter is no slice.
    return store.kind(parameter) === TypeKind.Slice ? `...${of(store.element(parameter))}` : `${of(parameter)}...`;
  });
  const results = parts.results.map(of);
  const result = results.length === 0 ? '' : results.length === 1 ? ` ${results[0]}` : ` (${results.join(', ')})`;
  return `(${parameters.join(', ')})${result}`;
}
