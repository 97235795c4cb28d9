/** From stuck goroutines to findings: which rule, where, how sure, and the explanation. */
import { leavable } from '../../golang/flow-query.ts';
import { Kind } from '../../golang/nodes.ts';
import { Token } from '../../golang/tokens.ts';
import { type NodeIndex, nameOf, textOf } from '../../golang/tree.ts';
import { TypeKind } from '../../golang/typing.ts';
import type { Confidence, Pass, Report, Step } from '../rule.ts';
import { codeOf } from './code.ts';
import { type Offer, offersOf } from './meet.ts';
import { type Search, type Stuck, search } from './search.ts';
import { startsOf } from './starts.ts';
import { hasSent, type Note, type State, type Thread } from './state.ts';
import { contains, operandsFirst, unparen } from './syntax.ts';
import type { Channel } from './values.ts';

export type ChannelRule =
  | 'chan-send-abandoned'
  | 'chan-first-wins'
  | 'chan-double-send'
  | 'chan-range-unclosed'
  | 'chan-select-no-exit'
  | 'chan-unbounded-producer'
  | 'goroutine-no-exit';

export interface Finding {
  readonly rule: ChannelRule;
  /** The search began in the function that makes the channel. */
  readonly made: boolean;
  readonly report: Report;
}

interface Case {
  readonly rule: ChannelRule;
  readonly node: NodeIndex;
  readonly channel: Channel;
  readonly search: Search;
  readonly stuck: Stuck;
  readonly others: number;
}

const NO_ROOM: ReadonlyMap<NodeIndex, number> = new Map();

/** Findings of the search from one root. */
export function findingsOf(pass: Pass, root: NodeIndex): Finding[] {
  const first = search(pass, root, { scale: 2, room: NO_ROOM });
  const cases = best(casesOf(pass, root, first));
  if (cases.length === 0) return [];
  // A leak that another number of items does not show comes from how counts were guessed.
  const second = casesOf(pass, root, search(pass, root, { scale: 3, room: NO_ROOM }));
  const again = new Set(second.map((one) => one.node));
  return cases
    .filter((one) => again.has(one.node))
    .map((one) => ({
      rule: one.rule,
      made: pass.functionAround(one.channel.node) === root,
      report: reportOf(pass, root, one),
    }));
}

/** One case per operation: the surest, and among those the one with the fewest goroutines. */
function best(cases: readonly Case[]): Case[] {
  const chosen = new Map<NodeIndex, Case>();
  for (const one of cases) {
    const before = chosen.get(one.node);
    if (before === undefined || weight(one) < weight(before)) chosen.set(one.node, one);
  }
  return [...chosen.values()];
}

function weight(one: Case): number {
  const { state, dead } = one.stuck;
  const ended = state.threads[0]?.stack.length === 0;
  return (state.doubtful ? 1000 : 0) + (dead ? 0 : 100) + (ended ? 0 : 50) + one.others * 10 + state.threads.length;
}

function casesOf(pass: Pass, root: NodeIndex, found: Search): Case[] {
  const isMain = isMainFunction(pass, root);
  const cases: Case[] = [];
  for (const stuck of found.stuck) {
    const { state } = stuck;
    const thread = state.threads[stuck.thread];
    if (thread === undefined) continue;
    const ended = state.threads[0]?.stack.length === 0;
    // The end of main is the end of the process.
    if (isMain && (ended || stuck.thread === 0) && state.again < 0) continue;
    const offers = offersOf(state, thread).filter((offer) => offer.channel !== null);
    const offer = offers[0];
    if (offer?.channel == null) continue;
    if (state.again >= 0 && !onlyAbout(state, stuck.thread)) continue;
    const node = placeOf(pass, offer);
    const others = state.threads.filter((one) => one !== thread && one.stack.length > 0 && !one.forever).length;
    cases.push({
      rule: ruleOf(pass, state, thread, offer, node),
      node,
      channel: offer.channel,
      search: found,
      stuck,
      others,
    });
  }
  return senders(cases);
}

/** Where somebody cannot send, whoever waits for what comes after it is only a consequence. */
function senders(cases: readonly Case[]): Case[] {
  const states = new Set(cases.filter((one) => isSendRule(one.rule)).map((one) => one.stuck.state));
  return cases.filter((one) => isSendRule(one.rule) || !states.has(one.stuck.state));
}

function isSendRule(rule: ChannelRule): boolean {
  return rule !== 'chan-range-unclosed' && rule !== 'chan-select-no-exit';
}

/** After the root has turned to the next channel, only what waits at the one before is lost. */
function onlyAbout(state: State, stuck: number): boolean {
  for (const [index, thread] of state.threads.entries()) {
    if (thread.stack.length === 0) continue;
    const offers = offersOf(state, thread);
    const about = offers.some((offer) => offer.channel !== null && offer.channel.index !== state.again);
    if (about || (index === stuck && offers.some((offer) => offer.channel === null))) return false;
  }
  return true;
}

function isMainFunction(pass: Pass, root: NodeIndex): boolean {
  const { tree } = pass;
  return (
    pass.pkg.name === 'main' &&
    tree.kind[root] === Kind.FuncDecl &&
    tree.a[root] === 0 &&
    nameOf(tree, tree.b[root] ?? 0) === 'main'
  );
}

/** The operation as the runtime would show it: the select, not its clause. */
function placeOf(pass: Pass, offer: Offer): NodeIndex {
  const { tree } = pass;
  if (tree.kind[offer.node] !== Kind.CommClause) return offer.node;
  return tree.parent[tree.parent[offer.node] ?? 0] ?? offer.node;
}

function ruleOf(pass: Pass, state: State, thread: Thread, offer: Offer, node: NodeIndex): ChannelRule {
  const { tree } = pass;
  if (tree.kind[node] === Kind.RangeStmt) return 'chan-range-unclosed';
  if (offer.kind !== 'send') return 'chan-select-no-exit';
  const channel = offer.channel?.index ?? -1;
  const before = thread.sent.some(
    (value, at) => at % 2 === 0 && value === channel && thread.sent[at + 1] !== offer.node,
  );
  if (before && !inLoop(pass, node)) return 'chan-double-send';
  const others = state.threads.filter(
    (one) => one !== thread && (hasSent(one, channel) || offers(state, one, channel)),
  );
  if (others.length > 0) return 'chan-first-wins';
  return inLoop(pass, node) ? 'chan-unbounded-producer' : 'chan-send-abandoned';
}

function offers(state: State, thread: Thread, channel: number): boolean {
  return offersOf(state, thread).some((offer) => offer.kind === 'send' && offer.channel?.index === channel);
}

/** Whether control can come back to the node: a loop that every way leaves after it is none. */
function inLoop(pass: Pass, node: NodeIndex): boolean {
  const { flow } = codeOf(pass, pass.functionAround(node));
  const block = flow.blockOf(node);
  if (block < 0) return false;
  const seen = new Set<number>([block]);
  for (const at of seen) {
    for (let edge = flow.edgeStart[at] ?? 0; edge < (flow.edgeStart[at + 1] ?? 0); edge++) {
      const to = flow.edgeTo[edge] ?? 0;
      if (to === block) return true;
      seen.add(to);
    }
  }
  return false;
}

function reportOf(pass: Pass, root: NodeIndex, one: Case): Report {
  const name = channelName(pass, one);
  const fix = roomFix(pass, root, one);
  return {
    confidence: confidenceOf(pass, root, one),
    node: one.node,
    message: messageOf(pass, root, one, name),
    steps: stepsTo(pass, one, name),
    advice: adviceOf(one, name),
    ...(fix === null ? {} : { fix }),
  };
}

function confidenceOf(pass: Pass, root: NodeIndex, one: Case): Confidence {
  if (one.stuck.state.doubtful) return 'low';
  // A lone sender may see to it that the value that makes the receiver leave is its last.
  if (isSendRule(one.rule) && one.rule !== 'chan-first-wins' && leavesOnValue(pass, one)) return 'medium';
  if (pass.inTest(one.channel.node)) return 'medium';
  if (isDeliberate(pass, root, one)) return 'low';
  // Whoever closes or sends only if something holds may know that it holds in the end.
  if (!isSendRule(one.rule)) {
    const ended = one.stuck.state.threads[0]?.stack.length === 0;
    const guard = guardedOps(pass, one);
    if (guard === 'close') return ended ? 'medium' : 'low';
    if (guard === 'send' && !ended) return 'medium';
  }
  return one.stuck.dead ? 'high' : 'medium';
}

/** `<-make(chan T)` in a function that no go statement starts: it is meant to stay there. */
function isDeliberate(pass: Pass, root: NodeIndex, one: Case): boolean {
  const { tree } = pass;
  const operand = unparen(tree, tree.a[one.node] ?? 0);
  return one.stuck.thread === 0 && operand === one.channel.node && !startsOf(pass).has(root);
}

/** Whether there is a close, or else a send, on the channel that waits for a condition of its own. */
function guardedOps(pass: Pass, one: Case): 'close' | 'send' | null {
  let found: 'close' | 'send' | null = null;
  for (const action of one.search.programs.actionsOn(one.channel)) {
    if (action.do !== 'close' && action.do !== 'send') continue;
    if (!isGuarded(pass, action.node)) continue;
    if (action.do === 'close') return 'close';
    found = 'send';
  }
  return found;
}

/** In the branch of an if or switch: skipped where its condition does not hold. */
function isGuarded(pass: Pass, node: NodeIndex): boolean {
  const { tree } = pass;
  let at = node;
  for (let above = tree.parent[at] ?? 0; above !== 0; at = above, above = tree.parent[at] ?? 0) {
    const kind = tree.kind[above];
    if (kind === Kind.FuncLit || kind === Kind.FuncDecl) return false;
    if (kind === Kind.CaseClause || (kind === Kind.IfStmt && (tree.c[above] === at || tree.d[above] === at)))
      return true;
  }
  return false;
}

/** Whether somebody who received has left, or gone another way, by a decision about a value that came over a channel. */
function leavesOnValue(pass: Pass, one: Case): boolean {
  // A sender that never ends has no last value.
  const { flow } = codeOf(pass, pass.functionAround(one.node));
  if (leavable(flow)[flow.blockOf(one.node)] === 0) return false;
  const { state, thread } = one.stuck;
  return state.threads.some((_, index) => index !== thread && isAboutReceived(pass, decisionOf(state, index)));
}

function isAboutReceived(pass: Pass, decision: Note | null): boolean {
  const { tree, bindings } = pass;
  if (decision === null || (decision.what !== 'true' && decision.what !== 'false')) return false;
  let is = false;
  operandsFirst(tree, decision.node, (node) => {
    const decl = bindings.decl[bindings.objectOf[node] ?? 0] ?? 0;
    if (tree.kind[node] !== Kind.Ident || decl === 0) return;
    if (tree.kind[decl] === Kind.RangeStmt) is ||= isChannel(pass, tree.c[decl] ?? 0);
    else if (tree.kind[decl] === Kind.AssignStmt) {
      const value = unparen(tree, tree.b[decl] ?? 0);
      is ||= tree.kind[value] === Kind.UnaryExpr && tree.op[value] === Token.Arrow;
    }
  });
  return is;
}

function isChannel(pass: Pass, expression: NodeIndex): boolean {
  const { types } = pass.typing;
  return types.kind(types.underlying(pass.typing.typeOf(expression))) === TypeKind.Channel;
}

/** The channel as the stuck operation writes it. */
function channelName(pass: Pass, one: Case): string {
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

function messageOf(pass: Pass, root: NodeIndex, one: Case, name: string): string {
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

function adviceOf(one: Case, name: string): string {
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

function stepsTo(pass: Pass, one: Case, name: string): Step[] {
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
function decisionOf(state: State, thread: number): Note | null {
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
        ? 'this holds'
        : decision.what === 'false'
          ? 'this does not hold'
          : decision.what === 'default'
            ? 'no value is ready yet'
            : decision.what === 'closed'
              ? 'the channel is closed'
              : 'this case comes first';
    const node = pass.tree.kind[decision.node] === Kind.CommClause ? clauseHead(pass, decision.node) : decision.node;
    steps.push({ node, says });
  }
  if (exit !== null && exit.node !== 0) {
    const { tree } = pass;
    const says = exit.what === 'again' ? 'the loop comes round and makes another' : returnText(pass, exit.node);
    // The end of a body is its closing brace; a block as a place would be the whole function.
    if (tree.kind[exit.node] !== Kind.BlockStmt) steps.push({ node: exit.node, says });
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

/** make(chan T, 1), if the search says that then nothing is stuck at this channel any more. */
function roomFix(pass: Pass, root: NodeIndex, one: Case): NonNullable<Report['fix']> | null {
  const { tree } = pass;
  const make = one.channel.node;
  if (one.rule !== 'chan-send-abandoned' || tree.kind[make] !== Kind.CallExpr || one.stuck.thread === 0) return null;
  const type = tree.b[make] ?? 0;
  const size = tree.next[type] ?? 0;
  if (size !== 0 && pass.typing.integer(size) !== 0) return null;
  for (const scale of [2, 3]) {
    const result = search(pass, root, { scale, room: new Map([[make, 1]]) });
    if (!result.complete) return null;
    const still = casesOf(pass, root, result).some((other) => other.channel.node === make);
    if (still) return null;
  }
  const end = (tree.end[make] ?? 0) - 1;
  const start = tree.end[type] ?? 0;
  return {
    title: 'Give the channel room for the one value',
    edits: [{ start, end, text: ', 1' }],
    safe: sendsOnce(pass, root, one) && pass.typing.builtin(make) === 'make',
  };
}

/** One send statement and no other, outside of loops, by a goroutine that is started outside of loops. */
function sendsOnce(pass: Pass, root: NodeIndex, one: Case): boolean {
  const { tree } = pass;
  const start = one.stuck.state.threads[one.stuck.thread]?.start ?? 0;
  if (start === 0 || inLoop(pass, one.node) || one.stuck.state.doubtful) return false;
  const statement = tree.parent[start] ?? 0;
  if (inLoop(pass, statement)) return false;
  // Closing and ranging tell values apart from the end by order: leave those alone.
  for (const node of pass.nodesOf(Kind.RangeStmt)) {
    if (contains(tree, root, node) && tree.c[node] === one.channel.node) return false;
  }
  return tree.kind[one.node] === Kind.SendStmt;
}
