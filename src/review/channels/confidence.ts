/** How sure a stuck goroutine is: what the search cannot see may still help it. */
import { leavable } from '../../golang/flow-query.ts';
import { Kind } from '../../golang/nodes.ts';
import { unparen } from '../../golang/syntax.ts';
import { Token } from '../../golang/tokens.ts';
import type { NodeIndex } from '../../golang/tree.ts';
import { TypeKind } from '../../golang/typing.ts';
import type { Confidence, Pass } from '../rule.ts';
import { codeOf } from './code.ts';
import { decisionOf } from './explain.ts';
import { type Case, isSendRule } from './finding.ts';
import { startsOf } from './starts.ts';
import type { Note } from './state.ts';
import { operandsFirst } from './syntax.ts';

export function confidenceOf(pass: Pass, root: NodeIndex, one: Case): Confidence {
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
    if (guard === 'send') return 'medium';
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
export function isGuarded(pass: Pass, node: NodeIndex): boolean {
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
