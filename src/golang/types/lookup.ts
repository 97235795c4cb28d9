/** Fields and methods by name, embedding followed: what x.f selects. The shallowest depth wins; two at one depth are none. */
import type { NameIndex } from '../names.ts';
import { Kind } from '../nodes.ts';
import type { NodeIndex } from '../tree.ts';
import { type TypeIndex, TypeKind } from '../typing.ts';
import { hasPointerReceiver, methodsOfType, receiverParameters } from './declare.ts';
import { fieldNode, interfaceOwner, structNode } from './declared-at.ts';
import { literalStructure, typeOfNode } from './expression.ts';
import type { StructField } from './store.ts';
import { substitute } from './substitute.ts';
import type { Unit } from './unit.ts';

/** A field or method that was found. */
export interface Member {
  readonly kind: 'field' | 'method';
  /** Its type; a method's without receiver. */
  readonly type: TypeIndex;
  readonly path: string;
  /** Name of the defined type that declares it, '' where there is none. */
  readonly receiver: string;
  /** Where its declaration is: a FuncDecl or Field of `unit`; 0 if it is not known. */
  readonly unit: Unit | null;
  readonly decl: NodeIndex;
  /** An interface's method. */
  readonly dynamic: boolean;
  /** A pointer was followed on the way to it, x itself included. */
  readonly indirect: boolean;
  readonly pointerReceiver: boolean;
}

/** Embedding deeper than this is not followed. */
const DEPTH = 12;

/** Types and names are below these, so that a pair is one exact double. */
const NAMES = 2 ** 26;

/** What `name` selects of a value of `type`; null if nothing, or two things, or it is not known. Unexported names are `unit`'s. */
export function lookup(unit: Unit, type: TypeIndex, name: NameIndex): Member | null {
  const key = type * NAMES + name;
  const known = unit.members.get(key);
  if (known !== undefined) return known;
  const member = search(unit, type, name);
  unit.members.set(key, member);
  return member;
}

/** The field that a key of a struct literal names, since Go 1.27 also a promoted one; null for other literals. */
export function keyMember(unit: Unit, literal: NodeIndex, name: NameIndex): Member | null {
  const { store, tree } = unit;
  if (tree.kind[literal] !== Kind.CompositeLit) return null;
  if (store.kind(literalStructure(unit, literal)) !== TypeKind.Struct) return null;
  const member = lookup(unit, typeOfNode(unit, literal), name);
  return member?.kind === 'field' ? member : null;
}

interface Place {
  readonly type: TypeIndex;
  readonly indirect: boolean;
}

function search(unit: Unit, start: TypeIndex, name: NameIndex): Member | null {
  const { store, tree } = unit;
  const exported = tree.names.exported(name);
  const visible = (path: string): boolean => exported || path === unit.path;
  const pointer = store.kind(start) === TypeKind.Pointer;
  if (!pointer && store.kind(start) === TypeKind.Named && store.underlyingKind(start) === TypeKind.Pointer) {
    // A defined pointer type has the fields of what it points to, but no methods.
    const member = search(unit, store.underlying(start), name);
    return member?.kind === 'field' ? member : null;
  }
  let current: Place[] = [{ type: pointer ? store.element(start) : start, indirect: pointer }];
  // Neither a pointer to an interface nor one to a type parameter has methods.
  if (pointer && isInterfaceLike(unit, store.element(start))) return null;
  const seen = new Set<TypeIndex>();
  for (let depth = 0; depth < DEPTH && current.length > 0; depth++) {
    const next: Place[] = [];
    let found: Member | null = null;
    let count = 0;
    for (const place of current) {
      const { type } = place;
      if (store.kind(type) === TypeKind.Named) {
        if (seen.has(type)) continue;
        seen.add(type);
        const method = declaredMethod(unit, place, name, visible);
        if (method !== null) {
          found = method;
          count++;
          continue;
        }
      }
      const structure =
        store.kind(type) === TypeKind.TypeParameter ? store.underlying(store.constraint(type)) : store.underlying(type);
      if (store.kind(structure) === TypeKind.Struct && store.kind(type) !== TypeKind.TypeParameter) {
        for (const [position, field] of store.fields(structure).entries()) {
          if (field.name === name && visible(field.path)) {
            found = fieldMember(unit, place, structure, field, position);
            count++;
          } else if (field.embedded) {
            const inner = store.kind(field.type) === TypeKind.Pointer;
            next.push({
              type: inner ? store.element(field.type) : field.type,
              indirect: place.indirect || inner,
            });
          }
        }
      } else if (store.kind(structure) === TypeKind.Interface) {
        const method = interfaceMethod(unit, place, structure, name, visible);
        if (method !== null) {
          found = method;
          count++;
        }
      } else if (structure === 0 && count === 0) {
        // What is not known may have it.
        return null;
      }
    }
    if (count === 1) return found;
    if (count > 1) return null;
    current = next;
  }
  return null;
}

function isInterfaceLike(unit: Unit, type: TypeIndex): boolean {
  const kind = unit.store.underlyingKind(type);
  return kind === TypeKind.Interface || kind === TypeKind.TypeParameter;
}

function declaredMethod(unit: Unit, place: Place, name: NameIndex, visible: (path: string) => boolean): Member | null {
  const { store } = unit;
  const parts = store.namedParts(place.type);
  if (parts === null || parts.path === '' || parts.scope !== '' || !visible(parts.path)) return null;
  const owner = unit.unitOf(parts.path);
  if (owner === null) return null;
  const typeName = owner.bindings.lookup(owner.tree.names.of(parts.name));
  const decl = methodsOfType(owner, typeName).get(name) ?? 0;
  if (decl === 0) return null;
  const declared = typeOfNode(owner, owner.tree.c[decl] ?? 0);
  const type =
    parts.args.length === 0 ? declared : substitute(store, declared, receiverParameters(owner, decl), parts.args);
  return {
    kind: 'method',
    type,
    path: parts.path,
    receiver: parts.name,
    unit: owner,
    decl,
    dynamic: false,
    indirect: place.indirect,
    pointerReceiver: hasPointerReceiver(owner, decl),
  };
}

function interfaceMethod(
  unit: Unit,
  place: Place,
  structure: TypeIndex,
  name: NameIndex,
  visible: (path: string) => boolean,
): Member | null {
  const { store } = unit;
  for (const method of store.interfaceParts(structure)?.methods ?? []) {
    if (method.name !== name || !(method.path === '' || visible(method.path))) continue;
    const parameter = store.kind(place.type) === TypeKind.TypeParameter;
    const owner = interfaceOwner(unit, parameter ? store.constraint(place.type) : place.type, name, 0);
    return {
      kind: 'method',
      type: method.type,
      path: owner.path,
      receiver: owner.receiver,
      unit: owner.unit,
      decl: owner.decl,
      dynamic: true,
      indirect: place.indirect,
      pointerReceiver: false,
    };
  }
  return null;
}

function fieldMember(unit: Unit, place: Place, structure: TypeIndex, field: StructField, position: number): Member {
  const { store } = unit;
  const named = store.namedParts(place.type);
  const [owner, literal] = structNode(unit, place.type, structure, 0);
  return {
    kind: 'field',
    type: field.type,
    path: field.path,
    receiver: named?.name ?? '',
    unit: owner,
    decl: owner === null ? 0 : fieldNode(owner, literal, position),
    dynamic: false,
    indirect: place.indirect,
    pointerReceiver: false,
  };
}
