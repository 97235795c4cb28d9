/** Types of declared things: objects of a package by their declarations, Named types, type parameters, methods. */
import { ObjectFlag, type ObjectIndex, ObjectKind } from '../bindings.ts';
import type { NameIndex } from '../names.ts';
import { Kind } from '../nodes.ts';
import { unparen } from '../syntax.ts';
import { type NodeIndex, nameOf } from '../tree.ts';
import { type TypeIndex, TypeKind } from '../typing.ts';
import { predeclared } from '../universe.ts';
import { listOf } from '../walk.ts';
import { typeOfNode } from './expression.ts';
import { BASIC_NAMES, Basic, defaultType } from './store.ts';
import { substitute } from './substitute.ts';
import { constraintType, variadicType } from './type-expression.ts';
import { itemAt, positionIn, RUNNING, type Unit } from './unit.ts';
import { clauseVariableType, definedType, rangeVariableType } from './variables.ts';

/** The type of a variable, constant or function; what a type name denotes (a generic one: its origin). 0: unknown. */
export function typeOfObject(unit: Unit, object: ObjectIndex): TypeIndex {
  const known = unit.objectTypes[object] ?? 0;
  if (known > 0) return known - 1;
  if (known === RUNNING || object === 0) return 0;
  unit.objectTypes[object] = RUNNING;
  const type = objectType(unit, object);
  unit.objectTypes[object] = type + 1;
  return type;
}

function objectType(unit: Unit, object: ObjectIndex): TypeIndex {
  const { bindings } = unit;
  if (bindings.ident[object] === 0 && bindings.decl[object] === 0) return universeType(unit, object);
  switch (bindings.kind[object]) {
    case ObjectKind.PackageName:
    case ObjectKind.Label:
      return Basic.Void;
    case ObjectKind.TypeName:
      return typeNameType(unit, object);
    case ObjectKind.Constant:
      return constantType(unit, object);
    case ObjectKind.Variable:
      return variableType(unit, object);
    case ObjectKind.Function:
      return typeOfNode(unit, unit.tree.c[bindings.decl[object] ?? 0] ?? 0);
    default:
      return 0;
  }
}

function universeType(unit: Unit, object: ObjectIndex): TypeIndex {
  const name = unit.tree.names.text(unit.bindings.name[object] ?? 0);
  switch (unit.bindings.kind[object]) {
    case ObjectKind.TypeName:
      if (name === 'any') return Basic.Any;
      if (name === 'error') return Basic.Error;
      if (name === 'comparable') return Basic.Comparable;
      if (name === 'byte') return Basic.Uint8;
      if (name === 'rune') return Basic.Int32;
      return Math.max(0, BASIC_NAMES.indexOf(name));
    case ObjectKind.Constant:
      return name === 'iota' ? Basic.UntypedInt : Basic.UntypedBool;
    case ObjectKind.Nil:
      return Basic.Nil;
    default:
      return object === predeclared(name) ? Basic.Void : 0;
  }
}

function typeNameType(unit: Unit, object: ObjectIndex): TypeIndex {
  const { bindings, tree, store } = unit;
  if (((bindings.flags[object] ?? 0) & ObjectFlag.TypeParameter) !== 0) return typeParameterType(unit, object);
  const spec = bindings.decl[object] ?? 0;
  if (tree.kind[spec] !== Kind.TypeSpec) return 0;
  if (tree.op[spec] === 1) return typeOfNode(unit, tree.c[spec] ?? 0);
  const local = (bindings.scope[object] ?? 0) > 1;
  const name = tree.names.text(bindings.name[object] ?? 0);
  // Offsets tell local types of one name apart; blank types at package level, too.
  const scope = local || name === '_' ? `${tree.start[spec]}` : '';
  const type = store.named_(unit.path, name, scope, 0, []);
  if (scope !== '') unit.localTypes.set(type, spec);
  return type;
}

/** Whether a TypeSpec is a generic alias, whose instances are substitutions. */
export function isGenericAlias(unit: Unit, spec: NodeIndex): boolean {
  return unit.tree.kind[spec] === Kind.TypeSpec && unit.tree.op[spec] === 1 && unit.tree.b[spec] !== 0;
}

function typeParameterType(unit: Unit, object: ObjectIndex): TypeIndex {
  const { bindings, tree, store } = unit;
  const ident = bindings.ident[object] ?? 0;
  const name = nameOf(tree, ident);
  const parent = tree.parent[ident] ?? 0;
  if (tree.kind[parent] === Kind.Field) {
    const list = tree.parent[parent] ?? 0;
    const owner = tree.parent[list] ?? 0;
    let position = 0;
    for (const field of listOf(tree, tree.a[list])) {
      if (field === parent) break;
      position += Math.max(1, listOf(tree, tree.a[field]).length);
    }
    position += Math.max(0, positionIn(tree, tree.a[parent], ident));
    const type = store.typeParameter(`${unit.path}|${ownerKey(unit, owner)}|${position}`, name);
    // Before its constraint, which may name it.
    unit.objectTypes[object] = type + 1;
    store.setConstraint(type, constraintType(unit, tree.b[parent] ?? 0));
    return type;
  }
  return receiverParameterType(unit, object, ident, name);
}

/** T of `func (l *List[T]) …`: bound as List's own parameter is. */
function receiverParameterType(unit: Unit, object: ObjectIndex, ident: NodeIndex, name: string): TypeIndex {
  const { tree, store } = unit;
  const parent = tree.parent[ident] ?? 0;
  const base = tree.a[parent] ?? 0;
  let decl = parent;
  while (decl !== 0 && tree.kind[decl] !== Kind.FuncDecl) decl = tree.parent[decl] ?? 0;
  const position = tree.kind[parent] === Kind.IndexListExpr ? positionIn(tree, tree.b[parent], ident) : 0;
  const type = store.typeParameter(`${unit.path}|${ownerKey(unit, decl)}|receiver${position}`, name);
  unit.objectTypes[object] = type + 1;
  const spec = unit.bindings.decl[unit.bindings.objectOf[base] ?? 0] ?? 0;
  if (tree.kind[spec] !== Kind.TypeSpec) return type;
  const declared = typeParametersOf(unit, spec);
  const own = receiverParameters(unit, decl);
  store.setConstraint(type, substitute(store, store.constraint(declared[position] ?? 0), declared, own));
  return type;
}

/** What tells the type parameters of different declarations apart, the same whether or not bodies were read. */
function ownerKey(unit: Unit, owner: NodeIndex): string {
  const { tree, bindings } = unit;
  const decl = tree.kind[owner] === Kind.FuncType ? (tree.parent[owner] ?? 0) : owner;
  const name = nameOf(tree, (tree.kind[decl] === Kind.FuncDecl ? tree.b[decl] : tree.a[decl]) ?? 0);
  if (tree.kind[decl] === Kind.FuncDecl) {
    const receiver = receiverBase(unit, decl);
    return name === '_' ? `_${tree.start[decl]}` : receiver === '' ? `func ${name}` : `${receiver}.${name}`;
  }
  const object = bindings.objectOf[tree.a[decl] ?? 0] ?? 0;
  return (bindings.scope[object] ?? 0) > 1 || name === '_' ? `${name}@${tree.start[decl]}` : name;
}

/** The receiver's type expression without parentheses and star; 0 for functions. */
function receiverExpression(unit: Unit, decl: NodeIndex): NodeIndex {
  const { tree } = unit;
  const field = tree.a[tree.a[decl] ?? 0] ?? 0;
  if (tree.a[decl] === 0 || field === 0) return 0;
  let node = unparen(tree, tree.b[field] ?? 0);
  if (tree.kind[node] === Kind.StarExpr) node = unparen(tree, tree.a[node] ?? 0);
  return node;
}

/** Whether a method has a pointer receiver. */
export function hasPointerReceiver(unit: Unit, decl: NodeIndex): boolean {
  const { tree } = unit;
  const field = tree.a[tree.a[decl] ?? 0] ?? 0;
  return tree.kind[unparen(tree, tree.b[field] ?? 0)] === Kind.StarExpr;
}

/** Name of the receiver's base type; '' for functions. */
export function receiverBase(unit: Unit, decl: NodeIndex): string {
  const { tree } = unit;
  const node = receiverExpression(unit, decl);
  const generic = tree.kind[node] === Kind.IndexExpr || tree.kind[node] === Kind.IndexListExpr;
  return nameOf(tree, (generic ? tree.a[node] : node) ?? 0);
}

/** Type parameters that a method's receiver declares; a blank one is unknown. */
export function receiverParameters(unit: Unit, decl: NodeIndex): readonly TypeIndex[] {
  const { tree, bindings } = unit;
  const node = receiverExpression(unit, decl);
  const kind = tree.kind[node];
  if (kind !== Kind.IndexExpr && kind !== Kind.IndexListExpr) return [];
  const idents = kind === Kind.IndexExpr ? [tree.b[node] ?? 0] : listOf(tree, tree.b[node]);
  return idents.map((ident) => typeOfObject(unit, bindings.objectOf[ident] ?? 0));
}

/** Type parameters of a TypeSpec or FuncType node. */
export function typeParametersOf(unit: Unit, owner: NodeIndex): readonly TypeIndex[] {
  const { tree, bindings } = unit;
  const list = (tree.kind[owner] === Kind.TypeSpec ? tree.b[owner] : tree.a[owner]) ?? 0;
  if (list === 0) return [];
  const known = unit.typeParameters.get(owner);
  if (known !== undefined) return known;
  const parameters: TypeIndex[] = [];
  for (const field of listOf(tree, tree.a[list])) {
    for (const ident of listOf(tree, tree.a[field])) {
      parameters.push(typeOfObject(unit, bindings.objectOf[ident] ?? 0));
    }
  }
  unit.typeParameters.set(owner, parameters);
  return parameters;
}

function constantType(unit: Unit, object: ObjectIndex): TypeIndex {
  const { tree, bindings } = unit;
  const spec = bindings.decl[object] ?? 0;
  if (tree.kind[spec] !== Kind.ValueSpec) return 0;
  const source = valuesOfConstant(unit, spec);
  if (source === 0) return 0;
  const type = tree.b[source] ?? 0;
  if (type !== 0) return typeOfNode(unit, type);
  const position = positionIn(tree, tree.a[spec], bindings.ident[object] ?? 0);
  const value = itemAt(tree, tree.c[source], position);
  return value === 0 ? 0 : typeOfNode(unit, value);
}

/** The specification whose type and values a constant specification has: itself, or the last one before it with values. */
export function valuesOfConstant(unit: Unit, spec: NodeIndex): NodeIndex {
  const { tree, lastConstant } = unit;
  if (tree.c[spec] !== 0 || tree.b[spec] !== 0) return spec;
  const group = tree.parent[spec] ?? 0;
  // Constants are mostly asked about in order: the search goes on where the last one ended.
  const goesOn = lastConstant.group === group && lastConstant.spec < spec;
  let node = (goesOn ? lastConstant.spec : tree.a[group]) ?? 0;
  let found = goesOn ? lastConstant.source : 0;
  for (; node !== 0 && node !== spec; node = tree.next[node] ?? 0) if (tree.c[node] !== 0) found = node;
  lastConstant.group = group;
  lastConstant.spec = spec;
  lastConstant.source = found;
  return found;
}

function variableType(unit: Unit, object: ObjectIndex): TypeIndex {
  const { tree, bindings } = unit;
  const decl = bindings.decl[object] ?? 0;
  const ident = bindings.ident[object] ?? 0;
  switch (tree.kind[decl]) {
    case Kind.Field:
      return variadicType(unit, tree.b[decl] ?? 0);
    case Kind.ValueSpec: {
      const type = tree.b[decl] ?? 0;
      if (type !== 0) return typeOfNode(unit, type);
      return definedType(unit, tree.a[decl] ?? 0, tree.c[decl] ?? 0, ident);
    }
    case Kind.AssignStmt:
      return definedType(unit, tree.a[decl] ?? 0, tree.b[decl] ?? 0, ident);
    case Kind.RangeStmt:
      return rangeVariableType(unit, decl, ident);
    case Kind.CaseClause:
      return clauseVariableType(unit, decl);
    default:
      return 0;
  }
}

/** The TypeSpec of a Named type that this unit declares; 0 if it does not. */
export function specOf(unit: Unit, named: TypeIndex): NodeIndex {
  const { store, bindings, tree } = unit;
  const parts = store.namedParts(store.origin(named));
  if (parts === null || parts.path !== unit.path) return 0;
  if (parts.scope !== '') return unit.localTypes.get(store.origin(named)) ?? 0;
  const object = bindings.lookup(tree.names.of(parts.name));
  const spec = bindings.decl[object] ?? 0;
  return tree.kind[spec] === Kind.TypeSpec ? spec : 0;
}

/** Underlying type as the declaration says; 0 if unknown. */
export function underlyingOfSpec(unit: Unit, spec: NodeIndex): TypeIndex {
  const { store, tree } = unit;
  const type = typeOfNode(unit, tree.c[spec] ?? 0);
  const underlying = store.underlying(type);
  // A type parameter on the right side is not allowed.
  return store.kind(underlying) === TypeKind.TypeParameter ? 0 : underlying;
}

/** FuncDecl nodes of a type's declared methods, by name. */
export function methodsOfType(unit: Unit, typeName: ObjectIndex): ReadonlyMap<NameIndex, NodeIndex> {
  const known = unit.methods.get(typeName);
  if (known !== undefined) return known;
  const methods = new Map<NameIndex, NodeIndex>();
  for (const decl of unit.bindings.methodsOf(typeName)) {
    const name = unit.tree.data[unit.tree.b[decl] ?? 0] ?? 0;
    if (!methods.has(name)) methods.set(name, decl);
  }
  unit.methods.set(typeName, methods);
  return methods;
}

/** `var x = e` and `x := e` make x of this type. */
export function variableTypeFrom(type: TypeIndex): TypeIndex {
  return type === Basic.Nil || type === Basic.Void ? 0 : defaultType(type);
}
