/**
 * What the search knows of conditions and counts. Counts that the source leaves open (`len(items)`, `workers`) are all one
 * and the same small number, the scale: loops over them then run equally often, which errs on the side of silence.
 * Conditions that cannot be worked out but are asked again later get the same answer until a variable in them changes.
 */
import { ObjectFlag, type ObjectIndex, ObjectKind } from '../../golang/bindings.ts';
import { Kind } from '../../golang/nodes.ts';
import { unparen } from '../../golang/syntax.ts';
import { Token } from '../../golang/tokens.ts';
import type { NodeIndex, Tree } from '../../golang/tree.ts';
import { TypeKind } from '../../golang/typing.ts';
import type { Pass } from '../rule.ts';
import { receivesIn } from './code.ts';
import { ConditionKeys } from './condition-keys.ts';
import { CounterVariables } from './counters.ts';
import { isGuard } from './guards.ts';
import { ResultErrors } from './result-errors.ts';
import { operandsFirst } from './syntax.ts';
import type { Frame, World } from './values.ts';

/** Values of counters (integers, and booleans as 0 and 1) of one activation. */
export type Counters = ReadonlyMap<ObjectIndex, number>;

const NONE: Counters = new Map();

/** Counters beyond are unknown, which bounds the search. */
const MAX_COUNT = 9;

export class Conditions {
  readonly #pass: Pass;
  readonly #world: World;
  readonly keys: ConditionKeys;
  readonly variables: CounterVariables;
  readonly results: ResultErrors;
  /** What an open count is. */
  scale = 2;

  constructor(world: World) {
    this.#world = world;
    this.#pass = world.pass;
    this.keys = new ConditionKeys(world.pass, world.root.func);
    this.variables = new CounterVariables(world.pass);
    this.results = new ResultErrors(world.pass);
  }

  /** Whether a statement assigns a counter or a variable that a repeated condition is about. */
  matters(statement: NodeIndex): boolean {
    return this.#targets(statement).some(
      (object) => this.variables.isCounter(object) || this.keys.mentions(object) || this.results.isError(object),
    );
  }

  /** Whether a value that the statement assigns is asked for where something happens: `holds` tells of a statement. */
  concerns(statement: NodeIndex, holds: (statement: NodeIndex) => boolean): boolean {
    const { bindings } = this.#pass;
    return this.#targets(statement).some((object) => {
      if (this.keys.mentions(object) || this.results.isError(object)) return true;
      if (!this.variables.isCounter(object)) return false;
      if (this.variables.isSwitch(object)) return true;
      for (let at = bindings.useStart[object] ?? 0; at < (bindings.useStart[object + 1] ?? 0); at++) {
        const asker = this.variables.askerOf(bindings.uses[at] ?? 0);
        if (asker !== 0 && (this.#pass.tree.kind[asker] === Kind.CallExpr || holds(asker))) return true;
      }
      return false;
    });
  }

  /** Whether anything can be known of a condition in a frame at some time. */
  decides(condition: NodeIndex, frame: Frame): boolean {
    const { tree, bindings } = this.#pass;
    if (this.keys.of(condition) !== null || this.holds(condition, frame, NONE) !== null) return true;
    let counts = false;
    operandsFirst(tree, condition, (node) => {
      const object = tree.kind[node] === Kind.Ident ? (bindings.objectOf[node] ?? 0) : 0;
      counts ||= object !== 0 && (this.variables.isCounter(object) || this.results.isError(object));
    });
    return counts || (this.#isLoop(condition) && receivesIn(this.#pass, loopOf(tree, condition)));
  }

  #targets(statement: NodeIndex): ObjectIndex[] {
    const { tree, bindings } = this.#pass;
    const objects: ObjectIndex[] = [];
    const single = tree.kind[statement] === Kind.IncDecStmt;
    for (let left = tree.a[statement] ?? 0; left !== 0; left = single ? 0 : (tree.next[left] ?? 0)) {
      const object = bindings.objectOf[left] ?? 0;
      if (object !== 0) objects.push(object);
    }
    return objects;
  }

  /** Whether the condition holds; null where both may be. */
  holds(condition: NodeIndex, frame: Frame, counters: Counters): boolean | null {
    const { tree, bindings } = this.#pass;
    const node = unparen(tree, condition);
    if (tree.kind[node] === Kind.Ident) {
      const object = bindings.objectOf[node] ?? 0;
      const value = counters.get(object);
      return value === undefined ? null : value !== 0;
    }
    // `if w.stopped { return }; w.stopped = true`: what was made here has not been through it before.
    if (tree.kind[node] === Kind.SelectorExpr) {
      const isFresh = this.#world.value(tree.a[node] ?? 0, frame)?.kind === 'struct';
      return isFresh && isGuard(this.#pass, node) ? false : null;
    }
    if (tree.kind[node] !== Kind.BinaryExpr) return null;
    const op = tree.op[node] ?? 0;
    const left = tree.a[node] ?? 0;
    const right = tree.b[node] ?? 0;
    const isNil = this.#isNil(right, left, frame, counters);
    if (isNil !== null) return op === Token.Eql ? isNil : op === Token.Neq ? !isNil : null;
    const same = this.#isSame(left, right, frame);
    if (same !== null && (op === Token.Eql || op === Token.Neq)) return same === (op === Token.Eql);
    // How often a loop runs is a question of scale; what else a number decides, is open.
    const isLoop = this.#isLoop(node);
    if (!isLoop && (this.#isOpenNumber(left, frame, counters) || this.#isOpenNumber(right, frame, counters)))
      return null;
    const [x, y] = [this.count(left, frame, counters), this.count(right, frame, counters)];
    if (x === null || y === null) return null;
    // An open count is not equal to any constant in particular, but for none.
    const sure = isLoop || !this.#isConstantAgainstOpen(left, right, counters);
    switch (op) {
      case Token.Lss:
        return sure || x === 1 || y === 1 ? x < y : null;
      case Token.Leq:
        return sure ? x <= y : null;
      case Token.Gtr:
        return sure ? x > y : null;
      case Token.Geq:
        return sure || x === 1 || y === 1 ? x >= y : null;
      case Token.Eql:
        return sure ? x === y : null;
      case Token.Neq:
        return sure ? x !== y : null;
      default:
        return null;
    }
  }

  /** Of two constants, as parameters have them that are bound to some. */
  #isSame(left: NodeIndex, right: NodeIndex, frame: Frame): boolean | null {
    const x = this.#world.value(left, frame);
    if (x?.kind !== 'constant') return null;
    const y = this.#world.value(right, frame);
    return y?.kind === 'constant' ? x.text === y.text : null;
  }

  #isNil(right: NodeIndex, left: NodeIndex, frame: Frame, counters: Counters): boolean | null {
    const { tree, bindings } = this.#pass;
    const object = bindings.objectOf[unparen(tree, right)] ?? 0;
    if (bindings.kind[object] !== ObjectKind.Nil) return null;
    const error = bindings.objectOf[unparen(tree, left)] ?? 0;
    if (this.results.isError(error)) {
      const known = counters.get(error);
      return known === undefined ? null : known === 0;
    }
    const value = this.#world.value(left, frame);
    if (value === null || value.kind === 'integer' || value.kind === 'constant') return null;
    return value.kind === 'nil' || (value.kind === 'channel' && value.never);
  }

  /** Whether a condition is, or is part of, the condition of a for loop. */
  #isLoop(condition: NodeIndex): boolean {
    const { tree } = this.#pass;
    let at = tree.parent[condition] ?? 0;
    while (tree.kind[at] === Kind.BinaryExpr || tree.kind[at] === Kind.ParenExpr) at = tree.parent[at] ?? 0;
    return tree.kind[at] === Kind.ForStmt;
  }

  /** A number that is no constant, no counter and no length. */
  #isOpenNumber(expression: NodeIndex, frame: Frame, counters: Counters): boolean {
    const { tree, bindings, typing } = this.#pass;
    const node = unparen(tree, expression);
    if (typing.integer(node) !== null) return false;
    if (tree.kind[node] === Kind.SelectorExpr) return true;
    if (tree.kind[node] !== Kind.Ident) return tree.kind[node] === Kind.CallExpr && typing.builtin(node) === '';
    const object = bindings.objectOf[node] ?? 0;
    return !counters.has(object) && this.#world.variable(object, frame)?.kind !== 'integer';
  }

  /** Whether one side is a constant other than 0 and the other comes from the scale; counters go with both. */
  #isConstantAgainstOpen(left: NodeIndex, right: NodeIndex, counters: Counters): boolean {
    const { typing } = this.#pass;
    const [x, y] = [typing.integer(left), typing.integer(right)];
    if (x !== null) return x !== 0 && this.#isOpen(right, counters);
    return y !== null && y !== 0 && this.#isOpen(left, counters);
  }

  #isOpen(expression: NodeIndex, counters: Counters): boolean {
    const { tree, bindings } = this.#pass;
    const node = unparen(tree, expression);
    return !(tree.kind[node] === Kind.Ident && counters.has(bindings.objectOf[node] ?? 0));
  }

  /** An integer, with the scale for what is open; null for what is no count. */
  count(expression: NodeIndex, frame: Frame, counters: Counters, nesting = 0): number | null {
    const { tree, bindings, typing } = this.#pass;
    const node = unparen(tree, expression);
    const constant = typing.integer(node);
    if (constant !== null) return constant;
    if (nesting > 8) return null;
    switch (tree.kind[node]) {
      case Kind.Ident: {
        const object = bindings.objectOf[node] ?? 0;
        const value = counters.get(object);
        if (value !== undefined) return value;
        const known = this.#world.variable(object, frame);
        if (known?.kind === 'integer') return known.value;
        return this.#isCounterVariable(object) ? null : this.#open(node);
      }
      case Kind.SelectorExpr:
        return this.#open(node);
      case Kind.CallExpr: {
        const builtin = typing.builtin(node);
        if (builtin !== 'len' && builtin !== 'cap') return builtin === '' ? this.#open(node) : null;
        const argument = tree.b[node] ?? 0;
        const type = typing.types.underlying(typing.typeOf(argument));
        if (typing.types.kind(type) !== TypeKind.Channel) return this.scale;
        const channel = builtin === 'cap' ? this.#world.value(argument, frame) : null;
        if (channel?.kind !== 'channel' || channel.never) return null;
        return channel.capacity === 0 ? 0 : this.count(channel.capacity, channel.frame, counters, nesting + 1);
      }
      case Kind.BinaryExpr: {
        const x = this.count(tree.a[node] ?? 0, frame, counters, nesting + 1);
        const y = this.count(tree.b[node] ?? 0, frame, counters, nesting + 1);
        if (x === null || y === null) return null;
        switch (tree.op[node]) {
          case Token.Add:
            return x + y;
          case Token.Sub:
            return x - y;
          case Token.Mul:
            return x * y;
          default:
            return null;
        }
      }
      default:
        return null;
    }
  }

  /** A counter that is assigned after its declaration, and whose value was lost: it may be anything. */
  #isCounterVariable(object: ObjectIndex): boolean {
    return ((this.#pass.bindings.flags[object] ?? 0) & ObjectFlag.Reassigned) !== 0;
  }

  #open(node: NodeIndex): number | null {
    const { types } = this.#pass.typing;
    const basic = types.basic(types.underlying(this.#pass.typing.typeOf(node)));
    return /^u?int(8|16|32|64)?$/.test(basic) ? this.scale : null;
  }

  /** Counters after an assignment. */
  assign(statement: NodeIndex, frame: Frame, counters: Counters): Counters {
    const { tree, bindings } = this.#pass;
    const kind = tree.kind[statement];
    const after = new Map(counters);
    if (kind === Kind.IncDecStmt) {
      const object = bindings.objectOf[tree.a[statement] ?? 0] ?? 0;
      if (this.variables.isCounter(object)) {
        const before = counters.get(object);
        this.#put(after, object, before === undefined ? null : before + (tree.op[statement] === Token.Inc ? 1 : -1));
      }
      return after;
    }
    const op = tree.op[statement];
    let value = (kind === Kind.ValueSpec ? tree.c[statement] : tree.b[statement]) ?? 0;
    const single = value !== 0 && tree.next[value] === 0 && (tree.next[tree.a[statement] ?? 0] ?? 0) !== 0;
    for (let left = tree.a[statement] ?? 0; left !== 0; left = tree.next[left] ?? 0) {
      const object = bindings.objectOf[left] ?? 0;
      // A call that is followed has said itself, when it returned, what came of it.
      if (this.results.isError(object) && !this.results.isFollowed(value)) after.delete(object);
      // The receive itself has said whether there was a value (meet.ts).
      const isTold = single && left !== tree.a[statement] && isReceive(tree, value);
      if (object !== 0 && !isTold && this.variables.isCounter(object)) {
        const now = value === 0 ? 0 : single ? null : this.#amount(value, object, frame, counters);
        const before = counters.get(object);
        if (kind === Kind.ValueSpec || op === Token.Assign || op === Token.Define) this.#put(after, object, now);
        else if (before === undefined || now === null) this.#put(after, object, null);
        else if (op === Token.AddAssign) this.#put(after, object, before + now);
        else if (op === Token.SubAssign) this.#put(after, object, before - now);
        else this.#put(after, object, null);
      }
      if (!single && value !== 0) value = tree.next[value] ?? 0;
    }
    return after;
  }

  #amount(value: NodeIndex, object: ObjectIndex, frame: Frame, counters: Counters): number | null {
    const { tree, bindings } = this.#pass;
    const node = unparen(tree, value);
    if (this.variables.isSwitch(object)) return bindings.kind[bindings.objectOf[node] ?? 0] === ObjectKind.Nil ? 0 : 1;
    if (tree.kind[node] === Kind.Ident) {
      const constant = bindings.objectOf[node] ?? 0;
      if (bindings.kind[constant] === ObjectKind.Constant && bindings.ident[constant] === 0) {
        const text = tree.names.text(tree.data[node] ?? 0);
        if (text === 'true') return 1;
        if (text === 'false') return 0;
      }
    }
    return this.count(node, frame, counters);
  }

  #put(counters: Map<ObjectIndex, number>, object: ObjectIndex, value: number | null): void {
    if (value === null || value < -1 || value > MAX_COUNT) counters.delete(object);
    else counters.set(object, value);
  }

  /** Whether a key is about one of the variables that the statement assigns. */
  forgets(statement: NodeIndex): (key: string) => boolean {
    const objects = this.#targets(statement);
    return (key) => objects.some((object) => key.includes(`|${object}|`));
  }

  /** Whether a loop runs over a number that cannot be worked out, as `for range len(all) - i`, here or by the caller. */
  isGuess(range: NodeIndex, frame: Frame, counters: Counters): boolean {
    const { tree, bindings, typing } = this.#pass;
    const x = unparen(tree, tree.c[range] ?? 0);
    if (typing.types.kind(typing.types.underlying(typing.typeOf(x))) !== TypeKind.Basic) return false;
    if (this.#isComputed(bindings.objectOf[x] ?? 0, frame)) return true;
    return this.count(x, frame, counters) === null;
  }

  /** A parameter to which the caller passes the result of a calculation. */
  #isComputed(object: ObjectIndex, frame: Frame): boolean {
    const { tree, bindings } = this.#pass;
    if (((bindings.flags[object] ?? 0) & ObjectFlag.Parameter) === 0) return false;
    let home: Frame | null = frame;
    while (home !== null && home.func !== bindings.func[object]) home = home.outer;
    if (home === null || home.call === 0) return false;
    const at = this.#world.parameters(home.func).indexOf(object);
    let argument = at < 0 ? 0 : (tree.b[home.call] ?? 0);
    for (let skip = at; skip > 0; skip--) argument = tree.next[argument] ?? 0;
    return tree.kind[unparen(tree, argument)] === Kind.BinaryExpr;
  }

  /** How often a range loop over something else than a channel runs. */
  rounds(range: NodeIndex, frame: Frame, counters: Counters): number {
    const { tree, typing } = this.#pass;
    const x = unparen(tree, tree.c[range] ?? 0);
    if (tree.kind[x] === Kind.CompositeLit) {
      let elements = 0;
      for (let at = tree.b[x] ?? 0; at !== 0; at = tree.next[at] ?? 0) elements++;
      return Math.min(elements, 4);
    }
    const kind = typing.types.kind(typing.types.underlying(typing.typeOf(x)));
    if (kind === TypeKind.Basic) return this.count(x, frame, counters) ?? this.scale;
    return this.scale;
  }
}

/** The for loop that a condition belongs to. */
function loopOf(tree: Tree, condition: NodeIndex): NodeIndex {
  let at = tree.parent[condition] ?? 0;
  while (tree.kind[at] === Kind.BinaryExpr || tree.kind[at] === Kind.ParenExpr) at = tree.parent[at] ?? 0;
  return at;
}

function isReceive(tree: Tree, value: NodeIndex): boolean {
  const node = unparen(tree, value);
  return tree.kind[node] === Kind.UnaryExpr && tree.op[node] === Token.Arrow;
}
