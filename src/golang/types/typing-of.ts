/** `Typing` of one package, over its unit. */
import { ObjectFlag, ObjectKind } from '../bindings.ts';
import { Kind } from '../nodes.ts';
import type { NodeIndex } from '../tree.ts';
import { type TypeIndex, TypeKind, type Typing } from '../typing.ts';
import { builtinName } from './builtin.ts';
import { calledSignature } from './call.ts';
import { integerValue } from './constant.ts';
import { typeOfObject } from './declare.ts';
import { isTypeExpression, typeOfNode } from './expression.ts';
import { finalType } from './final.ts';
import { lookup } from './lookup.ts';
import { calleeOf, fieldOfIdent, selectionOf } from './selection.ts';
import { Basic, isUntyped } from './store.ts';
import type { Unit } from './unit.ts';

export function typingOf(unit: Unit): Typing {
  const { bindings, store, tree } = unit;
  return {
    bindings,
    types: store,
    typeOf: (expression) => typeOf(unit, expression),
    objectType: (object) => {
      const type = typeOfObject(unit, object);
      const parameter = ((bindings.flags[object] ?? 0) & ObjectFlag.Parameter) !== 0;
      return bindings.kind[object] === ObjectKind.Variable && !parameter && type === Basic.Void ? 0 : type;
    },
    isType: (expression) => isTypeExpression(unit, expression),
    selection: (selector) => selectionOf(unit, selector),
    callee: (call) => calleeOf(unit, call),
    builtin: (call) => (tree.kind[call] === Kind.CallExpr ? builtinName(unit, tree.a[call] ?? 0) : ''),
    fieldOf: (ident) => fieldOfIdent(unit, ident),
    integer: (expression) => integerValue(unit, expression),
    hasMethod: (type, name, addressable) => {
      const member = lookup(unit, type, tree.names.of(name));
      if (member?.kind !== 'method') return false;
      return !member.pointerReceiver || member.indirect || addressable;
    },
  };
}

function typeOf(unit: Unit, expression: NodeIndex): TypeIndex {
  const { tree, store } = unit;
  const parent = tree.parent[expression] ?? 0;
  // The right side of a selector is not an expression of its own.
  if (tree.kind[parent] === Kind.SelectorExpr && tree.b[parent] === expression) return typeOf(unit, parent);
  const type = typeOfNode(unit, expression);
  if (isUntyped(type)) return type === Basic.Nil ? type : finalType(unit, expression);
  if (store.kind(type) === TypeKind.Function && (store.functionParts(type)?.typeParameters.length ?? 0) > 0) {
    return instantiated(unit, expression, parent) ?? type;
  }
  return type;
}

/** A generic function where it is called: with its type arguments. */
function instantiated(unit: Unit, expression: NodeIndex, parent: NodeIndex): TypeIndex | null {
  const { tree } = unit;
  let call = parent;
  while (tree.kind[call] === Kind.ParenExpr) call = tree.parent[call] ?? 0;
  if (tree.kind[call] !== Kind.CallExpr || calledSignature(unit, call) === null) return null;
  return unit.instantiated.get(expression) ?? null;
}
