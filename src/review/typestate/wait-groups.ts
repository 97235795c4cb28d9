/** The WaitGroups of a package, by variable and function, and what is called on them. */
import { type ObjectIndex, ObjectKind } from '../../golang/bindings.ts';
import { Kind } from '../../golang/nodes.ts';
import { type NodeIndex, nameOf, textOf } from '../../golang/tree.ts';
import type { Pass } from '../rule.ts';

/** One call of a method: `wg.Add(1)`. */
export interface GroupCall {
  readonly call: NodeIndex;
  readonly func: NodeIndex;
  /** Add, Done, Wait, Go; '' for any other mention of a local WaitGroup. */
  readonly method: string;
}

/** All calls on one WaitGroup, as far as one declared function and its literals show them. */
export interface Group {
  readonly name: string;
  /** The variable, or that of the struct that it is a field of. */
  readonly root: ObjectIndex;
  /** The WaitGroup is the variable itself. */
  readonly isVariable: boolean;
  readonly calls: readonly GroupCall[];
}

const METHODS = new Set(['Add', 'Done', 'Wait', 'Go']);

export function groupsOf(pass: Pass): Group[] {
  const { tree, bindings } = pass;
  const names = new Set([...METHODS].map((name) => tree.names.of(name)));
  const groups = new Map<string, { name: string; root: ObjectIndex; isVariable: boolean; calls: GroupCall[] }>();
  for (const call of pass.nodesOf(Kind.CallExpr)) {
    const fun = tree.a[call] ?? 0;
    if (tree.kind[fun] !== Kind.SelectorExpr || !names.has(tree.data[tree.b[fun] ?? 0] ?? 0)) continue;
    if (pass.inGenerated(call)) continue;
    const selection = pass.typing.selection(fun);
    if (selection === null || selection.path !== 'sync' || selection.receiver !== 'WaitGroup') continue;
    const x = tree.a[fun] ?? 0;
    let at = x;
    while (tree.kind[at] === Kind.SelectorExpr) at = tree.a[at] ?? 0;
    const root = tree.kind[at] === Kind.Ident ? (bindings.objectOf[at] ?? 0) : 0;
    if (root === 0 || bindings.kind[root] !== ObjectKind.Variable) continue;
    const name = textOf(tree, x);
    const key = `${root} ${name}`;
    const group = groups.get(key) ?? { name, root, isVariable: at === x, calls: [] };
    groups.set(key, group);
    group.calls.push({ call, func: pass.functionAround(call), method: nameOf(tree, tree.b[fun] ?? 0) });
  }
  return [...groups.values()];
}

export function isWithin(pass: Pass, node: NodeIndex, outer: NodeIndex): boolean {
  const { tree } = pass;
  return (tree.start[node] ?? 0) >= (tree.start[outer] ?? 0) && (tree.end[node] ?? 0) <= (tree.end[outer] ?? 0);
}

export function lastName(text: string): string {
  return text.slice(text.lastIndexOf('.') + 1);
}

/** An `if` or a case has the call in it, but not `other`. */
export function isUnderCondition(pass: Pass, call: NodeIndex, other: NodeIndex): boolean {
  const { tree } = pass;
  for (let at = tree.parent[call] ?? 0; at !== 0; at = tree.parent[at] ?? 0) {
    const kind = tree.kind[at];
    if (kind === Kind.FuncDecl || kind === Kind.FuncLit) return false;
    const branches = kind === Kind.IfStmt || kind === Kind.CaseClause || kind === Kind.CommClause;
    if (branches && !isWithin(pass, other, at)) return true;
  }
  return false;
}

const COUNTERS = new WeakMap<readonly Group[], ReadonlySet<NodeIndex>>();

/** Functions that count any group down. */
function countersOf(groups: readonly Group[]): ReadonlySet<NodeIndex> {
  let counters = COUNTERS.get(groups);
  if (counters === undefined) {
    const found = new Set<NodeIndex>();
    for (const group of groups) for (const { method, func } of group.calls) if (method === 'Done') found.add(func);
    counters = found;
    COUNTERS.set(groups, counters);
  }
  return counters;
}

/** The variable is mentioned in the function other than by the group's calls. */
export function mentionsElsewhere(pass: Pass, group: Group, groups: readonly Group[], func: NodeIndex): boolean {
  const { bindings } = pass;
  const counters = countersOf(groups);
  let mentions = 0;
  for (let at = bindings.useStart[group.root] ?? 0; at < (bindings.useStart[group.root + 1] ?? 0); at++) {
    const ident = bindings.uses[at] ?? 0;
    if (!isWithin(pass, ident, func) || ident === bindings.ident[group.root]) continue;
    if (group.isVariable) mentions++;
    else if (isPassed(pass, ident, counters)) return true;
  }
  return group.isVariable && mentions > group.calls.filter((other) => isWithin(pass, other.call, func)).length;
}

/** The struct is a receiver or argument of something that may count down. */
function isPassed(pass: Pass, ident: NodeIndex, counters: ReadonlySet<NodeIndex>): boolean {
  const { tree } = pass;
  const above = tree.parent[ident] ?? 0;
  if (tree.kind[above] !== Kind.SelectorExpr) return true;
  const call = tree.parent[above] ?? 0;
  if (tree.kind[call] !== Kind.CallExpr || tree.a[call] !== above) return false;
  const decl = pass.typing.callee(call)?.decl ?? 0;
  // A method of this package that does not count down itself; what it calls is not looked at.
  return decl === 0 || tree.kind[decl] !== Kind.FuncDecl || counters.has(decl);
}
