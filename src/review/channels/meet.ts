/** Steps of parked threads: a send meets a receive, a value goes into or comes out of a buffer, a channel is closed. */

import type { ObjectIndex } from '../../golang/bindings.ts';
import { type BlockIndex, EdgeKind } from '../../golang/flow.ts';
import type { NodeIndex } from '../../golang/tree.ts';
import type { Counters } from './conditions.ts';
import type { Action } from './program.ts';
import { isFollowed } from './run.ts';
import {
  type Activation,
  addSent,
  type ChannelState,
  type Note,
  replace,
  type State,
  type Thread,
  withTop,
} from './state.ts';
import type { Channel } from './values.ts';

/** What a parked thread would do next. */
export interface Offer {
  readonly kind: 'send' | 'receive' | 'close' | 'wait' | 'free' | 'default';
  readonly channel: Channel | null;
  readonly group: number;
  /** SendStmt, UnaryExpr, CallExpr, CommClause or RangeStmt. */
  readonly node: NodeIndex;
  /** The activation after it. */
  readonly after: Activation;
  /** Of a range: the activation after the channel is closed and empty. */
  readonly afterClose: Activation | null;
  /** Of a receive: the variable that tells a value from a closed channel; 0 none. */
  readonly says: ObjectIndex;
}

/** The offers of a thread; none if it waits for ever on something else. */
export function offersOf(state: State, thread: Thread): Offer[] {
  const top = thread.stack.at(-1);
  if (!thread.parked || thread.forever || top === undefined) return [];
  const { program } = top;
  if (top.leaving) {
    const action = top.deferred.at(-1);
    return action === undefined ? [] : ofAction(action, { ...top, deferred: top.deferred.slice(0, -1) });
  }
  const action = program.actions[top.block]?.[top.at];
  if (action !== undefined) return ofAction(action, { ...top, at: top.at + 1 });
  const over = program.channelRanges.get(top.block);
  if (over !== undefined) {
    const [after, afterClose] = [EdgeKind.Element, EdgeKind.Done].map((kind) => alongEdge(top, kind));
    if (after === undefined || afterClose === undefined) return [];
    return [{ kind: 'receive', channel: over.channel, group: -1, node: over.node, after, afterClose, says: 0 }];
  }
  const select = program.selects.get(top.block);
  const open = (select?.ways ?? []).filter((way) => way.unless === 0 || top.counters.get(way.unless) !== 0);
  return open.map((way) => {
    const after = enterBlock(top, way.to);
    const followed = way.channel !== null && isFollowed(state, way.channel);
    const kind = way.isDefault ? 'default' : !followed ? 'free' : way.send ? 'send' : 'receive';
    const channel = followed ? way.channel : null;
    return { kind, channel, group: -1, node: way.clause, after, afterClose: null, says: way.says };
  });
}

function ofAction(action: Action, after: Activation): Offer[] {
  switch (action.do) {
    case 'send':
    case 'receive':
    case 'close': {
      const says = action.do === 'receive' ? action.says : 0;
      return [
        { kind: action.do, channel: action.channel, group: -1, node: action.node, after, afterClose: null, says },
      ];
    }
    case 'wait': {
      const { index: group } = action.group;
      return [{ kind: 'wait', channel: null, group, node: action.node, after, afterClose: null, says: 0 }];
    }
    default:
      return [];
  }
}

function alongEdge(top: Activation, kind: number): Activation | undefined {
  const { flow } = top.program;
  for (let edge = flow.edgeStart[top.block] ?? 0; edge < (flow.edgeStart[top.block + 1] ?? 0); edge++) {
    if (flow.edgeKind[edge] === kind) return enterBlock(top, flow.edgeTo[edge] ?? 0);
  }
  return undefined;
}

function enterBlock(top: Activation, block: BlockIndex): Activation {
  return { ...top, block, at: 0 };
}

export interface Steps {
  readonly next: State[];
  /** A step would panic (a send on a closed channel): the state is no deadlock, but the way ends here. */
  readonly panics: boolean;
}

export function stepsOf(state: State): Steps {
  const next: State[] = [];
  let panics = false;
  const offers = state.threads.map((thread) => offersOf(state, thread));
  for (const [index, own] of offers.entries()) {
    let ready = false;
    const ways: Offer[] = [];
    for (const offer of own) {
      if (offer.kind === 'default' || offer.kind === 'free') {
        ways.push(offer);
        continue;
      }
      const made = alone(state, index, offer);
      if (made === 'panic') panics = ready = true;
      else if (made !== null) {
        ready = true;
        next.push(made);
      } else if (offer.kind === 'send') next.push(...meetings(state, index, offer, offers));
    }
    // What others serve may come first, but hardly where a value is there already.
    if (!ready)
      for (const way of ways) next.push(move(state, index, told(way, null), way.kind === 'free' ? 'way' : 'default'));
  }
  return { next, panics };
}

/** The step that needs no other thread; null if it has to wait. */
function alone(state: State, index: number, offer: Offer): State | 'panic' | null {
  if (offer.kind === 'wait') return (state.groups[offer.group] ?? 0) <= 0 ? move(state, index, offer, null) : null;
  const { channel } = offer;
  if (channel === null || channel.never) return null;
  const now = state.channels[channel.index];
  if (now === undefined || now.capacity === null) return move(state, index, told(offer, null), null);
  switch (offer.kind) {
    case 'close':
      return put(move(state, index, offer, 'closed'), channel, { ...now, closed: true });
    case 'send':
      if (now.closed) return 'panic';
      if (now.count >= now.capacity) return null;
      return put(sent(move(state, index, offer, 'sent'), index, offer), channel, { ...now, count: now.count + 1 });
    default:
      if (now.count > 0)
        return put(move(state, index, told(offer, true), 'received'), channel, { ...now, count: now.count - 1 });
      if (!now.closed) return null;
      return offer.afterClose === null
        ? move(state, index, told(offer, false), 'received')
        : move(state, index, { ...offer, after: offer.afterClose }, null);
  }
}

/** A send on a channel without room, with each receiver that waits. */
function meetings(state: State, sender: number, send: Offer, offers: readonly (readonly Offer[])[]): State[] {
  const { channel } = send;
  if (channel === null || state.channels[channel.index]?.capacity !== 0) return [];
  const met: State[] = [];
  for (const [receiver, theirs] of offers.entries()) {
    if (receiver === sender) continue;
    for (const offer of theirs) {
      if (offer.kind !== 'receive' || offer.channel !== channel) continue;
      met.push(move(sent(move(state, sender, send, null), sender, send), receiver, told(offer, true), 'received'));
    }
  }
  return met;
}

/** The offer with what its receive says: a value (true), a closed channel (false), or nothing that we know. */
function told(offer: Offer, value: boolean | null): Offer {
  return offer.says === 0
    ? offer
    : { ...offer, after: { ...offer.after, counters: says(offer.after.counters, offer.says, value) } };
}

/** Counters after a receive whose second variable is `variable`. */
function says(counters: Counters, variable: ObjectIndex, value: boolean | null): Counters {
  const after = new Map(counters);
  if (value === null) after.delete(variable);
  else after.set(variable, value ? 1 : 0);
  return after;
}

function move(state: State, index: number, offer: Offer, what: Note['what'] | null): State {
  const thread = state.threads[index];
  if (thread === undefined) return state;
  const note: Note | null = what === null ? null : { thread: index, node: offer.node, what };
  return { ...state, threads: replace(state.threads, index, withTop(thread, offer.after)), note };
}

function sent(state: State, index: number, offer: Offer): State {
  const thread = state.threads[index];
  if (thread === undefined || offer.channel === null) return state;
  return { ...state, threads: replace(state.threads, index, addSent(thread, offer.channel.index, offer.node)) };
}

function put(state: State, channel: Channel, now: ChannelState): State {
  return { ...state, channels: replace(state.channels, channel.index, now) };
}
