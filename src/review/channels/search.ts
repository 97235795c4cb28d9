/**
 * The product of one function and the goroutines that it starts: all states that they can come to together, on the small
 * scale of conditions.ts, and in them the goroutines that stay for ever.
 */
import type { NodeIndex } from '../../golang/tree.ts';
import type { Pass } from '../rule.ts';
import { Conditions } from './conditions.ts';
import { offersOf, stepsOf } from './meet.ts';
import { Programs } from './program.ts';
import { Runner } from './run.ts';
import { Keys, type State } from './state.ts';
import { Stays } from './stays.ts';
import { World } from './values.ts';

/** A goroutine that never goes on, in a state from which nothing can help it. */
export interface Stuck {
  readonly thread: number;
  readonly state: State;
  /** Nothing at all can go on; otherwise it goes round for ever, and never ends. */
  readonly dead: boolean;
}

export interface Search {
  readonly programs: Programs;
  readonly stuck: readonly Stuck[];
  /** States seen. */
  readonly states: number;
  readonly complete: boolean;
}

/** Beyond, the search ends; what was found stands. */
const MAX_STATES = 2000;
/** What is found in a test is of low confidence at most. */
const MAX_TEST_STATES = 500;
/** Over all searches of a package; a function that comes later is not looked at. */
const MAX_PACKAGE_STATES = 300_000;
/** Stuck states are looked at one by one; more of them say the same. */
const MAX_STUCK = 60;

export interface SearchOptions {
  /** What open counts are. */
  readonly scale: number;
  /** Room to assume for make calls. */
  readonly room: ReadonlyMap<NodeIndex, number>;
}

export function search(pass: Pass, root: NodeIndex, options: SearchOptions): Search {
  const world = new World(pass, root);
  const conditions = new Conditions(world);
  conditions.scale = options.scale;
  const programs = new Programs(world, new Stays(world), conditions);
  const runner = new Runner(world, programs, conditions, (channel) => options.room.get(channel.node));
  const none: Search = { programs, stuck: [], states: 0, complete: true };
  const spent = pass.engine(budget);
  if (!programs.of(world.root).busy[0] || spent.states > MAX_PACKAGE_STATES) return none;

  const first: State = {
    threads: [{ stack: [runner.enter(world.root)], parked: false, forever: false, sent: [], start: 0, group: -1 }],
    channels: [],
    groups: [],
    facts: new Map(),
    again: -1,
    doubtful: false,
    from: null,
    note: null,
  };
  const states: State[] = [first];
  const keys = new Keys();
  const limit = pass.inTest(root) ? MAX_TEST_STATES : MAX_STATES;
  const indices = new Map<string, number>([[keys.of(first), 0]]);
  /** Pairs [from, to] of state indices. */
  const edges: number[] = [];
  const stuck: Stuck[] = [];
  let complete = true;
  for (let at = 0; at < states.length; at++) {
    const state = states[at];
    if (state === undefined) break;
    const running = state.threads.findIndex((thread) => !thread.parked && thread.stack.length > 0);
    let next: readonly State[];
    if (running >= 0) next = runner.run(state, running);
    else {
      const steps = stepsOf(state);
      next = steps.next;
      if (next.length === 0 && !steps.panics && stuck.length < MAX_STUCK) stuck.push(...stuckIn(state));
    }
    for (const one of next) {
      const key = keys.of(one);
      let index = indices.get(key);
      if (index === undefined) {
        if (states.length >= limit) {
          complete = false;
          continue;
        }
        index = states.length;
        indices.set(key, index);
        states.push({ ...one, from: state });
      }
      edges.push(at, index);
    }
    if (!complete) break;
  }
  spent.states += states.length;
  complete &&= !runner.incomplete;
  if (complete) stuck.push(...goingRound(states, edges));
  return { programs, stuck, states: states.length, complete };
}

function budget(_pass: Pass): { states: number } {
  return { states: 0 };
}

function stuckIn(state: State): Stuck[] {
  const found: Stuck[] = [];
  for (const [thread, one] of state.threads.entries()) {
    if (one.stack.length === 0 || one.forever) continue;
    if (offersOf(state, one).some((offer) => offer.channel !== null)) found.push({ thread, state, dead: true });
  }
  return found;
}

/** Threads that still run when the root has ended and that cannot end on any way from there. */
function goingRound(states: readonly State[], edges: readonly number[]): Stuck[] {
  const most = states.reduce((sum, state) => Math.max(sum, state.threads.length), 0);
  if (most < 2) return [];
  const incoming: number[][] = states.map(() => []);
  for (let at = 0; at < edges.length; at += 2) incoming[edges[at + 1] ?? 0]?.push(edges[at] ?? 0);
  const found: Stuck[] = [];
  for (let thread = 1; thread < most; thread++) {
    const canEnd = new Uint8Array(states.length);
    const queue: number[] = [];
    for (const [index, state] of states.entries()) {
      const one = state.threads[thread];
      if (one !== undefined && one.stack.length > 0) continue;
      canEnd[index] = 1;
      queue.push(index);
    }
    for (const index of queue) {
      for (const before of incoming[index] ?? []) {
        if (canEnd[before]) continue;
        canEnd[before] = 1;
        queue.push(before);
      }
    }
    const lost = states.find((state, index) => {
      const one = state.threads[thread];
      if (canEnd[index] || one === undefined || !one.parked || state.threads[0]?.stack.length !== 0) return false;
      // Round and round: a select that others keep busy, while the channel that would end it stays silent.
      const offers = offersOf(state, one);
      const busy = offers.some((offer) => offer.kind === 'free' || offer.kind === 'default');
      return busy && offers.some((offer) => offer.channel !== null) && state.again < 0;
    });
    if (lost !== undefined) found.push({ thread, state: lost, dead: false });
  }
  return found;
}
