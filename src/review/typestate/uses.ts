/**
 * What a function does with a variable that holds a resource: for each mention, an effect at a node of its graph. The
 * mention's parents say it: `f.Close()` releases, `return f` hands over, `r := f` makes another name for it.
 */
import type { ObjectIndex } from '../../golang/bindings.ts';
import { ObjectFlag } from '../../golang/bindings.ts';
import type { Flow } from '../../golang/flow.ts';
import { Kind } from '../../golang/nodes.ts';
import { Token } from '../../golang/tokens.ts';
import { type NodeIndex, nameOf, type Offset, type Tree } from '../../golang/tree.ts';
import type { Pass } from '../rule.ts';
import { Effect } from './callees.ts';
import type { Resource } from './resources.ts';
import { isLocal } from './sites.ts';

/** Bits: what happens at a node of the graph. */
export const Mark = { Release: 1, Escape: 2, Assign: 4 } as const;

/** What became of a resource in one function, all paths taken together. */
export interface Uses {
  /** Node of the graph → bits. */
  readonly marks: ReadonlyMap<NodeIndex, number>;
  /** Variables that hold it, the first one first. */
  readonly holders: readonly Holder[];
  /** All bits of all nodes. */
  readonly all: number;
  /** A closure that was made before the resource may release or keep it, or a mention is where we cannot place it. */
  readonly unclear: boolean;
}

export interface Holder {
  readonly object: ObjectIndex;
  /** The variable is what holds the resource in its `field`, not the resource itself. */
  readonly outer: boolean;
  /** It only reads or writes through the resource: to close it does not close that. */
  readonly derived: boolean;
}

/** What a callee does with argument `index` that holds the resource. */
export type ArgumentEffect = (call: NodeIndex, index: number, holder: Holder) => number;

interface Verdict {
  readonly mark: number;
  /** Another variable that now holds it. */
  readonly alias?: Holder;
}

const NOTHING: Verdict = { mark: 0 };
const ESCAPES: Verdict = { mark: Mark.Escape };
const RELEASES: Verdict = { mark: Mark.Release };

/** How many names one resource may have; more is somebody's design. */
const ALIASES = 8;

/**
 * @param since only closures made at or after this node's source position are expected to deal with the resource.
 */
export function usesOf(
  pass: Pass,
  flow: Flow,
  resource: Resource,
  first: Holder,
  since: NodeIndex,
  effect: ArgumentEffect,
): Uses {
  return usesSince(pass.tree, usesAnywhere(pass, flow, resource, first, effect), since);
}

/** Uses as they are for whatever is acquired into the variable. */
export interface UsesAnywhere extends Uses {
  /** Where the first closure is made that deals with the resource; Infinity: there is none. */
  readonly firstClosure: Offset;
}

/** Uses as seen from one acquire: `since` is its node. */
export function usesSince(tree: Tree, uses: UsesAnywhere, since: NodeIndex): Uses {
  return !uses.unclear && uses.firstClosure < (tree.start[since] ?? 0) ? { ...uses, unclear: true } : uses;
}

export function usesAnywhere(
  pass: Pass,
  flow: Flow,
  resource: Resource,
  first: Holder,
  effect: ArgumentEffect,
): UsesAnywhere {
  const { tree, bindings } = pass;
  const holders: Holder[] = [first];
  const marks = new Map<NodeIndex, number>();
  let all = 0;
  let unclear = false;
  let firstClosure = Number.POSITIVE_INFINITY;
  for (let index = 0; index < holders.length; index++) {
    const holder = holders[index];
    if (holder === undefined) break;
    const { object } = holder;
    for (let at = bindings.useStart[object] ?? 0; at < (bindings.useStart[object + 1] ?? 0); at++) {
      const ident = bindings.uses[at] ?? 0;
      if (ident === bindings.ident[object] && tree.kind[tree.parent[ident] ?? 0] !== Kind.AssignStmt) continue;
      const closure = closureAround(pass, flow.func, ident);
      if (closure === -1) continue;
      const verdict = judge(pass, resource, holder, ident, effect);
      let mark = verdict.mark;
      if (verdict.alias !== undefined) {
        const { alias } = verdict;
        const known = holders.some((other) => other.object === alias.object && other.outer === alias.outer);
        if (!known && (holders.length >= ALIASES || !isLocal(pass, alias.object, pass.functionAround(ident)))) {
          mark |= Mark.Escape;
        } else if (!known) holders.push(alias);
      }
      if (closure !== 0) mark = closureMark(pass, closure, mark);
      const node = nodeOf(pass, flow, closure === 0 ? ident : closure);
      if (mark === 0) continue;
      if (node === 0) {
        unclear = true;
        continue;
      }
      if (closure !== 0) firstClosure = Math.min(firstClosure, tree.start[node] ?? 0);
      // An alias that is given something else no longer holds the resource; the first name does.
      if (mark === Mark.Assign && index > 0) continue;
      all |= mark;
      marks.set(node, (marks.get(node) ?? 0) | mark);
    }
  }
  return { marks, holders, all, unclear, firstClosure };
}

/** The outermost literal in `func` around a node; 0: the node is in `func` itself; -1: it is elsewhere. */
function closureAround(pass: Pass, func: NodeIndex, node: NodeIndex): NodeIndex {
  let closure = 0;
  let around = pass.functionAround(node);
  while (around !== func) {
    if (around === 0) return -1;
    closure = around;
    around = pass.functionAround(around);
  }
  return closure;
}

/** What a mention inside a closure means where the closure is made. */
function closureMark(pass: Pass, closure: NodeIndex, mark: number): number {
  const { tree } = pass;
  let above = tree.parent[closure] ?? 0;
  let value = closure;
  while (tree.kind[above] === Kind.ParenExpr) [value, above] = [above, tree.parent[above] ?? 0];
  if (tree.kind[above] === Kind.CallExpr) {
    const called = tree.a[above] === value;
    if (called && tree.kind[tree.parent[above] ?? 0] === Kind.GoStmt) return Mark.Escape;
    if (called) return mark === Mark.Assign ? Mark.Escape : mark;
    return mark === 0 ? 0 : Mark.Escape;
  }
  return Mark.Escape;
}

/** The node of the graph that a node is part of; 0 if none. */
export function nodeOf(pass: Pass, flow: Flow, node: NodeIndex): NodeIndex {
  const { tree } = pass;
  for (let at = node; at !== 0 && at !== flow.func; at = tree.parent[at] ?? 0) {
    if (flow.blockOf(at) !== -1) return at;
  }
  return 0;
}

/** Follows a mention's parents until they say what becomes of it. */
function judge(pass: Pass, resource: Resource, from: Holder, ident: NodeIndex, effect: ArgumentEffect): Verdict {
  const { tree } = pass;
  if (resource.anyUse) return anyUse(pass, tree.parent[ident] ?? 0, ident);
  let holder = from;
  let value = ident;
  for (;;) {
    const above = tree.parent[value] ?? 0;
    switch (tree.kind[above]) {
      case Kind.ParenExpr:
      case Kind.TypeAssertExpr:
        value = above;
        continue;
      case Kind.SelectorExpr: {
        if (tree.a[above] !== value) return ESCAPES;
        const member = nameOf(tree, tree.b[above] ?? 0);
        if (holder.outer && member === resource.field) {
          holder = { ...holder, outer: false };
          value = above;
          continue;
        }
        return selected(pass, resource, holder, above, member);
      }
      case Kind.CallExpr: {
        if (tree.a[above] === value) return NOTHING;
        const verdict = argument(pass, holder, above, value, effect);
        if (verdict !== null) return verdict;
        // A conversion, or a reader or writer around it: the result stands for it.
        if (!pass.typing.isType(tree.a[above] ?? 0)) holder = { ...holder, outer: false, derived: true };
        value = above;
        continue;
      }
      default:
        return placed(pass, holder, above, value);
    }
  }
}

/** `x.member`, where x is the resource or what holds it. */
function selected(pass: Pass, resource: Resource, holder: Holder, selector: NodeIndex, member: string): Verdict {
  const { tree } = pass;
  if (holder.outer || holder.derived || !resource.releases.has(member)) {
    // A field's address or the resource's field being replaced is nothing that we follow.
    const above = tree.parent[selector] ?? 0;
    return tree.kind[above] === Kind.UnaryExpr && tree.op[above] === Token.And ? ESCAPES : NOTHING;
  }
  const call = tree.parent[selector] ?? 0;
  if (tree.kind[call] !== Kind.CallExpr || tree.a[call] !== selector) return ESCAPES;
  return tree.kind[tree.parent[call] ?? 0] === Kind.GoStmt ? ESCAPES : RELEASES;
}

/** Null: the call's result stands for the resource. */
function argument(
  pass: Pass,
  holder: Holder,
  call: NodeIndex,
  value: NodeIndex,
  effect: ArgumentEffect,
): Verdict | null {
  const { tree, typing } = pass;
  if (typing.isType(tree.a[call] ?? 0)) return null;
  const builtin = typing.builtin(call);
  if (builtin !== '') return builtin === 'append' || builtin === 'panic' ? ESCAPES : NOTHING;
  let index = 0;
  for (let at = tree.b[call] ?? 0; at !== 0 && at !== value; at = tree.next[at] ?? 0) index++;
  const statement = tree.kind[tree.parent[call] ?? 0];
  if (statement === Kind.GoStmt) return ESCAPES;
  switch (effect(call, index, holder)) {
    case Effect.Uses:
      return NOTHING;
    case Effect.Wraps:
      return statement === Kind.ExprStmt || statement === Kind.DeferStmt ? NOTHING : null;
    case Effect.Releases:
      return holder.derived ? ESCAPES : RELEASES;
    default:
      return ESCAPES;
  }
}

function placed(pass: Pass, holder: Holder, above: NodeIndex, value: NodeIndex): Verdict {
  const { tree } = pass;
  switch (tree.kind[above]) {
    case Kind.AssignStmt:
      // `switch x := r.(type)`: each clause has an x of its own.
      if (tree.kind[tree.parent[above] ?? 0] === Kind.TypeSwitchStmt && tree.b[tree.parent[above] ?? 0] === above) {
        return ESCAPES;
      }
      return assigned(pass, holder, value, tree.a[above] ?? 0, tree.b[above] ?? 0);
    case Kind.ValueSpec:
      return assigned(pass, holder, value, tree.a[above] ?? 0, tree.c[above] ?? 0);
    case Kind.BinaryExpr:
    case Kind.ExprStmt:
    case Kind.SwitchStmt:
    case Kind.CaseClause:
      return NOTHING;
    default:
      return ESCAPES;
  }
}

function assigned(pass: Pass, holder: Holder, value: NodeIndex, left: NodeIndex, right: NodeIndex): Verdict {
  const { tree, bindings } = pass;
  // A field that gets another value, `resp.Body = nil`: whoever does that has seen to what was in it.
  for (let at = left; at !== 0; at = tree.next[at] ?? 0)
    if (at === value) return tree.kind[at] === Kind.Ident ? { mark: Mark.Assign } : ESCAPES;
  let index = 0;
  for (let at = right; at !== 0 && at !== value; at = tree.next[at] ?? 0) index++;
  // `gz, err := gzip.NewReader(f)`: the first of several results stands for the argument.
  let target = left;
  for (let skip = index; skip > 0; skip--) target = tree.next[target] ?? 0;
  if (tree.kind[target] !== Kind.Ident) return ESCAPES;
  if (nameOf(tree, target) === '_') return NOTHING;
  const object = bindings.objectOf[target] ?? 0;
  if (object === holder.object && !holder.derived) return NOTHING;
  // Code elsewhere may change what a captured variable holds; its mentions there are judged all the same.
  if (((bindings.flags[object] ?? 0) & ObjectFlag.Addressed) !== 0 && !holder.derived) return ESCAPES;
  return { mark: 0, alias: { ...holder, object } };
}

/** Of a resource that any mention releases: only an assignment to it is none. */
function anyUse(pass: Pass, above: NodeIndex, value: NodeIndex): Verdict {
  const { tree } = pass;
  if (tree.kind[above] !== Kind.AssignStmt) return RELEASES;
  for (let at = tree.a[above] ?? 0; at !== 0; at = tree.next[at] ?? 0) if (at === value) return { mark: Mark.Assign };
  return RELEASES;
}
