/**
 * What an untyped expression becomes where it stands, as go/types records it: `1` in `var x int64 = 1` is an int64, in
 * `x := 1` an int, in `const c = 1` it stays untyped. Worked out from the parents, by the spec's rules of conversion.
 */
import { Kind } from '../nodes.ts';
import { unparen } from '../syntax.ts';
import { Token } from '../tokens.ts';
import { type NodeIndex, nameOf } from '../tree.ts';
import { type TypeIndex, TypeKind } from '../typing.ts';
import { builtinName } from './builtin.ts';
import { calledSignature, parameterAt } from './call.ts';
import { isConstant } from './constancy.ts';
import { coreType } from './core.ts';
import { typeOfObject } from './declare.ts';
import { isComparison, isTypeExpression, literalStructure, matchedType, typeOfNode } from './expression.ts';
import { keyMember } from './lookup.ts';
import { Basic, defaultType, isUntyped } from './store.ts';
import { itemAt, positionIn, type Unit } from './unit.ts';

/** The type that an expression has in the end. `untyped nil` stays. */
export function finalType(unit: Unit, expression: NodeIndex): TypeIndex {
  const { tree, finalTypes } = unit;
  let node = expression;
  let type = finalTypes.get(node);
  // Upwards while the whole expression has the type that its operand will have.
  while (type === undefined) {
    const parent = tree.parent[node] ?? 0;
    const step = stepUp(unit, node, parent);
    if (step !== PARENT) type = step;
    else {
      node = parent;
      type = finalTypes.get(node);
    }
  }
  for (let at = expression; ; at = tree.parent[at] ?? 0) {
    finalTypes.set(at, type);
    if (at === node) return type;
  }
}

/** The type is that of the expression around. */
const PARENT = -1;

function stepUp(unit: Unit, node: NodeIndex, parent: NodeIndex): TypeIndex {
  const { tree } = unit;
  const type = typeOfNode(unit, node);
  if (!isUntyped(type) || type === Basic.Nil) return type;
  switch (tree.kind[parent]) {
    case Kind.ParenExpr:
      return PARENT;
    case Kind.UnaryExpr:
      // Operands of constant expressions stay as they are: only the whole becomes a value.
      return isConstant(unit, parent) ? type : PARENT;
    case Kind.BinaryExpr: {
      const op = tree.op[parent] ?? 0;
      if (op === Token.Shl || op === Token.Shr) {
        if (tree.b[parent] === node) return isConstant(unit, node) ? type : Basic.Uint;
        return isConstant(unit, parent) ? type : PARENT;
      }
      const other = typeOfNode(unit, (tree.a[parent] === node ? tree.b[parent] : tree.a[parent]) ?? 0);
      if (other === 0) return 0;
      if (!isUntyped(other)) return implicit(unit, type, other);
      const matched = matchedType(type, other);
      if (isConstant(unit, parent)) return matched;
      return isComparison(op) ? defaultType(matched) : PARENT;
    }
    default: {
      const target = targetOf(unit, node, parent, type);
      return target === STAY ? type : target === DEFAULT ? defaultType(type) : implicit(unit, type, target);
    }
  }
}

/** The type that the place of an expression asks for; 0 if it asks for none or it is not known. */
export function wantedType(unit: Unit, expression: NodeIndex): TypeIndex {
  const { tree } = unit;
  let node = expression;
  while (tree.kind[tree.parent[node] ?? 0] === Kind.ParenExpr) node = tree.parent[node] ?? 0;
  return Math.max(0, targetOf(unit, node, tree.parent[node] ?? 0, 0));
}

/** Targets that are no types. */
const STAY = -1;
const DEFAULT = -2;

/** An untyped operand where a `target` is wanted. */
function implicit(unit: Unit, type: TypeIndex, target: TypeIndex): TypeIndex {
  if (target === 0) return 0;
  if (isUntyped(target)) return Math.max(type, target);
  return unit.store.underlyingKind(target) === TypeKind.Interface ? defaultType(type) : target;
}

function targetOf(unit: Unit, node: NodeIndex, parent: NodeIndex, type: TypeIndex): TypeIndex {
  const { tree, store } = unit;
  switch (tree.kind[parent]) {
    case Kind.AssignStmt:
      return assignTarget(unit, node, parent);
    case Kind.ValueSpec: {
      const declared = tree.b[parent] ?? 0;
      if (declared !== 0) return typeOfNode(unit, declared);
      return tree.op[tree.parent[parent] ?? 0] === Token.Const ? STAY : DEFAULT;
    }
    case Kind.CallExpr:
      return argumentTarget(unit, node, parent, type);
    case Kind.ReturnStmt:
      return resultTarget(unit, node, parent);
    case Kind.CompositeLit:
      return elementTarget(unit, node, parent, 0);
    case Kind.KeyValueExpr:
      return elementTarget(unit, node, tree.parent[parent] ?? 0, parent);
    case Kind.IndexExpr: {
      const structure = coreType(store, typeOfNode(unit, tree.a[parent] ?? 0));
      if (structure === 0) return 0;
      if (tree.a[parent] === node) return STAY;
      return store.kind(structure) === TypeKind.Map ? store.key(structure) : Basic.Int;
    }
    case Kind.SliceExpr:
      return tree.a[parent] === node ? STAY : Basic.Int;
    case Kind.SendStmt:
      return store.element(coreType(store, typeOfNode(unit, tree.a[parent] ?? 0)));
    case Kind.CaseClause: {
      const statement = tree.parent[tree.parent[parent] ?? 0] ?? 0;
      const tag = tree.b[statement] ?? 0;
      if (tag === 0) return Basic.Bool;
      return defaultType(typeOfNode(unit, tag));
    }
    case Kind.SwitchStmt:
      return DEFAULT;
    case Kind.RangeStmt: {
      if (type === Basic.UntypedString) return STAY;
      const key = tree.a[parent] ?? 0;
      return tree.op[parent] === Token.Assign && key !== 0 && nameOf(tree, key) !== '_'
        ? typeOfNode(unit, key)
        : DEFAULT;
    }
    default:
      return STAY;
  }
}

function assignTarget(unit: Unit, node: NodeIndex, statement: NodeIndex): TypeIndex {
  const { tree } = unit;
  const op = tree.op[statement];
  const left = tree.a[statement] ?? 0;
  if (op === Token.ShlAssign || op === Token.ShrAssign) return isConstant(unit, node) ? STAY : Basic.Uint;
  const position = positionIn(tree, tree.b[statement], node);
  const target = unparen(tree, itemAt(tree, left, Math.max(0, position)));
  if (tree.kind[target] !== Kind.Ident) return typeOfNode(unit, target);
  const object = unit.bindings.objectOf[target] ?? 0;
  if (object === 0) return nameOf(tree, target) === '_' ? DEFAULT : 0;
  return typeOfObject(unit, object);
}

function argumentTarget(unit: Unit, node: NodeIndex, call: NodeIndex, type: TypeIndex): TypeIndex {
  const { tree, store } = unit;
  const fun = tree.a[call] ?? 0;
  if (isTypeExpression(unit, fun)) return conversionTarget(unit, node, typeOfNode(unit, fun), type);
  const position = positionIn(tree, tree.b[call], node);
  const builtin = builtinName(unit, fun);
  if (builtin !== '') return builtinTarget(unit, node, call, builtin, type);
  const signature = calledSignature(unit, call);
  if (signature === null) return 0;
  const target = parameterAt(unit, signature, position, tree.op[call] === 1);
  return store.open(target) &&
    store.kind(target) === TypeKind.TypeParameter &&
    signature.typeParameters.includes(target)
    ? DEFAULT
    : target;
}

function conversionTarget(unit: Unit, node: NodeIndex, target: TypeIndex, type: TypeIndex): TypeIndex {
  const { store } = unit;
  if (target === 0) return 0;
  const structure = store.underlying(target);
  const constant = isConstant(unit, node);
  const parameter = store.kind(target) === TypeKind.TypeParameter;
  if (store.kind(structure) === TypeKind.Interface) return DEFAULT;
  if (constant && !parameter && (store.kind(structure) !== TypeKind.Basic || structure === Basic.UnsafePointer)) {
    return DEFAULT;
  }
  if (constant && parameter) return DEFAULT;
  if (structure === Basic.String && constant && (type === Basic.UntypedInt || type === Basic.UntypedRune)) return STAY;
  return target;
}

function builtinTarget(unit: Unit, node: NodeIndex, call: NodeIndex, builtin: string, type: TypeIndex): TypeIndex {
  const { tree, store } = unit;
  const first = tree.b[call] ?? 0;
  switch (builtin) {
    case 'append': {
      const slice = coreType(store, typeOfNode(unit, first));
      if (slice === 0) return 0;
      return tree.op[call] === 1 ? (type === Basic.UntypedString ? STAY : slice) : store.element(slice);
    }
    case 'make':
    case 'unsafe.Slice':
    case 'unsafe.String':
    case 'unsafe.Add':
      return Basic.Int;
    case 'delete':
      return store.key(coreType(store, typeOfNode(unit, first)));
    case 'len':
    case 'cap':
    case 'copy':
      return STAY;
    case 'min':
    case 'max':
    case 'complex': {
      let whole = type;
      for (let arg = first; arg !== 0; arg = tree.next[arg] ?? 0) whole = matchedType(whole, typeOfNode(unit, arg));
      return whole;
    }
    case 'real':
    case 'imag':
      return isConstant(unit, node) ? STAY : DEFAULT;
    default:
      return DEFAULT;
  }
}

/** The result that a returned expression is for. */
function resultTarget(unit: Unit, node: NodeIndex, statement: NodeIndex): TypeIndex {
  const { tree, store } = unit;
  const position = positionIn(tree, tree.a[statement], node);
  let func = tree.parent[statement] ?? 0;
  while (func !== 0 && tree.kind[func] !== Kind.FuncDecl && tree.kind[func] !== Kind.FuncLit) {
    func = tree.parent[func] ?? 0;
  }
  const type = typeOfNode(unit, (tree.kind[func] === Kind.FuncDecl ? tree.c[func] : tree.a[func]) ?? 0);
  return store.results(type)[position] ?? 0;
}

/** What an element of a composite literal is for; `pair` is the KeyValueExpr around it, if any. */
function elementTarget(unit: Unit, node: NodeIndex, literal: NodeIndex, pair: NodeIndex): TypeIndex {
  const { tree, store } = unit;
  const structure = literalStructure(unit, literal);
  const isKey = pair !== 0 && tree.a[pair] === node;
  switch (store.kind(structure)) {
    case TypeKind.Struct: {
      if (pair === 0) return store.fields(structure)[positionIn(tree, tree.b[literal], node)]?.type ?? 0;
      return isKey ? STAY : (keyMember(unit, literal, tree.data[tree.a[pair] ?? 0] ?? 0)?.type ?? 0);
    }
    case TypeKind.Map:
      return isKey ? store.key(structure) : store.element(structure);
    case TypeKind.Slice:
    case TypeKind.Array:
      return isKey ? Basic.Int : store.element(structure);
    default:
      return 0;
  }
}
