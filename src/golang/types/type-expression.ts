/** Type expressions: what `[]*T`, `func(int) error`, `interface{ ~int | ~string }` denote. */
import { Kind } from '../nodes.ts';
import { unparen } from '../syntax.ts';
import { Token } from '../tokens.ts';
import { type NodeIndex, textOf } from '../tree.ts';
import { ChannelDirection, type TypeIndex, TypeKind } from '../typing.ts';
import { listOf } from '../walk.ts';
import { integerValue, stringOfLiteral, textOfBytes } from './constant.ts';
import { typeParametersOf } from './declare.ts';
import { isTypeExpression, typeOfNode } from './expression.ts';
import { Basic, type InterfaceMethod, type StructField, type Union } from './store.ts';
import { leaveNode, type Unit } from './unit.ts';

/** The type of a parameter whose declared type may be `...T`. */
export function variadicType(unit: Unit, type: NodeIndex): TypeIndex {
  const { tree, store } = unit;
  if (tree.kind[type] === Kind.Ellipsis) return store.slice(typeOfNode(unit, tree.a[type] ?? 0));
  return typeOfNode(unit, type);
}

export function arrayType(unit: Unit, node: NodeIndex): TypeIndex {
  const { tree, store } = unit;
  const length = tree.a[node] ?? 0;
  const element = typeOfNode(unit, tree.b[node] ?? 0);
  if (length === 0) return store.slice(element);
  if (tree.kind[length] === Kind.Ellipsis) {
    const literal = tree.parent[node] ?? 0;
    const written = tree.kind[literal] === Kind.CompositeLit && tree.a[literal] === node;
    return store.array(element, written ? literalLength(unit, literal) : -1);
  }
  const value = integerValue(unit, length);
  return store.array(element, value === null || value < 0 ? -1 : value);
}

/** Length of an array literal `[...]T{…}`: one more than the highest index; -1 if a key is not known. */
function literalLength(unit: Unit, literal: NodeIndex): number {
  const { tree } = unit;
  let next = 0;
  let length = 0;
  for (let element = tree.b[literal] ?? 0; element !== 0; element = tree.next[element] ?? 0) {
    if (tree.kind[element] === Kind.KeyValueExpr) {
      const key = integerValue(unit, tree.a[element] ?? 0);
      if (key === null) return -1;
      next = key;
    }
    next++;
    if (next > length) length = next;
  }
  return length;
}

export function channelType(unit: Unit, node: NodeIndex): TypeIndex {
  const { tree, store } = unit;
  const op = tree.op[node];
  const direction =
    op === Token.Arrow ? ChannelDirection.Send : op === Token.Chan ? ChannelDirection.Receive : ChannelDirection.Both;
  return store.channel(typeOfNode(unit, tree.a[node] ?? 0), direction);
}

export function structType(unit: Unit, node: NodeIndex): TypeIndex {
  const { tree, store } = unit;
  const fields: StructField[] = [];
  for (const field of listOf(tree, tree.a[tree.a[node] ?? 0])) {
    const type = typeOfNode(unit, tree.b[field] ?? 0);
    const literal = tree.c[field] ?? 0;
    const tag = literal === 0 ? '' : textOfBytes(stringOfLiteral(textOf(tree, literal)));
    const names = listOf(tree, tree.a[field]);
    for (const ident of names) {
      fields.push({ name: tree.data[ident] ?? 0, type, embedded: false, path: unit.path, tag });
    }
    if (names.length === 0) {
      const ident = embeddedName(unit, tree.b[field] ?? 0);
      fields.push({ name: tree.data[ident] ?? 0, type, embedded: true, path: unit.path, tag });
    }
  }
  const struct = store.struct(fields);
  leaveNode(unit, struct, node);
  return struct;
}

/** The Ident that names an embedded field: `T`, `*T`, `pkg.T`, `T[int]`. 0 if there is none. */
export function embeddedName(unit: Unit, type: NodeIndex): NodeIndex {
  const { tree } = unit;
  let node = type;
  for (;;) {
    switch (tree.kind[node]) {
      case Kind.ParenExpr:
      case Kind.StarExpr:
      case Kind.IndexExpr:
      case Kind.IndexListExpr:
        node = tree.a[node] ?? 0;
        break;
      case Kind.SelectorExpr:
        return tree.b[node] ?? 0;
      case Kind.Ident:
        return node;
      default:
        return 0;
    }
  }
}

export function functionType(unit: Unit, node: NodeIndex): TypeIndex {
  const { tree, store } = unit;
  const typeParameters = typeParametersOf(unit, node);
  const parameters: TypeIndex[] = [];
  let variadic = false;
  for (const field of listOf(tree, tree.a[tree.b[node] ?? 0])) {
    const type = variadicType(unit, tree.b[field] ?? 0);
    variadic = tree.kind[tree.b[field] ?? 0] === Kind.Ellipsis;
    pushTimes(parameters, type, listOf(tree, tree.a[field]).length);
  }
  const results: TypeIndex[] = [];
  for (const field of listOf(tree, tree.a[tree.c[node] ?? 0])) {
    pushTimes(results, typeOfNode(unit, tree.b[field] ?? 0), listOf(tree, tree.a[field]).length);
  }
  return store.function(parameters, results, variadic, typeParameters);
}

function pushTimes(list: TypeIndex[], type: TypeIndex, names: number): void {
  for (let left = Math.max(1, names); left > 0; left--) list.push(type);
}

export function interfaceType(unit: Unit, node: NodeIndex): TypeIndex {
  const { tree, store } = unit;
  const methods = new Map<string, InterfaceMethod>();
  const unions: Union[] = [];
  let comparable = false;
  const add = (method: InterfaceMethod): void => {
    const key = `${method.name},${method.path}`;
    if (!methods.has(key)) methods.set(key, method);
  };
  for (const field of listOf(tree, tree.a[tree.a[node] ?? 0])) {
    const type = tree.b[field] ?? 0;
    const names = listOf(tree, tree.a[field]);
    for (const ident of names) {
      const name = tree.data[ident] ?? 0;
      add({ name, path: tree.names.exported(name) ? '' : unit.path, type: typeOfNode(unit, type) });
    }
    if (names.length > 0) continue;
    const embedded = constraintType(unit, type);
    const parts = store.interfaceParts(embedded);
    // Methods of an interface that is not known may be called on this one.
    if (parts === null) return 0;
    for (const method of parts.methods) add(method);
    unions.push(...parts.unions);
    comparable ||= parts.comparable;
  }
  const type = store.interface({ methods: [...methods.values()], unions, comparable });
  leaveNode(unit, type, node);
  return type;
}

/** The interface that a constraint, or an element of an interface, stands for: `~int | string` is one with a union. */
export function constraintType(unit: Unit, node: NodeIndex): TypeIndex {
  const { tree, store } = unit;
  const terms: NodeIndex[] = [];
  let left = unparen(tree, node);
  while (tree.kind[left] === Kind.BinaryExpr && tree.op[left] === Token.Or) {
    terms.push(tree.b[left] ?? 0);
    left = unparen(tree, tree.a[left] ?? 0);
  }
  terms.push(left);
  terms.reverse();
  const union: { tilde: boolean; type: TypeIndex }[] = [];
  for (const term of terms) {
    const inner = unparen(tree, term);
    const tilde = tree.kind[inner] === Kind.UnaryExpr && tree.op[inner] === Token.Tilde;
    const type = typeOfNode(unit, tilde ? (tree.a[inner] ?? 0) : inner);
    if (type === 0) return 0;
    if (!tilde && store.kind(type) !== TypeKind.TypeParameter && store.underlyingKind(type) === TypeKind.Interface) {
      if (terms.length === 1) return type;
      const parts = store.interfaceParts(type);
      // An interface as one of several terms: `Signed | Unsigned` joins their types.
      if (parts === null || parts.unions.length !== 1 || parts.methods.length > 0) return Basic.Any;
      union.push(...(parts.unions[0] ?? []));
    } else union.push({ tilde, type });
  }
  return store.interface({ methods: [], unions: [union], comparable: false });
}

/** Whether `|` joins types here. */
export function isUnion(unit: Unit, node: NodeIndex): boolean {
  // The right operand tells, and unlike the left one it is short.
  return unit.tree.op[node] === Token.Or && isTypeExpression(unit, unit.tree.b[node] ?? 0);
}
