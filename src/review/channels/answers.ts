/**
 * Answers that nobody takes: a function makes a channel without room, hands it on in a field or a map, and waits for the
 * answer in a select that it also leaves by a timeout or a context. Whoever sends the answer with no other way out then
 * waits for ever.
 */
import type { ObjectIndex } from '../../golang/bindings.ts';
import { Kind } from '../../golang/nodes.ts';
import { unparen } from '../../golang/syntax.ts';
import { Token } from '../../golang/tokens.ts';
import { type NodeIndex, nameOf, textOf } from '../../golang/tree.ts';
import type { Pass } from '../rule.ts';
import { fieldUses } from './fields.ts';
import type { Finding } from './finding.ts';
import { isTimer } from './starts.ts';
import { selectAround } from './syntax.ts';

export function abandonedAnswers(pass: Pass): Finding[] {
  const { tree } = pass;
  const found: Finding[] = [];
  for (const use of fieldUses(pass).values()) {
    if (use.escapes || use.ranges.length > 0 || use.closes.length > 0) continue;
    const sends = use.sends.filter((send) => selectAround(pass, send) === 0);
    for (const value of sends.length === 0 ? [] : use.values) {
      const maker = pass.functionAround(value);
      const object = pass.bindings.objectOf[unparen(tree, value)] ?? 0;
      const make = object === 0 ? unparen(tree, value) : makeOf(pass, object);
      if (!hasNoRoom(pass, make)) continue;
      const receives = [...use.receives, ...(object === 0 ? [] : (receivesOf(pass, object) ?? []))];
      const way = receives.length > 0 && receives.every((one) => pass.functionAround(one) === maker);
      const left = way ? leftBy(pass, receives) : 0;
      if (left === 0) continue;
      for (const send of sends) {
        if (pass.functionAround(send) !== maker) found.push(finding(pass, make, left, send));
      }
    }
  }
  found.push(...inMaps(pass));
  return found;
}

/** `ch := make(chan T); m[id] = ch; select { case v := <-ch: … case <-ctx.Done(): return }`, while others send on m[id]. */
function inMaps(pass: Pass): Finding[] {
  const { tree, bindings, typing } = pass;
  const found: Finding[] = [];
  for (const assignment of pass.nodesOf(Kind.AssignStmt)) {
    const target = unparen(tree, tree.a[assignment] ?? 0);
    const value = unparen(tree, tree.b[assignment] ?? 0);
    if (tree.kind[target] !== Kind.IndexExpr || tree.kind[value] !== Kind.Ident || pass.inTest(assignment)) continue;
    const object = bindings.objectOf[value] ?? 0;
    const make = makeOf(pass, object);
    if (make === 0 || !hasNoRoom(pass, make)) continue;
    const map = unparen(tree, tree.a[target] ?? 0);
    const field = tree.kind[map] === Kind.SelectorExpr ? (typing.selection(map)?.decl ?? 0) : 0;
    if (field === 0) continue;
    const receives = receivesOf(pass, object);
    const left = receives === null || receives.length === 0 ? 0 : leftBy(pass, receives);
    if (left === 0) continue;
    for (const send of pass.nodesOf(Kind.SendStmt)) {
      if (pass.inTest(send) || selectAround(pass, send) !== 0) continue;
      if (pass.functionAround(send) === pass.functionAround(assignment)) continue;
      if (isFrom(pass, tree.a[send] ?? 0, field, tree.data[tree.b[map] ?? 0] ?? 0))
        found.push(finding(pass, make, left, send));
    }
  }
  return found;
}

/** Whether a channel is an entry of the map in a field: `x.f[key]`, or a variable that is declared by it. */
function isFrom(pass: Pass, channel: NodeIndex, field: NodeIndex, name: number): boolean {
  const { tree, bindings, typing } = pass;
  let node = unparen(tree, channel);
  if (tree.kind[node] === Kind.Ident) {
    const decl = bindings.decl[bindings.objectOf[node] ?? 0] ?? 0;
    if (tree.kind[decl] !== Kind.AssignStmt) return false;
    node = unparen(tree, tree.b[decl] ?? 0);
  }
  if (tree.kind[node] !== Kind.IndexExpr) return false;
  const map = unparen(tree, tree.a[node] ?? 0);
  if (tree.kind[map] !== Kind.SelectorExpr || tree.data[tree.b[map] ?? 0] !== name) return false;
  return typing.selection(map)?.decl === field;
}

/** The make call that a variable of a function is declared with; 0 for others. */
function makeOf(pass: Pass, object: ObjectIndex): NodeIndex {
  const { tree, bindings } = pass;
  const decl = bindings.decl[object] ?? 0;
  if (object === 0 || bindings.func[object] === 0 || tree.kind[decl] !== Kind.AssignStmt) return 0;
  const first = tree.a[decl] ?? 0;
  return first === bindings.ident[object] && tree.next[first] === 0 ? unparen(tree, tree.b[decl] ?? 0) : 0;
}

function hasNoRoom(pass: Pass, make: NodeIndex): boolean {
  const { tree } = pass;
  if (tree.kind[make] !== Kind.CallExpr || pass.typing.builtin(make) !== 'make') return false;
  return tree.next[tree.b[make] ?? 0] === 0;
}

/** Receives from a variable; null if it is also used for more than a receive or to hand it on once. */
function receivesOf(pass: Pass, object: ObjectIndex): NodeIndex[] | null {
  const { tree, bindings } = pass;
  const receives: NodeIndex[] = [];
  let handedOn = 0;
  for (let at = bindings.useStart[object] ?? 0; at < (bindings.useStart[object + 1] ?? 0); at++) {
    const use = bindings.uses[at] ?? 0;
    if (use === bindings.ident[object]) continue;
    const parent = tree.parent[use] ?? 0;
    if (tree.kind[parent] === Kind.UnaryExpr && tree.op[parent] === Token.Arrow) receives.push(parent);
    else if (++handedOn > 1) return null;
  }
  return receives;
}

/** The clause by which all of the receives can be left at any time; 0 if there is one without. */
function leftBy(pass: Pass, receives: readonly NodeIndex[]): NodeIndex {
  let left = 0;
  for (const receive of receives) {
    left = timeoutOf(pass, selectAround(pass, receive));
    if (left === 0) return 0;
  }
  return left;
}

/** The clause of a select that returns after a timeout or when a context ends. */
function timeoutOf(pass: Pass, select: NodeIndex): NodeIndex {
  const { tree } = pass;
  if (select === 0) return 0;
  for (let clause = tree.a[tree.a[select] ?? 0] ?? 0; clause !== 0; clause = tree.next[clause] ?? 0) {
    const comm = tree.a[clause] ?? 0;
    if (comm === 0 || tree.kind[comm] === Kind.SendStmt) continue;
    const receive = unparen(tree, (tree.kind[comm] === Kind.AssignStmt ? tree.b[comm] : tree.a[comm]) ?? 0);
    const channel = unparen(tree, tree.a[receive] ?? 0);
    if (!isTimer(pass, channel) && !isDone(pass, channel)) continue;
    for (let statement = tree.b[clause] ?? 0; statement !== 0; statement = tree.next[statement] ?? 0) {
      if (tree.kind[statement] === Kind.ReturnStmt) return clause;
    }
  }
  return 0;
}

function isDone(pass: Pass, channel: NodeIndex): boolean {
  const { tree } = pass;
  if (tree.kind[channel] !== Kind.CallExpr) return false;
  const fun = unparen(tree, tree.a[channel] ?? 0);
  return tree.kind[fun] === Kind.SelectorExpr && pass.typing.callee(channel)?.key === 'context.Context.Done';
}

function finding(pass: Pass, make: NodeIndex, left: NodeIndex, send: NodeIndex): Finding {
  const { tree } = pass;
  const name = textOf(tree, tree.a[send] ?? 0);
  const maker = pass.functionAround(make);
  const who = tree.kind[maker] === Kind.FuncDecl ? nameOf(tree, tree.b[maker] ?? 0) : 'the function that asked';
  return {
    rule: 'chan-send-abandoned',
    made: false,
    report: {
      confidence: 'medium',
      node: send,
      message: `this send on ${name} waits for ever when ${who} has stopped waiting for the answer: the channel has no room for it`,
      steps: [
        { node: make, says: 'the channel is made here, without room' },
        { node: left, says: `${who} gives up here` },
        { node: send, says: 'this send then waits for ever' },
      ],
      advice: 'Make the channel with room for one value, so that the answer can always be left there.',
    },
  };
}
