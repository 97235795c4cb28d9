/**
 * Runs one thread of a state up to its next operation on a channel or group, which no other thread can tell from doing it
 * at once: the search needs no interleavings for it. Where a condition is open it stops with both outcomes.
 */
import { type BlockIndex, EdgeKind, ExitKind } from '../../golang/flow.ts';
import { Kind } from '../../golang/nodes.ts';
import { receivesIn, startingLoop } from './code.ts';
import type { Conditions } from './conditions.ts';
import type { Action, Program, Programs } from './program.ts';
import { type Activation, type Note, park, replace, type State, type Thread, withTop } from './state.ts';
import { contains } from './syntax.ts';
import type { Channel, Frame, World } from './values.ts';

const MAX_STEPS = 400;
const MAX_THREADS = 8;
const MAX_STACK = 10;

export class Runner {
  readonly #world: World;
  readonly #programs: Programs;
  readonly #conditions: Conditions;
  /** Capacity to assume for a channel; undefined: what the source says. */
  readonly #room: (channel: Channel) => number | undefined;
  /** Some way was given up: what was found stands, what was not found may still be there. */
  incomplete = false;

  constructor(
    world: World,
    programs: Programs,
    conditions: Conditions,
    room: (channel: Channel) => number | undefined,
  ) {
    this.#world = world;
    this.#programs = programs;
    this.#conditions = conditions;
    this.#room = room;
  }

  enter(frame: Frame): Activation {
    const program = this.#programs.of(frame);
    return { program, block: 0, at: 0, counters: new Map(), deferred: [], leaving: false };
  }

  /** States in which thread `index` is parked, has ended, or stands after an open condition. Empty: the way ends here. */
  run(from: State, index: number): State[] {
    let state: State = from;
    let note: Note | null = null;
    for (let step = 0; step < MAX_STEPS; step++) {
      const thread = state.threads[index];
      const top = thread?.stack.at(-1);
      if (thread === undefined || top === undefined) return [];
      if (top.leaving) {
        const action = top.deferred.at(-1);
        if (action === undefined) {
          if (index === 0 && thread.stack.length === 1) {
            note ??= { thread: 0, node: this.#exitOf(top), what: 'exit' };
          }
          const caller = thread.stack.at(-2);
          const popped = withTop(thread, null);
          const after = caller === undefined ? popped : withTop(popped, this.#conditions.results.returned(caller, top));
          if (after.stack.length === 0) return [this.#ended(state, index, after, note)];
          state = set(state, index, after);
          continue;
        }
        const next = this.#perform(state, index, action, { ...top, deferred: top.deferred.slice(0, -1) });
        if (next === 'park') return [{ ...set(state, index, park(thread)), note }];
        if (next === null) return this.#giveUp();
        state = next;
        continue;
      }
      const { program } = top;
      if (!program.leavable[top.block] && !program.busy[top.block]) {
        return [{ ...set(state, index, park(thread, true)), note }];
      }
      if (top.at === 0 && !program.busy[top.block]) {
        state = set(state, index, withTop(thread, { ...top, leaving: true }));
        continue;
      }
      if (program.quiet[top.block]) {
        const ways = this.#jump(state, index, thread, top);
        if (ways.length !== 1 || ways[0] === undefined) return ways.map((way) => ({ ...way, note: way.note ?? note }));
        state = ways[0];
        continue;
      }
      const action = program.actions[top.block]?.[top.at];
      if (action !== undefined) {
        const next = this.#perform(state, index, action, { ...top, at: top.at + 1 });
        if (next === 'park') return [{ ...set(state, index, park(thread)), note }];
        if (next === null) return this.#giveUp();
        if (next.again !== state.again) return [next];
        state = next;
        continue;
      }
      const ends = this.#endOfBlock(state, index, thread, top);
      if (ends.length !== 1 || ends[0] === undefined) return ends.map((end) => ({ ...end, note: end.note ?? note }));
      const [end] = ends;
      if (end.threads[index]?.parked || end.note !== null) return [{ ...end, note: end.note ?? note }];
      state = end;
    }
    return this.#giveUp();
  }

  #giveUp(): State[] {
    this.incomplete = true;
    return [];
  }

  #ended(state: State, index: number, thread: Thread, note: Note | null): State {
    const after = set(state, index, thread);
    const groups =
      thread.group < 0 ? after.groups : replace(after.groups, thread.group, less(after.groups[thread.group]));
    return { ...after, groups, note };
  }

  #exitOf(top: Activation): number {
    const { flow } = top.program;
    const seen = new Set<BlockIndex>([top.block]);
    for (const block of seen) {
      if (flow.exitKind[block] === ExitKind.Return) return flow.exitNode[block] ?? 0;
      for (let edge = flow.edgeStart[block] ?? 0; edge < (flow.edgeStart[block + 1] ?? 0); edge++) {
        seen.add(flow.edgeTo[edge] ?? 0);
      }
    }
    return 0;
  }

  /** The state after an action that nobody waits for; `park` if somebody may; null if we cannot go on. */
  #perform(state: State, index: number, action: Action, top: Activation): State | 'park' | null {
    const thread = state.threads[index];
    if (thread === undefined) return null;
    const moved = (): State => set(state, index, withTop(thread, top));
    switch (action.do) {
      case 'assign': {
        const after = { ...top, counters: this.#conditions.assign(action.node, top.program.frame, top.counters) };
        const next = set(state, index, withTop(thread, after));
        if (state.facts.size === 0) return next;
        const forgets = this.#conditions.forgets(action.node);
        return { ...next, facts: new Map([...state.facts].filter(([key]) => !forgets(key))) };
      }
      case 'defer':
        return set(state, index, withTop(thread, { ...top, deferred: [...top.deferred, action.action] }));
      case 'make':
        return this.#make(moved(), state, index, action.channel, top);
      case 'receive': {
        if (isFollowed(state, action.channel)) return 'park';
        if (action.says === 0) return moved();
        const counters = without(top.counters, action.says);
        return set(state, index, withTop(thread, { ...top, counters }));
      }
      case 'send':
      case 'close':
        return isFollowed(state, action.channel) ? 'park' : moved();
      case 'wait': {
        const count = state.groups[action.group.index] ?? 0;
        return count <= 0 ? moved() : 'park';
      }
      case 'add': {
        const amount = this.#conditions.count(action.amount, top.program.frame, top.counters);
        const before = state.groups[action.group.index] ?? 0;
        const sum = amount === null || before < 0 ? -1 : before + amount;
        return { ...moved(), groups: replace(state.groups, action.group.index, sum) };
      }
      case 'done': {
        const { index: group } = action.group;
        return { ...moved(), groups: replace(state.groups, group, less(state.groups[group])) };
      }
      case 'call': {
        if (thread.stack.length >= MAX_STACK) return null;
        const stack = [...thread.stack.slice(0, -1), top, this.enter(action.frame)];
        return set(state, index, { ...thread, stack, parked: false });
      }
      case 'start': {
        if (state.threads.length >= MAX_THREADS) return null;
        const group = action.group?.index ?? -1;
        const started: Thread = {
          stack: [this.enter(action.frame)],
          parked: false,
          forever: false,
          sent: [],
          start: action.node,
          group,
        };
        const next = moved();
        const before = state.groups[group] ?? 0;
        const groups = group < 0 || before < 0 ? next.groups : replace(next.groups, group, before + 1);
        return { ...next, threads: [...next.threads, started], groups };
      }
    }
  }

  #make(moved: State, state: State, index: number, channel: Channel, top: Activation): State | null {
    const before = state.channels[channel.index];
    if (before !== undefined) {
      if (index !== 0 || top.program.frame !== this.#world.root) return null;
      // The root turns to the next one; whoever still waits at this one is on his own.
      const root = state.threads[0];
      if (root === undefined) return null;
      const note: Note = { thread: 0, node: channel.node, what: 'again' };
      return { ...set(state, 0, { ...root, stack: [], parked: false }), again: channel.index, note };
    }
    const room = this.#room(channel);
    const capacity =
      room ?? (channel.capacity === 0 ? 0 : this.#conditions.count(channel.capacity, top.program.frame, top.counters));
    return { ...moved, channels: replace(moved.channels, channel.index, { capacity, count: 0, closed: false }) };
  }

  #endOfBlock(state: State, index: number, thread: Thread, top: Activation): State[] {
    const { program, block } = top;
    const { flow } = program;
    switch (flow.exitKind[block]) {
      case ExitKind.Return: {
        const isRoot = index === 0 && thread.stack.length === 1;
        const note: Note | null = isRoot ? { thread: 0, node: flow.exitNode[block] ?? 0, what: 'exit' } : null;
        return [{ ...set(state, index, withTop(thread, { ...top, leaving: true })), note }];
      }
      case ExitKind.Panic:
        return [];
      case ExitKind.Never: {
        const isSelect = this.#world.pass.tree.kind[flow.exitNode[block] ?? 0] === Kind.SelectStmt;
        return isSelect ? [set(state, index, park(thread, true))] : [];
      }
    }
    const select = program.selects.get(block);
    if (select !== undefined) {
      const followed = select.ways.some((way) => way.channel !== null && isFollowed(state, way.channel));
      if (followed) return [set(state, index, park(thread))];
      const open = select.ways.filter((way) => way.unless === 0 || top.counters.get(way.unless) !== 0);
      if (open.length === 0) return [set(state, index, park(thread, true))];
      return open.map((way) => {
        const counters = without(top.counters, way.says);
        const after = set(state, index, withTop(thread, { ...top, block: way.to, at: 0, counters }));
        return { ...after, note: { thread: index, node: way.clause, what: 'way' } };
      });
    }
    const over = program.channelRanges.get(block);
    if (over !== undefined) {
      if (isFollowed(state, over.channel)) return [set(state, index, park(thread))];
      return this.#edges(state, index, thread, top);
    }
    const range = program.ranges.get(block);
    if (range !== undefined) return [this.#round(state, index, thread, top, range)];
    return this.#edges(state, index, thread, top);
  }

  /** One more round of a counted range loop, or its end. The count is kept under the complement of the loop's node. */
  #round(state: State, index: number, thread: Thread, top: Activation, range: number): State {
    const { flow, frame } = top.program;
    const done = top.counters.get(~range) ?? 0;
    const more = done < this.#conditions.rounds(range, frame, top.counters);
    // Whoever receives a number of values that we do not understand may well receive the right number.
    const guess =
      !state.doubtful && this.#conditions.isGuess(range, frame, top.counters) && receivesIn(this.#world.pass, range);
    const counters = new Map(top.counters);
    if (more) counters.set(~range, done + 1);
    else counters.delete(~range);
    const wanted = more ? EdgeKind.Element : EdgeKind.Done;
    let to = top.block;
    for (let edge = flow.edgeStart[top.block] ?? 0; edge < (flow.edgeStart[top.block + 1] ?? 0); edge++) {
      if (flow.edgeKind[edge] === wanted) to = flow.edgeTo[edge] ?? 0;
    }
    const next = set(state, index, withTop(thread, { ...top, block: to, at: 0, counters }));
    return guess ? { ...next, doubtful: true } : next;
  }

  /** Through blocks where nothing happens, to all places that they lead to. */
  #jump(state: State, index: number, thread: Thread, top: Activation): State[] {
    const { program } = top;
    const { flow } = program;
    return this.#programs.jumps(program, top.block).flatMap(({ to, decision, back }) => {
      const counters = back ? top.counters : this.#restarted(top, to);
      const next = set(state, index, withTop(thread, { ...top, block: to, at: 0, counters }));
      const kind = flow.edgeKind[decision];
      if (decision < 0) return next;
      const node = flow.edgeNode[decision] ?? 0;
      if (kind === EdgeKind.Select) return { ...next, note: { thread: index, node, what: 'way' } };
      if (kind !== EdgeKind.True && kind !== EdgeKind.False) return next;
      const turned = this.#turn(next, index, node, kind === EdgeKind.True);
      if (turned === null) return [];
      return { ...turned, note: { thread: index, node, what: kind === EdgeKind.True ? 'true' : 'false' } };
    });
  }

  /**
   * After the header of a loop that starts goroutines, with a bound that is not known: whoever asks for no workers at all
   * has no work either, and that way is not walked (null). That it was gone into is kept under the complement of the loop's node.
   */
  #turn(state: State, index: number, condition: number, outcome: boolean): State | null {
    const loop = startingLoop(this.#world.pass, condition);
    const thread = state.threads[index];
    const top = thread?.stack.at(-1);
    if (loop === 0 || thread === undefined || top === undefined) return state;
    const entered = top.counters.has(~loop);
    if (!outcome && !entered) return null;
    if (outcome && entered) return state;
    const counters = new Map(top.counters);
    if (outcome) counters.set(~loop, 1);
    else counters.delete(~loop);
    return { ...set(state, index, withTop(thread, { ...top, counters })), note: state.note };
  }

  #edges(state: State, index: number, thread: Thread, top: Activation): State[] {
    const { flow, frame } = top.program;
    const results: State[] = [];
    const first = flow.edgeStart[top.block] ?? 0;
    const last = flow.edgeStart[top.block + 1] ?? 0;
    for (let edge = first; edge < last; edge++) {
      const kind = flow.edgeKind[edge];
      const to = flow.edgeTo[edge] ?? 0;
      const counters = kind === EdgeKind.Back ? top.counters : this.#restarted(top, to);
      let next = set(state, index, withTop(thread, { ...top, block: to, at: 0, counters }));
      if (kind === EdgeKind.True || kind === EdgeKind.False) {
        const condition = flow.edgeNode[edge] ?? 0;
        const taken = this.#take(next, condition, kind === EdgeKind.True, frame, top);
        if (taken === null) continue;
        next = taken;
        if (taken.note === null && !this.#isKnown(condition, frame, top)) {
          const turned = this.#turn(next, index, condition, kind === EdgeKind.True);
          if (turned === null) continue;
          next = {
            ...turned,
            note: { thread: index, node: condition, what: kind === EdgeKind.True ? 'true' : 'false' },
          };
        }
      }
      results.push(next);
    }
    return results;
  }

  #isKnown(condition: number, frame: Frame, top: Activation): boolean {
    return this.#conditions.holds(condition, frame, top.counters) !== null;
  }

  /** Counts of a range loop that is entered anew start at none. */
  #restarted(top: Activation, to: BlockIndex): Activation['counters'] {
    const range = top.program.ranges.get(to);
    if (range === undefined || !top.counters.has(~range)) return top.counters;
    const counters = new Map(top.counters);
    counters.delete(~range);
    return counters;
  }

  /** The state on a True or False edge; null if it cannot be taken. */
  #take(state: State, condition: number, outcome: boolean, frame: Frame, top: Activation): State | null {
    const holds = this.#conditions.holds(condition, frame, top.counters);
    if (holds !== null) return holds === outcome ? state : null;
    let after = state;
    const found = this.#conditions.keys.of(condition);
    if (found !== null) {
      const value = outcome !== found.negated;
      const known = state.facts.get(found.key);
      if (known !== undefined) return known === value ? state : null;
      after = { ...after, facts: new Map(state.facts).set(found.key, value) };
    }
    // A loop that receives until something we do not understand says stop may well stop at the right time.
    if (!state.doubtful && this.#receivesUntil(condition, top.program)) after = { ...after, doubtful: true };
    return after;
  }

  #receivesUntil(condition: number, program: Program): boolean {
    const { pass } = this.#world;
    const block = program.flow.blockOf(condition);
    const loop = block < 0 ? 0 : (program.flow.loop[block] ?? 0);
    if (loop === 0 || pass.tree.kind[loop] !== Kind.ForStmt) return false;
    const header = pass.tree.b[loop] ?? 0;
    return header !== 0 && contains(pass.tree, header, condition) && receivesIn(pass, loop);
  }
}

/** A channel that is made and whose room is known, or one that is never made. */
export function isFollowed(state: State, channel: Channel): boolean {
  if (channel.never) return true;
  const now = state.channels[channel.index];
  return now !== undefined && now.capacity !== null;
}

function without(counters: Activation['counters'], variable: number): Activation['counters'] {
  if (variable === 0 || !counters.has(variable)) return counters;
  const after = new Map(counters);
  after.delete(variable);
  return after;
}

function less(count: number | undefined): number {
  return count === undefined || count < 0 ? -1 : Math.max(0, count - 1);
}

function set(state: State, index: number, thread: Thread): State {
  return { ...state, threads: replace(state.threads, index, thread), note: null };
}
