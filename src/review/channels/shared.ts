/**
 * Channels that are reached through fields and maps: who sends, receives and closes is compared over the package, which
 * sees what is never done anywhere, but not on which path. So medium at most.
 */
import { EdgeKind } from '../../golang/flow.ts';
import { Kind } from '../../golang/nodes.ts';
import { lastName, unparen } from '../../golang/syntax.ts';
import { Token } from '../../golang/tokens.ts';
import { type NodeIndex, nameOf, textOf } from '../../golang/tree.ts';
import { TypeKind } from '../../golang/typing.ts';
import type { Confidence, Pass, Step } from '../rule.ts';
import { type FieldUse, fieldUses, isMade } from './fields.ts';
import type { ChannelRule, Finding } from './finding.ts';
import { callersOf, endlessOf, runsOnce, startsOf } from './starts.ts';
import { contains, selectAround } from './syntax.ts';

export function sharedChannels(pass: Pass): Finding[] {
  const found: Finding[] = [];
  for (const use of fieldUses(pass).values()) {
    found.push(...unclosedRanges(pass, use), ...abandonedSends(pass, use), ...fanOut(pass, use));
    found.push(...neverMade(pass, use));
  }
  found.push(...deadExits(pass), ...forgottenAnswers(pass));
  return found;
}

function made(
  rule: ChannelRule,
  confidence: Confidence,
  node: NodeIndex,
  message: string,
  steps: Step[],
  advice: string,
): Finding {
  return { rule, made: false, report: { confidence, node, message, steps, advice } };
}

/** The first go statement that runs `func` more than once in a process; 0 if there is none. */
function repeatedStart(pass: Pass, func: NodeIndex): NodeIndex {
  return (startsOf(pass).get(func) ?? []).find((call) => !runsOnce(pass, call)) ?? 0;
}

/** `for v := range x.f` in a goroutine, while nothing in the package closes f. */
function unclosedRanges(pass: Pass, use: FieldUse): Finding[] {
  const { tree } = pass;
  if (use.closes.length > 0 || use.escapes || use.sends.length === 0 || !isMade(pass, use)) return [];
  return use.ranges.flatMap((range) => {
    const start = repeatedStart(pass, pass.functionAround(range));
    if (start === 0 || leavesEarly(pass, range)) return [];
    const name = textOf(tree, tree.c[range] ?? 0);
    return made(
      'chan-range-unclosed',
      'medium',
      range,
      `this loop over ${name} never ends: nothing in the package closes the channel, and each goroutine started for it stays`,
      [
        { node: start, says: 'the goroutine is started here' },
        { node: use.field, says: 'the channel is in this field, which nobody closes' },
      ],
      `Close ${name} when its sender is done, or leave the loop by ctx.Done().`,
    );
  });
}

/** A return, or a break out of the loop, in its body. */
function leavesEarly(pass: Pass, range: NodeIndex): boolean {
  const { tree } = pass;
  const body = tree.d[range] ?? 0;
  const within = (node: NodeIndex): boolean => contains(tree, body, node);
  return (
    pass.nodesOf(Kind.ReturnStmt).some(within) ||
    pass.nodesOf(Kind.BranchStmt).some((node) => within(node) && tree.op[node] !== Token.Continue)
  );
}

/** The only receiver recovers from a panic and is gone, while senders have no way out. */
function abandonedSends(pass: Pass, use: FieldUse): Finding[] {
  const { tree } = pass;
  const receivers = new Set([...use.ranges, ...use.receives].map((node) => pass.functionAround(node)));
  const [receiver] = receivers;
  if (receivers.size !== 1 || receiver === undefined || use.escapes || !startsOf(pass).has(receiver)) return [];
  const recovery = recoveryOf(pass, receiver);
  if (recovery === 0) return [];
  return use.sends.flatMap((send) => {
    if (selectAround(pass, send) !== 0 || pass.functionAround(send) === receiver) return [];
    const name = textOf(tree, tree.a[send] ?? 0);
    const range = use.ranges[0] ?? use.receives[0] ?? use.field;
    return made(
      'chan-send-abandoned',
      'medium',
      send,
      `this send on ${name} waits for ever once its only receiver has recovered from a panic: its loop is over, and nobody starts another`,
      [
        { node: range, says: 'the only receiver of the channel' },
        { node: recovery, says: 'a panic is recovered here, after the loop has been left' },
        { node: send, says: 'this send then waits for ever' },
      ],
      'Recover within the loop, around the work on one value, so that the receiver goes on.',
    );
  });
}

/** The recover call that a defer of the function itself makes; 0 if none, or if it starts the function again. */
function recoveryOf(pass: Pass, func: NodeIndex): NodeIndex {
  const { tree } = pass;
  if (callersOf(pass, func).some((call) => contains(tree, func, call))) return 0;
  for (const statement of pass.nodesOf(Kind.DeferStmt)) {
    if (pass.functionAround(statement) !== func) continue;
    const literal = tree.a[tree.a[statement] ?? 0] ?? 0;
    if (tree.kind[literal] !== Kind.FuncLit) continue;
    for (const call of pass.nodesOf(Kind.CallExpr)) {
      if (pass.functionAround(call) === literal && pass.typing.builtin(call) === 'recover') return call;
    }
  }
  return 0;
}

/** One goroutine sends to many receivers in turn: the slowest holds up all, and every goroutine like it. */
function fanOut(pass: Pass, use: FieldUse): Finding[] {
  const { tree, bindings, typing } = pass;
  // An answer that somebody waits for once, or that always has room, holds nobody up.
  const room = use.values.some((value) => {
    const size = tree.next[tree.b[unparen(tree, value)] ?? 0] ?? 0;
    return size !== 0 && (typing.integer(size) ?? 0) > 0;
  });
  if (room || use.ranges.length === 0) return [];
  return use.sends.flatMap((send) => {
    if (selectAround(pass, send) !== 0) return [];
    const base = unparen(tree, tree.a[unparen(tree, tree.a[send] ?? 0)] ?? 0);
    const loop = bindings.decl[bindings.objectOf[base] ?? 0] ?? 0;
    if (tree.kind[loop] !== Kind.RangeStmt || !contains(tree, loop, send)) return [];
    const start = repeatedStart(pass, pass.functionAround(send));
    if (start === 0) return [];
    const name = textOf(tree, tree.a[send] ?? 0);
    return made(
      'chan-unbounded-producer',
      'medium',
      send,
      `this loop sends to every ${name} in turn without a way out: one receiver that is slow or gone holds it up, and a goroutine more waits here with each start`,
      [
        { node: start, says: 'a goroutine is started here each time' },
        { node: send, says: 'it waits here for the slowest receiver' },
      ],
      'Send in a select with default (drop), a timeout or ctx.Done(), and take slow receivers off the list.',
    );
  });
}

/** A bare receive from a field that the literal leaves nil and only another function sets. */
function neverMade(pass: Pass, use: FieldUse): Finding[] {
  const { tree, typing } = pass;
  if (use.escapes || use.assignments.length === 0 || use.assignments.length !== use.values.length) return [];
  const owners = new Set(use.assignments.map((node) => pass.functionAround(node)));
  return use.receives.flatMap((receive) => {
    const func = pass.functionAround(receive);
    if (selectAround(pass, receive) !== 0 || owners.has(func)) return [];
    const starts = (startsOf(pass).get(func) ?? []).filter((call) => pass.functionAround(call) !== func);
    const start = starts.find((call) => !runsOnce(pass, call)) ?? 0;
    if (start === 0 || starts.some((call) => owners.has(pass.functionAround(call)))) return [];
    // The receiver's struct must come from literals of this package.
    const struct = tree.parent[tree.parent[tree.parent[use.field] ?? 0] ?? 0] ?? 0;
    const spec = tree.parent[struct] ?? 0;
    if (tree.kind[spec] !== Kind.TypeSpec) return [];
    const type = typing.objectType(pass.bindings.objectOf[tree.a[spec] ?? 0] ?? 0);
    const literals = pass.nodesOf(Kind.CompositeLit).filter((node) => typing.typeOf(node) === type);
    if (literals.length === 0 || type === 0 || !startsAfterLiteral(pass, start, owners)) return [];
    const name = textOf(tree, tree.a[receive] ?? 0);
    return made(
      'chan-select-no-exit',
      'medium',
      receive,
      `this receive waits for ever if ${name} is not made yet: it is nil until ${ownerName(pass, owners)} runs, and a receive from a nil channel never ends`,
      [
        { node: literals[0] ?? use.field, says: 'the struct is made here, with a nil channel' },
        { node: start, says: 'the goroutine is started here' },
        { node: use.assignments[0] ?? use.field, says: 'only this makes the channel' },
      ],
      `Make ${name} where the struct is made, and give the receive a way out.`,
    );
  });
}

/** The function that starts the goroutine calls none of the owners for sure before it. */
function startsAfterLiteral(pass: Pass, start: NodeIndex, owners: ReadonlySet<NodeIndex>): boolean {
  const { tree } = pass;
  const starter = pass.functionAround(start);
  for (const owner of owners) {
    for (const call of callersOf(pass, owner)) {
      if (pass.functionAround(call) !== starter || (tree.start[call] ?? 0) > (tree.start[start] ?? 0)) continue;
      const statement = tree.parent[call] ?? 0;
      const block = tree.parent[statement] ?? 0;
      // In the same list of statements as the go statement: it has run by then.
      if (block === tree.parent[tree.parent[start] ?? 0]) return false;
    }
  }
  return true;
}

function ownerName(pass: Pass, owners: ReadonlySet<NodeIndex>): string {
  const { tree } = pass;
  const [owner] = owners;
  return owner !== undefined && tree.kind[owner] === Kind.FuncDecl
    ? nameOf(tree, tree.b[owner] ?? 0)
    : 'another function';
}

/** Loops in goroutines whose only way out is a case for a field that nobody closes or sends on. */
function deadExits(pass: Pass): Finding[] {
  const { tree, typing } = pass;
  const uses = fieldUses(pass);
  const found: Finding[] = [];
  const isDead = (channel: NodeIndex): NodeIndex => {
    const node = unparen(tree, channel);
    if (tree.kind[node] !== Kind.SelectorExpr) return 0;
    const ident = tree.b[node] ?? 0;
    for (const use of uses.values()) {
      if (tree.data[use.field] !== tree.data[ident]) continue;
      if (use.escapes || isEnded(pass, use) || !isMade(pass, use)) continue;
      const decl = typing.selection(node)?.decl ?? 0;
      if (decl !== 0 && decl === tree.parent[use.field]) return use.field;
    }
    return 0;
  };
  const anyDead = [...uses.values()].some((use) => !use.escapes && use.receives.length > 0 && !isEnded(pass, use));
  if (!anyDead) return found;
  for (const func of startsOf(pass).keys()) {
    const start = repeatedStart(pass, func);
    if (start === 0 || endlessOf(pass, func) !== null) continue;
    let select = 0;
    let field = 0;
    const endless = endlessOf(pass, func, 0, (kind, node) => {
      if (kind !== EdgeKind.Select) return false;
      const comm = tree.a[node] ?? 0;
      if (comm === 0 || tree.kind[comm] === Kind.SendStmt) return false;
      const receive = unparen(tree, (tree.kind[comm] === Kind.AssignStmt ? tree.b[comm] : tree.a[comm]) ?? 0);
      const dead = isDead(tree.a[receive] ?? 0);
      if (dead === 0) return false;
      select = tree.parent[tree.parent[node] ?? 0] ?? 0;
      field = dead;
      return true;
    });
    if (endless === null || select === 0) continue;
    const name = nameOf(tree, field);
    found.push(
      made(
        'chan-select-no-exit',
        'medium',
        select,
        `the only way out of this loop is ${name}, and nothing in the package closes it or sends on it: the goroutine stays for ever`,
        [
          { node: start, says: 'the goroutine is started here' },
          { node: field, says: 'the channel is in this field, which nobody closes' },
        ],
        `Close ${name} where the work ends, once, and see that every user of it calls that.`,
      ),
    );
  }
  return found;
}

/** A goroutine waits for an answer on a channel that a map keeps, entries are deleted, and nothing closes such a channel. */
function forgottenAnswers(pass: Pass): Finding[] {
  const { tree, bindings, typing } = pass;
  const found: Finding[] = [];
  const deletes = new Set<number>();
  for (const call of pass.nodesOf(Kind.CallExpr)) {
    const fun = tree.a[call] ?? 0;
    if (tree.kind[fun] !== Kind.Ident || nameOf(tree, fun) !== 'delete') continue;
    deletes.add(lastName(tree, tree.b[call] ?? 0));
  }
  // A map without a name is not followed.
  deletes.delete(0);
  if (deletes.size === 0) return found;
  for (const assignment of pass.nodesOf(Kind.AssignStmt)) {
    const target = unparen(tree, tree.a[assignment] ?? 0);
    const value = unparen(tree, tree.b[assignment] ?? 0);
    if (tree.kind[target] !== Kind.IndexExpr || tree.kind[value] !== Kind.Ident || pass.inTest(assignment)) continue;
    if (!deletes.has(lastName(tree, tree.a[target] ?? 0))) continue;
    const object = bindings.objectOf[value] ?? 0;
    const decl = bindings.decl[object] ?? 0;
    if (tree.kind[decl] !== Kind.AssignStmt || bindings.func[object] === 0) continue;
    if (typing.builtin(unparen(tree, tree.b[decl] ?? 0)) !== 'make') continue;
    const type = typing.objectType(object);
    if (typing.types.kind(typing.types.underlying(type)) !== TypeKind.Channel || closes(pass, type)) continue;
    const receive = bareReceive(pass, object);
    if (receive === 0) continue;
    const map = textOf(tree, tree.a[target] ?? 0);
    found.push(
      made(
        'chan-select-no-exit',
        'medium',
        receive,
        `this receive waits for ever for an answer that does not come: an entry of ${map} can be deleted or forgotten, and nothing closes its channel`,
        [
          { node: tree.b[decl] ?? 0, says: 'the channel is made here' },
          { node: assignment, says: `only ${map} leads to it from here on` },
          { node: receive, says: 'this receive has no other way out' },
        ],
        'Receive in a select with ctx.Done() or a timeout, and close the channel where its entry is deleted.',
      ),
    );
  }
  return found;
}

/** Whether anything that can run closes the channel or sends on it. */
function isEnded(pass: Pass, use: FieldUse): boolean {
  return [...use.closes, ...use.sends].some((node) => !isUnused(pass, node));
}

/** In a function or method that nothing outside of it names, and nothing outside of the package can. */
function isUnused(pass: Pass, node: NodeIndex): boolean {
  const { tree } = pass;
  let func = pass.functionAround(node);
  while (func !== 0 && tree.kind[func] === Kind.FuncLit) func = pass.functionAround(func);
  const ident = tree.b[func] ?? 0;
  if (func === 0 || !/^[\p{Ll}_]/u.test(nameOf(tree, ident)) || /^(init|main)$/.test(nameOf(tree, ident))) return false;
  // A plain call of the name cannot be one of a method.
  const isMethod = tree.a[func] !== 0;
  const isPlainCall = (node: NodeIndex): boolean =>
    tree.kind[tree.parent[node] ?? 0] === Kind.CallExpr && tree.a[tree.parent[node] ?? 0] === node;
  const names = (node: NodeIndex): boolean =>
    node !== ident && tree.data[node] === tree.data[ident] && !(isMethod && isPlainCall(node));
  return !pass.nodesOf(Kind.Ident).some((node) => names(node) && !contains(tree, func, node));
}

/** Whether the package closes any channel with this type of element. */
function closes(pass: Pass, type: number): boolean {
  const { tree, typing } = pass;
  const { types } = typing;
  for (const call of pass.nodesOf(Kind.CallExpr)) {
    const fun = tree.a[call] ?? 0;
    if (tree.kind[fun] !== Kind.Ident || nameOf(tree, fun) !== 'close') continue;
    const closed = types.underlying(typing.typeOf(tree.b[call] ?? 0));
    if (closed === 0 || types.element(closed) === types.element(types.underlying(type))) return true;
  }
  return false;
}

/** A receive outside of any select, in a goroutine of its own, from the variable or from a field that is set from it. */
function bareReceive(pass: Pass, object: number): NodeIndex {
  const { tree, bindings, typing } = pass;
  for (let at = bindings.useStart[object] ?? 0; at < (bindings.useStart[object + 1] ?? 0); at++) {
    const use = bindings.uses[at] ?? 0;
    const parent = tree.parent[use] ?? 0;
    if (tree.kind[parent] === Kind.UnaryExpr && tree.op[parent] === Token.Arrow) {
      if (selectAround(pass, parent) === 0 && repeatedStart(pass, pass.functionAround(parent)) !== 0) return parent;
    }
    if (tree.kind[parent] !== Kind.KeyValueExpr) continue;
    const key = tree.a[parent] ?? 0;
    const field = typing.fieldOf(key);
    for (const one of fieldUses(pass).values()) {
      if (tree.parent[one.field] !== field || tree.data[one.field] !== tree.data[key] || one.escapes) continue;
      for (const receive of one.receives) {
        if (selectAround(pass, receive) === 0 && repeatedStart(pass, pass.functionAround(receive)) !== 0)
          return receive;
      }
    }
  }
  return 0;
}
