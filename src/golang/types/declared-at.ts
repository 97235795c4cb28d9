/** Where fields and interface methods are declared: from a type back to the nodes that wrote it. */
import type { NameIndex } from '../names.ts';
import { Kind } from '../nodes.ts';
import { unparen } from '../syntax.ts';
import type { NodeIndex } from '../tree.ts';
import { type TypeIndex, TypeKind } from '../typing.ts';
import { listOf } from '../walk.ts';
import { specOf } from './declare.ts';
import { typeOfNode } from './expression.ts';
import { embeddedName } from './type-expression.ts';
import type { Unit } from './unit.ts';

/** Chains of declared types and of embedded interfaces are followed this far. */
const DEPTH = 12;

/** Which interface declares a method, and where. */
export interface InterfaceOwner {
  readonly path: string;
  /** '' for an interface without a name. */
  readonly receiver: string;
  readonly unit: Unit | null;
  /** A Field of `unit`; 0 where it is not known. */
  readonly decl: NodeIndex;
}

/** The interface that declares the method `name` of `type`, embedded ones followed; `type` itself where that is not plain. */
export function interfaceOwner(unit: Unit, type: TypeIndex, name: NameIndex, depth: number): InterfaceOwner {
  const { store } = unit;
  const parts = store.namedParts(type);
  const self = { path: parts?.path ?? unit.path, receiver: parts?.name ?? '', unit: null, decl: 0 };
  if (parts?.path === '' || depth > DEPTH) return self;
  const owner = parts === null ? unit : unit.unitOf(parts.path);
  if (owner === null) return self;
  const { tree } = owner;
  const spec = parts === null ? 0 : specOf(owner, type);
  const literal = parts === null ? (unit.structureNodes.get(type)?.[0] ?? 0) : unparen(tree, tree.c[spec] ?? 0);
  if (tree.kind[literal] !== Kind.InterfaceType) {
    const source = literal === 0 || parts === null ? 0 : typeOfNode(owner, literal);
    return source === 0 || source === type ? self : interfaceOwner(unit, source, name, depth + 1);
  }
  for (const field of listOf(tree, tree.a[tree.a[literal] ?? 0])) {
    if (tree.a[field] !== 0) {
      for (const ident of listOf(tree, tree.a[field])) {
        if (tree.data[ident] === name) return { ...self, unit: owner, decl: field };
      }
      continue;
    }
    const embedded = typeOfNode(owner, tree.b[field] ?? 0);
    const methods = store.interfaceParts(embedded)?.methods ?? [];
    if (methods.some((method) => method.name === name)) return interfaceOwner(owner, embedded, name, depth + 1);
  }
  return self;
}

/** The StructType node of a type's fields: its declaration's, or where the struct was first written in this package. */
export function structNode(
  unit: Unit,
  type: TypeIndex,
  structure: TypeIndex,
  depth: number,
): readonly [Unit | null, NodeIndex] {
  const { store } = unit;
  const parts = store.namedParts(type);
  if (parts === null || parts.path === '' || depth > DEPTH) {
    const literal = unit.structureNodes.get(structure)?.[0] ?? 0;
    return [literal === 0 ? null : unit, literal];
  }
  const owner = unit.unitOf(parts.path);
  if (owner === null) return [null, 0];
  const literal = unparen(owner.tree, owner.tree.c[specOf(owner, type)] ?? 0);
  if (owner.tree.kind[literal] === Kind.StructType) return [owner, literal];
  const source = literal === 0 ? 0 : typeOfNode(owner, literal);
  if (store.kind(source) === TypeKind.Named && source !== type) return structNode(unit, source, structure, depth + 1);
  return [null, 0];
}

/**
 * The Field node of a field of a struct without a name, as seen from `place`. Of several structs that are written alike
 * it is the last one before the place: tests repeat the structs of their tables.
 */
export function nearestField(unit: Unit, structure: TypeIndex, name: NameIndex, place: NodeIndex): NodeIndex {
  const { tree, store } = unit;
  let literal = 0;
  for (const node of unit.structureNodes.get(structure) ?? []) {
    const before = (tree.start[node] ?? 0) < (tree.start[place] ?? 0);
    if (literal === 0 || (before && (tree.start[node] ?? 0) > (tree.start[literal] ?? 0))) literal = node;
  }
  const position = store.fields(structure).findIndex((field) => field.name === name);
  return literal === 0 || position < 0 ? 0 : fieldNode(unit, literal, position);
}

/** The Field node of the field at a position. */
export function fieldNode(unit: Unit, literal: NodeIndex, position: number): NodeIndex {
  const { tree } = unit;
  let left = position;
  for (const field of listOf(tree, tree.a[tree.a[literal] ?? 0])) {
    left -= Math.max(1, listOf(tree, tree.a[field]).length);
    if (left < 0) return field;
  }
  return 0;
}

/** Whether `ident` is the name of an embedded field in a struct type. */
export function isEmbeddedName(unit: Unit, field: NodeIndex, ident: NodeIndex): boolean {
  return unit.tree.a[field] === 0 && embeddedName(unit, unit.tree.b[field] ?? 0) === ident;
}
