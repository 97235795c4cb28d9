/** Stuck goroutines that are stuck on purpose, or only on a way that cannot be. */
import type { ObjectIndex } from '../../golang/bindings.ts';
import { Kind } from '../../golang/nodes.ts';
import { unparen } from '../../golang/syntax.ts';
import { Token } from '../../golang/tokens.ts';
import { type NodeIndex, nameOf } from '../../golang/tree.ts';
import type { Pass } from '../rule.ts';
import { isGuarded } from './confidence.ts';
import { decisionOf } from './explain.ts';
import { type Case, isSendRule } from './finding.ts';
import { contains } from './syntax.ts';

export function isHarmless(pass: Pass, one: Case): boolean {
  if (isParked(pass, one) || isSemaphore(pass, one) || failedBefore(pass, one) || isRefilled(pass, one)) return true;
  // `defer func() { if !returned { errs <- … } }()`: it knows whether the function has sent.
  return one.rule === 'chan-double-send' && isGuarded(pass, one.node) && isInDeferred(pass, one.node);
}

/** `block := make(chan error); <-block` and no other mention of it: a long way to write `select {}`. */
function isParked(pass: Pass, one: Case): boolean {
  const { bindings } = pass;
  const object = operandOf(pass, one);
  if (object === 0 || one.channel.never) return false;
  let mentions = 0;
  for (let at = bindings.useStart[object] ?? 0; at < (bindings.useStart[object + 1] ?? 0); at++)
    if (bindings.uses[at] !== bindings.ident[object]) mentions++;
  return mentions === 1;
}

/** A channel with room whose every send and receive is the stuck function's own: it counts, and knows what it has put in. */
function isSemaphore(pass: Pass, one: Case): boolean {
  const { tree, bindings } = pass;
  const object = isSendRule(one.rule) || one.channel.capacity === 0 ? 0 : operandOf(pass, one);
  if (object === 0) return false;
  const func = pass.functionAround(one.node);
  let sends = false;
  for (let at = bindings.useStart[object] ?? 0; at < (bindings.useStart[object + 1] ?? 0); at++) {
    const use = bindings.uses[at] ?? 0;
    const above = tree.parent[use] ?? 0;
    if (pass.functionAround(use) !== func) return false;
    sends ||= tree.kind[above] === Kind.SendStmt && tree.a[above] === use;
  }
  return sends;
}

/** The variable that a stuck receive names; 0 for other operations. */
function operandOf(pass: Pass, one: Case): ObjectIndex {
  const { tree, bindings } = pass;
  if (tree.kind[one.node] !== Kind.UnaryExpr) return 0;
  const operand = unparen(tree, tree.a[one.node] ?? 0);
  return tree.kind[operand] === Kind.Ident ? (bindings.objectOf[operand] ?? 0) : 0;
}

/** The root left because of an error of the very call that starts the goroutine, which it then may not have done. */
function failedBefore(pass: Pass, one: Case): boolean {
  const { tree, bindings } = pass;
  const { state, thread } = one.stuck;
  const start = state.threads[thread]?.start ?? 0;
  const decision = decisionOf(state, 0);
  if (start === 0 || decision === null || decision.what !== 'true') return false;
  const { node } = decision;
  if (tree.kind[node] !== Kind.BinaryExpr || tree.op[node] !== Token.Neq) return false;
  const object = bindings.objectOf[unparen(tree, tree.a[node] ?? 0)] ?? 0;
  const statement = bindings.decl[object] ?? 0;
  const call = tree.kind[statement] === Kind.AssignStmt ? unparen(tree, tree.b[statement] ?? 0) : 0;
  if (tree.kind[call] !== Kind.CallExpr || pass.functionAround(call) === pass.functionAround(start)) return false;
  // The if must come right after the call, so that the error still is the call's.
  if (tree.next[statement] !== tree.parent[node]) return false;
  return (pass.typing.callee(call)?.decl ?? 0) !== 0;
}

function isInDeferred(pass: Pass, node: NodeIndex): boolean {
  const { tree } = pass;
  const call = tree.parent[pass.functionAround(node)] ?? 0;
  return tree.kind[call] === Kind.CallExpr && tree.kind[tree.parent[call] ?? 0] === Kind.DeferStmt;
}

/** The body of a range starts goroutines again, itself or in a function that it calls: a supervisor of whoever sends. */
function isRefilled(pass: Pass, one: Case): boolean {
  const { tree } = pass;
  if (one.rule !== 'chan-range-unclosed' || tree.kind[one.node] !== Kind.RangeStmt) return false;
  const body = tree.d[one.node] ?? 0;
  // `go f()`, and `wg.Go(func() { … })`.
  const isStart = (literal: NodeIndex): boolean => {
    const call = tree.parent[literal] ?? 0;
    const fun = tree.kind[call] === Kind.CallExpr && tree.b[call] === literal ? (tree.a[call] ?? 0) : 0;
    return tree.kind[fun] === Kind.SelectorExpr && nameOf(tree, tree.b[fun] ?? 0) === 'Go';
  };
  const starts = [...pass.nodesOf(Kind.GoStmt), ...[...pass.nodesOf(Kind.FuncLit)].filter(isStart)];
  const startsIn = (node: NodeIndex): boolean => starts.some((start) => contains(tree, node, start));
  if (startsIn(body)) return true;
  return pass.nodesOf(Kind.CallExpr).some((call) => {
    if (!contains(tree, body, call)) return false;
    const decl = pass.typing.callee(call)?.decl ?? 0;
    return decl !== 0 && startsIn(decl);
  });
}
