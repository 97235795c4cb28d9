/**
 * Cycles of a lock and a channel: a method sends to a goroutine (or waits for its end) with a mutex locked, and the goroutine,
 * the only one at the other end, locks the same mutex in its loop. When it is there first, both wait for ever.
 */
import { Kind } from '../../golang/nodes.ts';
import { unparen } from '../../golang/syntax.ts';
import { type NodeIndex, nameOf, textOf } from '../../golang/tree.ts';
import type { Pass } from '../rule.ts';
import { type FieldUse, fieldUses, isMade } from './fields.ts';
import type { ChannelRule, Finding } from './finding.ts';
import { startsOf } from './starts.ts';
import { contains, selectAround } from './syntax.ts';

/** A call of Lock or RLock. */
interface Locking {
  readonly call: NodeIndex;
  /** The mutex from the struct on: `.mu`; empty if it is embedded. */
  readonly mutex: string;
  readonly shared: boolean;
}

const MAX_DEPTH = 2;

export function lockedWaits(pass: Pass): Finding[] {
  const found: Finding[] = [];
  for (const use of fieldUses(pass).values()) {
    if (use.escapes || !isMade(pass, use)) continue;
    const takers = [...use.receives, ...use.ranges];
    const enders = [...use.closes, ...use.sends];
    // Room may be made for all that is ever sent, or a flag may see to it that there is some.
    const sends = use.values.every((value) => hasNoRoom(pass, value)) ? use.sends : [];
    for (const send of sends) found.push(...cycle(pass, use, send, takers, 'chan-send-abandoned'));
    for (const receive of use.receives) found.push(...cycle(pass, use, receive, enders, 'chan-select-no-exit'));
  }
  return found;
}

/** `others`: all operations at the other end. */
function cycle(pass: Pass, use: FieldUse, wait: NodeIndex, others: readonly NodeIndex[], rule: ChannelRule): Finding[] {
  const { tree } = pass;
  const [other] = others;
  const func = pass.functionAround(wait);
  if (other === undefined || selectAround(pass, wait) !== 0 || pass.inTest(wait)) return [];
  const goroutine = goroutineOf(pass, other);
  if (goroutine === func || others.some((one) => goroutineOf(pass, one) !== goroutine)) return [];
  if (!startsOf(pass).has(goroutine)) return [];
  const base = baseOf(pass, channelOf(pass, wait));
  const held = base === '' ? [] : heldAt(pass, func, base, wait);
  if (held.length === 0) return [];
  const needed = lockings(pass, goroutine, baseOf(pass, channelOf(pass, other)), 0, loopAround(pass, other, goroutine));
  for (const one of held) {
    const need = needed.find((lock) => lock.mutex === one.mutex && !(lock.shared && one.shared));
    if (need === undefined) continue;
    const mutex = `${base}${one.mutex}`;
    const name = nameOf(tree, use.field);
    const what = rule === 'chan-send-abandoned' ? 'send' : 'receive';
    return [
      {
        rule,
        made: false,
        report: {
          confidence: 'medium',
          node: wait,
          message: `this ${what} waits for ever when the goroutine at the other end of ${name} waits for ${mutex}, which is locked here`,
          steps: [
            { node: one.call, says: `${mutex} is locked here` },
            { node: need.call, says: 'the only goroutine at the other end of the channel locks it too' },
            { node: wait, says: `if that comes first, this ${what} and that lock wait for each other` },
          ],
          advice: `Unlock ${mutex} before the ${what}, and take what it needs into variables first.`,
        },
      },
    ];
  }
  return [];
}

function hasNoRoom(pass: Pass, make: NodeIndex): boolean {
  const { tree } = pass;
  return tree.next[tree.b[unparen(tree, make)] ?? 0] === 0;
}

/** The function, or literal, that an operation is in; of a deferred literal the function around. */
function goroutineOf(pass: Pass, node: NodeIndex): NodeIndex {
  const { tree } = pass;
  let func = pass.functionAround(node);
  while (tree.kind[func] === Kind.FuncLit) {
    const call = tree.parent[func] ?? 0;
    if (tree.kind[call] !== Kind.CallExpr || tree.kind[tree.parent[call] ?? 0] !== Kind.DeferStmt) return func;
    func = pass.functionAround(func);
  }
  return func;
}

function channelOf(pass: Pass, node: NodeIndex): NodeIndex {
  const { tree } = pass;
  const kind = tree.kind[node];
  return unparen(
    tree,
    (kind === Kind.RangeStmt ? tree.c[node] : kind === Kind.CallExpr ? tree.b[node] : tree.a[node]) ?? 0,
  );
}

/** The text before the field: what the mutex must hang on, too. Empty for what is not plain. */
export function baseOf(pass: Pass, selector: NodeIndex): string {
  const { tree } = pass;
  if (tree.kind[selector] !== Kind.SelectorExpr) return '';
  const text = textOf(tree, tree.a[selector] ?? 0);
  return /^[\w.]+$/.test(text) ? text : '';
}

/** The loop of the function that an operation is in; all of the function if it is in none. */
function loopAround(pass: Pass, node: NodeIndex, func: NodeIndex): NodeIndex {
  const { tree } = pass;
  let loop = func;
  for (let at = node; at !== func && at !== 0; at = tree.parent[at] ?? 0) {
    if (tree.kind[at] === Kind.ForStmt || tree.kind[at] === Kind.RangeStmt) loop = at;
  }
  return loop;
}

/** Locks of mutexes of `base` that a function takes within a node, itself or in methods of `base` that it calls. */
function lockings(pass: Pass, func: NodeIndex, base: string, depth: number, within: NodeIndex): Locking[] {
  const { tree, typing } = pass;
  if (base === '') return [];
  const found: Locking[] = [];
  for (const call of pass.engine(callsByFunction).get(func) ?? []) {
    if (!contains(tree, within, call) || tree.kind[tree.parent[call] ?? 0] === Kind.GoStmt) continue;
    const own = lockingOf(pass, call, base);
    if (own !== null) {
      found.push(own);
      continue;
    }
    const fun = unparen(tree, tree.a[call] ?? 0);
    if (depth >= MAX_DEPTH || tree.kind[fun] !== Kind.SelectorExpr || textOf(tree, tree.a[fun] ?? 0) !== base) continue;
    const decl = typing.callee(call)?.decl ?? 0;
    if (decl === 0 || tree.kind[decl] !== Kind.FuncDecl || tree.a[decl] === 0) continue;
    const receiver = tree.a[tree.a[tree.a[decl] ?? 0] ?? 0] ?? 0;
    if (receiver !== 0) found.push(...lockings(pass, decl, nameOf(tree, receiver), depth + 1, decl));
  }
  return found;
}

/** `base.mu.Lock()` or `base.Lock()`. */
function lockingOf(pass: Pass, call: NodeIndex, base: string, names = /^R?Lock$/): Locking | null {
  const { tree } = pass;
  const fun = unparen(tree, tree.a[call] ?? 0);
  if (tree.kind[fun] !== Kind.SelectorExpr) return null;
  const name = nameOf(tree, tree.b[fun] ?? 0);
  if (!names.test(name)) return null;
  const owner = textOf(tree, tree.a[fun] ?? 0);
  if (owner !== base && !owner.startsWith(`${base}.`)) return null;
  if (!/^sync\.(RW)?Mutex\./.test(pass.typing.callee(call)?.key ?? '')) return null;
  return { call, mutex: owner.slice(base.length), shared: name.startsWith('R') };
}

/** Mutexes of `base` that are locked before `node` in the function's text, and not unlocked before it but to return. */
export function heldAt(pass: Pass, func: NodeIndex, base: string, node: NodeIndex): Locking[] {
  const { tree } = pass;
  let held: Locking[] = [];
  for (const call of pass.engine(callsByFunction).get(func) ?? []) {
    if ((tree.start[call] ?? 0) >= (tree.start[node] ?? 0)) break;
    const statement = tree.parent[call] ?? 0;
    if (tree.kind[statement] !== Kind.ExprStmt) continue;
    const lock = lockingOf(pass, call, base);
    const unlock = lock === null ? lockingOf(pass, call, base, /^R?Unlock$/) : null;
    // Locked in a branch that the node is not in: not for sure.
    if (lock !== null && contains(tree, tree.parent[statement] ?? 0, node)) held.push(lock);
    if (unlock !== null && !leadsAway(pass, statement, node)) held = held.filter((one) => one.mutex !== unlock.mutex);
  }
  return held;
}

/** Whether the list of statements that a statement is in ends in a return, break or continue and does not hold `node`. */
function leadsAway(pass: Pass, statement: NodeIndex, node: NodeIndex): boolean {
  const { tree } = pass;
  if (contains(tree, tree.parent[statement] ?? 0, node)) return false;
  let last = statement;
  while (tree.next[last] !== 0) last = tree.next[last] ?? 0;
  return tree.kind[last] === Kind.ReturnStmt;
}

/** Calls by the function or literal that they are in, in the order of the text. */
function callsByFunction(pass: Pass): Map<NodeIndex, NodeIndex[]> {
  const { tree } = pass;
  const calls = new Map<NodeIndex, NodeIndex[]>();
  for (const call of pass.nodesOf(Kind.CallExpr)) {
    const func = pass.functionAround(call);
    const list = calls.get(func);
    if (list === undefined) calls.set(func, [call]);
    else list.push(call);
  }
  for (const list of calls.values()) list.sort((a, b) => (tree.start[a] ?? 0) - (tree.start[b] ?? 0));
  return calls;
}
