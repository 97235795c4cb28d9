/** The columns that binding fills while it does not know yet how many objects and scopes there are. */
import type { ObjectIndex, ObjectKindCode, ScopeIndex } from './bindings.ts';
import type { NameIndex, Names } from './names.ts';
import type { NodeIndex } from './tree.ts';
import { UNIVERSE } from './universe.ts';

/** Scope 0. */
export const UNIVERSE_SCOPE: ScopeIndex = 0;
/** Scope 1. */
export const PACKAGE_SCOPE: ScopeIndex = 1;
/** Where methods are: nowhere. */
export const NO_SCOPE: ScopeIndex = -1;

/** Objects as columns that grow by doubling; Bindings says what each is. */
export class ObjectTable {
  count = 1;
  kind: Uint8Array;
  flags: Uint8Array;
  name: Int32Array;
  ident: Int32Array;
  decl: Int32Array;
  scope: Int32Array;
  func: Int32Array;
  detail: Int32Array;

  /** With the universe's objects in it; `capacity` is a guess. */
  constructor(names: Names, capacity: number) {
    const room = Math.max(capacity, UNIVERSE.length + 1);
    this.kind = new Uint8Array(room);
    this.flags = new Uint8Array(room);
    this.name = new Int32Array(room);
    this.ident = new Int32Array(room);
    this.decl = new Int32Array(room);
    this.scope = new Int32Array(room);
    this.func = new Int32Array(room);
    this.detail = new Int32Array(room);
    for (const { name, kind, code } of UNIVERSE) {
      this.detail[this.add(kind, 0, names.of(name), 0, 0, UNIVERSE_SCOPE, 0)] = code;
    }
  }

  add(
    kind: ObjectKindCode,
    flags: number,
    name: NameIndex,
    ident: NodeIndex,
    decl: NodeIndex,
    scope: ScopeIndex,
    func: NodeIndex,
  ): ObjectIndex {
    const object = this.count++;
    if (object === this.kind.length) this.#grow(object * 2);
    this.kind[object] = kind;
    this.flags[object] = flags;
    this.name[object] = name;
    this.ident[object] = ident;
    this.decl[object] = decl;
    this.scope[object] = scope;
    this.func[object] = func;
    return object;
  }

  #grow(room: number): void {
    this.kind = grown(this.kind, new Uint8Array(room));
    this.flags = grown(this.flags, new Uint8Array(room));
    this.name = grown(this.name, new Int32Array(room));
    this.ident = grown(this.ident, new Int32Array(room));
    this.decl = grown(this.decl, new Int32Array(room));
    this.scope = grown(this.scope, new Int32Array(room));
    this.func = grown(this.func, new Int32Array(room));
    this.detail = grown(this.detail, new Int32Array(room));
  }
}

/** Scopes as columns. Universe and package are there from the start. */
export class ScopeTable {
  count = 2;
  parent = new Int32Array(64);
  node = new Int32Array(64);

  add(parent: ScopeIndex, node: NodeIndex): ScopeIndex {
    const scope = this.count++;
    if (scope === this.parent.length) {
      this.parent = grown(this.parent, new Int32Array(scope * 2));
      this.node = grown(this.node, new Int32Array(scope * 2));
    }
    this.parent[scope] = parent;
    this.node[scope] = node;
    return scope;
  }
}

/**
 * What each name means at the place that is being bound: one integer per name of the process, and a trail of what was
 * hidden, so that a look-up is one read and leaving a scope undoes as much as it declared.
 */
export class Visible {
  /** Object by name. */
  #objects: Int32Array;
  /** Pairs [name, object that it meant before]. */
  #trail = new Int32Array(256);
  #top = 0;

  constructor(names: Names) {
    this.#objects = new Int32Array(names.size + 1024);
    for (const [index, { name }] of UNIVERSE.entries()) this.#set(names.of(name), index + 1);
  }

  /** Makes room for all names there are now. Before each package. */
  reserve(names: Names): void {
    if (names.size >= this.#objects.length) this.#objects = grown(this.#objects, new Int32Array(names.size * 2));
  }

  get(name: NameIndex): ObjectIndex {
    return this.#objects[name] ?? 0;
  }

  /** `name` means `object` until `undo` goes back to before. */
  declare(name: NameIndex, object: ObjectIndex): void {
    if (this.#top === this.#trail.length) this.#trail = grown(this.#trail, new Int32Array(this.#top * 2));
    this.#trail[this.#top++] = name;
    this.#trail[this.#top++] = this.#objects[name] ?? 0;
    this.#objects[name] = object;
  }

  /** To give to `undo` later. */
  get mark(): number {
    return this.#top;
  }

  undo(mark: number): void {
    while (this.#top > mark) {
      const before = this.#trail[--this.#top] ?? 0;
      this.#objects[this.#trail[--this.#top] ?? 0] = before;
    }
  }

  #set(name: NameIndex, object: ObjectIndex): void {
    if (name >= this.#objects.length) this.#objects = grown(this.#objects, new Int32Array(name * 2));
    this.#objects[name] = object;
  }
}

/** `room` with the content of `column` in front. */
export function grown<T extends Int32Array | Uint8Array>(column: T, room: T): T {
  room.set(column);
  return room;
}
