/** Typing that knows nothing. */
import type { Bindings } from '../golang/bindings.ts';
import { ObjectKind } from '../golang/bindings.ts';
import { Kind } from '../golang/nodes.ts';
import type { Types, Typing } from '../golang/typing.ts';

const TYPES: Types = {
  unknown: 0,
  kind: () => 0,
  underlying: () => 0,
  element: () => 0,
  key: () => 0,
  direction: () => 0,
  fields: () => [],
  parameters: () => [],
  results: () => [],
  variadic: () => false,
  named: () => null,
  typeArguments: () => [],
  basic: () => '',
  size: () => null,
  text: () => 'unknown',
};

export function untyped(bindings: Bindings): Typing {
  const { tree } = bindings;
  return {
    bindings,
    types: TYPES,
    typeOf: () => 0,
    objectType: () => 0,
    isType: () => false,
    selection: () => null,
    callee: () => null,
    builtin(call) {
      const fun = tree.a[call] ?? 0;
      const object = tree.kind[fun] === Kind.Ident ? (bindings.objectOf[fun] ?? 0) : 0;
      return bindings.kind[object] === ObjectKind.Builtin ? tree.names.text(bindings.name[object] ?? 0) : '';
    },
    fieldOf: () => 0,
    integer: () => null,
    hasMethod: () => false,
  };
}
