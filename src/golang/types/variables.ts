/** Types of variables that take theirs from a value: `:=`, `var x = …`, range, type switches. */
import { Kind } from '../nodes.ts';
import { unparen } from '../syntax.ts';
import type { NodeIndex } from '../tree.ts';
import { type TypeIndex, TypeKind } from '../typing.ts';
import { coreType } from './core.ts';
import { variableTypeFrom } from './declare.ts';
import { typeOfNode } from './expression.ts';
import { Basic, defaultType } from './store.ts';
import { itemAt, positionIn, type Unit } from './unit.ts';

/** The variable `ident` of the list `left`, which the list `right` gives its values. */
export function definedType(unit: Unit, left: NodeIndex, right: NodeIndex, ident: NodeIndex): TypeIndex {
  const { tree } = unit;
  const position = positionIn(tree, left, ident);
  if (position < 0 || right === 0) return 0;
  const several = tree.next[left] !== 0;
  if (several && tree.next[right] === 0) return componentType(unit, right, position);
  const value = itemAt(tree, right, position);
  return value === 0 ? 0 : variableTypeFrom(typeOfNode(unit, value));
}

/** One of the several values of one expression: a call's result, or `v, ok`. */
export function componentType(unit: Unit, expression: NodeIndex, position: number): TypeIndex {
  const { tree, store } = unit;
  const type = typeOfNode(unit, expression);
  if (tree.kind[unparen(tree, expression)] === Kind.CallExpr) {
    return store.kind(type) === TypeKind.Tuple ? (store.results(type)[position] ?? 0) : 0;
  }
  return position === 0 ? variableTypeFrom(type) : position === 1 ? Basic.Bool : 0;
}

export function rangeVariableType(unit: Unit, statement: NodeIndex, ident: NodeIndex): TypeIndex {
  const { tree } = unit;
  const isKey = unparen(tree, tree.a[statement] ?? 0) === ident;
  const [key, value] = rangeTypes(unit, typeOfNode(unit, tree.c[statement] ?? 0));
  return isKey ? key : value;
}

/** What ranging over a type gives, [key, value]. */
export function rangeTypes(unit: Unit, type: TypeIndex): readonly [TypeIndex, TypeIndex] {
  const { store } = unit;
  const structure = coreType(store, type);
  switch (store.kind(structure)) {
    case TypeKind.Basic:
      if (structure === Basic.String || structure === Basic.UntypedString) return [Basic.Int, Basic.Int32];
      return [defaultType(type), 0];
    case TypeKind.Slice:
    case TypeKind.Array:
      return [Basic.Int, store.element(structure)];
    case TypeKind.Pointer:
      return [Basic.Int, store.element(store.element(structure))];
    case TypeKind.Map:
      return [store.key(structure), store.element(structure)];
    case TypeKind.Channel:
      return [store.element(structure), 0];
    case TypeKind.Function: {
      // func(yield func(K, V) bool)
      const given = store.parameters(store.parameters(structure)[0] ?? 0);
      return [given[0] ?? 0, given[1] ?? 0];
    }
    default:
      return [0, 0];
  }
}

/** The variable of a type switch in one of its clauses. */
export function clauseVariableType(unit: Unit, clause: NodeIndex): TypeIndex {
  const { tree } = unit;
  const statement = tree.parent[tree.parent[clause] ?? 0] ?? 0;
  if (tree.kind[statement] !== Kind.TypeSwitchStmt) return 0;
  const assign = tree.b[statement] ?? 0;
  const guard = unparen(tree, tree.kind[assign] === Kind.AssignStmt ? (tree.b[assign] ?? 0) : (tree.a[assign] ?? 0));
  const only = tree.a[clause] ?? 0;
  if (only !== 0 && tree.next[only] === 0) {
    const type = typeOfNode(unit, only);
    if (type !== Basic.Nil) return type;
  }
  return typeOfNode(unit, tree.a[guard] ?? 0);
}
