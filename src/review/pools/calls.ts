/** The sync.Pools of a package: where objects are taken, put back and made. Asked for with `pass.engine(poolCalls)`. */
import type { ObjectIndex } from '../../golang/bindings.ts';
import { Kind } from '../../golang/nodes.ts';
import { unparen } from '../../golang/syntax.ts';
import { Token } from '../../golang/tokens.ts';
import { type NodeIndex, nameOf } from '../../golang/tree.ts';
import { type TypeIndex, TypeKind } from '../../golang/typing.ts';
import type { Pass } from '../rule.ts';
import { nodesWithin } from './within.ts';

export interface PoolCall {
  readonly call: NodeIndex;
  /** FuncDecl or FuncLit around it; 0 at package level. */
  readonly func: NodeIndex;
  /** The pool's variable or field; '' where it cannot be told. */
  readonly pool: string;
  /** Put: what is put back. Get: the call itself. */
  readonly value: NodeIndex;
  /** Type of the object that is pooled; unknown 0. */
  readonly type: TypeIndex;
}

export interface PoolCalls {
  readonly gets: readonly PoolCall[];
  readonly puts: readonly PoolCall[];
  /** Functions that a pool calls to make an object, and what they return. */
  readonly makers: readonly {
    readonly pool: string;
    readonly func: NodeIndex;
    readonly results: readonly NodeIndex[];
  }[];
}

const NONE: PoolCalls = { gets: [], puts: [], makers: [] };

export function poolCalls(pass: Pass): PoolCalls {
  if (![...pass.pkg.imports, ...pass.bindings.importPaths].includes('sync')) return NONE;
  const { tree, typing } = pass;
  const get = tree.names.of('Get');
  const put = tree.names.of('Put');
  const gets: PoolCall[] = [];
  const puts: PoolCall[] = [];
  for (const call of pass.nodesOf(Kind.CallExpr)) {
    const fun = unparen(tree, tree.a[call] ?? 0);
    if (tree.kind[fun] !== Kind.SelectorExpr) continue;
    const name = tree.data[tree.b[fun] ?? 0];
    if ((name !== get && name !== put) || pass.inGenerated(call)) continue;
    const key = typing.callee(call)?.key;
    const func = pass.functionAround(call);
    const pool = poolOf(pass, tree.a[fun] ?? 0);
    if (key === 'sync.Pool.Get') gets.push({ call, func, pool, value: call, type: assertedType(pass, call) });
    if (key !== 'sync.Pool.Put') continue;
    const value = unparen(tree, tree.b[call] ?? 0);
    puts.push({ call, func, pool, value, type: typing.typeOf(value) });
  }
  return { gets, puts, makers: findMakers(pass) };
}

/** What `pool.Get().(T)` asserts. */
function assertedType(pass: Pass, call: NodeIndex): TypeIndex {
  const { tree } = pass;
  let above = tree.parent[call] ?? 0;
  while (tree.kind[above] === Kind.ParenExpr) above = tree.parent[above] ?? 0;
  const type = tree.kind[above] === Kind.TypeAssertExpr ? (tree.b[above] ?? 0) : 0;
  return type === 0 ? 0 : pass.typing.typeOf(type);
}

/** A name for the variable or field that an expression of pool type denotes: `pools[i]` is `pools`. */
export function poolOf(pass: Pass, expression: NodeIndex): string {
  const { tree, bindings, typing } = pass;
  let at = expression;
  for (;;) {
    switch (tree.kind[at]) {
      case Kind.ParenExpr:
      case Kind.StarExpr:
      case Kind.IndexExpr:
      case Kind.UnaryExpr:
        at = tree.a[at] ?? 0;
        continue;
      case Kind.Ident: {
        const object = bindings.objectOf[at] ?? 0;
        return object === 0 ? '' : `v${object}`;
      }
      case Kind.SelectorExpr: {
        const selection = typing.selection(at);
        if (selection === null) return '';
        return selection.decl !== 0
          ? `f${selection.decl}.${selection.name}`
          : `${selection.path}.${selection.receiver}.${selection.name}`;
      }
      default:
        return '';
    }
  }
}

/** `sync.Pool{New: f}` and `x.New = f`. */
function findMakers(pass: Pass): PoolCalls['makers'] {
  const { tree, typing } = pass;
  const makers: { pool: string; func: NodeIndex; results: readonly NodeIndex[] }[] = [];
  const add = (pool: string, value: NodeIndex): void => {
    const func = functionOf(pass, value);
    if (func !== 0) makers.push({ pool, func, results: resultsOf(pass, func) });
  };
  const isPool = (type: TypeIndex): boolean => isNamed(pass, type, 'sync', 'Pool');
  for (const pair of pass.nodesOf(Kind.KeyValueExpr)) {
    if (nameOf(tree, tree.a[pair] ?? 0) !== 'New') continue;
    const literal = tree.parent[pair] ?? 0;
    if (tree.kind[literal] === Kind.CompositeLit && isPool(typing.typeOf(literal)))
      add(targetOf(pass, literal), tree.b[pair] ?? 0);
  }
  for (const assign of pass.nodesOf(Kind.AssignStmt)) {
    const left = tree.a[assign] ?? 0;
    if (tree.kind[left] !== Kind.SelectorExpr || nameOf(tree, tree.b[left] ?? 0) !== 'New') continue;
    const pool = tree.a[left] ?? 0;
    if (isPool(typing.typeOf(pool))) add(poolOf(pass, pool), tree.b[assign] ?? 0);
  }
  return makers;
}

/** Whether a type is the named one, or a pointer to it. */
export function isNamed(pass: Pass, type: TypeIndex, path: string, name: string): boolean {
  const { types } = pass.typing;
  const at = types.kind(type) === TypeKind.Pointer ? types.element(type) : type;
  const named = types.named(at);
  return named !== null && named[0] === path && named[1] === name;
}

/** The variable or field that a literal is the value of. */
function targetOf(pass: Pass, literal: NodeIndex): string {
  const { tree, typing } = pass;
  let value = literal;
  let above = tree.parent[value] ?? 0;
  while (tree.kind[above] === Kind.ParenExpr || tree.kind[above] === Kind.UnaryExpr) {
    value = above;
    above = tree.parent[value] ?? 0;
  }
  if (tree.kind[above] === Kind.KeyValueExpr) {
    const key = tree.a[above] ?? 0;
    const field = tree.kind[key] === Kind.Ident ? typing.fieldOf(key) : 0;
    return field === 0 ? '' : `f${field}.${nameOf(tree, key)}`;
  }
  const [left, right] =
    tree.kind[above] === Kind.AssignStmt
      ? [tree.a[above], tree.b[above]]
      : tree.kind[above] === Kind.ValueSpec
        ? [tree.a[above], tree.c[above]]
        : [0, 0];
  let target = left ?? 0;
  for (let at = right ?? 0; at !== 0 && at !== value; at = tree.next[at] ?? 0) target = tree.next[target] ?? 0;
  return target === 0 ? '' : poolOf(pass, target);
}

/** The FuncLit or FuncDecl that an expression denotes; 0 if it is none of this package. */
export function functionOf(pass: Pass, expression: NodeIndex): NodeIndex {
  const { tree, bindings } = pass;
  const at = unparen(tree, expression);
  if (tree.kind[at] === Kind.FuncLit) return at;
  if (tree.kind[at] === Kind.Ident) {
    const decl = bindings.decl[bindings.objectOf[at] ?? 0] ?? 0;
    return tree.kind[decl] === Kind.FuncDecl ? decl : 0;
  }
  if (tree.kind[at] !== Kind.SelectorExpr) return 0;
  const decl = pass.typing.selection(at)?.decl ?? 0;
  return tree.kind[decl] === Kind.FuncDecl ? decl : 0;
}

/** The first result of each return of a function, literals inside not entered. */
function resultsOf(pass: Pass, func: NodeIndex): NodeIndex[] {
  const { tree } = pass;
  const results: NodeIndex[] = [];
  for (const node of nodesWithin(pass, func, Kind.ReturnStmt))
    if (tree.a[node] !== 0) results.push(unparen(tree, tree.a[node] ?? 0));
  return results;
}

/** What is put back: the variable's identifier for `x`, `x[:0]` and `&x`; 0 for anything else. */
export function putIdent(pass: Pass, value: NodeIndex): NodeIndex {
  const { tree } = pass;
  let at = unparen(tree, value);
  if (tree.kind[at] === Kind.UnaryExpr && tree.op[at] === Token.And) at = unparen(tree, tree.a[at] ?? 0);
  else while (tree.kind[at] === Kind.SliceExpr) at = unparen(tree, tree.a[at] ?? 0);
  return tree.kind[at] === Kind.Ident ? at : 0;
}

/** The object of an identifier if it is a variable of a function. */
export function localOf(pass: Pass, ident: NodeIndex): ObjectIndex {
  const object = ident === 0 ? 0 : (pass.bindings.objectOf[ident] ?? 0);
  return (pass.bindings.func[object] ?? 0) === 0 ? 0 : object;
}
