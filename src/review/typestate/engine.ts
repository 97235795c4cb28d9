/**
 * The typestate engine: resources that a package acquires, and the ways on which it leaves them behind. Its rules are
 * tables (resources.ts) and words; they ask for the leaks of their resources.
 */
import type { ObjectIndex } from '../../golang/bindings.ts';
import { Kind } from '../../golang/nodes.ts';
import { type NodeIndex, nameOf } from '../../golang/tree.ts';
import type { Pass } from '../rule.ts';
import { hasNoBody, wholeReads } from './bodies.ts';
import { repeatedConditions, saysOf } from './conditions.ts';
import { flagsOf } from './flags.ts';
import { findLeak, type LeakKind, Step, type Walk } from './paths.ts';
import { findSites, type Site } from './sites.ts';
import { argumentEffects } from './summaries.ts';
import { Mark, type Uses, usesOf } from './uses.ts';

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
  const effects = pass.engine(argumentEffects);
  const leaks: Leak[] = [];
  for (const site of pass.engine(findSites).sites) {
    const leak = leakOf(pass, site, effects);
    if (leak !== null) leaks.push(leak);
  }
  return leaks;
}

function leakOf(pass: Pass, site: Site, effects: ReturnType<typeof argumentEffects>): Leak | null {
  const { resource } = site;
  const flow = pass.flowOf(site.func);
  const block = flow.blockOf(site.statement);
  if (block === -1 || !flow.reachable[block]) return null;
  if (resource.id === 'body' && hasNoBody(pass, site.call, site.func)) return null;
  if (site.object === 0) return { site, kind: 'discarded', node: site.call, way: [], uses: null, read: false };
  const first = { object: site.object, outer: resource.field !== '', derived: false };
  const uses = usesOf(pass, flow, resource, first, site.statement, effects(resource).ofArgument);
  if (uses.unclear) return null;
  const assignments = errorAssignments(pass, site);
  const errors = errorVariables(pass, site);
  const walk: Walk = {
    tree: pass.tree,
    flow,
    acquire: site.statement,
    fails: site.error !== 0,
    repeated: repeatedConditions(pass.tree, flow, flagsOf(pass, flow)),
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

/** Statements that give the error variable of a site another value. */
function errorAssignments(pass: Pass, site: Site): ReadonlySet<NodeIndex> {
  const { tree, bindings } = pass;
  const found = new Set<NodeIndex>();
  if (site.error === 0) return found;
  for (let at = bindings.useStart[site.error] ?? 0; at < (bindings.useStart[site.error + 1] ?? 0); at++) {
    const ident = bindings.uses[at] ?? 0;
    const statement = tree.parent[ident] ?? 0;
    if (tree.kind[statement] !== Kind.AssignStmt) continue;
    for (let left = tree.a[statement] ?? 0; left !== 0; left = tree.next[left] ?? 0) {
      // `retry, err := shouldRetry(err)` makes the new error from the old one.
      if (left === ident && !isMadeFrom(pass, statement, site.error)) found.add(statement);
    }
  }
  return found;
}

/** The error's variable and those that are assigned something made from it: `canonical := clean(err)`. */
function errorVariables(pass: Pass, site: Site): readonly ObjectIndex[] {
  const { tree, bindings } = pass;
  if (site.error === 0) return [];
  const found = [site.error];
  for (let at = bindings.useStart[site.error] ?? 0; at < (bindings.useStart[site.error + 1] ?? 0); at++) {
    const ident = bindings.uses[at] ?? 0;
    let above = tree.parent[ident] ?? 0;
    while (tree.kind[above] === Kind.CallExpr || tree.kind[above] === Kind.ParenExpr) above = tree.parent[above] ?? 0;
    if (tree.kind[above] !== Kind.AssignStmt || above === site.statement) continue;
    if (!isMadeFrom(pass, above, site.error)) continue;
    for (let left = tree.a[above] ?? 0; left !== 0; left = tree.next[left] ?? 0) {
      const object = bindings.objectOf[left] ?? 0;
      if (object !== 0 && !found.includes(object)) found.push(object);
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
  const start = tree.start[value] ?? 0;
  const end = tree.end[value] ?? 0;
  for (let at = bindings.useStart[object] ?? 0; at < (bindings.useStart[object + 1] ?? 0); at++) {
    const offset = tree.start[bindings.uses[at] ?? 0] ?? 0;
    if (offset >= start && offset < end) return true;
  }
  return false;
}
