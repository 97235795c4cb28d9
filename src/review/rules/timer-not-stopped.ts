/**
 * Timers that go on for nobody. Before `go 1.23` in go.mod a timer stays in the runtime's heap until it fires, and a ticker
 * for ever; since then those that nobody can reach are collected. A function that re-arms itself is reachable at all times.
 */
import { EdgeKind, ExitKind, type Flow } from '../../golang/flow.ts';
import { Kind } from '../../golang/nodes.ts';
import { type NodeIndex, nameOf } from '../../golang/tree.ts';
import type { Confidence, Pass, Rule } from '../rule.ts';
import { type Leak, typestate } from '../typestate/engine.ts';
import { stepsOf } from '../typestate/explain.ts';
import { Mark, nodeOf } from '../typestate/uses.ts';

export const timerNotStopped: Rule = {
  id: 'timer-not-stopped',
  summary: 'A ticker or timer goes on after nobody needs it.',
  when: { imports: ['time'] },
  check(pass) {
    const collected = pass.atLeast(1, 23);
    for (const leak of pass.engine(typestate)) if (leak.site.resource.id === 'ticker') ticker(pass, leak, collected);
    const { names } = pass.tree;
    const wanted = new Set(['After', 'Tick', 'AfterFunc', 'NewTicker'].map((name) => names.of(name)));
    for (const call of pass.nodesOf(Kind.CallExpr)) {
      const fun = pass.tree.a[call] ?? 0;
      if (pass.tree.kind[fun] !== Kind.SelectorExpr) continue;
      if (!wanted.has(pass.tree.data[pass.tree.b[fun] ?? 0] ?? 0)) continue;
      const func = pass.functionAround(call);
      if (func === 0 || pass.inGenerated(call)) continue;
      switch (pass.typing.callee(call)?.key) {
        case 'time.After':
          if (!collected) after(pass, call, func);
          break;
        case 'time.Tick':
          if (!collected) tick(pass, call, func);
          break;
        case 'time.NewTicker':
          if (!collected) field(pass, call);
          break;
        case 'time.AfterFunc':
          rearmed(pass, call, func);
          break;
      }
    }
  },
};

/** A local ticker that nothing in its function stops or hands on, in a function that ends. */
function ticker(pass: Pass, leak: Leak, collected: boolean): void {
  const { call, ident } = leak.site;
  if (leak.uses !== null && (leak.uses.all & (Mark.Release | Mark.Escape)) !== 0) return;
  const name = leak.uses === null ? 'the ticker' : nameOf(pass.tree, ident);
  pass.report({
    confidence: collected ? 'low' : 'high',
    node: call,
    message: collected
      ? `${name} is never stopped: it ticks until the garbage collector finds it (before go 1.23: for ever)`
      : `${name} is never stopped: before go 1.23 a ticker stays, and ticks, for as long as the program runs`,
    steps: stepsOf(pass, leak, 'the ticker starts here', 'nobody has stopped it here'),
    advice: 'Defer Stop right after the ticker is made.',
  });
}

/** Shorter ones fire before they pile up. ns. */
const SHORT = 1e9;
const LONG = 60e9;

/** `case <-time.After(d)` in a select of a loop: each turn that another case takes leaves a timer behind. */
function after(pass: Pass, call: NodeIndex, func: NodeIndex): void {
  const { tree } = pass;
  const flow = pass.flowOf(func);
  const clause = commClause(pass, call);
  if (clause === 0) return;
  const node = nodeOf(pass, flow, call);
  const head = node === 0 ? -1 : flow.blockOf(node);
  if (head === -1 || flow.loop[head] === 0) return;
  let turns = false;
  for (let edge = flow.edgeStart[head] ?? 0; edge < (flow.edgeStart[head + 1] ?? 0); edge++) {
    if (flow.edgeNode[edge] !== clause && reaches(flow, flow.edgeTo[edge] ?? 0, head)) turns = true;
  }
  if (!turns) return;
  const duration = pass.typing.integer(tree.b[call] ?? 0);
  if (duration !== null && duration < SHORT) return;
  const confidence: Confidence = duration !== null && duration >= LONG ? 'high' : 'medium';
  pass.report({
    confidence,
    node: call,
    message: 'each turn of the loop that another case takes leaves a timer behind until it fires (before go 1.23)',
    steps: [
      { node: call, says: 'a new timer with each turn' },
      { node: flow.loop[head] ?? call, says: 'the loop comes back without waiting for it' },
    ],
    advice: 'Make one timer before the loop and Reset it, or say go 1.23 in go.mod.',
  });
}

/** The CommClause whose communication an expression is part of; 0 if none. */
function commClause(pass: Pass, node: NodeIndex): NodeIndex {
  const { tree } = pass;
  let below = node;
  for (let at = tree.parent[node] ?? 0; at !== 0; at = tree.parent[at] ?? 0) {
    const kind = tree.kind[at];
    if (kind === Kind.CommClause) return tree.a[at] === below ? at : 0;
    if (kind === Kind.BlockStmt || kind === Kind.FuncLit) return 0;
    below = at;
  }
  return 0;
}

function reaches(flow: Flow, from: number, to: number): boolean {
  const seen = new Uint8Array(flow.blockCount);
  const stack = [from];
  while (stack.length > 0) {
    const block = stack.pop() ?? 0;
    if (block === to) return true;
    if (seen[block]) continue;
    seen[block] = 1;
    for (let edge = flow.edgeStart[block] ?? 0; edge < (flow.edgeStart[block + 1] ?? 0); edge++) {
      stack.push(flow.edgeTo[edge] ?? 0);
    }
  }
  return false;
}

/** time.Tick gives no way to stop it: fine for a loop without end, a leak in a function that returns. */
function tick(pass: Pass, call: NodeIndex, func: NodeIndex): void {
  const { tree } = pass;
  const name = tree.kind[func] === Kind.FuncDecl ? nameOf(tree, tree.b[func] ?? 0) : '';
  if (tree.a[func] === 0 && ((name === 'main' && pass.pkg.name === 'main') || name === 'init')) return;
  const flow = pass.flowOf(func);
  const node = nodeOf(pass, flow, call);
  if (node === 0 || tree.kind[node] === Kind.ReturnStmt) return;
  // `for range time.Tick(d)` is never over.
  const loop = tree.parent[call] ?? 0;
  if (returnsWithout(flow, flow.blockOf(node), -1, tree.c[loop] === call ? loop : 0) === -1) return;
  pass.report({
    confidence: 'high',
    node: call,
    message: 'the function returns and the ticker of time.Tick stays: before go 1.23 nothing can stop it',
    steps: [{ node: call, says: 'the ticker starts here, and nobody can stop it' }],
    advice: 'Use time.NewTicker and defer its Stop.',
  });
}

/** A block that returns and can be reached from `from` without block `avoid` or the end of range loop `endless`; -1: none. */
function returnsWithout(flow: Flow, from: number, avoid: number, endless: NodeIndex): number {
  const seen = new Uint8Array(flow.blockCount);
  const stack = [from];
  while (stack.length > 0) {
    const block = stack.pop() ?? 0;
    if (seen[block] || block === avoid) continue;
    seen[block] = 1;
    if (flow.exitKind[block] === ExitKind.Return) return block;
    for (let edge = flow.edgeStart[block] ?? 0; edge < (flow.edgeStart[block + 1] ?? 0); edge++) {
      if (flow.edgeKind[edge] === EdgeKind.Done && flow.edgeNode[edge] === endless) continue;
      stack.push(flow.edgeTo[edge] ?? 0);
    }
  }
  return -1;
}

/** A ticker in a field that nothing in the package ever stops. */
function field(pass: Pass, call: NodeIndex): void {
  const { tree } = pass;
  const above = tree.parent[call] ?? 0;
  let key = 0;
  if (tree.kind[above] === Kind.KeyValueExpr && tree.b[above] === call) key = tree.a[above] ?? 0;
  else if (tree.kind[above] === Kind.AssignStmt && tree.b[above] === call && tree.next[call] === 0) {
    const left = tree.a[above] ?? 0;
    if (tree.kind[left] === Kind.SelectorExpr) key = tree.b[left] ?? 0;
  }
  if (key === 0 || tree.kind[key] !== Kind.Ident) return;
  const name = tree.data[key] ?? 0;
  // Exported fields are anybody's to stop.
  if (name === 0 || tree.names.exported(name)) return;
  for (const selector of pass.nodesOf(Kind.SelectorExpr)) {
    if (tree.data[tree.b[selector] ?? 0] !== name) continue;
    const use = tree.parent[selector] ?? 0;
    const isSet = tree.kind[use] === Kind.AssignStmt && tree.a[use] === selector;
    const member = tree.kind[use] === Kind.SelectorExpr ? nameOf(tree, tree.b[use] ?? 0) : '';
    if (!isSet && member !== 'C' && member !== 'Reset') return;
  }
  pass.report({
    confidence: 'medium',
    node: call,
    message: `nothing in this package stops the ticker in ${tree.names.text(name)}: before go 1.23 it ticks, and keeps its channel, for ever`,
    steps: [{ node: call, says: 'the ticker starts here' }],
    advice: `Stop ${tree.names.text(name)} where its owner is closed.`,
  });
}

/** `time.AfterFunc(d, f)` in f itself, on every path, with nothing kept that could stop it. */
function rearmed(pass: Pass, call: NodeIndex, func: NodeIndex): void {
  const { tree } = pass;
  if (tree.kind[tree.parent[call] ?? 0] !== Kind.ExprStmt) return;
  const callback = tree.next[tree.b[call] ?? 0] ?? 0;
  if (!isFunction(pass, callback, func) && !callsOnly(pass, callback, func)) return;
  const flow = pass.flowOf(func);
  const block = flow.blockOf(tree.parent[call] ?? 0);
  if (block === -1 || !flow.reachable[block] || returnsWithout(flow, 0, block, 0) !== -1) return;
  if (block === 0 && flow.exitKind[0] === ExitKind.Never) return;
  const isPlain = tree.kind[func] === Kind.FuncDecl && tree.a[func] === 0;
  pass.report({
    // A function without receiver holds nothing but itself: it may be meant to run for as long as the program.
    confidence: isPlain ? 'low' : 'high',
    node: call,
    message:
      'the function arms a timer for itself each time it runs, and nothing can stop it: all that it uses stays for ever',
    steps: [
      { node: call, says: 'the timer is not kept, so nobody can stop it' },
      { node: func, says: 'this runs when it fires, and arms it again' },
    ],
    advice: 'Use a ticker in a goroutine that ends with a context, or keep the timer and stop it.',
  });
}

/** Whether an expression is the function `func` as a value. */
function isFunction(pass: Pass, expression: NodeIndex, func: NodeIndex): boolean {
  const { tree, bindings } = pass;
  if (tree.kind[expression] === Kind.SelectorExpr) return pass.typing.selection(expression)?.decl === func;
  if (tree.kind[expression] !== Kind.Ident) return false;
  const object = bindings.objectOf[expression] ?? 0;
  if (object === 0) return false;
  if (bindings.decl[object] === func) return true;
  const statement = tree.parent[func] ?? 0;
  const isAssigned = tree.kind[statement] === Kind.AssignStmt && tree.b[statement] === func;
  return isAssigned && bindings.objectOf[tree.a[statement] ?? 0] === object;
}

/** `func() { s.refresh() }`: a literal whose only statement calls `func`. */
function callsOnly(pass: Pass, literal: NodeIndex, func: NodeIndex): boolean {
  const { tree } = pass;
  if (tree.kind[literal] !== Kind.FuncLit) return false;
  const statement = tree.a[tree.b[literal] ?? 0] ?? 0;
  if (tree.kind[statement] !== Kind.ExprStmt || tree.next[statement] !== 0) return false;
  const call = tree.a[statement] ?? 0;
  return tree.kind[call] === Kind.CallExpr && isFunction(pass, tree.a[call] ?? 0, func);
}
