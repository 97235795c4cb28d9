/**
 * The code of a frame with each operation resolved to what it does in that frame: which channel, which callee. What does
 * nothing is left out, so that the search sees only what matters.
 */

import type { ObjectIndex } from '../../golang/bindings.ts';
import { type BlockIndex, EdgeKind, ExitKind, type Flow } from '../../golang/flow.ts';
import { leavable } from '../../golang/flow-query.ts';
import { Kind } from '../../golang/nodes.ts';
import { unparen } from '../../golang/syntax.ts';
import { Token } from '../../golang/tokens.ts';
import { type NodeIndex, nameOf } from '../../golang/tree.ts';
import { type Code, codeOf, type Op, OpKind } from './code.ts';
import type { Conditions } from './conditions.ts';
import { foreignProgram } from './foreign.ts';
import { type Jump, quietJumps } from './quiet.ts';
import { spawnOf } from './spawn.ts';
import type { Stays } from './stays.ts';
import { contains } from './syntax.ts';
import type { Channel, Frame, Group, Value, World } from './values.ts';

export type Action =
  | { readonly do: 'make'; readonly node: NodeIndex; readonly channel: Channel }
  | { readonly do: 'send' | 'close'; readonly node: NodeIndex; readonly channel: Channel }
  /** `says` is the variable that tells a value from a closed channel (`v, ok := <-c`), if a condition asks it; else 0. */
  | { readonly do: 'receive'; readonly node: NodeIndex; readonly channel: Channel; readonly says: ObjectIndex }
  | { readonly do: 'call'; readonly node: NodeIndex; readonly frame: Frame }
  | { readonly do: 'start'; readonly node: NodeIndex; readonly frame: Frame; readonly group: Group | null }
  | { readonly do: 'add'; readonly node: NodeIndex; readonly group: Group; readonly amount: NodeIndex }
  | { readonly do: 'done' | 'wait'; readonly node: NodeIndex; readonly group: Group }
  | { readonly do: 'assign'; readonly node: NodeIndex }
  | { readonly do: 'defer'; readonly node: NodeIndex; readonly action: Action };

/** One way on from a select. */
export interface Way {
  readonly to: BlockIndex;
  readonly clause: NodeIndex;
  /** null: a channel that others serve, or default. */
  readonly channel: Channel | null;
  readonly send: boolean;
  readonly isDefault: boolean;
  /** The way is there only while this variable is not nil (conditions.ts, isSwitch); 0: always. */
  readonly unless: ObjectIndex;
  /** As for a receive. */
  readonly says: ObjectIndex;
}

export interface Choice {
  readonly node: NodeIndex;
  readonly ways: readonly Way[];
}

export interface Program {
  readonly frame: Frame;
  readonly flow: Flow;
  /** Per block. */
  readonly actions: readonly (readonly Action[])[];
  readonly selects: ReadonlyMap<BlockIndex, Choice>;
  /** Heads of loops over a channel that is followed. */
  readonly channelRanges: ReadonlyMap<BlockIndex, { readonly node: NodeIndex; readonly channel: Channel }>;
  /** Heads of all other range loops. */
  readonly ranges: ReadonlyMap<BlockIndex, NodeIndex>;
  /** 1: something that matters can still come. */
  readonly busy: Uint8Array;
  /** 1: nothing happens in the block, and its condition, if it has one, cannot be worked out: it is jumped over. */
  readonly quiet: Uint8Array;
  /** Per quiet block: where it leads, once asked for. */
  readonly jumps: Map<BlockIndex, readonly Jump[]>;
  readonly leavable: Uint8Array;
}

/** Literals that capture literals that capture …: beyond, nothing is captured. */
const MAX_NESTING = 30;

export class Programs {
  readonly #world: World;
  readonly #stays: Stays;
  readonly #conditions: Conditions;
  readonly #programs: (Program | undefined)[] = [];
  readonly #tracked: (boolean | undefined)[] = [];
  readonly #trackedGroups: (boolean | undefined)[] = [];
  /** By frame and literal. */
  readonly #capturing = new Map<string, boolean>();
  #nesting = 0;

  constructor(world: World, stays: Stays, conditions: Conditions) {
    this.#world = world;
    this.#stays = stays;
    this.#conditions = conditions;
  }

  of(frame: Frame): Program {
    let program = this.#programs[frame.index];
    if (program === undefined) {
      program =
        frame.foreign === null
          ? this.#resolve(frame, codeOf(this.#world.pass, frame.func))
          : foreignProgram(frame, frame.foreign);
      this.#programs[frame.index] = program;
    }
    return program;
  }

  /** Whether a frame, or one that it calls or starts, does anything with a channel. */
  touches(frame: Frame, channel: Channel, depth = 0): boolean {
    const program = this.of(frame);
    const does = program.actions.flat().some((action) => {
      const what = action.do === 'defer' ? action.action : action;
      if ('channel' in what) return what.channel === channel;
      return (what.do === 'call' || what.do === 'start') && depth < 6 && this.touches(what.frame, channel, depth + 1);
    });
    if (does) return true;
    for (const over of program.channelRanges.values()) if (over.channel === channel) return true;
    return [...program.selects.values()].some((select) => select.ways.some((way) => way.channel === channel));
  }

  /** What all frames do with a channel, deferred actions included, selects left out; also those not come to. */
  actionsOn(channel: Channel): Action[] {
    const found: Action[] = [];
    const seen = new Set<Program>(this.#programs.filter((program) => program !== undefined));
    for (const program of seen) {
      for (const action of program.actions.flat()) {
        const what = action.do === 'defer' ? action.action : action;
        if (what.do === 'call' || what.do === 'start') seen.add(this.of(what.frame));
        else if ('channel' in what && what.channel === channel) found.push(what);
      }
    }
    return found;
  }

  /** The channel that an expression denotes, if all of its uses are in sight. */
  channel(expression: NodeIndex, frame: Frame): Channel | null {
    const value = this.#world.value(expression, frame);
    return value?.kind === 'channel' && this.#isTracked(value) ? value : null;
  }

  #isTracked(channel: Channel): boolean {
    let tracked = this.#tracked[channel.index];
    if (tracked === undefined) {
      const { bindings, tree } = this.#world.pass;
      tracked =
        tree.kind[channel.node] === Kind.Ident
          ? this.#stays.variable(bindings.objectOf[channel.node] ?? 0, channel.frame)
          : this.#stays.value(channel.node, channel.frame);
      this.#tracked[channel.index] = tracked;
    }
    return tracked;
  }

  #isTrackedGroup(group: Group): boolean {
    let tracked = this.#trackedGroups[group.index];
    if (tracked === undefined) {
      const { bindings, tree } = this.#world.pass;
      tracked =
        tree.kind[group.node] === Kind.Ident
          ? this.#stays.variable(bindings.objectOf[group.node] ?? 0, group.frame)
          : this.#stays.value(group.node, group.frame);
      this.#trackedGroups[group.index] = tracked;
    }
    return tracked;
  }

  #resolve(frame: Frame, code: Code): Program {
    const { flow } = code;
    const { tree } = this.#world.pass;
    const all = code.ops.map((ops) => ops.flatMap((op) => this.#action(op, frame) ?? []));
    const selects = new Map<BlockIndex, Choice>();
    for (const [block, select] of code.selects) {
      const ways = select.alternatives.map((one) => ({
        to: one.to,
        clause: one.clause,
        send: one.send,
        channel: one.channel === 0 ? null : this.channel(one.channel, frame),
        isDefault: one.channel === 0,
        unless: this.#switchOf(one.channel),
        says: this.#saysOf(tree.a[one.clause] ?? 0),
      }));
      selects.set(block, { node: select.node, ways });
    }
    const channelRanges = new Map<BlockIndex, { node: NodeIndex; channel: Channel }>();
    const ranges = new Map<BlockIndex, NodeIndex>();
    for (const [block, node] of code.ranges) {
      const channel = this.channel(tree.c[node] ?? 0, frame);
      if (channel === null) ranges.set(block, node);
      else channelRanges.set(block, { node, channel });
    }
    const tells = frame.call !== 0 && this.#conditions.results.isFollowed(frame.call);
    const works = (block: BlockIndex): boolean =>
      channelRanges.has(block) ||
      (selects.get(block)?.ways.some((way) => way.channel !== null || way.unless !== 0) ?? false) ||
      (all[block] ?? []).some((action) => action.do !== 'assign') ||
      (tells && flow.exitKind[block] === ExitKind.Return);
    const places = this.#places(flow, all, selects, channelRanges);
    const holds = (statement: NodeIndex): boolean => places.some((place) => contains(tree, statement, place));
    // Counts of loops in which nothing happens are nobody's business.
    for (const [block, node] of ranges) if (!holds(node)) ranges.delete(block);
    const actions = all.map((list) =>
      list.filter((action) => action.do !== 'assign' || this.#conditions.concerns(action.node, holds)),
    );
    const busy = busyBlocks(flow, works);
    const quiet = new Uint8Array(flow.blockCount);
    for (let block = 0; block < flow.blockCount; block++) {
      const stops =
        !busy[block] ||
        works(block) ||
        (actions[block] ?? []).length > 0 ||
        ranges.has(block) ||
        flow.exitKind[block] !== ExitKind.None ||
        this.#decides(frame, flow, block);
      quiet[block] = stops ? 0 : 1;
    }
    return {
      frame,
      flow,
      actions,
      selects,
      channelRanges,
      ranges,
      busy,
      quiet,
      jumps: new Map(),
      leavable: leavable(flow),
    };
  }

  #switchOf(channel: NodeIndex): ObjectIndex {
    const { bindings, tree } = this.#world.pass;
    const object = bindings.objectOf[unparen(tree, channel)] ?? 0;
    return object !== 0 && this.#conditions.variables.isCounter(object) && this.#conditions.variables.isSwitch(object)
      ? object
      : 0;
  }

  /** Nodes at which something happens. */
  #places(
    flow: Flow,
    actions: readonly (readonly Action[])[],
    selects: ReadonlyMap<BlockIndex, Choice>,
    channelRanges: Program['channelRanges'],
  ): NodeIndex[] {
    const { tree } = this.#world.pass;
    const places = actions.flat().flatMap((action) => (action.do === 'assign' ? [] : action.node));
    for (const { node, ways } of selects.values()) if (ways.some((way) => way.channel !== null)) places.push(node);
    for (const { node } of channelRanges.values()) places.push(node);
    // Ways out decide what comes after them.
    for (let block = 0; block < flow.blockCount; block++) {
      const node = flow.exitNode[block] ?? 0;
      if (tree.kind[node] === Kind.ReturnStmt) places.push(node);
    }
    return places;
  }

  /** Whether the block ends in a condition of which something is known, or may be. */
  #decides(frame: Frame, flow: Flow, block: BlockIndex): boolean {
    const edge = flow.edgeStart[block] ?? 0;
    if (edge === flow.edgeStart[block + 1]) return false;
    const kind = flow.edgeKind[edge];
    if (kind !== EdgeKind.True && kind !== EdgeKind.False) return false;
    return this.#conditions.decides(flow.edgeNode[edge] ?? 0, frame);
  }

  /** Where a quiet block leads. */
  jumps(program: Program, block: BlockIndex): readonly Jump[] {
    let jumps = program.jumps.get(block);
    if (jumps === undefined) {
      jumps = quietJumps(program.flow, block, (at) => !program.quiet[at]);
      program.jumps.set(block, jumps);
    }
    return jumps;
  }

  #action(op: Op, frame: Frame): Action | null {
    const { node } = op;
    switch (op.kind) {
      case OpKind.Send:
      case OpKind.Receive: {
        const channel = this.channel(op.operand, frame);
        if (channel === null) return null;
        if (op.kind === OpKind.Send) return { do: 'send', node, channel };
        return { do: 'receive', node, channel, says: this.#saysOf(this.#world.pass.tree.parent[node] ?? 0) };
      }
      case OpKind.Assign:
        return this.#conditions.matters(node) ? { do: 'assign', node } : null;
      case OpKind.Go:
        return this.#start(node, frame);
      case OpKind.Defer: {
        const action = this.#call(node, frame);
        return action === null ? null : { do: 'defer', node, action };
      }
      default:
        return this.#call(node, frame);
    }
  }

  /** The second variable of `v, ok := <-c`, if its value is kept. */
  #saysOf(statement: NodeIndex): ObjectIndex {
    const { tree, bindings } = this.#world.pass;
    if (tree.kind[statement] !== Kind.AssignStmt) return 0;
    const value = unparen(tree, tree.b[statement] ?? 0);
    if (tree.kind[value] !== Kind.UnaryExpr || tree.op[value] !== Token.Arrow) return 0;
    const object = bindings.objectOf[tree.next[tree.a[statement] ?? 0] ?? 0] ?? 0;
    return object !== 0 && this.#conditions.variables.isCounter(object) ? object : 0;
  }

  #start(call: NodeIndex, frame: Frame): Action | null {
    const { tree } = this.#world.pass;
    const callee = this.#world.enter(call, frame, true);
    if (callee === null || !this.#isGiven(call, tree.a[call] ?? 0, frame)) return null;
    return { do: 'start', node: call, frame: callee, group: null };
  }

  #call(call: NodeIndex, frame: Frame): Action | null {
    const world = this.#world;
    const { tree, typing } = world.pass;
    const builtin = typing.builtin(call);
    if (builtin === 'make') {
      const channel = this.channel(call, frame);
      return channel === null ? null : { do: 'make', node: call, channel };
    }
    if (builtin === 'close') {
      const channel = this.channel(tree.b[call] ?? 0, frame);
      return channel === null ? null : { do: 'close', node: call, channel };
    }
    if (builtin !== '') return null;
    const fun = unparen(tree, tree.a[call] ?? 0);
    const group = this.#groupCall(call, fun, frame);
    if (group !== null) return group;
    const spawn = spawnOf(world.pass, call);
    if (spawn !== null) {
      const callee = world.enter(call, frame, spawn.how !== 'run', spawn.fun, true);
      if (callee === null || !this.#captures(callee.func, callee.outer)) return null;
      if (spawn.how === 'run') return { do: 'call', node: call, frame: callee };
      const owner = spawn.how === 'group' ? this.#group(tree.a[fun] ?? 0, frame) : null;
      return { do: 'start', node: call, frame: callee, group: owner };
    }
    if (!this.#isGiven(call, fun, frame) && !this.#gives(call, frame)) return null;
    const callee = world.enter(call, frame, false);
    if (callee === null) return null;
    if (callee.foreign === null) this.#conditions.results.follow(call, callee.flow);
    return { do: 'call', node: call, frame: callee };
  }

  #group(expression: NodeIndex, frame: Frame): Group | null {
    const value = this.#world.value(expression, frame);
    return value?.kind === 'group' && this.#isTrackedGroup(value) ? value : null;
  }

  #groupCall(call: NodeIndex, fun: NodeIndex, frame: Frame): Action | null {
    const { tree } = this.#world.pass;
    if (tree.kind[fun] !== Kind.SelectorExpr) return null;
    const name = nameOf(tree, tree.b[fun] ?? 0);
    if (name !== 'Add' && name !== 'Done' && name !== 'Wait') return null;
    const group = this.#group(tree.a[fun] ?? 0, frame);
    if (group === null) return null;
    if (name === 'Add') return { do: 'add', node: call, group, amount: tree.b[call] ?? 0 };
    return { do: name === 'Done' ? 'done' : 'wait', node: call, group };
  }

  /** Whether the callee gets hold of something that matters: as an argument, as its receiver, or by capture. */
  #isGiven(call: NodeIndex, fun: NodeIndex, frame: Frame): boolean {
    const world = this.#world;
    const { tree } = world.pass;
    for (let arg = tree.b[call] ?? 0; arg !== 0; arg = tree.next[arg] ?? 0) {
      if (this.#matters(world.value(arg, frame))) return true;
    }
    const node = unparen(tree, fun);
    if (tree.kind[node] === Kind.SelectorExpr) return this.#matters(world.value(tree.a[node] ?? 0, frame));
    const closure = world.closure(node, frame, 0);
    if (closure === null) return false;
    return this.#matters(closure);
  }

  #captures(literal: NodeIndex, outer: Frame | null): boolean {
    const { tree } = this.#world.pass;
    if (outer === null || tree.kind[literal] !== Kind.FuncLit) return outer === null;
    const key = `${outer.index}.${literal}`;
    const known = this.#capturing.get(key);
    if (known !== undefined) return known;
    // A literal that calls itself through a variable.
    this.#capturing.set(key, false);
    if (this.#nesting >= MAX_NESTING) return false;
    this.#nesting++;
    const captures = this.#capturesAny(literal, outer);
    this.#nesting--;
    this.#capturing.set(key, captures);
    return captures;
  }

  #capturesAny(literal: NodeIndex, outer: Frame): boolean {
    const { bindings } = this.#world.pass;
    const index = bindings.functions.indexOf(literal);
    for (let at = bindings.captureStart[index] ?? 0; at < (bindings.captureStart[index + 1] ?? 0); at++) {
      const object = bindings.captures[at] ?? 0;
      if (this.#matters(this.#world.variable(object, outer))) return true;
    }
    return false;
  }

  /** Whether a call hands out something that matters: a channel that it makes, a worker that it starts. */
  #gives(call: NodeIndex, frame: Frame): boolean {
    const { tree } = this.#world.pass;
    const parent = tree.parent[call] ?? 0;
    switch (tree.kind[parent]) {
      case Kind.AssignStmt:
      case Kind.ValueSpec:
        for (let name = tree.a[parent] ?? 0; name !== 0; name = tree.next[name] ?? 0) {
          if (this.#matters(this.#world.value(name, frame))) return true;
        }
        return false;
      case Kind.UnaryExpr:
      case Kind.RangeStmt:
      case Kind.ReturnStmt:
      // newWorker().run(), use(newWorker())
      case Kind.SelectorExpr:
      case Kind.CallExpr:
        return this.#matters(this.#world.value(call, frame));
      default:
        return false;
    }
  }

  #matters(value: Value | null, depth = 0): boolean {
    switch (value?.kind) {
      case 'channel':
        return this.#isTracked(value);
      case 'group':
        return this.#isTrackedGroup(value);
      case 'closure':
        return (
          this.#matters(value.receiver, depth + 1) || (value.frame !== null && this.#captures(value.func, value.frame))
        );
      case 'struct':
        return depth < 3 && [...value.fields.values()].some((field) => this.#matters(field, depth + 1));
      default:
        return false;
    }
  }
}

/** Backwards from blocks that work, from panics and from ends of the process. */
function busyBlocks(flow: Flow, works: (block: BlockIndex) => boolean): Uint8Array {
  const busy = new Uint8Array(flow.blockCount);
  const stack: BlockIndex[] = [];
  for (let block = 0; block < flow.blockCount; block++) {
    const exit = flow.exitKind[block];
    if (exit !== ExitKind.Never && exit !== ExitKind.Panic && !works(block)) continue;
    busy[block] = 1;
    stack.push(block);
  }
  while (stack.length > 0) {
    const block = stack.pop() ?? 0;
    for (let at = flow.inStart[block] ?? 0; at < (flow.inStart[block + 1] ?? 0); at++) {
      const from = flow.edgeFrom[flow.incoming[at] ?? 0] ?? 0;
      if (busy[from]) continue;
      busy[from] = 1;
      stack.push(from);
    }
  }
  return busy;
}
