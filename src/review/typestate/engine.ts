/**
 * The typestate engine: resources that a package acquires, and the ways on which it leaves them behind. Its rules are
 * tables (resources.ts) and words; they ask for the leaks of their resources.
 */
import type { ObjectIndex } from '../../golang/bindings.ts';
import type { Flow } from '../../golang/flow.ts';
import { Kind } from '../../golang/nodes.ts';
import { type NodeIndex, nameOf } from '../../golang/tree.ts';
import type { Pass } from '../rule.ts';
import { hasNoBody, wholeReads } from './bodies.ts';
import { mentions, saysOf } from './conditions.ts';
import { flagsOf } from './flags.ts';
import { findLeak, type LeakKind, Step, type Walk } from './paths.ts';
import { findSites, type Site } from './sites.ts';
import { argumentEffects } from './summaries.ts';
import { type Holder, Mark, type Uses, type UsesAnywhere, usesAnywhere, usesSince } from './uses.ts';
import { Walks } from './walks.ts';

export interface Leak {
  readonly site: Site;
  readonly kind: LeakKind | 'discarded';
  /** Where it is lost: the ReturnStmt, the end of the body, the statement that overwrites it or acquires again. */
  readonly node: NodeIndex;
  /** Edges of the function's graph, from the acquire to there. */
  readonly way: readonly number[];
  /** Null for what is discarded. */
  readonly uses: Uses | null;
  /** A body that was read to its end, or to an error, on every way on which it is lost. */
  readonly read: boolean;
}

const NO_NODES: ReadonlySet<NodeIndex> = new Set();

/** All leaks of a package; asked for with `pass.engine(typestate)`. */
export function typestate(pass: Pass): readonly Leak[] {
  const shared = sharedBySites(pass);
  const leaks: Leak[] = [];
  for (const site of pass.engine(findSites).sites) {
    const leak = leakOf(pass, site, shared);
    if (leak !== null) leaks.push(leak);
  }
  return leaks;
}

/** What sites have in common is worked out once: a generated function may acquire ten thousand times into one variable. */
interface Shared {
  readonly walks: Walks;
  usesOf(site: Site, flow: Flow, first: Holder): Uses;
  errorAssignments(error: ObjectIndex): ReadonlySet<NodeIndex>;
  madeFromError(error: ObjectIndex): readonly MadeFromError[];
}

/** A statement that assigns to `object` something made from an error. */
interface MadeFromError {
  readonly statement: NodeIndex;
  readonly object: ObjectIndex;
}

function sharedBySites(pass: Pass): Shared {
  const effects = pass.engine(argumentEffects);
  const uses = new Map<string, UsesAnywhere>();
  const assignments = new Map<ObjectIndex, ReadonlySet<NodeIndex>>();
  const made = new Map<ObjectIndex, readonly MadeFromError[]>();
  return {
    walks: new Walks(pass.tree, (flow) => flagsOf(pass, flow)),
    usesOf(site, flow, first) {
      const key = `${site.resource.id} ${site.func} ${first.object}`;
      let found = uses.get(key);
      if (found === undefined) {
        found = usesAnywhere(pass, flow, site.resource, first, effects(site.resource).ofArgument);
        uses.set(key, found);
      }
      return usesSince(pass.tree, found, site.statement);
    },
    errorAssignments(error) {
      let found = assignments.get(error);
      if (found === undefined) {
        found = errorAssignments(pass, error);
        assignments.set(error, found);
      }
      return found;
    },
    madeFromError(error) {
      let found = made.get(error);
      if (found === undefined) {
        found = madeFromError(pass, error);
        made.set(error, found);
      }
      return found;
    },
  };
}

function leakOf(pass: Pass, site: Site, shared: Shared): Leak | null {
  const { resource } = site;
  const flow = pass.flowOf(site.func);
  const block = flow.blockOf(site.statement);
  if (block === -1 || !flow.reachable[block]) return null;
  if (resource.id === 'body' && hasNoBody(pass, site.call, site.func)) return null;
  if (site.object === 0) return { site, kind: 'discarded', node: site.call, way: [], uses: null, read: false };
  const first = { object: site.object, outer: resource.field !== '', derived: false };
  const uses = shared.usesOf(site, flow, first);
  if (uses.unclear) return null;
  const assignments = shared.errorAssignments(site.error);
  const errors = errorVariables(site, shared);
  const walk: Walk = {
    tree: pass.tree,
    flow,
    acquire: site.statement,
    fails: site.error !== 0,
    walks: shared.walks.of(flow),
    does(node) {
      const mark = uses.marks.get(node) ?? 0;
      if ((mark & (Mark.Release | Mark.Escape)) !== 0) return Step.Ends;
      return mark === 0 ? Step.Goes : Step.Overwrites;
    },
    setsError: (node) => assignments.has(node),
    says: (edge, linked) => saysOf(pass, flow, edge, resource, uses.holders, linked ? errors : []),
    countsReturn: resource.outlivesMain || !isMain(pass, site.func),
  };
  const reads = resource.id === 'body' ? wholeReads(pass, flow, uses.holders) : NO_NODES;
  if (reads.size > 0) {
    const unread = findLeak({ ...walk, does: (node) => (reads.has(node) ? Step.Ends : walk.does(node)) });
    if (unread !== null) return { site, uses, read: false, ...unread };
  }
  const found = findLeak(walk);
  return found === null ? null : { site, uses, read: reads.size > 0, ...found };
}

/** The process ends with it, and takes everything along. */
function isMain(pass: Pass, func: NodeIndex): boolean {
  const { tree } = pass;
  return (
    pass.pkg.name === 'main' &&
    tree.kind[func] === Kind.FuncDecl &&
    tree.a[func] === 0 &&
    nameOf(tree, tree.b[func] ?? 0) === 'main'
  );
}

/** Statements that give an error variable another value. */
function errorAssignments(pass: Pass, error: ObjectIndex): ReadonlySet<NodeIndex> {
  const { tree, bindings } = pass;
  const found = new Set<NodeIndex>();
  if (error === 0) return found;
  for (let at = bindings.useStart[error] ?? 0; at < (bindings.useStart[error + 1] ?? 0); at++) {
    const ident = bindings.uses[at] ?? 0;
    const statement = tree.parent[ident] ?? 0;
    if (tree.kind[statement] !== Kind.AssignStmt) continue;
    for (let left = tree.a[statement] ?? 0; left !== 0; left = tree.next[left] ?? 0) {
      // `retry, err := shouldRetry(err)` makes the new error from the old one.
      if (left === ident && !isMadeFrom(pass, statement, error)) found.add(statement);
    }
  }
  return found;
}

/** The error's variable and those that are assigned something made from it: `canonical := clean(err)`. */
function errorVariables(site: Site, shared: Shared): readonly ObjectIndex[] {
  if (site.error === 0) return [];
  const found = [site.error];
  for (const { statement, object } of shared.madeFromError(site.error)) {
    if (statement !== site.statement && !found.includes(object)) found.push(object);
  }
  return found;
}

function madeFromError(pass: Pass, error: ObjectIndex): readonly MadeFromError[] {
  const { tree, bindings } = pass;
  const found: MadeFromError[] = [];
  for (let at = bindings.useStart[error] ?? 0; at < (bindings.useStart[error + 1] ?? 0); at++) {
    const ident = bindings.uses[at] ?? 0;
    let above = tree.parent[ident] ?? 0;
    while (tree.kind[above] === Kind.CallExpr || tree.kind[above] === Kind.ParenExpr) above = tree.parent[above] ?? 0;
    if (tree.kind[above] !== Kind.AssignStmt || !isMadeFrom(pass, above, error)) continue;
    for (let left = tree.a[above] ?? 0; left !== 0; left = tree.next[left] ?? 0) {
      const object = bindings.objectOf[left] ?? 0;
      if (object !== 0 && object !== error) found.push({ statement: above, object });
    }
  }
  return found;
}

/** An assignment whose right side is the variable, or one call that is given it. */
function isMadeFrom(pass: Pass, statement: NodeIndex, object: ObjectIndex): boolean {
  const { tree, bindings } = pass;
  const value = tree.b[statement] ?? 0;
  if (tree.kind[value] === Kind.Ident) return bindings.objectOf[value] === object && (tree.next[value] ?? 0) === 0;
  if (tree.kind[value] !== Kind.CallExpr || (tree.next[value] ?? 0) !== 0) return false;
  return mentions(pass, value, object);
}
