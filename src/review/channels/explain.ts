/** What people read of a stuck goroutine: the sentence, the steps to it and the advice. */
import { Kind } from '../../golang/nodes.ts';
import { unparen } from '../../golang/syntax.ts';
import { type NodeIndex, nameOf, textOf } from '../../golang/tree.ts';
import type { Pass, Step } from '../rule.ts';
import { conditionText } from '../wording.ts';
import { type Case, isSendRule } from './finding.ts';
import type { Note, State } from './state.ts';

/** The channel as the stuck operation writes it. */
export function channelName(pass: Pass, one: Case): string {
  const { tree } = pass;
  const { node } = one;
  let expression = 0;
  switch (tree.kind[node]) {
    case Kind.SendStmt:
    case Kind.UnaryExpr:
      expression = tree.a[node] ?? 0;
      break;
    case Kind.RangeStmt:
      expression = tree.c[node] ?? 0;
      break;
    case Kind.CallExpr:
      return `the channel that ${textOf(tree, tree.a[node] ?? 0).slice(0, 40)} gets`;
  }
  const text = expression === 0 ? '' : textOf(tree, unparen(tree, expression));
  return text.length > 0 && text.length <= 40 && !text.includes('\n') ? text : 'the channel';
}

/** The function that the search began with, as a sentence names it. */
function rootText(pass: Pass, root: NodeIndex): string {
  const name = functionText(pass, root);
  return pass.tree.kind[root] === Kind.FuncLit ? `the function literal in ${name}` : name;
}

function functionText(pass: Pass, func: NodeIndex): string {
  const { tree } = pass;
  let at = func;
  while (at !== 0 && tree.kind[at] === Kind.FuncLit) at = pass.functionAround(at);
  return at === 0 ? 'the package' : nameOf(tree, tree.b[at] ?? 0);
}

export function messageOf(pass: Pass, root: NodeIndex, one: Case, name: string): string {
  const { stuck, rule } = one;
  const { state } = stuck;
  const rootEnded = state.threads[0]?.stack.length === 0;
  const starter = rootText(pass, root);
  const gone = state.again >= 0 ? `${starter} goes on to the next one` : rootEnded ? `${starter} returns` : '';
  switch (rule) {
    case 'chan-send-abandoned':
      return gone === ''
        ? `this send on ${name} waits for ever: nobody receives from it any more`
        : `this send on ${name} waits for ever when ${gone} without receiving: the channel has no room for it`;
    case 'chan-first-wins':
      return gone === ''
        ? `several goroutines send on ${name}, and not all of them find a receiver or room: the others wait here for ever`
        : `several goroutines send on ${name}, and ${gone} before all of them are received: the others wait here for ever`;
    case 'chan-double-send':
      return `a second send on ${name} by the same goroutine, while only one is received: it waits here for ever`;
    case 'chan-unbounded-producer':
      return gone === ''
        ? `this loop sends on ${name} and cannot be stopped: the receiver is gone, and it waits here for ever`
        : `this loop sends on ${name} without a way out: when ${gone} it waits here for ever`;
    case 'chan-range-unclosed':
      return `this loop over ${name} never ends: nobody closes the channel ${gone === '' ? 'on this way' : `when ${gone}`}`;
    default:
      if (pass.tree.kind[one.node] === Kind.SelectStmt) {
        return `nothing wakes this select any more${gone === '' ? '' : ` once ${gone}`}: its goroutine stays for ever`;
      }
      return one.channel.never
        ? `${name} is nil: this receive waits for ever`
        : `this receive from ${name} waits for ever: nobody sends on it or closes it${gone === '' ? ' any more' : ` once ${gone}`}`;
  }
}

export function adviceOf(one: Case, name: string): string {
  switch (one.rule) {
    case 'chan-send-abandoned':
      return `Give ${name} room for the value, make(chan T, 1), or send in a select with ctx.Done().`;
    case 'chan-first-wins':
      return `Give ${name} room for all values, or send in a select with a channel that the receiver closes when it leaves.`;
    case 'chan-double-send':
      return 'Return after the first send, or give the channel room for both values.';
    case 'chan-unbounded-producer':
      return `Send in a select with ctx.Done() or a done channel, so that the loop ends with its receiver.`;
    case 'chan-range-unclosed':
      return `Close ${name} on every way out of the sender: defer close(${name}).`;
    default:
      return 'Add a case for ctx.Done() or a done channel, and close it on every way out of the starter.';
  }
}

export function stepsTo(pass: Pass, one: Case, name: string): Step[] {
  const { tree } = pass;
  const { state } = one.stuck;
  const steps: Step[] = [];
  const { channel } = one;
  const now = state.channels[channel.index];
  const room =
    channel.never || now === undefined
      ? 'is declared here and never made'
      : now.capacity === 0
        ? 'is made here, without room'
        : `is made here, with room for ${textOf(tree, channel.capacity)}`;
  steps.push({ node: channel.node, says: `the channel ${room}` });
  const start = state.threads[one.stuck.thread]?.start ?? 0;
  if (start !== 0) steps.push({ node: start, says: 'the goroutine is started here' });
  steps.push(...wayOut(pass, state));
  const rest = isSendRule(one.rule) ? `this send on ${name}` : 'this';
  steps.push({ node: one.node, says: `${rest} then waits for ever` });
  return steps;
}

/** How the root ended. */
function exitOf(state: State): Note | null {
  for (let at: State | null = state; at !== null; at = at.from) {
    const { note } = at;
    if (note?.thread === 0 && (note.what === 'exit' || note.what === 'again')) return note;
  }
  return null;
}

/** What a thread decided last, after all that it received. */
export function decisionOf(state: State, thread: number): Note | null {
  for (let at: State | null = state; at !== null; at = at.from) {
    const { note } = at;
    if (note === null || note.thread !== thread || note.what === 'exit' || note.what === 'again') continue;
    if (note.what === 'received') return null;
    if (note.what !== 'sent') return note;
  }
  return null;
}

/** The root's last decision and how it left. */
function wayOut(pass: Pass, state: State): Step[] {
  const exit = exitOf(state);
  const decision = decisionOf(state, 0);
  const steps: Step[] = [];
  if (decision !== null && decision.node !== 0) {
    const says =
      decision.what === 'true'
        ? `${conditionText(pass.tree, decision.node)} holds`
        : decision.what === 'false'
          ? `${conditionText(pass.tree, decision.node)} does not hold`
          : decision.what === 'default'
            ? 'no value is ready yet'
            : decision.what === 'closed'
              ? 'the channel is closed'
              : 'this case comes first';
    const node = pass.tree.kind[decision.node] === Kind.CommClause ? clauseHead(pass, decision.node) : decision.node;
    steps.push({ node, says });
  }
  if (exit !== null && exit.node !== 0) {
    const says = exit.what === 'again' ? 'the loop comes round and makes another' : returnText(pass, exit.node);
    steps.push({ node: exit.node, says });
  }
  return steps;
}

function returnText(pass: Pass, node: NodeIndex): string {
  return `${rootText(pass, pass.functionAround(node))} returns here`;
}

function clauseHead(pass: Pass, clause: NodeIndex): NodeIndex {
  const comm = pass.tree.a[clause] ?? 0;
  return comm === 0 ? clause : comm;
}
