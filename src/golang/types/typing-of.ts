/** `Typing` of one package, over its unit. */
import { ObjectFlag, ObjectKind } from '../bindings.ts';
import { Kind } from '../nodes.ts';
import { unparen } from '../syntax.ts';
import type { NodeIndex } from '../tree.ts';
import { type Callee, type Selection, type TypeIndex, TypeKind, type Typing } from '../typing.ts';
import { builtinName } from './builtin.ts';
import { calledSignature } from './call.ts';
import { integerValue } from './constant.ts';
import { typeOfObject } from './declare.ts';
import { isTypeExpression, literalStructure, typeOfNode } from './expression.ts';
import { finalType, wantedType } from './final.ts';
import { instantiateFor } from './infer.ts';
import { keyMember, lookup } from './lookup.ts';
import { calleeOf, fieldOfIdent, selectionOf } from './selection.ts';
import { Basic, isUntyped } from './store.ts';
import type { Unit } from './unit.ts';

export function typingOf(unit: Unit): Typing {
  const { bindings, store, tree } = unit;
  // Every rule asks for the same calls and selectors.
  const callees = new Map<NodeIndex, Callee | null>();
  const selections = new Map<NodeIndex, Selection | null>();
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
    selection: (selector) => {
      let selection = selections.get(selector);
      if (selection === undefined) {
        selection = selectionOf(unit, selector);
        selections.set(selector, selection);
      }
      return selection;
    },
    callee: (call) => {
      let callee = callees.get(call);
      if (callee === undefined) {
        callee = calleeOf(unit, call);
        callees.set(call, callee);
      }
      return callee;
    },
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
  if (tree.kind[parent] === Kind.KeyValueExpr && tree.a[parent] === expression) {
    const key = keyType(unit, expression, parent);
    if (key !== null) return key;
  }
  const type = typeOfNode(unit, expression);
  if (isUntyped(type)) return type === Basic.Nil ? type : finalType(unit, expression);
  if (store.kind(type) === TypeKind.Function && (store.functionParts(type)?.typeParameters.length ?? 0) > 0) {
    return instantiated(unit, expression, type);
  }
  return type;
}

/** The type of the field that a key of a struct literal names; null if the literal is none of a struct. */
function keyType(unit: Unit, key: NodeIndex, pair: NodeIndex): TypeIndex | null {
  const { tree, store } = unit;
  const literal = tree.parent[pair] ?? 0;
  if (tree.kind[key] !== Kind.Ident || tree.kind[literal] !== Kind.CompositeLit) return null;
  const structure = literalStructure(unit, literal);
  if (store.kind(structure) !== TypeKind.Struct) return null;
  return keyMember(unit, literal, tree.data[key] ?? 0)?.type ?? 0;
}

/** A generic function where it is called, or where a function is wanted: with its type arguments. */
function instantiated(unit: Unit, expression: NodeIndex, type: TypeIndex): TypeIndex {
  const { tree } = unit;
  let operand = expression;
  while (tree.kind[tree.parent[operand] ?? 0] === Kind.ParenExpr) operand = tree.parent[operand] ?? 0;
  const parent = tree.parent[operand] ?? 0;
  if (tree.kind[parent] !== Kind.CallExpr || tree.a[parent] !== operand) {
    return instantiateFor(unit, type, wantedType(unit, expression));
  }
  if (calledSignature(unit, parent) === null) return type;
  return unit.instantiated.get(unparen(tree, operand)) ?? type;
}
