/**
 * Whether the keys of a composite literal are expressions or field names, as far as syntax and this package's own type
 * declarations tell.
 */

import type { Visible } from './bind-table.ts';
import { type ObjectIndex, ObjectKind } from './bindings.ts';
import { Kind } from './nodes.ts';
import { unparen } from './syntax.ts';
import type { NodeIndex, Tree } from './tree.ts';

/** A chain of declared types (`type A B; type B C` …) is followed this far; Go programs have two or three. */
const LONGEST_CHAIN = 32;

/** What `structureOf` asks of bindings that are still being made. */
export interface TypeNames {
  /** What an identifier denotes that was bound already, or else at the place that is being bound; 0 if nothing. */
  typeName(ident: NodeIndex): ObjectIndex;
  readonly kindOf: (object: ObjectIndex) => number;
  readonly declOf: (object: ObjectIndex) => NodeIndex;
  readonly identOf: (object: ObjectIndex) => NodeIndex;
}

/**
 * The StructType, ArrayType, MapType, ChanType, FuncType, InterfaceType, or StarExpr that a type expression stands for,
 * through names that this package declares; the SelectorExpr if another package declares it; 0 if it is not known.
 */
export function structureOf(tree: Tree, names: TypeNames, type: NodeIndex): NodeIndex {
  let node = type;
  for (let step = 0; step < LONGEST_CHAIN; step++) {
    switch (tree.kind[node]) {
      case Kind.ParenExpr:
      case Kind.IndexExpr:
      case Kind.IndexListExpr:
        node = tree.a[node] ?? 0;
        break;
      case Kind.Ident: {
        const object = names.typeName(node);
        const decl = names.declOf(object);
        if (names.kindOf(object) !== ObjectKind.TypeName || tree.kind[decl] !== Kind.TypeSpec) return 0;
        node = tree.c[decl] ?? 0;
        break;
      }
      case Kind.StructType:
      case Kind.ArrayType:
      case Kind.MapType:
      case Kind.ChanType:
      case Kind.FuncType:
      case Kind.InterfaceType:
      case Kind.StarExpr:
      case Kind.SelectorExpr:
        return node;
      default:
        return 0;
    }
  }
  return 0;
}

/**
 * Whether keys of a literal of a type that is not known can only be field names: no key is anything but a name, and
 * `visible` does not know one of them.
 */
export function onlyFieldNames(tree: Tree, literal: NodeIndex, visible: Visible): boolean {
  let unknown = false;
  for (let element = tree.b[literal] ?? 0; element !== 0; element = tree.next[element] ?? 0) {
    if (tree.kind[element] !== Kind.KeyValueExpr) return false;
    const key = tree.a[element] ?? 0;
    if (tree.kind[key] !== Kind.Ident) return false;
    if (visible.get(tree.data[key] ?? 0) === 0) unknown = true;
  }
  return unknown;
}

/** Notes for each element (or key) of a map, slice or array literal that has no type of its own the one that it takes. */
export function passElementType(tree: Tree, literal: NodeIndex, structure: NodeIndex, typeOf: Int32Array): void {
  const { kind, a, b, next } = tree;
  const keyType = kind[structure] === Kind.MapType ? (a[structure] ?? 0) : 0;
  const elementType = b[structure] ?? 0;
  for (let element = b[literal] ?? 0; element !== 0; element = next[element] ?? 0) {
    let value = element;
    if (kind[element] === Kind.KeyValueExpr) {
      const key = a[element] ?? 0;
      if (keyType !== 0 && elidesType(tree, key)) typeOf[key] = keyType;
      value = b[element] ?? 0;
    }
    if (elidesType(tree, value)) typeOf[value] = elementType;
  }
}

function elidesType(tree: Tree, node: NodeIndex): boolean {
  return tree.kind[node] === Kind.CompositeLit && tree.a[node] === 0;
}

/** The base type of a method's receiver (a FieldList): T of `T`, `*T`, `*T[P]`, `(T)`; 0 if there is none. Usually an Ident. */
export function receiverBase(tree: Tree, receiver: NodeIndex): NodeIndex {
  let node = unparen(tree, tree.b[tree.a[receiver] ?? 0] ?? 0);
  if (tree.kind[node] === Kind.StarExpr) node = unparen(tree, tree.a[node] ?? 0);
  const kind = tree.kind[node];
  return kind === Kind.IndexExpr || kind === Kind.IndexListExpr ? (tree.a[node] ?? 0) : node;
}
