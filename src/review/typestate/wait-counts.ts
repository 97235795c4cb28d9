/**
 * WaitGroups that are counted for goroutines that are not started, and waited for among those that are not started yet. Only
 * where all counting down is in one goroutine that the counting function starts itself.
 */
import { EdgeKind, type Flow } from '../../golang/flow.ts';
import { shortestWay } from '../../golang/flow-query.ts';
import { Kind } from '../../golang/nodes.ts';
import { type NodeIndex, textOf } from '../../golang/tree.ts';
import { TypeKind } from '../../golang/typing.ts';
import type { Pass } from '../rule.ts';
import { Says } from './conditions.ts';
import { lineOf, waySteps } from './explain.ts';
import { findLeak, type LeakWay, Step } from './paths.ts';
import { nodeOf } from './uses.ts';
import { type Group, type GroupCall, isUnderCondition, isWithin, lastName, mentionsElsewhere } from './wait-groups.ts';
import { Walks } from './walks.ts';

export function checkCounts(pass: Pass, group: Group, groups: readonly Group[]): void {
  const adds = group.calls.filter((other) => other.method === 'Add');
  const [add] = adds;
  if (add === undefined || adds.length > 1 || group.calls.some((other) => other.method === 'Go')) return;
  const start = onlyStart(pass, group, groups, add.func);
  if (start === 0 || isWithin(pass, add.call, start)) return;
  // Counted right after it was started: that may be late, but it is counted.
  if ((pass.tree.start[start] ?? 0) < (pass.tree.start[add.call] ?? 0)) return;
  const flow = pass.flowOf(add.func);
  const goes = flow.blockOf(start);
  const counts = nodeOf(pass, flow, add.call);
  if (goes === -1 || counts === 0 || !flow.reachable[goes]) return;
  const loop = flow.loop[goes] ?? 0;
  const counted: Counted = { group, groups, add, start, flow, counts, loop };
  if ((flow.loop[flow.blockOf(counts)] ?? 0) === loop) notStarted(pass, counted);
  else if (loop !== 0 && !isWithin(pass, add.call, loop)) {
    fewerStarted(pass, counted);
    waitsAmong(pass, counted);
  }
}

interface Counted {
  readonly group: Group;
  readonly groups: readonly Group[];
  readonly add: GroupCall;
  /** The GoStmt of the literal that counts down. */
  readonly start: NodeIndex;
  readonly flow: Flow;
  /** Node of the graph that has the Add. */
  readonly counts: NodeIndex;
  /** Innermost loop around the GoStmt, 0 if none. */
  readonly loop: NodeIndex;
}

/** The one go statement of the function whose literal has every Done that there is, and nobody else can have one. */
function onlyStart(pass: Pass, group: Group, groups: readonly Group[], func: NodeIndex): NodeIndex {
  const { tree } = pass;
  const name = lastName(group.name);
  const related = relatedTo(pass, group, groups);
  const done = related.flatMap((other) => other.calls.filter((call) => call.method === 'Done'));
  const [first] = done;
  if (first === undefined || tree.names.exported(tree.names.of(name)) || mentionsElsewhere(pass, group, groups, func))
    return 0;
  if (related.some((other) => other !== group && other.calls.some((call) => call.method === 'Add'))) return 0;
  if (!group.isVariable && isHandedOn(pass, name)) return 0;
  for (let go = tree.parent[first.call] ?? 0; go !== 0; go = tree.parent[go] ?? 0) {
    if (tree.kind[go] !== Kind.GoStmt || pass.functionAround(go) !== func) continue;
    const literal = tree.a[tree.a[go] ?? 0] ?? 0;
    return tree.kind[literal] === Kind.FuncLit && done.every((call) => isWithin(pass, call.call, literal)) ? go : 0;
  }
  return 0;
}

/** Whether a field of that name is used other than by calling its methods: `&s.wg`, `s.wg.Done` as a value. */
function isHandedOn(pass: Pass, field: string): boolean {
  const { tree } = pass;
  const name = tree.names.of(field);
  for (const selector of pass.nodesOf(Kind.SelectorExpr)) {
    if (tree.data[tree.b[selector] ?? 0] !== name) continue;
    const method = tree.parent[selector] ?? 0;
    const call = tree.parent[method] ?? 0;
    if (tree.kind[method] !== Kind.SelectorExpr || tree.kind[call] !== Kind.CallExpr || tree.a[call] !== method)
      return true;
  }
  return false;
}

/** The same field wherever the package has it: of that name, in a variable of the same type as far as types are known. */
function relatedTo(pass: Pass, group: Group, groups: readonly Group[]): readonly Group[] {
  if (group.isVariable) return [group];
  const name = lastName(group.name);
  const owner = ownerOf(pass, group);
  return groups.filter((other) => {
    if (other.isVariable || lastName(other.name) !== name) return false;
    const its = ownerOf(pass, other);
    return owner === '' || its === '' || its === owner;
  });
}

/** The named type of the variable that `x.wg` starts with; '' where it is unknown or the field lies deeper. */
function ownerOf(pass: Pass, group: Group): string {
  const { types } = pass.typing;
  if (group.isVariable || group.name.split('.').length !== 2) return '';
  const type = pass.typing.objectType(group.root);
  const named = types.named(types.kind(type) === TypeKind.Pointer ? types.element(type) : type);
  return named === null ? '' : `${named[0]}.${named[1]}`;
}

/** An engine. */
function countWalks(pass: Pass): Walks {
  return new Walks(pass.tree);
}

/** Counted one by one, and on some way to Wait (or, of a field, out of the function) the goroutine is not started. */
function notStarted(pass: Pass, counted: Counted): void {
  const { tree } = pass;
  const { group, groups, add, start, flow, counts } = counted;
  const count = pass.typing.integer(tree.b[add.call] ?? 0);
  if (count !== 1) return;
  // A deferred Wait waits on the way out.
  const waits = group.calls.filter(
    (call) =>
      call.method === 'Wait' && call.func === add.func && tree.kind[tree.parent[call.call] ?? 0] !== Kind.DeferStmt,
  );
  const waitNodes = new Set(waits.map((call) => nodeOf(pass, flow, call.call)));
  const waitsElsewhere =
    !group.isVariable &&
    relatedTo(pass, group, groups).some((other) =>
      other.calls.some((call) => call.method === 'Wait' && call.func !== add.func),
    );
  if (waitNodes.size === 0 && !waitsElsewhere) return;
  const way: LeakWay | null = findLeak({
    tree,
    flow,
    acquire: counts,
    fails: false,
    walks: pass.engine(countWalks).of(flow),
    does: (node) => (node === start ? Step.Ends : waitNodes.has(node) ? Step.Overwrites : Step.Goes),
    setsError: () => false,
    says: () => Says.Nothing,
    countsReturn: waitsElsewhere,
  });
  if (way === null) return;
  pass.report({
    confidence: 'high',
    node: add.call,
    message: `${group.name} is counted up here, and the goroutine that counts it down is not started on the way to line ${lineOf(pass, way.node)}: ${group.name}.Wait then never comes back`,
    steps: waySteps(
      pass,
      add.func,
      way.way,
      { node: add.call, says: 'counted up' },
      { node: way.node, says: 'no goroutine has been started for it' },
    ),
    advice: `Call ${group.name}.Add right before the go statement.`,
  });
}

/** `wg.Add(len(items))`, and `continue` in `range items` before the go statement. */
function fewerStarted(pass: Pass, counted: Counted): void {
  const { tree } = pass;
  const { group, add, start, flow, loop } = counted;
  const amount = tree.b[add.call] ?? 0;
  if (tree.kind[loop] !== Kind.RangeStmt || pass.typing.builtin(amount) !== 'len') return;
  if (textOf(tree, tree.b[amount] ?? 0) !== textOf(tree, tree.c[loop] ?? 0)) return;
  const wait = group.calls.find((call) => call.method === 'Wait' && !isWithin(pass, call.call, loop));
  if (wait === undefined) return;
  let body = -1;
  for (let edge = 0; edge < flow.edgeTo.length; edge++)
    if (flow.edgeKind[edge] === EdgeKind.Element && flow.edgeNode[edge] === loop) body = flow.edgeTo[edge] ?? -1;
  const goes = flow.blockOf(start);
  if (body === -1 || body === goes) return;
  const goesBack = (block: number): boolean => {
    for (let edge = flow.edgeStart[block] ?? 0; edge < (flow.edgeStart[block + 1] ?? 0); edge++)
      if (flow.edgeKind[edge] === EdgeKind.Back && flow.loop[block] === loop) return true;
    return false;
  };
  const way = shortestWay(flow, body, goesBack, (edge) => flow.edgeTo[edge] !== goes);
  if (way === null) return;
  pass.report({
    confidence: 'high',
    node: add.call,
    message: `${group.name} is counted up for each of ${textOf(tree, tree.c[loop] ?? 0)}, and the loop passes some by without a goroutine that counts it down: ${group.name}.Wait then never comes back`,
    steps: waySteps(
      pass,
      add.func,
      way,
      { node: add.call, says: 'counted up for all' },
      { node: loop, says: 'the next one, and no goroutine has been started' },
    ),
    advice: `Call ${group.name}.Add(1) right before the go statement.`,
  });
}

/** Counted for all before the loop, and waited for within it, when only the first has been started. */
function waitsAmong(pass: Pass, counted: Counted): void {
  const { tree } = pass;
  const { group, add, start, flow, loop } = counted;
  const count = pass.typing.integer(tree.b[add.call] ?? 0);
  if (count !== null && count < 2) return;
  for (const wait of group.calls) {
    if (wait.method !== 'Wait' || wait.func !== add.func || isUnderCondition(pass, wait.call, start)) continue;
    const block = flow.blockOf(nodeOf(pass, flow, wait.call));
    if (block === -1 || flow.loop[block] !== loop) continue;
    pass.report({
      confidence: 'high',
      node: wait.call,
      message: `${group.name}.Wait is in the loop that starts the goroutines: the first time it waits for all that line ${lineOf(pass, add.call)} counts, for ever`,
      steps: [
        { node: add.call, says: 'counted up for all' },
        { node: start, says: 'one is started' },
        { node: wait.call, says: 'and all are waited for' },
      ],
      advice: 'Wait after the loop.',
    });
    return;
  }
}
