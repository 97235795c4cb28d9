/**
 * What an expression denotes, as far as channels are concerned, in one activation of a function.
 *
 * A frame is a function as it is called from one place: parameters are bound to what the caller passes, captured variables
 * are looked up in the frame of the function around. Only variables that are assigned once are followed; everything else
 * is null, "unknown", and operations on it count as ones that always go on. Two executions of one call share a frame.
 */
import { ObjectFlag, type ObjectIndex, ObjectKind } from '../../golang/bindings.ts';
import type { Flow } from '../../golang/flow.ts';
import { Kind } from '../../golang/nodes.ts';
import { unparen } from '../../golang/syntax.ts';
import { Token } from '../../golang/tokens.ts';
import { type NodeIndex, nameOf, textOf } from '../../golang/tree.ts';
import { TypeKind } from '../../golang/typing.ts';
import type { Pass } from '../rule.ts';
import { type Foreign, foreignFlow, isFollowable, wordsOf } from './foreign.ts';
import { mayHandOut } from './makers.ts';
import { assignedFields } from './syntax.ts';

/** One make site in one frame. */
export interface Channel {
  readonly kind: 'channel';
  /** Index in `World.channels`. */
  readonly index: number;
  /** The make call, or what declares a channel that is never made. */
  readonly node: NodeIndex;
  readonly frame: Frame;
  /** Expression; 0 is none, so no room. */
  readonly capacity: NodeIndex;
  /** Declared and never made: operations wait for ever. */
  readonly never: boolean;
}

/** A struct value or what a pointer to it points to. */
interface Struct {
  readonly kind: 'struct';
  readonly node: NodeIndex;
  readonly frame: Frame;
  readonly fields: Map<number, Value | null>;
}

/** A sync.WaitGroup or an errgroup.Group. */
export interface Group {
  readonly kind: 'group';
  readonly index: number;
  readonly node: NodeIndex;
  readonly frame: Frame;
}

export interface Closure {
  readonly kind: 'closure';
  /** FuncLit, or FuncDecl for a function or method value. */
  readonly func: NodeIndex;
  /** Where the literal is evaluated; null for declared functions. */
  readonly frame: Frame | null;
  /** Of a method value. */
  readonly receiver: Value | null;
}

export type Value =
  | Channel
  | Struct
  | Group
  | Closure
  | { readonly kind: 'nil' }
  | { readonly kind: 'not nil' }
  | { readonly kind: 'integer'; readonly value: number }
  /** Some other constant, by its text: two of different text are taken to differ. */
  | { readonly kind: 'constant'; readonly text: string };

export interface Frame {
  readonly index: number;
  readonly func: NodeIndex;
  readonly flow: Flow;
  /** The frame of the function around a literal. */
  readonly outer: Frame | null;
  readonly caller: Frame | null;
  /** The CallExpr in the caller; 0 for a root. */
  readonly call: NodeIndex;
  /** It stands for a function of another package; `func` is 0. */
  readonly foreign: Foreign | null;
  /** Started by a go statement (or the like): its results go nowhere. */
  readonly spawned: boolean;
  readonly depth: number;
  readonly variables: Map<ObjectIndex, Value | null>;
  readonly made: Map<NodeIndex, Value>;
  readonly entered: Map<NodeIndex, Frame | null>;
}

/** Calls are followed this deep; tied to what the bounded search can pay for. */
const MAX_DEPTH = 6;
const MAX_FRAMES = 200;

const NIL: Value = { kind: 'nil' };
const NOT_NIL: Value = { kind: 'not nil' };
const GROUPS = new Set(['sync.WaitGroup', 'golang.org/x/sync/errgroup.Group']);

export class World {
  readonly pass: Pass;
  readonly root: Frame;
  readonly channels: Channel[] = [];
  readonly groups: Group[] = [];
  #frames = 0;
  #nesting = 0;

  constructor(pass: Pass, root: NodeIndex) {
    this.pass = pass;
    this.root = this.#frame(root, null, null, 0, false);
  }

  #frame(
    func: NodeIndex,
    outer: Frame | null,
    caller: Frame | null,
    call: NodeIndex,
    spawned: boolean,
    foreign: Foreign | null = null,
  ): Frame {
    return {
      index: this.#frames++,
      func,
      flow: foreign === null ? this.pass.flowOf(func) : foreignFlow(foreign.word),
      outer,
      caller,
      call,
      foreign,
      spawned,
      depth: caller === null ? 0 : caller.depth + 1,
      variables: new Map(),
      made: new Map(),
      entered: new Map(),
    };
  }

  /** The frame of what `call` calls; null if it cannot be followed. `fun` and `args` differ from the call's own for wg.Go(f). */
  enter(
    call: NodeIndex,
    frame: Frame,
    spawned: boolean,
    fun = this.pass.tree.a[call] ?? 0,
    indirect = false,
  ): Frame | null {
    const known = frame.entered.get(call);
    if (known !== undefined) return known;
    frame.entered.set(call, null);
    if (frame.depth >= MAX_DEPTH || this.#frames >= MAX_FRAMES) return null;
    const closure = this.closure(fun, frame, indirect ? 0 : call);
    if (closure === null && !indirect) return this.#enterForeign(call, frame, spawned);
    if (closure === null || !this.#hasBody(closure.func)) return null;
    for (let at: Frame | null = frame; at !== null; at = at.caller) if (at.func === closure.func) return null;
    const callee = this.#frame(closure.func, closure.frame, frame, call, spawned);
    this.#bind(closure, callee, call, frame, indirect);
    frame.entered.set(call, callee);
    return callee;
  }

  /** A call into another package that does something with one channel of ours, of which facts tell. */
  #enterForeign(call: NodeIndex, frame: Frame, spawned: boolean): Frame | null {
    const { tree } = this.pass;
    const words = wordsOf(this.pass, call);
    if (words === null) return null;
    let foreign: Foreign | null = null;
    let arg = tree.b[call] ?? 0;
    for (const word of words) {
      const value = word === '' || arg === 0 ? null : this.value(arg, frame);
      if (value?.kind === 'channel') {
        if (!isFollowable(word)) return null;
        // In which order it uses two of them is not told.
        if (foreign !== null && foreign.word !== 'none' && word !== 'none') return null;
        if (foreign === null || foreign.word === 'none') foreign = { channel: value, word };
      }
      arg = tree.next[arg] ?? 0;
    }
    if (foreign === null) return null;
    const callee = this.#frame(0, null, frame, call, spawned, foreign);
    frame.entered.set(call, callee);
    return callee;
  }

  #hasBody(func: NodeIndex): boolean {
    const { tree } = this.pass;
    return (tree.kind[func] === Kind.FuncDecl ? tree.d[func] : tree.b[func]) !== 0;
  }

  /** What is called: a literal, a variable that holds one, a function or method of this package. */
  closure(fun: NodeIndex, frame: Frame, call: NodeIndex): Closure | null {
    const { tree, typing } = this.pass;
    const node = unparen(tree, fun);
    const value = this.value(node, frame);
    if (value?.kind === 'closure') return value;
    if (call === 0) return null;
    const callee = typing.callee(call);
    if (callee === null || callee.dynamic || callee.decl === 0) return null;
    if (tree.kind[callee.decl] !== Kind.FuncDecl) return null;
    const receiver =
      callee.receiver !== '' && tree.kind[node] === Kind.SelectorExpr ? this.value(tree.a[node] ?? 0, frame) : null;
    return { kind: 'closure', func: callee.decl, frame: null, receiver };
  }

  #bind(closure: Closure, callee: Frame, call: NodeIndex, caller: Frame, indirect: boolean): void {
    const { tree, bindings } = this.pass;
    const isDecl = tree.kind[closure.func] === Kind.FuncDecl;
    if (isDecl && closure.receiver !== null) {
      const field = tree.a[tree.a[closure.func] ?? 0] ?? 0;
      this.#set(callee, bindings.objectOf[tree.a[field] ?? 0] ?? 0, closure.receiver);
    }
    if (indirect) return;
    let arg = tree.b[call] ?? 0;
    for (const object of this.parameters(closure.func)) {
      if (arg === 0) break;
      this.#set(callee, object, this.value(arg, caller));
      arg = tree.next[arg] ?? 0;
    }
  }

  #set(frame: Frame, object: ObjectIndex, value: Value | null): void {
    const { bindings } = this.pass;
    if (object === 0) return;
    const fixed = ((bindings.flags[object] ?? 0) & ObjectFlag.Reassigned) === 0;
    frame.variables.set(object, fixed ? value : null);
  }

  /** Objects of the parameters in order; 0 for unnamed ones. Stops before a variadic one. */
  parameters(func: NodeIndex): ObjectIndex[] {
    const { tree, bindings } = this.pass;
    const type = (tree.kind[func] === Kind.FuncDecl ? tree.c[func] : tree.a[func]) ?? 0;
    const objects: ObjectIndex[] = [];
    for (let field = tree.a[tree.b[type] ?? 0] ?? 0; field !== 0; field = tree.next[field] ?? 0) {
      if (tree.kind[tree.b[field] ?? 0] === Kind.Ellipsis) break;
      const first = tree.a[field] ?? 0;
      if (first === 0) objects.push(0);
      for (let name = first; name !== 0; name = tree.next[name] ?? 0) objects.push(bindings.objectOf[name] ?? 0);
    }
    return objects;
  }

  /** What the expression denotes; null is unknown. */
  value(expression: NodeIndex, frame: Frame): Value | null {
    if (this.#nesting > 40) return null;
    this.#nesting++;
    const value = this.#value(unparen(this.pass.tree, expression), frame);
    this.#nesting--;
    return value;
  }

  #value(node: NodeIndex, frame: Frame): Value | null {
    const { tree } = this.pass;
    switch (tree.kind[node]) {
      case Kind.Ident:
        return this.variable(this.pass.bindings.objectOf[node] ?? 0, frame);
      case Kind.FuncLit:
        return { kind: 'closure', func: node, frame, receiver: null };
      case Kind.StarExpr:
        return this.value(tree.a[node] ?? 0, frame);
      case Kind.UnaryExpr:
        return tree.op[node] === Token.And ? this.value(tree.a[node] ?? 0, frame) : null;
      case Kind.CompositeLit:
        return this.#composite(node, frame);
      case Kind.SelectorExpr:
        return this.#selector(node, frame);
      case Kind.CallExpr:
        return this.#callValue(node, frame);
      case Kind.BasicLit:
        return this.#constant(node);
      default:
        return null;
    }
  }

  /** What a variable of the frame's function, or of one around it, holds all its life. */
  variable(object: ObjectIndex, frame: Frame): Value | null {
    const { bindings, tree } = this.pass;
    if (object === 0) return null;
    const kind = bindings.kind[object];
    if (kind === ObjectKind.Nil) return NIL;
    if (kind === ObjectKind.Constant) return { kind: 'constant', text: tree.names.text(bindings.name[object] ?? 0) };
    if (kind === ObjectKind.Function) {
      const decl = bindings.decl[object] ?? 0;
      return tree.kind[decl] === Kind.FuncDecl ? { kind: 'closure', func: decl, frame: null, receiver: null } : null;
    }
    if (kind !== ObjectKind.Variable) return null;
    const owner = bindings.func[object] ?? 0;
    if (owner === 0) return null;
    let home: Frame | null = frame;
    while (home !== null && home.func !== owner) home = home.outer;
    if (home === null) return null;
    const known = home.variables.get(object);
    if (known !== undefined) return known;
    home.variables.set(object, null);
    const value = this.#declared(object, home);
    home.variables.set(object, value);
    return value;
  }

  #declared(object: ObjectIndex, frame: Frame): Value | null {
    const { tree, bindings } = this.pass;
    const flags = bindings.flags[object] ?? 0;
    if (flags & (ObjectFlag.Parameter | ObjectFlag.Result | ObjectFlag.Receiver | ObjectFlag.Implicit)) return null;
    const decl = bindings.decl[object] ?? 0;
    const ident = bindings.ident[object] ?? 0;
    const group = this.#groupVariable(object, decl, frame);
    if (group !== null) return group;
    if (flags & ObjectFlag.Reassigned) return null;
    const isSpec = tree.kind[decl] === Kind.ValueSpec;
    if (!isSpec && tree.kind[decl] !== Kind.AssignStmt) return null;
    let position = 0;
    for (let name = tree.a[decl] ?? 0; name !== 0 && name !== ident; name = tree.next[name] ?? 0) position++;
    const values = (isSpec ? tree.c[decl] : tree.b[decl]) ?? 0;
    if (values === 0) return this.#zero(ident, frame);
    const one = tree.next[values] === 0;
    const several = tree.next[tree.a[decl] ?? 0] !== 0;
    if (one && several) return this.#result(unparen(tree, values), position, frame);
    let value = values;
    for (let at = 0; at < position; at++) value = tree.next[value] ?? 0;
    return value === 0 ? null : this.value(value, frame);
  }

  #groupVariable(object: ObjectIndex, decl: NodeIndex, frame: Frame): Value | null {
    const { tree, typing } = this.pass;
    if (tree.kind[decl] !== Kind.ValueSpec && tree.kind[decl] !== Kind.AssignStmt) return null;
    if (tree.kind[decl] === Kind.ValueSpec && tree.c[decl] === 0) {
      return this.#isGroup(typing.objectType(object)) ? this.group(this.pass.bindings.ident[object] ?? 0, frame) : null;
    }
    const name = nameOf(tree, this.pass.bindings.ident[object] ?? 0);
    if (!/^(\w*wg\w*|\w*[gG]roup|\w*eg|g)$/i.test(name)) return null;
    const type = typing.objectType(object);
    const base = typing.types.kind(type) === TypeKind.Pointer ? typing.types.element(type) : type;
    if (!this.#isGroup(base)) return null;
    let value = unparen(tree, (tree.kind[decl] === Kind.ValueSpec ? tree.c[decl] : tree.b[decl]) ?? 0);
    if (tree.kind[value] === Kind.UnaryExpr) value = unparen(tree, tree.a[value] ?? 0);
    const fresh = tree.kind[value] === Kind.CompositeLit || typing.builtin(value) === 'new' || this.#withContext(value);
    return fresh ? this.group(value, frame) : null;
  }

  #withContext(node: NodeIndex): boolean {
    const { tree, typing } = this.pass;
    return tree.kind[node] === Kind.CallExpr && typing.callee(node)?.key === 'golang.org/x/sync/errgroup.WithContext';
  }

  #isGroup(type: number): boolean {
    const named = this.pass.typing.types.named(type);
    return named !== null && GROUPS.has(`${named[0]}.${named[1]}`);
  }

  group(node: NodeIndex, frame: Frame): Group {
    const known = frame.made.get(node);
    if (known?.kind === 'group') return known;
    const group: Group = { kind: 'group', index: this.groups.length, node, frame };
    this.groups.push(group);
    frame.made.set(node, group);
    return group;
  }

  /** A variable without a value: a nil channel, or a struct of zeroes. */
  #zero(ident: NodeIndex, frame: Frame): Value | null {
    const { bindings, typing } = this.pass;
    const type = typing.objectType(bindings.objectOf[ident] ?? 0);
    const kind = typing.types.kind(typing.types.underlying(type));
    if (kind === TypeKind.Channel) return this.channel(ident, frame, 0, true);
    return null;
  }

  channel(node: NodeIndex, frame: Frame, capacity: NodeIndex, never: boolean): Channel {
    const known = frame.made.get(node);
    if (known?.kind === 'channel') return known;
    const channel: Channel = { kind: 'channel', index: this.channels.length, node, frame, capacity, never };
    this.channels.push(channel);
    frame.made.set(node, channel);
    return channel;
  }

  #composite(node: NodeIndex, frame: Frame): Value | null {
    const known = frame.made.get(node);
    if (known !== undefined) return known;
    const { tree } = this.pass;
    const fields = new Map<number, Value | null>();
    const struct: Struct = { kind: 'struct', node, frame, fields };
    frame.made.set(node, struct);
    for (let element = tree.b[node] ?? 0; element !== 0; element = tree.next[element] ?? 0) {
      if (tree.kind[element] !== Kind.KeyValueExpr) {
        fields.clear();
        fields.set(-1, null);
        break;
      }
      const key = tree.a[element] ?? 0;
      if (tree.kind[key] === Kind.Ident) fields.set(tree.data[key] ?? 0, this.value(tree.b[element] ?? 0, frame));
    }
    return struct;
  }

  #constant(node: NodeIndex): Value {
    const value = this.pass.typing.integer(node);
    return value === null ? { kind: 'constant', text: textOf(this.pass.tree, node) } : { kind: 'integer', value };
  }

  #selector(node: NodeIndex, frame: Frame): Value | null {
    const { tree, bindings, typing } = this.pass;
    const left = tree.a[node] ?? 0;
    if (tree.kind[left] === Kind.Ident && bindings.kind[bindings.objectOf[left] ?? 0] === ObjectKind.PackageName) {
      return typing.selection(node)?.object === 'constant' ? this.#constant(node) : null;
    }
    const base = this.value(tree.a[node] ?? 0, frame);
    if (base?.kind !== 'struct') return null;
    const name = tree.data[tree.b[node] ?? 0] ?? 0;
    if (assignedFields(this.pass).has(name)) return null;
    const known = base.fields.get(name);
    if (known !== undefined) return known;
    const selection = typing.selection(node);
    if (selection === null) return null;
    if (selection.kind === 'method') {
      const { decl } = selection;
      return decl === 0 ? null : { kind: 'closure', func: decl, frame: null, receiver: base };
    }
    const type = typing.typeOf(node);
    if (this.#isGroup(type)) {
      // The struct's own group.
      const group: Group = { kind: 'group', index: this.groups.length, node: base.node, frame: base.frame };
      this.groups.push(group);
      base.fields.set(name, group);
      return group;
    }
    return null;
  }

  #callValue(node: NodeIndex, frame: Frame): Value | null {
    const { tree, typing } = this.pass;
    const builtin = typing.builtin(node);
    const arg = tree.b[node] ?? 0;
    if (builtin === 'make') {
      const kind = typing.types.kind(typing.types.underlying(typing.typeOf(arg)));
      const isChannel = tree.kind[arg] === Kind.ChanType || kind === TypeKind.Channel;
      return isChannel ? this.channel(node, frame, tree.next[arg] ?? 0, false) : null;
    }
    // Panics are not followed, so there is nothing to recover.
    if (builtin === 'recover') return NIL;
    if (builtin !== '') return null;
    if (tree.kind[unparen(tree, tree.a[node] ?? 0)] !== Kind.Ident && typing.isType(tree.a[node] ?? 0)) {
      return this.value(arg, frame);
    }
    if (this.#isNewError(node)) return NOT_NIL;
    return this.#result(node, 0, frame);
  }

  #isNewError(call: NodeIndex): boolean {
    const { tree, typing } = this.pass;
    const fun = unparen(tree, tree.a[call] ?? 0);
    if (tree.kind[fun] !== Kind.SelectorExpr) return false;
    const name = nameOf(tree, tree.b[fun] ?? 0);
    if (name !== 'New' && name !== 'Errorf') return false;
    const key = typing.callee(call)?.key;
    return key === 'errors.New' || key === 'fmt.Errorf';
  }

  /** Result `position` of a call into this package, if all its return statements agree on it. */
  #result(call: NodeIndex, position: number, frame: Frame): Value | null {
    const { tree } = this.pass;
    if (tree.kind[call] !== Kind.CallExpr) return null;
    if (!mayHandOut(this.pass, call)) return null;
    const callee = this.enter(call, frame, false);
    if (callee === null || callee.foreign !== null) return null;
    const { flow } = callee;
    let found: Value | null = null;
    let nil = false;
    for (let block = 0; block < flow.blockCount; block++) {
      const exit = flow.exitNode[block] ?? 0;
      if (!flow.reachable[block] || tree.kind[exit] !== Kind.ReturnStmt) continue;
      let result = tree.a[exit] ?? 0;
      for (let at = 0; at < position && result !== 0; at++) result = tree.next[result] ?? 0;
      if (result === 0) return null;
      const value = this.value(result, callee);
      if (value?.kind === 'nil') {
        nil = true;
        continue;
      }
      if (value === null || (found !== null && found !== value)) return null;
      found = value;
    }
    if (found === null) return nil ? NIL : null;
    // nil on the failing way out of a constructor does not matter; of other values it makes an open question.
    return nil && (found.kind === 'not nil' || found.kind === 'integer' || found.kind === 'constant') ? null : found;
  }
}
