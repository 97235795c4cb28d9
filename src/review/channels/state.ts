/** States of the search: threads (goroutines) with their stacks, channels, groups, and what is known of conditions. */
import type { BlockIndex } from '../../golang/flow.ts';
import type { NodeIndex } from '../../golang/tree.ts';
import type { Counters } from './conditions.ts';
import type { Action, Program } from './program.ts';

/** One activation on a thread's stack. */
export interface Activation {
  readonly program: Program;
  readonly block: BlockIndex;
  /** Index in the block's actions. */
  readonly at: number;
  readonly counters: Counters;
  /** Deferred actions, the last one runs first. */
  readonly deferred: readonly Action[];
  /** It is on its way out and runs what was deferred. */
  readonly leaving: boolean;
}

export interface Thread {
  /** Innermost last; empty: it has ended. */
  readonly stack: readonly Activation[];
  /** It waits at an operation on a channel or group, or for ever. */
  readonly parked: boolean;
  /** Waits for ever on nothing that we follow (`select {}`, a loop without an exit). */
  readonly forever: boolean;
  /** What it has sent: pairs of channel and SendStmt (or CommClause), each pair once. */
  readonly sent: readonly number[];
  /** The CallExpr that started it; 0 for the root. */
  readonly start: NodeIndex;
  /** Group that counts it; -1 none. */
  readonly group: number;
}

export interface ChannelState {
  /** null: not known, and it always goes on. */
  readonly capacity: number | null;
  readonly count: number;
  readonly closed: boolean;
}

/** What happened on the way here, for the explanation. */
export interface Note {
  readonly thread: number;
  readonly node: NodeIndex;
  readonly what: 'way' | 'default' | 'true' | 'false' | 'exit' | 'again' | 'start' | 'received' | 'sent' | 'closed';
}

export interface State {
  /** The root is first. */
  readonly threads: readonly Thread[];
  /** By Channel.index; undefined: not made yet. */
  readonly channels: readonly (ChannelState | undefined)[];
  /** By Group.index; undefined: nothing added; -1: not known. */
  readonly groups: readonly (number | undefined)[];
  readonly facts: ReadonlyMap<string, boolean>;
  /** Channel whose make the root has come to again: the one before is out of its hands. -1 none. */
  readonly again: number;
  /** The way here took a turn that may be impossible. */
  readonly doubtful: boolean;
  readonly from: State | null;
  readonly note: Note | null;
}

/** Keys of states: threads, which are long to write and mostly the same from state to state, are numbered. */
export class Keys {
  readonly #numbers = new Map<string, number>();
  readonly #known = new WeakMap<Thread, number>();

  of(state: State): string {
    let key = `${state.again}${state.doubtful ? 'd' : ''}`;
    for (const thread of state.threads) key += `;${this.#number(thread)}`;
    for (const channel of state.channels) {
      key += channel === undefined ? '.' : `.${channel.capacity}-${channel.count}${channel.closed ? 'c' : ''}`;
    }
    if (state.groups.length > 0) key += `g${state.groups.join()}`;
    for (const [fact, holds] of state.facts) key += `&${fact}${holds}`;
    return key;
  }

  #number(thread: Thread): number {
    let number = this.#known.get(thread);
    if (number !== undefined) return number;
    const text = textOf(thread);
    number = this.#numbers.get(text);
    if (number === undefined) {
      number = this.#numbers.size;
      this.#numbers.set(text, number);
    }
    this.#known.set(thread, number);
    return number;
  }
}

function textOf(thread: Thread): string {
  let text = `${thread.parked ? 'p' : ''}${thread.forever ? 'f' : ''}`;
  for (const one of thread.stack) {
    text += `/${one.program.frame.index}:${one.block}:${one.at}${one.leaving ? 'x' : ''}`;
    for (const [object, value] of one.counters) text += `,${object}=${value}`;
    if (one.deferred.length > 0) text += `|${one.deferred.map((action) => action.node).join()}`;
  }
  return thread.stack.length > 0 ? `${text}s${thread.sent.join()}` : text;
}

/** The thread is parked and stays until the search moves it. */
export function park(thread: Thread, forever = false): Thread {
  return { ...thread, parked: true, forever };
}

/** With the innermost activation replaced (null: popped); not parked. */
export function withTop(thread: Thread, top: Activation | null): Thread {
  const stack = thread.stack.slice(0, -1);
  if (top !== null) stack.push(top);
  return { ...thread, stack, parked: false };
}

export function replace<T>(list: readonly T[], index: number, value: T): T[] {
  const copy = list.slice();
  while (copy.length < index) copy.length++;
  copy[index] = value;
  return copy;
}

export function hasSent(thread: Thread, channel: number): boolean {
  for (let at = 0; at < thread.sent.length; at += 2) if (thread.sent[at] === channel) return true;
  return false;
}

export function addSent(thread: Thread, channel: number, node: NodeIndex): Thread {
  for (let at = 0; at < thread.sent.length; at += 2) {
    if (thread.sent[at] === channel && thread.sent[at + 1] === node) return thread;
  }
  return { ...thread, sent: [...thread.sent, channel, node] };
}
