/** Goroutines whose code has no way out: at the operation where they stay. */
import { ObjectKind } from '../../golang/bindings.ts';
import { Kind } from '../../golang/nodes.ts';
import { unparen } from '../../golang/syntax.ts';
import { Token } from '../../golang/tokens.ts';
import { type NodeIndex, nameOf, textOf } from '../../golang/tree.ts';
import type { Confidence, Pass } from '../rule.ts';
import type { ChannelRule, Finding } from './finding.ts';
import { type Endless, endlessOf, isTimer, runsOnce, startsOf } from './starts.ts';
import { contains, operandsFirst, selectAround } from './syntax.ts';

export function endlessGoroutines(pass: Pass): Finding[] {
  const found: Finding[] = [];
  for (const [func, starts] of startsOf(pass)) {
    const repeated = starts.filter((call) => !runsOnce(pass, call));
    const start = repeated[0];
    if (start === undefined || handlesSignals(pass, start)) continue;
    const endless = endlessOf(pass, func);
    if (endless === null) continue;
    const stays = stayOf(pass, endless);
    if (stays === null || pass.inTest(stays.node)) continue;
    found.push(finding(pass, start, stays));
  }
  return found;
}

/** What listens to signals does so as long as the process lives. */
function handlesSignals(pass: Pass, start: NodeIndex): boolean {
  const { tree } = pass;
  const starter = pass.functionAround(start);
  return pass.engine(notifies).some((call) => contains(tree, starter, call));
}

/** An engine: calls of signal.Notify. */
function notifies(pass: Pass): readonly NodeIndex[] {
  const { tree } = pass;
  const name = tree.names.of('Notify');
  return Array.from(pass.nodesOf(Kind.CallExpr)).filter((call) => {
    const fun = tree.a[call] ?? 0;
    if (tree.kind[fun] !== Kind.SelectorExpr || tree.data[tree.b[fun] ?? 0] !== name) return false;
    return pass.typing.callee(call)?.key === 'os/signal.Notify';
  });
}

interface Stay {
  readonly rule: ChannelRule;
  readonly node: NodeIndex;
  readonly what: string;
}

/** The operation in the endless part that waits: a channel before a timer before a sleep. */
function stayOf(pass: Pass, endless: Endless): Stay | null {
  const { tree } = pass;
  const { flow, reached } = endless;
  let sleep: NodeIndex = 0;
  let timer: NodeIndex = 0;
  let channel: NodeIndex = 0;
  let send: NodeIndex = 0;
  let nothing: NodeIndex = 0;
  for (let block = 0; block < flow.blockCount; block++) {
    if (!reached[block]) continue;
    if (tree.kind[flow.exitNode[block] ?? 0] === Kind.SelectStmt) nothing ||= flow.exitNode[block] ?? 0;
    const around = flow.loop[block] ?? 0;
    if (around === 0) continue;
    if (tree.kind[around] === Kind.RangeStmt && isTimer(pass, tree.c[around] ?? 0)) timer ||= around;
    for (let at = flow.nodeStart[block] ?? 0; at < (flow.nodeStart[block + 1] ?? 0); at++) {
      operandsFirst(tree, flow.nodes[at] ?? 0, (node) => {
        const kind = tree.kind[node];
        if (kind === Kind.UnaryExpr && tree.op[node] === Token.Arrow) {
          const place = selectAround(pass, node) || node;
          if (place === node && isTimer(pass, tree.a[node] ?? 0)) timer ||= place;
          else if (!hasDefault(pass, place)) channel ||= place;
        } else if (kind === Kind.SendStmt && selectAround(pass, node) === 0) send ||= node;
        else if (kind === Kind.CallExpr && isSleep(pass, node)) sleep ||= node;
      });
    }
  }
  if (channel !== 0 && tree.kind[channel] === Kind.SelectStmt && onlyTimers(pass, channel)) {
    timer ||= channel;
    channel = 0;
  }
  if (channel !== 0) return { rule: 'chan-select-no-exit', node: channel, what: 'waits here for channels' };
  if (send !== 0) return { rule: 'chan-unbounded-producer', node: send, what: 'sends here' };
  if (timer !== 0) return { rule: 'goroutine-no-exit', node: timer, what: 'waits here for a timer' };
  if (sleep !== 0) return { rule: 'goroutine-no-exit', node: sleep, what: 'sleeps here' };
  if (nothing !== 0) return { rule: 'goroutine-no-exit', node: nothing, what: 'waits here for nothing' };
  // A loop that waits for nothing that we know is most likely left by a way that we do not see.
  return null;
}

function clausesOf(pass: Pass, select: NodeIndex): NodeIndex[] {
  const { tree } = pass;
  const clauses: NodeIndex[] = [];
  for (let at = tree.a[tree.a[select] ?? 0] ?? 0; at !== 0; at = tree.next[at] ?? 0) clauses.push(at);
  return clauses;
}

function hasDefault(pass: Pass, place: NodeIndex): boolean {
  return (
    pass.tree.kind[place] === Kind.SelectStmt && clausesOf(pass, place).some((clause) => pass.tree.a[clause] === 0)
  );
}

function onlyTimers(pass: Pass, select: NodeIndex): boolean {
  const { tree } = pass;
  return clausesOf(pass, select).every((clause) => {
    const comm = tree.a[clause] ?? 0;
    if (comm === 0 || tree.kind[comm] === Kind.SendStmt) return false;
    const receive = unparen(tree, (tree.kind[comm] === Kind.AssignStmt ? tree.b[comm] : tree.a[comm]) ?? 0);
    return isTimer(pass, tree.a[receive] ?? 0);
  });
}

function isSleep(pass: Pass, call: NodeIndex): boolean {
  const { tree } = pass;
  const fun = tree.a[call] ?? 0;
  if (tree.kind[fun] !== Kind.SelectorExpr || nameOf(tree, tree.b[fun] ?? 0) !== 'Sleep') return false;
  return pass.typing.callee(call)?.key === 'time.Sleep';
}

function finding(pass: Pass, start: NodeIndex, stays: Stay): Finding {
  const { tree } = pass;
  const starter = pass.functionAround(start);
  const name = starterName(pass, starter);
  return {
    rule: stays.rule,
    made: true,
    report: {
      confidence: confidenceOf(pass, start, stays),
      node: stays.node,
      message: `a goroutine that ${name} starts ${stays.what} and has no way out: with each call one more stays for ever`,
      steps: [
        { node: start, says: `${name} starts the goroutine here` },
        { node: stays.node, says: `it ${stays.what}, in a loop that nothing leaves` },
      ],
      advice:
        tree.kind[stays.node] === Kind.SelectStmt
          ? 'Add a case for ctx.Done() or a done channel that returns.'
          : 'Wait in a select with ctx.Done() or a done channel, and return when it comes.',
    },
  };
}

function starterName(pass: Pass, starter: NodeIndex): string {
  const { tree } = pass;
  let at = starter;
  while (at !== 0 && tree.kind[at] === Kind.FuncLit) at = pass.functionAround(at);
  return at === 0 ? 'the package' : nameOf(tree, tree.b[at] ?? 0);
}

/** Handlers and the like run often for sure; what a constructor starts may be meant to live as long as the process. */
function confidenceOf(pass: Pass, start: NodeIndex, stays: Stay): Confidence {
  if (stays.what === 'waits here for nothing' || isOfPackage(pass, start)) return 'low';
  return servesRequest(pass, pass.functionAround(start)) ? 'high' : 'medium';
}

/** `go hub.run()` on a variable of the package: there is one. */
function isOfPackage(pass: Pass, start: NodeIndex): boolean {
  const { tree, bindings } = pass;
  const fun = unparen(tree, tree.a[start] ?? 0);
  const object = tree.kind[fun] === Kind.SelectorExpr ? (bindings.objectOf[unparen(tree, tree.a[fun] ?? 0)] ?? 0) : 0;
  return object !== 0 && bindings.kind[object] === ObjectKind.Variable && bindings.func[object] === 0;
}

const REQUEST = /\b(http\.ResponseWriter|\*http\.Request|net\.Conn)\b/;

function servesRequest(pass: Pass, starter: NodeIndex): boolean {
  const { tree } = pass;
  const type = (tree.kind[starter] === Kind.FuncDecl ? tree.c[starter] : tree.a[starter]) ?? 0;
  const parameters = tree.b[type] ?? 0;
  return parameters !== 0 && REQUEST.test(textOf(tree, parameters));
}
