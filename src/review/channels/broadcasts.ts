/**
 * Broadcasts with a mutex locked: a method sends to each subscriber in a map in turn, and who unsubscribes needs the same
 * mutex to take itself off the map. A subscriber that has stopped receiving then waits for the sender, and the sender for it.
 */
import type { ObjectIndex } from '../../golang/bindings.ts';
import { Kind } from '../../golang/nodes.ts';
import { unparen } from '../../golang/syntax.ts';
import { Token } from '../../golang/tokens.ts';
import { type NodeIndex, nameOf, textOf } from '../../golang/tree.ts';
import { type TypeIndex, TypeKind } from '../../golang/typing.ts';
import type { Pass } from '../rule.ts';
import type { Finding } from './finding.ts';
import { baseOf, heldAt } from './locked.ts';
import { callersOf } from './starts.ts';
import { contains, selectAround } from './syntax.ts';

/** A delete from a map in a field, with a mutex of the same struct locked. */
interface Removal {
  readonly call: NodeIndex;
  /** FuncDecl. */
  readonly func: NodeIndex;
  readonly field: NodeIndex;
  readonly name: number;
  readonly mutexes: readonly { readonly mutex: string; readonly shared: boolean }[];
}

export function lockedBroadcasts(pass: Pass): Finding[] {
  const { tree } = pass;
  const found: Finding[] = [];
  for (const send of pass.nodesOf(Kind.SendStmt)) {
    if (selectAround(pass, send) !== 0 || pass.inTest(send)) continue;
    const map = mapOf(pass, send);
    if (map === 0) continue;
    const func = pass.functionAround(send);
    const base = baseOf(pass, map);
    const held = base === '' ? [] : heldAt(pass, func, base, send);
    if (held.length === 0) continue;
    const field = pass.typing.selection(map)?.decl ?? 0;
    const name = tree.data[tree.b[map] ?? 0] ?? 0;
    const element = elementOf(pass, tree.a[send] ?? 0);
    for (const removal of pass.engine(removals)) {
      if (removal.field !== field || removal.name !== name || removal.func === func) continue;
      const one = held.find((lock) =>
        removal.mutexes.some((other) => other.mutex === lock.mutex && !(other.shared && lock.shared)),
      );
      if (one === undefined || element === 0 || receives(pass, removal.func, element)) continue;
      const caller = callersOf(pass, removal.func).find(
        (call) => !pass.inTest(call) && receives(pass, pass.functionAround(call), element),
      );
      if (caller === undefined) continue;
      found.push(finding(pass, send, one.call, removal, caller, `${base}${one.mutex}`));
      break;
    }
  }
  return found;
}

/** The map, in a field, over whose keys or values a loop around the send goes, and the send is to; 0 if there is none. */
function mapOf(pass: Pass, send: NodeIndex): NodeIndex {
  const { tree, bindings, typing } = pass;
  let channel = unparen(tree, tree.a[send] ?? 0);
  if (tree.kind[channel] === Kind.SelectorExpr) channel = unparen(tree, tree.a[channel] ?? 0);
  if (tree.kind[channel] !== Kind.Ident) return 0;
  const object: ObjectIndex = bindings.objectOf[channel] ?? 0;
  const loop = bindings.decl[object] ?? 0;
  if (tree.kind[loop] !== Kind.RangeStmt || pass.functionAround(loop) !== pass.functionAround(send)) return 0;
  const map = unparen(tree, tree.c[loop] ?? 0);
  if (tree.kind[map] !== Kind.SelectorExpr || typing.selection(map)?.kind !== 'field') return 0;
  return typing.types.kind(typing.types.underlying(typing.typeOf(map))) === TypeKind.Map ? map : 0;
}

function removals(pass: Pass): Removal[] {
  const { tree, typing } = pass;
  const found: Removal[] = [];
  for (const call of pass.nodesOf(Kind.CallExpr)) {
    const fun = tree.a[call] ?? 0;
    if (tree.kind[fun] !== Kind.Ident || nameOf(tree, fun) !== 'delete' || typing.builtin(call) !== 'delete') continue;
    const map = unparen(tree, tree.b[call] ?? 0);
    const base = baseOf(pass, map);
    const func = pass.functionAround(call);
    if (base === '' || tree.kind[func] !== Kind.FuncDecl || pass.inTest(call)) continue;
    const mutexes = heldAt(pass, func, base, call);
    if (mutexes.length === 0) continue;
    const field = typing.selection(map)?.decl ?? 0;
    if (field !== 0) found.push({ call, func, field, name: tree.data[tree.b[map] ?? 0] ?? 0, mutexes });
  }
  return found;
}

/** The type of a channel's elements; 0 for what is no channel. */
function elementOf(pass: Pass, channel: NodeIndex): TypeIndex {
  const { types } = pass.typing;
  const type = types.underlying(pass.typing.typeOf(channel));
  return types.kind(type) === TypeKind.Channel ? types.element(type) : 0;
}

/** Whether a function, or a literal in it, receives such elements. */
function receives(pass: Pass, func: NodeIndex, element: TypeIndex): boolean {
  const { tree } = pass;
  if (func === 0) return false;
  const fits = (node: NodeIndex, channel: NodeIndex): boolean =>
    contains(tree, func, node) && elementOf(pass, channel) === element;
  return (
    pass.nodesOf(Kind.UnaryExpr).some((node) => tree.op[node] === Token.Arrow && fits(node, tree.a[node] ?? 0)) ||
    pass.nodesOf(Kind.RangeStmt).some((node) => fits(node, tree.c[node] ?? 0))
  );
}

function finding(
  pass: Pass,
  send: NodeIndex,
  lock: NodeIndex,
  removal: Removal,
  caller: NodeIndex,
  mutex: string,
): Finding {
  const { tree } = pass;
  const name = nameOf(tree, tree.b[removal.func] ?? 0);
  const channel = textOf(tree, tree.a[send] ?? 0);
  return {
    rule: 'chan-send-abandoned',
    made: false,
    report: {
      confidence: 'medium',
      node: send,
      message: `this send on ${channel} waits for ever when its receiver has stopped receiving and waits in ${name} for ${mutex}, which is locked here`,
      steps: [
        { node: lock, says: `${mutex} is locked here` },
        { node: caller, says: `the receiver stops receiving and calls ${name}` },
        { node: removal.call, says: `${name} takes it off the map only with the mutex locked` },
        { node: send, says: 'this send and that lock then wait for each other' },
      ],
      advice:
        'Send in a select with a channel that the receiver closes before it locks, or to a copy of the map unlocked.',
    },
  };
}
