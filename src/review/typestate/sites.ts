/** Where a package acquires resources, and which variables the results go to. */
import type { ObjectIndex } from '../../golang/bindings.ts';
import { ObjectFlag, ObjectKind } from '../../golang/bindings.ts';
import type { NameIndex } from '../../golang/names.ts';
import { Kind } from '../../golang/nodes.ts';
import type { NodeIndex, Tree } from '../../golang/tree.ts';
import type { Pass } from '../rule.ts';
import { type Acquire, RESOURCES, type Resource } from './resources.ts';

export interface Site {
  readonly resource: Resource;
  readonly acquire: Acquire;
  readonly call: NodeIndex;
  /** FuncDecl or FuncLit. */
  readonly func: NodeIndex;
  /** The statement that has the call, a node of the function's graph. */
  readonly statement: NodeIndex;
  /** The identifier that the resource is assigned to; 0: it is thrown away. */
  readonly ident: NodeIndex;
  /** The variable; 0 where it is thrown away. */
  readonly object: ObjectIndex;
  /** The error's variable; 0 if there is none or it is thrown away. */
  readonly error: ObjectIndex;
}

/** Calls whose result is a resource and goes to a local variable or nowhere. Any other way, somebody else has it. */
export function findSites(pass: Pass): Site[] {
  const { tree, typing } = pass;
  const imports = new Set([...pass.pkg.imports, ...pass.bindings.importPaths]);
  const known = new Map<string, readonly [Resource, Acquire]>();
  const names = new Set<NameIndex>();
  for (const resource of RESOURCES) {
    if (!imports.has(resource.path)) continue;
    for (const acquire of resource.acquires) {
      known.set(acquire.key, [resource, acquire]);
      names.add(tree.names.of(acquire.key.slice(acquire.key.lastIndexOf('.') + 1)));
    }
  }
  const sites: Site[] = [];
  const wrappers: Wrappers = new Map();
  if (known.size === 0) return sites;
  for (const call of pass.nodesOf(Kind.CallExpr)) {
    const fun = tree.a[call] ?? 0;
    const name = tree.kind[fun] === Kind.SelectorExpr ? tree.data[tree.b[fun] ?? 0] : 0;
    if (name === undefined || !names.has(name) || pass.inGenerated(call)) continue;
    const callee = typing.callee(call);
    const found = callee === null ? undefined : known.get(callee.key);
    if (found === undefined) continue;
    const site = siteOf(pass, call, found[0], found[1]);
    if (site !== null) sites.push(site);
    else collectWrapper(pass, call, found[0], found[1], wrappers);
  }
  for (const site of sites) if (site.object !== 0) collectReturned(pass, site, wrappers);
  return [...sites, ...wrapperSites(pass, wrappers)];
}

/** Functions of this package that hand out what they acquire: their calls acquire, too. */
type Wrappers = Map<NodeIndex, readonly [Resource, Acquire]>;

/** `return http.Get(url)`. */
function collectWrapper(pass: Pass, call: NodeIndex, resource: Resource, acquire: Acquire, into: Wrappers): void {
  const { tree } = pass;
  const func = pass.functionAround(call);
  if (tree.kind[tree.parent[call] ?? 0] !== Kind.ReturnStmt || tree.next[call] !== 0) return;
  if (!canWrap(resource) || tree.kind[func] !== Kind.FuncDecl) return;
  into.set(func, [resource, acquire]);
}

/** `return resp, nil`: the first of two results, the second an error. */
function collectReturned(pass: Pass, site: Site, into: Wrappers): void {
  const { tree, bindings } = pass;
  if (!canWrap(site.resource) || tree.kind[site.func] !== Kind.FuncDecl) return;
  let returned = false;
  for (let at = bindings.useStart[site.object] ?? 0; at < (bindings.useStart[site.object + 1] ?? 0); at++) {
    const use = bindings.uses[at] ?? 0;
    const above = tree.parent[use] ?? 0;
    if (tree.kind[above] === Kind.ReturnStmt) {
      const second = tree.next[use] ?? 0;
      if (tree.a[above] !== use || second === 0 || tree.next[second] !== 0) return;
      returned = true;
    } else if (tree.kind[above] === Kind.SelectorExpr) {
      // A body that is closed or replaced there is not the caller's to close.
      const member = tree.parent[above] ?? 0;
      if (tree.kind[member] === Kind.AssignStmt && tree.a[member] === above) return;
    }
  }
  if (returned) into.set(site.func, [site.resource, { key: '', result: 0, error: 1 }]);
}

/** Others are kept and released in too many ways. */
function canWrap(resource: Resource): boolean {
  return resource.id === 'body' || resource.id === 'rows' || resource.id === 'file';
}

function wrapperSites(pass: Pass, wrappers: Wrappers): Site[] {
  const { tree } = pass;
  const sites: Site[] = [];
  if (wrappers.size === 0) return sites;
  const names = new Set([...wrappers.keys()].map((decl) => tree.data[tree.b[decl] ?? 0] ?? 0));
  for (const call of pass.nodesOf(Kind.CallExpr)) {
    const fun = tree.a[call] ?? 0;
    const ident = tree.kind[fun] === Kind.SelectorExpr ? (tree.b[fun] ?? 0) : fun;
    if (tree.kind[ident] !== Kind.Ident || !names.has(tree.data[ident] ?? 0) || pass.inGenerated(call)) continue;
    const found = wrappers.get(pass.typing.callee(call)?.decl ?? 0);
    const site = found === undefined ? null : siteOf(pass, call, found[0], found[1]);
    // A blank result may be one that the function has dealt with.
    if (site !== null && site.object !== 0) sites.push(site);
  }
  return sites;
}

function siteOf(pass: Pass, call: NodeIndex, resource: Resource, acquire: Acquire): Site | null {
  const { tree, bindings } = pass;
  const func = pass.functionAround(call);
  if (func === 0) return null;
  let value = call;
  while (tree.kind[tree.parent[value] ?? 0] === Kind.ParenExpr) value = tree.parent[value] ?? 0;
  const above = tree.parent[value] ?? 0;
  const idents = targets(tree, value, above);
  if (idents === null) return null;
  const statement = statementOf(tree, above);
  const ident = idents[acquire.result] ?? 0;
  const base = { resource, acquire, call, func, statement };
  const errorIdent = acquire.error === -1 ? 0 : (idents[acquire.error] ?? 0);
  const error = tree.kind[errorIdent] === Kind.Ident ? (bindings.objectOf[errorIdent] ?? 0) : 0;
  if (idents.length === 0 || isBlank(tree, ident)) return { ...base, ident: 0, object: 0, error };
  if (tree.kind[ident] !== Kind.Ident) return null;
  const object = bindings.objectOf[ident] ?? 0;
  if (!isLocal(pass, object, func)) return null;
  return { ...base, ident, object, error };
}

/** Left sides of what a call's results are assigned to; [] for a call that is a statement of its own; null: it is part of something else. */
function targets(tree: Tree, value: NodeIndex, above: NodeIndex): NodeIndex[] | null {
  let first = 0;
  switch (tree.kind[above]) {
    case Kind.ExprStmt:
      return [];
    case Kind.AssignStmt:
      if (tree.b[above] !== value || tree.next[value] !== 0) return null;
      first = tree.a[above] ?? 0;
      break;
    case Kind.ValueSpec:
      if (tree.c[above] !== value || tree.next[value] !== 0) return null;
      first = tree.a[above] ?? 0;
      break;
    default:
      return null;
  }
  const idents: NodeIndex[] = [];
  for (let at = first; at !== 0; at = tree.next[at] ?? 0) idents.push(at);
  return idents;
}

/** The node of the graph: a ValueSpec is in a GenDecl in a DeclStmt. */
function statementOf(tree: Tree, node: NodeIndex): NodeIndex {
  let at = node;
  while (tree.kind[at] === Kind.ValueSpec || tree.kind[at] === Kind.GenDecl) at = tree.parent[at] ?? 0;
  return at;
}

function isBlank(tree: Tree, ident: NodeIndex): boolean {
  return tree.kind[ident] === Kind.Ident && tree.names.text(tree.data[ident] ?? 0) === '_';
}

/** Declared in this very function, and not one of its results: those are the caller's once it returns. */
export function isLocal(pass: Pass, object: ObjectIndex, func: NodeIndex): boolean {
  const { bindings } = pass;
  if (object === 0 || bindings.kind[object] !== ObjectKind.Variable || bindings.func[object] !== func) return false;
  const { Result, Receiver } = ObjectFlag;
  return ((bindings.flags[object] ?? 0) & (Result | Receiver)) === 0;
}
