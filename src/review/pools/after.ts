/** What happens to a pooled object, or to a view of its memory, on the ways that come after it was put back. */
import { ObjectFlag, type ObjectIndex } from '../../golang/bindings.ts';
import { EdgeKind, type Flow } from '../../golang/flow.ts';
import { Kind } from '../../golang/nodes.ts';
import { unparen } from '../../golang/syntax.ts';
import type { NodeIndex } from '../../golang/tree.ts';
import { TypeKind } from '../../golang/typing.ts';
import { predeclared } from '../../golang/universe.ts';
import type { Pass } from '../rule.ts';
import { Says } from '../typestate/conditions.ts';
import { findLeak, Step } from '../typestate/paths.ts';
import { nodeOf } from '../typestate/uses.ts';
import { Walks } from '../typestate/walks.ts';

/** A variable's mentions by node of the graph. */
export interface Mentions {
  /** Node of the graph → the first identifier in it that reads the variable. */
  readonly uses: ReadonlyMap<NodeIndex, NodeIndex>;
  /** Nodes of the graph that give it another value. */
  readonly kills: ReadonlySet<NodeIndex>;
  /** RangeStmts that assign it, and clauses of selects and type switches that do on their way in. */
  readonly ranges: ReadonlySet<NodeIndex>;
  /** A closure that is made before may change it: nothing is sure. */
  readonly unclear: boolean;
}

const NIL = predeclared('nil');

function mentionsOf(pass: Pass, flow: Flow, object: ObjectIndex): Mentions {
  const { tree, bindings } = pass;
  const uses = new Map<NodeIndex, NodeIndex>();
  const kills = new Set<NodeIndex>();
  const ranges = new Set<NodeIndex>();
  let unclear = false;
  // The variable of `switch x := y.(type)` is another one in each clause, and each time.
  if (((bindings.flags[object] ?? 0) & ObjectFlag.Implicit) !== 0) ranges.add(bindings.decl[object] ?? 0);
  for (let at = bindings.useStart[object] ?? 0; at < (bindings.useStart[object + 1] ?? 0); at++) {
    const ident = bindings.uses[at] ?? 0;
    const above = tree.parent[ident] ?? 0;
    const inClosure = pass.functionAround(ident) !== flow.func;
    if (isTarget(pass, ident)) {
      if (inClosure) unclear = true;
      else if (tree.kind[above] === Kind.RangeStmt) ranges.add(above);
      else if (tree.kind[tree.parent[above] ?? 0] === Kind.CommClause) ranges.add(tree.parent[above] ?? 0);
      else kills.add(nodeOf(pass, flow, ident));
      continue;
    }
    if (isHarmless(pass, ident, above)) continue;
    const node = nodeOf(pass, flow, ident);
    if (node !== 0 && !uses.has(node)) uses.set(node, ident);
  }
  return { uses, kills, ranges, unclear };
}

/** An engine: mentions by graph and variable. */
export function mentionsOnce(pass: Pass): (flow: Flow, object: ObjectIndex) => Mentions {
  const known = new Map<string, Mentions>();
  return (flow, object) => {
    const key = `${flow.func} ${object}`;
    let found = known.get(key);
    if (found === undefined) {
      found = mentionsOf(pass, flow, object);
      known.set(key, found);
    }
    return found;
  };
}

/** Left side of an assignment or a declaration, or a range's variable. */
function isTarget(pass: Pass, ident: NodeIndex): boolean {
  const { tree } = pass;
  const above = tree.parent[ident] ?? 0;
  switch (tree.kind[above]) {
    case Kind.AssignStmt:
    case Kind.ValueSpec:
      for (let at = tree.a[above] ?? 0; at !== 0; at = tree.next[at] ?? 0) if (at === ident) return true;
      return false;
    case Kind.RangeStmt:
      return tree.a[above] === ident || tree.b[above] === ident;
    default:
      return false;
  }
}

/** What reads only the variable itself: `x == nil`, `x == y`, `len(x)` of a slice. */
function isHarmless(pass: Pass, ident: NodeIndex, above: NodeIndex): boolean {
  const { tree, bindings } = pass;
  if (tree.kind[above] === Kind.Field) return true;
  if (tree.kind[above] === Kind.CallExpr) {
    // The length of a slice is in the variable.
    const builtin = pass.typing.builtin(above);
    const { types } = pass.typing;
    const isSlice = types.kind(types.underlying(pass.typing.typeOf(ident))) === TypeKind.Slice;
    return isSlice && (builtin === 'len' || builtin === 'cap');
  }
  if (tree.kind[above] !== Kind.BinaryExpr) return false;
  const other = unparen(tree, tree.a[above] === ident ? (tree.b[above] ?? 0) : (tree.a[above] ?? 0));
  return bindings.objectOf[other] === NIL || tree.kind[other] === Kind.Ident;
}

/** An engine. */
function poolWalks(pass: Pass): Walks {
  return new Walks(pass.tree);
}

/**
 * The first node after `from` (a node of the graph) that `wanted` names, on a way on which the variables of `mentions` keep
 * their values; null if there is none. Coming to `from` itself again counts, too.
 */
export function firstAfter(
  pass: Pass,
  flow: Flow,
  from: NodeIndex,
  mentions: readonly Mentions[],
  wanted: (node: NodeIndex) => boolean,
): { readonly node: NodeIndex; readonly way: readonly number[] } | null {
  const found = findLeak({
    tree: pass.tree,
    flow,
    acquire: from,
    fails: false,
    walks: pass.engine(poolWalks).of(flow),
    does(node) {
      if (wanted(node)) return Step.Overwrites;
      return mentions.some((one) => one.kills.has(node)) ? Step.Ends : Step.Goes;
    },
    setsError: () => false,
    says(edge) {
      const kind = flow.edgeKind[edge];
      const assigns = kind === EdgeKind.Element || kind === EdgeKind.Case || kind === EdgeKind.Select;
      const range = flow.edgeNode[edge] ?? 0;
      return assigns && mentions.some((one) => one.ranges.has(range)) ? Says.Absent : Says.Nothing;
    },
    countsReturn: false,
  });
  return found === null ? null : { node: found.node, way: found.way };
}
