/** Where a package acquires resources, and which variables the results go to. */
import type { ObjectIndex } from '../../golang/bindings.ts';
import { ObjectFlag, ObjectKind } from '../../golang/bindings.ts';
import type { NameIndex } from '../../golang/names.ts';
import { Kind } from '../../golang/nodes.ts';
import type { NodeIndex, Tree } from '../../golang/tree.ts';
import { TypeKind } from '../../golang/typing.ts';
import type { Pass } from '../rule.ts';
import { foreignGives, foreignNames } from './foreign.ts';
import { type Acquire, HANDED, handedAs, RESOURCES, type Resource, type ResourceId } from './resources.ts';
import { findWrappers, type Returned, type Wrapper } from './wrappers.ts';

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

export interface Sites {
  readonly sites: readonly Site[];
  /** By FuncDecl: functions of this package that hand out what they acquire. */
  readonly wrappers: ReadonlyMap<NodeIndex, Wrapper>;
}

/** Wrappers of wrappers of wrappers. */
const ROUNDS = 3;

/**
 * An engine: calls whose result is a resource and goes to a local variable or nowhere. Any other way, somebody else has
 * it. Calls of functions that hand out what they acquire are among them, of this package and of others.
 */
export function findSites(pass: Pass): Sites {
  const sites: Site[] = [];
  const returned: Returned[] = [];
  acquiringCalls(pass, sites, returned);
  let wrappers: ReadonlyMap<NodeIndex, Wrapper> = new Map();
  for (let round = 0; round < ROUNDS; round++) {
    const found = findWrappers(pass, sites, returned);
    const fresh = new Map([...found].filter(([decl]) => !wrappers.has(decl)));
    if (fresh.size === 0) break;
    wrapperCalls(pass, fresh, sites, returned);
    wrappers = new Map([...wrappers, ...fresh]);
  }
  return { sites, wrappers };
}

/** Calls of functions in the table, and of those that other packages have left facts of. */
function acquiringCalls(pass: Pass, sites: Site[], returned: Returned[]): void {
  const { tree, typing } = pass;
  const imports = new Set([...pass.pkg.imports, ...pass.bindings.importPaths]);
  const known = new Map<string, readonly [Resource, Acquire]>();
  const names = new Set<NameIndex>();
  const methods = new Map<NameIndex, (readonly [Resource, Acquire])[]>();
  for (const resource of RESOURCES) {
    if (!imports.has(resource.path)) continue;
    for (const acquire of resource.acquires) {
      // The methods that interfaces of one's own copy, to be given something else in tests.
      if (/^database\/sql\.(DB|Conn|Tx)\./.test(acquire.key)) {
        const name = tree.names.of(acquire.key.slice(acquire.key.lastIndexOf('.') + 1));
        methods.set(name, [...(methods.get(name) ?? []), [resource, acquire]]);
      }
      known.set(acquire.key, [resource, acquire]);
      names.add(tree.names.of(acquire.key.slice(acquire.key.lastIndexOf('.') + 1)));
    }
  }
  const foreign = new Set([...foreignNames(pass)].map((name) => tree.names.of(name)));
  if (known.size === 0 && foreign.size === 0) return;
  for (const call of pass.nodesOf(Kind.CallExpr)) {
    const fun = tree.a[call] ?? 0;
    const name = tree.kind[fun] === Kind.SelectorExpr ? (tree.data[tree.b[fun] ?? 0] ?? 0) : 0;
    const isForeign = foreign.has(name);
    if ((!isForeign && !names.has(name)) || pass.inGenerated(call)) continue;
    const callee = typing.callee(call);
    if (callee === null) continue;
    const found = known.get(callee.key);
    if (found !== undefined) addCall(pass, call, found[0], found[1], sites, returned, true);
    else if (callee.dynamic && methods.has(name)) addDynamic(pass, call, methods.get(name) ?? [], sites);
    else if (isForeign) {
      const gives = foreignGives(pass, callee);
      if (gives !== null) addCall(pass, call, HANDED[gives.kind], gives.acquire, sites, returned, false);
    }
  }
}

/** What these resources are pointers to, which only the package of theirs makes: a Response may come from anywhere. */
const POINTED: Partial<Record<ResourceId, string>> = {
  rows: 'database/sql.Rows',
  statement: 'database/sql.Stmt',
  transaction: 'database/sql.Tx',
  connection: 'database/sql.Conn',
};

/** A call through an interface with one of the methods: `type querier interface { Query(string, ...any) (*sql.Rows, error) }`. */
function addDynamic(
  pass: Pass,
  call: NodeIndex,
  methods: readonly (readonly [Resource, Acquire])[],
  sites: Site[],
): void {
  const { typing } = pass;
  for (const [resource, acquire] of methods) {
    const site = siteOf(pass, call, resource, acquire);
    if (site === null || site.object === 0) continue;
    const type = typing.objectType(site.object);
    if (typing.types.kind(type) !== TypeKind.Pointer) continue;
    const named = typing.types.named(typing.types.element(type));
    if (named === null || `${named[0]}.${named[1]}` !== POINTED[resource.id]) continue;
    sites.push(site);
    return;
  }
}

/** @param discarded whether a result that is thrown away counts: a function may have dealt with what it then gives. */
function addCall(
  pass: Pass,
  call: NodeIndex,
  resource: Resource,
  acquire: Acquire,
  sites: Site[],
  returned: Returned[],
  discarded: boolean,
): void {
  const { tree } = pass;
  const site = siteOf(pass, call, resource, acquire);
  if (site !== null) {
    if (site.object !== 0 || discarded) sites.push(site);
  } else if (
    handedAs(resource) !== null &&
    acquire.result === 0 &&
    acquire.error === 1 &&
    tree.kind[tree.parent[call] ?? 0] === Kind.ReturnStmt &&
    tree.next[call] === 0 &&
    tree.a[tree.parent[call] ?? 0] === call
  ) {
    returned.push({ call, resource });
  }
}

/** Calls of this package's wrappers. */
function wrapperCalls(
  pass: Pass,
  wrappers: ReadonlyMap<NodeIndex, Wrapper>,
  sites: Site[],
  returned: Returned[],
): void {
  const { tree } = pass;
  const names = new Set([...wrappers.keys()].map((decl) => tree.data[tree.b[decl] ?? 0] ?? 0));
  for (const call of pass.nodesOf(Kind.CallExpr)) {
    const fun = tree.a[call] ?? 0;
    const ident = tree.kind[fun] === Kind.SelectorExpr ? (tree.b[fun] ?? 0) : fun;
    if (tree.kind[ident] !== Kind.Ident || !names.has(tree.data[ident] ?? 0) || pass.inGenerated(call)) continue;
    const found = wrappers.get(pass.typing.callee(call)?.decl ?? 0);
    if (found !== undefined) addCall(pass, call, HANDED[found.kind], found.acquire, sites, returned, false);
  }
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
