/** Predeclared functions and those of package unsafe: which one a call calls, and what it gives. */
import { ObjectKind } from '../bindings.ts';
import { Kind } from '../nodes.ts';
import { unparen } from '../syntax.ts';
import { type NodeIndex, nameOf } from '../tree.ts';
import type { TypeIndex } from '../typing.ts';
import { coreType } from './core.ts';
import { isTypeExpression, matchedType, packageOf, typeOfNode } from './expression.ts';
import { Basic, defaultType } from './store.ts';
import type { Unit } from './unit.ts';

/** `make`, `len` … `unsafe.Sizeof`; '' if `fun` is no builtin. */
export function builtinName(unit: Unit, fun: NodeIndex): string {
  const { tree, bindings } = unit;
  const node = unparen(tree, fun);
  if (tree.kind[node] === Kind.Ident) {
    return bindings.kind[bindings.objectOf[node] ?? 0] === ObjectKind.Builtin ? nameOf(tree, node) : '';
  }
  if (tree.kind[node] !== Kind.SelectorExpr || packageOf(unit, node) !== 'unsafe') return '';
  const name = nameOf(tree, tree.b[node] ?? 0);
  return name === 'Pointer' ? '' : `unsafe.${name}`;
}

/** The type of a call of the builtin `name`. */
export function builtinType(unit: Unit, call: NodeIndex, name: string): TypeIndex {
  const { tree, store } = unit;
  const first = tree.b[call] ?? 0;
  switch (name) {
    case 'append':
    case 'make':
      return typeOfNode(unit, first);
    case 'len':
    case 'cap':
    case 'copy':
      return Basic.Int;
    case 'new': {
      const type = typeOfNode(unit, first);
      return store.pointer(isTypeExpression(unit, first) ? type : defaultType(type));
    }
    case 'min':
    case 'max': {
      let type = typeOfNode(unit, first);
      for (let arg = tree.next[first] ?? 0; arg !== 0; arg = tree.next[arg] ?? 0) {
        type = matchedType(type, typeOfNode(unit, arg));
      }
      return type;
    }
    case 'recover':
      return Basic.Any;
    case 'complex':
      return complexType(unit, matchedType(typeOfNode(unit, first), typeOfNode(unit, tree.next[first] ?? 0)));
    case 'real':
    case 'imag':
      return realType(unit, typeOfNode(unit, first));
    case 'unsafe.Add':
      return Basic.UnsafePointer;
    case 'unsafe.Slice':
      return store.slice(store.element(coreType(store, typeOfNode(unit, first))));
    case 'unsafe.SliceData':
      return store.pointer(store.element(coreType(store, typeOfNode(unit, first))));
    case 'unsafe.String':
      return Basic.String;
    case 'unsafe.StringData':
      return store.pointer(Basic.Uint8);
    case 'unsafe.Sizeof':
    case 'unsafe.Alignof':
    case 'unsafe.Offsetof':
      return Basic.Uintptr;
    default:
      return Basic.Void;
  }
}

function complexType(unit: Unit, part: TypeIndex): TypeIndex {
  switch (unit.store.underlying(part)) {
    case Basic.Float32:
      return Basic.Complex64;
    case Basic.Float64:
      return Basic.Complex128;
    case Basic.UntypedInt:
    case Basic.UntypedRune:
    case Basic.UntypedFloat:
      return Basic.UntypedComplex;
    default:
      return 0;
  }
}

function realType(unit: Unit, type: TypeIndex): TypeIndex {
  switch (unit.store.underlying(type)) {
    case Basic.Complex64:
      return Basic.Float32;
    case Basic.Complex128:
      return Basic.Float64;
    case Basic.UntypedInt:
    case Basic.UntypedRune:
    case Basic.UntypedFloat:
    case Basic.UntypedComplex:
      return Basic.UntypedFloat;
    default:
      return 0;
  }
}
