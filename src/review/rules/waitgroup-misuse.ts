/** WaitGroups that let Wait pass too early, or never. */
import { ObjectFlag } from '../../golang/bindings.ts';
import { ExitKind } from '../../golang/flow.ts';
import { shortestWay } from '../../golang/flow-query.ts';
import { Kind } from '../../golang/nodes.ts';
import { type NodeIndex, nameOf } from '../../golang/tree.ts';
import type { Pass, Rule } from '../rule.ts';
import { lineOf, waySteps } from '../typestate/explain.ts';
import { nodeOf } from '../typestate/uses.ts';
import { checkCounts } from '../typestate/wait-counts.ts';
import {
  type Group,
  groupsOf,
  isUnderCondition,
  isWithin,
  lastName,
  mentionsElsewhere,
} from '../typestate/wait-groups.ts';

export const waitgroupMisuse: Rule = {
  id: 'waitgroup-misuse',
  summary: 'A WaitGroup is counted so that Wait comes back too early or never.',
  when: { imports: ['sync'] },
  check(pass) {
    const groups = groupsOf(pass);
    for (const group of groups) {
      addedInside(pass, group);
      notDone(pass, group, groups);
      neverDone(pass, group);
      checkCounts(pass, group, groups);
    }
    for (const field of pass.nodesOf(Kind.Field)) byValue(pass, field);
  },
};

/** The literal is what a `go` statement runs. */
function isGoroutine(pass: Pass, literal: NodeIndex): boolean {
  const { tree } = pass;
  const call = tree.parent[literal] ?? 0;
  return (
    tree.kind[literal] === Kind.FuncLit &&
    tree.kind[call] === Kind.CallExpr &&
    tree.a[call] === literal &&
    tree.kind[tree.parent[call] ?? 0] === Kind.GoStmt
  );
}

/** `go func() { wg.Add(1); defer wg.Done() … }()`: Wait may come first and find nothing to wait for. */
function addedInside(pass: Pass, group: Group): void {
  const { tree, bindings } = pass;
  for (const { call, func, method } of group.calls) {
    if (method !== 'Add' || !isGoroutine(pass, func)) continue;
    if (isWithin(pass, bindings.ident[group.root] ?? 0, func)) continue;
    const inside = group.calls.filter((other) => isWithin(pass, other.call, func));
    const outside = group.calls.filter((other) => !isWithin(pass, other.call, func));
    // Whoever is counted itself may count others: then there is an Add or a Go outside.
    if (outside.some((other) => other.method === 'Add' || other.method === 'Go')) continue;
    const starter = pass.functionAround(func);
    // A Done that only a further goroutine calls counts that one, which Add precedes.
    if (!inside.some((other) => other.method === 'Done' && !isInFurther(pass, other.func, func))) continue;
    const wait = outside.find((other) => other.method === 'Wait' && other.func === starter);
    if (wait === undefined) continue;
    pass.report({
      confidence: 'high',
      node: call,
      message: `${group.name}.Add runs in the goroutine that it counts: ${group.name}.Wait on line ${lineOf(pass, wait.call)} may come first and not wait for it`,
      steps: [
        { node: tree.parent[tree.parent[func] ?? 0] ?? func, says: 'the goroutine starts here, not counted yet' },
        { node: call, says: 'it is counted when it gets to run' },
        { node: wait.call, says: 'Wait may have passed by then' },
      ],
      advice: 'Call Add before the go statement, or use wg.Go (go 1.25).',
    });
  }
}

/** Between a function and one that it lies in there is another goroutine. */
function isInFurther(pass: Pass, func: NodeIndex, outer: NodeIndex): boolean {
  for (let at = func; at !== outer && at !== 0; at = pass.functionAround(at)) if (isGoroutine(pass, at)) return true;
  return false;
}

/** Done in a loop counts what the loop takes, not the goroutine; `if counted { defer wg.Done() }` knows who is counted. */
function countsOthers(pass: Pass, call: NodeIndex): boolean {
  const { tree } = pass;
  const isDeferred = tree.kind[tree.parent[call] ?? 0] === Kind.DeferStmt;
  for (let at = tree.parent[call] ?? 0; at !== 0; at = tree.parent[at] ?? 0) {
    const kind = tree.kind[at];
    if (kind === Kind.FuncDecl || kind === Kind.FuncLit) return false;
    if (kind === Kind.ForStmt || kind === Kind.RangeStmt || (isDeferred && kind === Kind.IfStmt)) return true;
  }
  return false;
}

/** A goroutine that calls Done at its end, and returns before on some path. */
function notDone(pass: Pass, group: Group, groups: readonly Group[]): void {
  const functions = new Set(group.calls.filter((other) => other.method === 'Done').map((other) => other.func));
  for (const func of functions) {
    const isLiteral = isGoroutine(pass, func) && !isWithin(pass, pass.bindings.ident[group.root] ?? 0, func);
    if (!isLiteral && !isStarted(pass, group, groups, func)) continue;
    const flow = pass.flowOf(func);
    const blocks = new Set<number>();
    let clear = true;
    for (const other of group.calls) {
      if (!isWithin(pass, other.call, func)) continue;
      if (other.func !== func || other.method !== 'Done' || countsOthers(pass, other.call)) clear = false;
      else blocks.add(flow.blockOf(nodeOf(pass, flow, other.call)));
    }
    // Counted under a condition, counted down under it. And others that get the group may count down, too.
    const adds = group.calls.filter((other) => other.method === 'Add' && other.func === pass.functionAround(func));
    if (isLiteral && (adds.length === 0 || adds.some((add) => isUnderCondition(pass, add.call, func)))) continue;
    if (!clear || blocks.has(-1) || mentionsElsewhere(pass, group, groups, func)) continue;
    const exits = (block: number): boolean => flow.exitKind[block] === ExitKind.Return;
    const way = blocks.has(0) ? null : shortestWay(flow, 0, exits, (edge) => !blocks.has(flow.edgeTo[edge] ?? 0));
    if (way === null) continue;
    const last = way.length === 0 ? 0 : (flow.edgeTo[way[way.length - 1] ?? 0] ?? 0);
    const exit = flow.exitNode[last] ?? 0;
    const done = group.calls.find((other) => other.func === func && other.method === 'Done');
    if (done === undefined) continue;
    pass.report({
      confidence: 'high',
      node: done.call,
      message: `${group.name}.Done is not called when the goroutine returns on line ${lineOf(pass, exit)}: ${group.name}.Wait then never comes back`,
      steps: waySteps(
        pass,
        func,
        way,
        { node: func, says: 'the goroutine begins' },
        { node: exit, says: 'it ends without Done' },
      ),
      advice: `Defer ${group.name}.Done() at the top of the goroutine.`,
    });
  }
}

/**
 * A declared function that is only ever started with `go`, right where a group of that name is counted up:
 * `a.pages.Add(1); go a.layOut(page)`. The group is its receiver's or a pointer parameter's.
 */
function isStarted(pass: Pass, group: Group, groups: readonly Group[], func: NodeIndex): boolean {
  const { tree, bindings } = pass;
  if (tree.kind[func] !== Kind.FuncDecl || group.isVariable) return false;
  const { Receiver, Parameter } = ObjectFlag;
  if (((bindings.flags[group.root] ?? 0) & (Receiver | Parameter)) === 0) return false;
  const name = lastName(group.name);
  const declared = tree.data[tree.b[func] ?? 0];
  let starts = 0;
  for (const call of pass.nodesOf(Kind.CallExpr)) {
    const fun = tree.a[call] ?? 0;
    const ident = tree.kind[fun] === Kind.SelectorExpr ? (tree.b[fun] ?? 0) : fun;
    if (tree.kind[ident] !== Kind.Ident || tree.data[ident] !== declared) continue;
    if (pass.typing.callee(call)?.decl !== func) continue;
    if (tree.kind[tree.parent[call] ?? 0] !== Kind.GoStmt) return false;
    const starter = pass.functionAround(call);
    const counted = groups.some(
      (other) =>
        lastName(other.name) === name &&
        other.calls.some(
          (add) => add.method === 'Add' && add.func === starter && !isUnderCondition(pass, add.call, call),
        ),
    );
    if (!counted) return false;
    starts++;
  }
  return starts > 0;
}

/** A local group that is added to and waited for, and that nobody can count down. */
function neverDone(pass: Pass, group: Group): void {
  const { bindings } = pass;
  const { root, calls, isVariable } = group;
  if (!isVariable || bindings.func[root] === 0 || bindings.flags[root] === undefined) return;
  if (calls.some((other) => other.method === 'Done' || other.method === 'Go')) return;
  const add = calls.find((other) => other.method === 'Add');
  const wait = calls.find((other) => other.method === 'Wait');
  if (add === undefined || wait === undefined || calls.filter((other) => other.method === 'Add').length > 1) return;
  // Its declaration, and one mention for each call.
  let mentions = 0;
  for (let at = bindings.useStart[root] ?? 0; at < (bindings.useStart[root + 1] ?? 0); at++) {
    if (bindings.uses[at] !== bindings.ident[root]) mentions++;
  }
  const decl = pass.tree.kind[bindings.decl[root] ?? 0];
  if (mentions > calls.length || (decl !== Kind.ValueSpec && decl !== Kind.AssignStmt)) return;
  const count = pass.typing.integer(pass.tree.b[add.call] ?? 0);
  if (count !== null && count <= 0) return;
  pass.report({
    confidence: 'high',
    node: wait.call,
    message: `nobody calls ${group.name}.Done: ${group.name}.Wait never comes back`,
    steps: [
      { node: add.call, says: 'counted up here' },
      { node: wait.call, says: 'waits until it is counted down, which nothing does' },
    ],
    advice: `Defer ${group.name}.Done() in each goroutine that is counted.`,
  });
}

/** A parameter of type sync.WaitGroup is a copy: Done on it counts nothing down. */
function byValue(pass: Pass, field: NodeIndex): void {
  const { tree, bindings, typing } = pass;
  const type = tree.b[field] ?? 0;
  const member = tree.kind[type] === Kind.SelectorExpr ? nameOf(tree, tree.b[type] ?? 0) : '';
  if (member !== 'WaitGroup') return;
  const list = tree.parent[field] ?? 0;
  const signature = tree.parent[list] ?? 0;
  if (tree.kind[signature] !== Kind.FuncType || tree.b[signature] !== list) return;
  const named = typing.types.named(typing.typeOf(type));
  if (named === null || named[0] !== 'sync') return;
  for (let name = tree.a[field] ?? 0; name !== 0; name = tree.next[name] ?? 0) {
    const object = bindings.objectOf[name] ?? 0;
    if (object === 0 || (bindings.useStart[object + 1] ?? 0) - (bindings.useStart[object] ?? 0) < 2) continue;
    pass.report({
      confidence: 'high',
      node: name,
      message: `${nameOf(tree, name)} is a copy of the caller's WaitGroup: Done on it does not count the caller's down`,
      steps: [{ node: type, says: 'passed by value' }],
      advice: 'Pass a *sync.WaitGroup.',
    });
  }
}
