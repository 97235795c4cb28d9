/**
 * Functions of a package that hand out what they acquire: their calls acquire, too. Only those of which every return gives
 * a fresh resource or nil, and that have neither kept nor released what they return: one that gives os.Stdin for "-", or
 * what it has cached, has callers that rightly do not close.
 */
import type { BlockIndex, Flow } from '../../golang/flow.ts';
import { Kind } from '../../golang/nodes.ts';
import { type NodeIndex, nameOf } from '../../golang/tree.ts';
import { predeclared } from '../../golang/universe.ts';
import { listOf } from '../../golang/walk.ts';
import type { Pass } from '../rule.ts';
import { type Acquire, type Handed, handedAs, type Resource } from './resources.ts';
import type { Site } from './sites.ts';
import { argumentEffects } from './summaries.ts';
import { Mark, usesOf } from './uses.ts';

export interface Wrapper {
  readonly kind: Handed;
  readonly acquire: Acquire;
}

/** A call whose results are returned as they are: `return http.Get(url)`. */
export interface Returned {
  readonly call: NodeIndex;
  readonly resource: Resource;
}

/** Wrappers by FuncDecl, of those that have these sites and returned calls. */
export function findWrappers(
  pass: Pass,
  sites: readonly Site[],
  returned: readonly Returned[],
): Map<NodeIndex, Wrapper> {
  const { tree } = pass;
  const calls = new Map(returned.map((one) => [one.call, one.resource]));
  const byFunc = new Map<NodeIndex, Site[]>();
  for (const { call } of returned)
    if (!byFunc.has(pass.functionAround(call))) byFunc.set(pass.functionAround(call), []);
  for (const site of sites) {
    if (site.object === 0 || handedAs(site.resource) === null) continue;
    const list = byFunc.get(site.func);
    if (list === undefined) byFunc.set(site.func, [site]);
    else list.push(site);
  }
  const returns = new Map<NodeIndex, NodeIndex[]>();
  for (const func of byFunc.keys()) if (tree.kind[func] === Kind.FuncDecl) returns.set(func, []);
  if (returns.size > 0)
    for (const node of pass.nodesOf(Kind.ReturnStmt)) returns.get(pass.functionAround(node))?.push(node);
  const wrappers = new Map<NodeIndex, Wrapper>();
  for (const [func, nodes] of returns) {
    const wrapper = wrapperOf(pass, func, nodes, byFunc.get(func) ?? [], calls);
    if (wrapper !== null) wrappers.set(func, wrapper);
  }
  return wrappers;
}

const NIL = predeclared('nil');

function wrapperOf(
  pass: Pass,
  func: NodeIndex,
  returns: readonly NodeIndex[],
  sites: readonly Site[],
  calls: ReadonlyMap<NodeIndex, Resource>,
): Wrapper | null {
  const { tree, bindings } = pass;
  let kind: Handed | null = null;
  let results = 0;
  let nils = false;
  const handing: NodeIndex[] = [];
  for (const node of returns) {
    const values = listOf(tree, tree.a[node] ?? 0);
    const first = values[0] ?? 0;
    const call = calls.get(first);
    const count = call === undefined ? values.length : 2;
    if (first === 0 || (results !== 0 && count !== results)) return null;
    results = count;
    if (bindings.objectOf[first] === NIL) {
      nils = true;
      continue;
    }
    const hands = call === undefined ? handed(pass, first, sites) : handedAs(call);
    if (hands === null || (kind !== null && kind !== hands)) return null;
    kind = hands;
    if (call === undefined) handing.push(node);
  }
  if (kind === null || results > 2 || (results === 1 && nils) || !canBeReleased(pass, func, kind, results)) return null;
  for (const site of sites) if (!isHandedWhole(pass, site, sites, handing)) return null;
  return { kind, acquire: { key: '', result: 0, error: results === 2 ? 1 : -1 } };
}

/** As what a returned variable, or the Body of one, leaves; null: it is no fresh resource. */
function handed(pass: Pass, value: NodeIndex, sites: readonly Site[]): Handed | null {
  const { tree, bindings } = pass;
  const isField = tree.kind[value] === Kind.SelectorExpr;
  const object = bindings.objectOf[isField ? (tree.a[value] ?? 0) : value] ?? 0;
  const site = object === 0 ? undefined : sites.find((one) => one.object === object);
  if (site === undefined) return null;
  const { resource } = site;
  if (!isField) return handedAs(resource);
  return resource.id === 'body' && nameOf(tree, tree.b[value] ?? 0) === resource.field ? 'stream' : null;
}

/** The results are of a type that the caller can release, and an error. */
function canBeReleased(pass: Pass, func: NodeIndex, kind: Handed, results: number): boolean {
  const { tree, typing } = pass;
  const fields = listOf(tree, tree.a[tree.c[tree.c[func] ?? 0] ?? 0] ?? 0);
  const types = fields.flatMap((field) => {
    const names = Math.max(1, listOf(tree, tree.a[field] ?? 0).length);
    return Array.from({ length: names }, () => typing.typeOf(tree.b[field] ?? 0));
  });
  const [type = 0, error = 0] = types;
  if (types.length !== results || type === 0) return false;
  if (results === 2 && typing.types.text(error) !== 'error') return false;
  return kind === 'body' ? typing.types.text(type) === '*net/http.Response' : typing.hasMethod(type, 'Close', true);
}

/** What the site acquires is returned as it came: neither kept elsewhere, nor released or replaced on the way. */
function isHandedWhole(pass: Pass, site: Site, sites: readonly Site[], handing: readonly NodeIndex[]): boolean {
  const { tree, bindings } = pass;
  const flow = pass.flowOf(site.func);
  const { resource, object } = site;
  const values = (node: NodeIndex): NodeIndex => tree.a[node] ?? 0;
  const root = (value: NodeIndex): NodeIndex => (tree.kind[value] === Kind.SelectorExpr ? (tree.a[value] ?? 0) : value);
  const ends = handing.filter((node) => bindings.objectOf[root(values(node))] === object);
  if (ends.length === 0) return true;
  const first = { object, outer: resource.field !== '', derived: false };
  const effect = pass.engine(argumentEffects)(resource).ofArgument;
  const uses = usesOf(pass, flow, resource, first, site.statement, effect);
  if (uses.unclear) return false;
  const starts = new Set(sites.filter((one) => one.object === object).map((one) => one.statement));
  // What is returned after `f = nil` is nil.
  for (const node of uses.marks.keys()) if (isNilAssignment(pass, node)) starts.add(node);
  for (const [node, mark] of uses.marks) {
    if (starts.has(node)) continue;
    if ((mark & Mark.Escape) !== 0 && tree.kind[node] !== Kind.ReturnStmt) return false;
    if ((mark & (Mark.Assign | Mark.Release)) !== 0 && leadsTo(flow, node, starts, ends)) return false;
  }
  return true;
}

/** `f = nil` */
function isNilAssignment(pass: Pass, node: NodeIndex): boolean {
  const { tree, bindings } = pass;
  if (tree.kind[node] !== Kind.AssignStmt || (tree.next[tree.a[node] ?? 0] ?? 0) !== 0) return false;
  return bindings.objectOf[tree.b[node] ?? 0] === NIL;
}

/** Whether there is a way from node to one of `ends` that does not pass one of `starts`. */
function leadsTo(flow: Flow, node: NodeIndex, starts: ReadonlySet<NodeIndex>, ends: readonly NodeIndex[]): boolean {
  const seen = new Set<BlockIndex>();
  const stack: BlockIndex[] = [];
  const enter = (block: BlockIndex, from: number): boolean => {
    for (let at = from; at < (flow.nodeStart[block + 1] ?? 0); at++) {
      const next = flow.nodes[at] ?? 0;
      if (starts.has(next)) return false;
      if (ends.includes(next)) return true;
    }
    for (let edge = flow.edgeStart[block] ?? 0; edge < (flow.edgeStart[block + 1] ?? 0); edge++) {
      const to = flow.edgeTo[edge] ?? 0;
      if (!seen.has(to)) stack.push(to);
      seen.add(to);
    }
    return false;
  };
  const first = flow.blockOf(node);
  if (first === -1) return true;
  if (enter(first, flow.nodes.indexOf(node, flow.nodeStart[first] ?? 0) + 1)) return true;
  for (let block = stack.pop(); block !== undefined; block = stack.pop()) {
    if (enter(block, flow.nodeStart[block] ?? 0)) return true;
  }
  return false;
}
