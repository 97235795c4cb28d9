/**
 * Whether all that can be done with a channel, struct or group is in sight: it is not returned out of the root, stored,
 * sent, or handed to code that cannot be followed. Asked of an expression in a frame, answered by where its value goes.
 */
import { ObjectFlag, type ObjectIndex, ObjectKind } from '../../golang/bindings.ts';
import { Kind } from '../../golang/nodes.ts';
import { unparen } from '../../golang/syntax.ts';
import { Token } from '../../golang/tokens.ts';
import type { NodeIndex } from '../../golang/tree.ts';
import { TypeKind } from '../../golang/typing.ts';
import { spawnOf } from './spawn.ts';
import type { Frame, World } from './values.ts';

/** Functions of other packages that do with a channel or struct nothing that matters here. */
const HARMLESS = new Set(['fmt.Println', 'fmt.Printf', 'fmt.Sprintf', 'log.Printf', 'log.Println', 'reflect.TypeOf']);
const MAX_NESTING = 60;

export class Stays {
  readonly #world: World;
  /** By frame and object (or literal): what was found, or true while it is being looked into. */
  readonly #known = new Map<string, boolean>();
  /** Stand-ins for the activations of literals, by frame and literal. */
  readonly #inside = new Map<string, Frame>();
  #nesting = 0;

  constructor(world: World) {
    this.#world = world;
  }

  /** Where the value of `node` goes. */
  value(node: NodeIndex, frame: Frame): boolean {
    if (this.#nesting >= MAX_NESTING) return false;
    this.#nesting++;
    const stays = this.#value(node, frame);
    this.#nesting--;
    return stays;
  }

  /** All uses of a variable of `frame`, its declaration aside. */
  variable(object: ObjectIndex, frame: Frame): boolean {
    const { bindings, tree } = this.#world.pass;
    if (object === 0) return true;
    const flags = bindings.flags[object] ?? 0;
    if (bindings.kind[object] !== ObjectKind.Variable || flags & ObjectFlag.Reassigned) return false;
    const owner = bindings.func[object] ?? 0;
    let home: Frame | null = frame;
    while (home !== null && home.func !== owner) home = home.outer;
    if (home === null) return false;
    const key = `${home.index}.${object}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    this.#known.set(key, true);
    let stays = true;
    for (let at = bindings.useStart[object] ?? 0; stays && at < (bindings.useStart[object + 1] ?? 0); at++) {
      const use = bindings.uses[at] ?? 0;
      if (use === bindings.ident[object]) continue;
      const inside = this.#frameAt(use, home);
      // In a literal that is never called from here: what it is used for decides.
      stays = inside === null ? tree.parent[use] === 0 : this.value(use, inside);
    }
    this.#known.set(key, stays);
    return stays;
  }

  /** The frame that a use within `home`'s function, or a literal inside, runs in; null if a literal on the way leaves. */
  #frameAt(use: NodeIndex, home: Frame): Frame | null {
    const { pass } = this.#world;
    const chain: NodeIndex[] = [];
    for (let func = pass.functionAround(use); func !== home.func; func = pass.functionAround(func)) {
      if (func === 0) return null;
      chain.push(func);
    }
    let frame = home;
    for (const literal of chain.reverse()) {
      if (!this.#literal(literal, frame)) return null;
      frame = this.#insideOf(literal, frame);
    }
    return frame;
  }

  /** Parameters of the literal are unbound, which does not matter to a captured variable's use. */
  #insideOf(literal: NodeIndex, outer: Frame): Frame {
    const key = `${outer.index}.${literal}`;
    let frame = this.#inside.get(key);
    if (frame === undefined) {
      const fresh = { variables: new Map(), made: new Map(), entered: new Map() };
      const depth = outer.depth + 1;
      frame = { ...outer, ...fresh, index: -literal, func: literal, outer, caller: outer, spawned: true, depth };
      this.#inside.set(key, frame);
    }
    return frame;
  }

  /** Whether a function literal is only called, started, deferred or handed to something that does just that. */
  #literal(literal: NodeIndex, frame: Frame): boolean {
    const key = `${frame.index}.f${literal}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    this.#known.set(key, true);
    const stays = this.value(literal, frame);
    this.#known.set(key, stays);
    return stays;
  }

  #value(node: NodeIndex, frame: Frame): boolean {
    const { tree } = this.#world.pass;
    const parent = tree.parent[node] ?? 0;
    switch (tree.kind[parent]) {
      case Kind.ParenExpr:
      case Kind.StarExpr:
        return this.value(parent, frame);
      case Kind.UnaryExpr:
        return tree.op[parent] === Token.And ? this.value(parent, frame) : tree.op[parent] === Token.Arrow;
      case Kind.SendStmt:
        return tree.a[parent] === node;
      case Kind.RangeStmt:
        return tree.c[parent] === node;
      case Kind.BinaryExpr:
        return tree.op[parent] === Token.Eql || tree.op[parent] === Token.Neq;
      case Kind.ExprStmt:
      case Kind.CaseClause:
        return true;
      case Kind.CallExpr:
        return this.#call(node, parent, frame);
      case Kind.SelectorExpr:
        return tree.a[parent] === node && this.#selector(parent, frame);
      case Kind.AssignStmt:
        return this.#assigned(node, parent, frame);
      case Kind.ValueSpec:
        return this.#listed(node, tree.c[parent] ?? 0, tree.a[parent] ?? 0, frame);
      case Kind.KeyValueExpr: {
        const literal = tree.parent[parent] ?? 0;
        return tree.b[parent] === node && this.#isStruct(literal) && this.value(literal, frame);
      }
      case Kind.CompositeLit:
        return false;
      case Kind.ReturnStmt:
        return this.#returned(node, parent, frame);
      default:
        return false;
    }
  }

  #isStruct(literal: NodeIndex): boolean {
    const { typing } = this.#world.pass;
    return typing.types.kind(typing.types.underlying(typing.typeOf(literal))) === TypeKind.Struct;
  }

  #assigned(node: NodeIndex, statement: NodeIndex, frame: Frame): boolean {
    const { tree } = this.#world.pass;
    for (let left = tree.a[statement] ?? 0; left !== 0; left = tree.next[left] ?? 0) if (left === node) return false;
    return this.#listed(node, tree.b[statement] ?? 0, tree.a[statement] ?? 0, frame);
  }

  /** `node` is in the list `values`; it goes to the variable at the same place of `names`. */
  #listed(node: NodeIndex, values: NodeIndex, names: NodeIndex, frame: Frame): boolean {
    const { tree, bindings } = this.#world.pass;
    let name = names;
    for (let value = values; value !== 0 && value !== node; value = tree.next[value] ?? 0) name = tree.next[name] ?? 0;
    if (tree.kind[name] !== Kind.Ident) return false;
    const object = bindings.objectOf[name] ?? 0;
    return object === 0 ? true : this.variable(object, frame);
  }

  #returned(node: NodeIndex, statement: NodeIndex, frame: Frame): boolean {
    const { tree } = this.#world.pass;
    if (frame.spawned) return frame.index >= 0;
    if (frame.caller === null || frame.call === 0) return false;
    let position = 0;
    for (let at = tree.a[statement] ?? 0; at !== 0 && at !== node; at = tree.next[at] ?? 0) position++;
    return this.#result(frame.call, position, frame.caller);
  }

  /** Where result `position` of a call goes. */
  #result(call: NodeIndex, position: number, frame: Frame): boolean {
    const { tree, bindings } = this.#world.pass;
    const parent = tree.parent[call] ?? 0;
    const names =
      tree.kind[parent] === Kind.AssignStmt
        ? tree.a[parent]
        : tree.kind[parent] === Kind.ValueSpec
          ? tree.a[parent]
          : 0;
    if (names === undefined || names === 0 || tree.next[names] === 0) return position === 0 && this.value(call, frame);
    let name = names;
    for (let at = 0; at < position; at++) name = tree.next[name] ?? 0;
    if (tree.kind[name] !== Kind.Ident) return false;
    const object = bindings.objectOf[name] ?? 0;
    return object === 0 || this.variable(object, frame);
  }

  #selector(selector: NodeIndex, frame: Frame): boolean {
    const { tree, typing } = this.#world.pass;
    const selection = typing.selection(selector);
    if (selection === null) return false;
    const { types } = typing;
    if (selection.kind === 'field') {
      const type = types.underlying(selection.type);
      const kind = types.kind(type);
      if (kind === TypeKind.Unknown) return false;
      const holds = kind === TypeKind.Channel || kind === TypeKind.Struct || kind === TypeKind.Pointer;
      if (!holds) return true;
      // An embedded or inner struct of another package (a mutex, a buffer) cannot lead to our channel.
      const base = kind === TypeKind.Pointer ? types.element(type) : selection.type;
      if (kind !== TypeKind.Channel && this.#isForeign(base)) return true;
      return this.value(selector, frame);
    }
    const key = `${selection.path}.${selection.receiver}`;
    if (key === 'sync.WaitGroup' || key === 'golang.org/x/sync/errgroup.Group') return true;
    if (selection.path !== this.#world.pass.pkg.importPath) {
      return /^(sync|sync\/atomic)$/.test(selection.path);
    }
    const parent = tree.parent[selector] ?? 0;
    if (tree.kind[parent] !== Kind.CallExpr || unparen(tree, tree.a[parent] ?? 0) !== selector) return false;
    const decl = selection.decl;
    if (decl === 0 || tree.kind[decl] !== Kind.FuncDecl) return false;
    const callee = this.#world.enter(parent, frame, this.#isSpawned(parent));
    if (callee === null) return this.#recursive(decl, frame);
    if (callee.foreign !== null) return false;
    const field = tree.a[tree.a[decl] ?? 0] ?? 0;
    const name = tree.a[field] ?? 0;
    return name === 0 || this.variable(this.#world.pass.bindings.objectOf[name] ?? 0, callee);
  }

  #isForeign(type: number): boolean {
    const named = this.#world.pass.typing.types.named(type);
    return named !== null && named[0] !== this.#world.pass.pkg.importPath;
  }

  /** A recursive call adds no use that the first one does not have. */
  #recursive(decl: NodeIndex, frame: Frame): boolean {
    for (let at: Frame | null = frame; at !== null; at = at.caller) if (at.func === decl) return true;
    return false;
  }

  #isSpawned(call: NodeIndex): boolean {
    const { tree } = this.#world.pass;
    return tree.kind[tree.parent[call] ?? 0] === Kind.GoStmt;
  }

  #call(node: NodeIndex, call: NodeIndex, frame: Frame): boolean {
    const world = this.#world;
    const { tree, typing } = world.pass;
    if (tree.a[call] === node) return true;
    const builtin = typing.builtin(call);
    if (builtin !== '') return builtin === 'close' || builtin === 'len' || builtin === 'cap' || builtin === 'print';
    if (typing.isType(tree.a[call] ?? 0)) return this.value(call, frame);
    let position = 0;
    for (let arg = tree.b[call] ?? 0; arg !== 0 && arg !== node; arg = tree.next[arg] ?? 0) position++;
    const spawn = spawnOf(world.pass, call);
    if (spawn !== null && spawn.fun === node) return true;
    const callee = world.enter(call, frame, this.#isSpawned(call));
    if (callee === null) {
      const known = typing.callee(call);
      if (known === null) return false;
      return HARMLESS.has(known.key) || (known.decl !== 0 && this.#recursive(known.decl, frame));
    }
    if (callee.foreign !== null) return true;
    const parameters = world.parameters(callee.func);
    const object = parameters[position];
    return object !== undefined && this.variable(object, callee);
  }
}
