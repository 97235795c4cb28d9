/** From stuck goroutines to findings: which rule, and where. */
import { Kind } from '../../golang/nodes.ts';
import { type NodeIndex, nameOf } from '../../golang/tree.ts';
import type { Pass, Report } from '../rule.ts';
import { confidenceOf } from './confidence.ts';
import { adviceOf, channelName, messageOf, stepsTo } from './explain.ts';
import { type Case, type ChannelRule, type Finding, isSendRule } from './finding.ts';
import { isHarmless } from './harmless.ts';
import { inLoop } from './loops.ts';
import { type Offer, offersOf } from './meet.ts';
import { roomFix } from './room-fix.ts';
import { type Search, search } from './search.ts';
import { hasSent, type State, type Thread } from './state.ts';

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
    .filter((one) => again.has(one.node) && !isHarmless(pass, one))
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
  if (tree.kind[node] === Kind.RangeStmt || offer.afterClose !== null) return 'chan-range-unclosed';
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

function reportOf(pass: Pass, root: NodeIndex, one: Case): Report {
  const name = channelName(pass, one);
  const fix = roomFix(pass, root, one, (found) => casesOf(pass, root, found));
  return {
    confidence: confidenceOf(pass, root, one),
    node: one.node,
    message: messageOf(pass, root, one, name),
    steps: stepsTo(pass, one, name),
    advice: adviceOf(one, name),
    ...(fix === null ? {} : { fix }),
  };
}
