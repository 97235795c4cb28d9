/** A deferred release in a loop: it runs when the function returns, not when the iteration ends. */
import type { ObjectIndex } from '../../golang/bindings.ts';
import type { Flow } from '../../golang/flow.ts';
import { Kind } from '../../golang/nodes.ts';
import { lastIdent } from '../../golang/syntax.ts';
import { Token } from '../../golang/tokens.ts';
import { type NodeIndex, nameOf, textOf } from '../../golang/tree.ts';
import type { Confidence, Pass, Rule } from '../rule.ts';

export const deferInLoop: Rule = {
  id: 'defer-in-loop',
  summary: 'A deferred release in a loop runs only when the function returns.',
  when: { kinds: [Kind.DeferStmt] },
  check(pass) {
    for (const statement of pass.nodesOf(Kind.DeferStmt)) check(pass, statement);
  },
};

const RELEASES = new Set(['Close', 'Stop', 'Release', 'Unlock', 'RUnlock', 'Rollback', 'Cancel', 'Free']);
const UNLOCKS = new Set(['Unlock', 'RUnlock']);

function check(pass: Pass, statement: NodeIndex): void {
  const { tree } = pass;
  const func = pass.functionAround(statement);
  if (func === 0 || pass.inGenerated(statement)) return;
  const flow = pass.flowOf(func);
  const block = flow.blockOf(statement);
  const loop = block === -1 ? 0 : (flow.loop[block] ?? 0);
  if (loop === 0 || !comesAgain(flow, block)) return;
  const call = releasingCall(pass, tree.a[statement] ?? 0);
  const fun = tree.a[call] ?? 0;
  const isUnlock = tree.kind[fun] === Kind.SelectorExpr && UNLOCKS.has(nameOf(tree, tree.b[fun] ?? 0));
  const released = releasedBy(pass, fun);
  if (released === 0) return;
  if (isUnlock) {
    // A lock of each element may be meant to be held until the end; the same lock twice cannot be.
    if (!isLockedInLoop(pass, loop, func, released) || madeIn(pass, loop, rootOf(pass, released))) return;
    if (isConditional(pass, statement, loop)) return;
    pass.report({
      confidence: 'high',
      node: statement,
      message: `${textOf(tree, fun)} is deferred in a loop: the second iteration waits for the first one's lock, for ever`,
      steps: [
        { node: statement, says: 'runs when the function returns' },
        { node: loop, says: 'the loop comes back before that' },
      ],
      advice: 'Unlock at the end of the iteration, or put the body of the loop into a function of its own.',
    });
    return;
  }
  const object = pass.bindings.objectOf[rootOf(pass, released)] ?? 0;
  if (object === 0 || !madeIn(pass, loop, rootOf(pass, released))) return;
  const conditional = isConditional(pass, statement, loop);
  const declared = tree.start[pass.bindings.ident[object] ?? 0] ?? 0;
  // One variable for all iterations, and a condition: `if timer == nil { timer = …; defer timer.Stop() }` happens once.
  if (conditional && declared < (tree.start[loop] ?? 0)) return;
  if (isKept(pass, object, func, statement)) return;
  const { confidence: most, why } = size(pass, loop);
  const confidence = conditional && most !== 'low' ? (most === 'high' ? 'medium' : 'low') : most;
  pass.report({
    confidence,
    node: statement,
    message: `${textOf(tree, fun)} is deferred in a loop: ${why}, and all stay open until the function returns`,
    steps: [
      {
        node: pass.bindings.ident[object] ?? statement,
        says: `each iteration makes a ${nameOf(tree, rootOf(pass, released))}`,
      },
      { node: statement, says: 'runs when the function returns, not when the iteration ends' },
    ],
    advice: 'Release it at the end of the iteration, or put the body of the loop into a function of its own.',
  });
}

/** What `defer func() { x.Close() }()` calls, where that is all the literal does and it takes nothing; else the deferred call. */
function releasingCall(pass: Pass, deferred: NodeIndex): NodeIndex {
  const { tree } = pass;
  const literal = tree.a[deferred] ?? 0;
  if (tree.kind[literal] !== Kind.FuncLit || tree.b[deferred] !== 0) return deferred;
  const statement = tree.a[tree.b[literal] ?? 0] ?? 0;
  if (statement === 0 || tree.next[statement] !== 0) return deferred;
  // `x.Close()`, `_ = x.Close()`
  const isBlank = tree.kind[statement] === Kind.AssignStmt && textOf(tree, tree.a[statement] ?? 0) === '_';
  const value = tree.kind[statement] === Kind.ExprStmt ? tree.a[statement] : isBlank ? tree.b[statement] : 0;
  return tree.kind[value ?? 0] === Kind.CallExpr ? (value ?? 0) : deferred;
}

/** The expression that a deferred call releases: x of `x.Close`, the function itself of `cancel()`; 0: it is no release. */
function releasedBy(pass: Pass, fun: NodeIndex): NodeIndex {
  const { tree, typing } = pass;
  if (tree.kind[fun] === Kind.SelectorExpr) {
    return RELEASES.has(nameOf(tree, tree.b[fun] ?? 0)) ? (tree.a[fun] ?? 0) : 0;
  }
  if (tree.kind[fun] !== Kind.Ident) return 0;
  const named = typing.types.named(typing.typeOf(fun));
  return named !== null && named[0] === 'context' && /^Cancel(Cause)?Func$/.test(named[1]) ? fun : 0;
}

/** Some iterations pass the defer by: it is in an `if`, a case or a select's clause of the loop. */
function isConditional(pass: Pass, statement: NodeIndex, loop: NodeIndex): boolean {
  const { tree } = pass;
  for (let at = tree.parent[statement] ?? 0; at !== loop && at !== 0; at = tree.parent[at] ?? 0) {
    const kind = tree.kind[at];
    if (kind === Kind.IfStmt || kind === Kind.CaseClause || kind === Kind.CommClause) return true;
  }
  return false;
}

/** The loop collects what it makes, or others work with it meanwhile: it is meant to stay until the end. */
function isKept(pass: Pass, object: ObjectIndex, func: NodeIndex, deferred: NodeIndex): boolean {
  const { tree, bindings } = pass;
  for (let at = bindings.useStart[object] ?? 0; at < (bindings.useStart[object + 1] ?? 0); at++) {
    const use = bindings.uses[at] ?? 0;
    if ((tree.start[use] ?? 0) >= (tree.start[deferred] ?? 0) && (tree.end[use] ?? 0) <= (tree.end[deferred] ?? 0))
      continue;
    if (pass.functionAround(use) !== func) return true;
    const above = tree.parent[use] ?? 0;
    switch (tree.kind[above]) {
      case Kind.CompositeLit:
      case Kind.KeyValueExpr:
      case Kind.SendStmt:
        return true;
      case Kind.UnaryExpr:
        if (tree.op[above] === Token.And) return true;
        break;
      case Kind.AssignStmt:
        if (!isLeft(pass, above, use)) return true;
        break;
      case Kind.CallExpr: {
        if (tree.a[above] === use) break;
        if (pass.typing.builtin(above) === 'append') return true;
        const statement = tree.kind[tree.parent[above] ?? 0];
        if (statement === Kind.GoStmt) return true;
        // A client or reader made of it, or what a method keeps of it.
        const name = nameOf(tree, lastIdent(tree, tree.a[above] ?? 0));
        if (/^(New|Register|Add|With)/.test(name)) return true;
        break;
      }
    }
  }
  return false;
}

/** f of `f`, resp of `resp.Body`. */
function rootOf(pass: Pass, expression: NodeIndex): NodeIndex {
  const { tree } = pass;
  let at = expression;
  while (tree.kind[at] === Kind.SelectorExpr || tree.kind[at] === Kind.ParenExpr) at = tree.a[at] ?? 0;
  return at;
}

/** The variable gets its value from a call inside the loop. */
function madeIn(pass: Pass, loop: NodeIndex, ident: NodeIndex): boolean {
  const { tree, bindings } = pass;
  const object = bindings.objectOf[ident] ?? 0;
  if (object === 0) return false;
  for (let at = bindings.useStart[object] ?? 0; at < (bindings.useStart[object + 1] ?? 0); at++) {
    const use = bindings.uses[at] ?? 0;
    if ((tree.start[use] ?? 0) < (tree.start[loop] ?? 0) || (tree.end[use] ?? 0) > (tree.end[loop] ?? 0)) continue;
    const statement = tree.parent[use] ?? 0;
    const values = tree.kind[statement] === Kind.AssignStmt ? tree.b[statement] : tree.c[statement];
    if (tree.kind[statement] !== Kind.AssignStmt && tree.kind[statement] !== Kind.ValueSpec) continue;
    if (isLeft(pass, statement, use) && tree.kind[values ?? 0] === Kind.CallExpr) return true;
  }
  return false;
}

function isLeft(pass: Pass, statement: NodeIndex, ident: NodeIndex): boolean {
  const { tree } = pass;
  for (let at = tree.a[statement] ?? 0; at !== 0; at = tree.next[at] ?? 0) if (at === ident) return true;
  return false;
}

/** `x.Lock()` of the same x in the loop, in the same function. */
function isLockedInLoop(pass: Pass, loop: NodeIndex, func: NodeIndex, mutex: NodeIndex): boolean {
  const { tree, bindings } = pass;
  const wanted = textOf(tree, mutex);
  const root = bindings.objectOf[rootOf(pass, mutex)] ?? 0;
  // A variable of the loop is another one each time.
  const declared = tree.start[bindings.ident[root] ?? 0] ?? 0;
  if (root === 0 || (declared >= (tree.start[loop] ?? 0) && declared < (tree.end[loop] ?? 0))) return false;
  if (/[[(]/.test(wanted)) return false;
  for (const call of pass.nodesOf(Kind.CallExpr)) {
    if ((tree.start[call] ?? 0) < (tree.start[loop] ?? 0) || (tree.end[call] ?? 0) > (tree.end[loop] ?? 0)) continue;
    const fun = tree.a[call] ?? 0;
    if (tree.kind[fun] !== Kind.SelectorExpr || nameOf(tree, tree.b[fun] ?? 0) !== 'Lock') continue;
    if (pass.functionAround(call) === func && textOf(tree, tree.a[fun] ?? 0) === wanted) return true;
  }
  return false;
}

/** Whether a block can be reached from itself: a loop that always leaves after the defer is none. */
function comesAgain(flow: Flow, block: number): boolean {
  const seen = new Uint8Array(flow.blockCount);
  const stack = [block];
  while (stack.length > 0) {
    const at = stack.pop() ?? 0;
    for (let edge = flow.edgeStart[at] ?? 0; edge < (flow.edgeStart[at + 1] ?? 0); edge++) {
      const to = flow.edgeTo[edge] ?? 0;
      if (to === block) return true;
      if (seen[to]) continue;
      seen[to] = 1;
      stack.push(to);
    }
  }
  return false;
}

/** How many the loop may make. */
function size(pass: Pass, loop: NodeIndex): { confidence: Confidence; why: string } {
  const { tree, typing } = pass;
  if (tree.kind[loop] === Kind.ForStmt) {
    if (tree.b[loop] === 0) return { confidence: 'high', why: 'the loop has no end of its own' };
    const condition = tree.b[loop] ?? 0;
    // `for rows.Next()`
    if (tree.kind[condition] === Kind.CallExpr) return { confidence: 'high', why: 'one is added with each iteration' };
    return { confidence: boundOf(pass, loop), why: 'one is added with each iteration' };
  }
  const x = tree.c[loop] ?? 0;
  if (tree.kind[x] === Kind.CompositeLit || typing.integer(x) !== null) {
    return { confidence: 'low', why: 'one is added with each iteration' };
  }
  return { confidence: 'medium', why: 'one is added with each element' };
}

/** `i < 3` is no number of iterations to worry about. */
function boundOf(pass: Pass, loop: NodeIndex): Confidence {
  const { tree, typing } = pass;
  const condition = tree.b[loop] ?? 0;
  if (tree.kind[condition] !== Kind.BinaryExpr) return 'medium';
  const bound = typing.integer(tree.b[condition] ?? 0);
  return bound !== null && bound < 100 ? 'low' : 'medium';
}
