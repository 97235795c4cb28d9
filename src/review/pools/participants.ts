/** The pools of a package one by one: what is in them, and the functions that have their objects in hand. */
import { Kind } from '../../golang/nodes.ts';
import { lastName, unparen } from '../../golang/syntax.ts';
import type { NodeIndex } from '../../golang/tree.ts';
import { type TypeIndex, TypeKind } from '../../golang/typing.ts';
import type { Pass } from '../rule.ts';
import { type PoolCall, poolCalls } from './calls.ts';

export interface PoolGroup {
  readonly pool: string;
  readonly gets: readonly PoolCall[];
  readonly puts: readonly PoolCall[];
  /** Types that are asserted of its objects, put into it or made for it; pointers as they are; without interfaces and unknowns. */
  readonly types: ReadonlySet<TypeIndex>;
  /** FuncDecls and package-level FuncLits that take from it or put into it, that call such, or that these hand an object to. */
  readonly functions: ReadonlySet<NodeIndex>;
}

/** Only pools whose objects are both taken and put back in the package: of the others half is not to be seen. */
export function poolGroups(pass: Pass): readonly PoolGroup[] {
  const { gets, puts, makers } = pass.engine(poolCalls);
  const pools = new Set(puts.map((put) => put.pool));
  pools.delete('');
  const groups: PoolGroup[] = [];
  for (const pool of pools) {
    const own = { gets: gets.filter((one) => one.pool === pool), puts: puts.filter((one) => one.pool === pool) };
    if (own.gets.length === 0) continue;
    const types = new Set<TypeIndex>();
    for (const { type } of [...own.gets, ...own.puts]) types.add(type);
    for (const maker of makers)
      if (maker.pool === pool) for (const result of maker.results) types.add(pass.typing.typeOf(result));
    for (const type of [...types])
      if (type === 0 || pass.typing.types.kind(pass.typing.types.underlying(type)) === TypeKind.Interface)
        types.delete(type);
    const near = new Set([...own.gets, ...own.puts].map(({ call }) => outermost(pass, call)));
    near.delete(0);
    groups.push({ pool, ...own, types, functions: around(pass, near, types) });
  }
  return groups;
}

/** The outermost function around a node. */
export function outermost(pass: Pass, node: NodeIndex): NodeIndex {
  let func = pass.functionAround(node);
  for (let next = func; next !== 0; next = pass.functionAround(func)) func = next;
  return func;
}

function around(pass: Pass, near: ReadonlySet<NodeIndex>, types: ReadonlySet<TypeIndex>): Set<NodeIndex> {
  const { tree, typing } = pass;
  const all = new Set(near);
  const names = new Set<number>();
  for (const func of near) if (tree.kind[func] === Kind.FuncDecl) names.add(tree.data[tree.b[func] ?? 0] ?? 0);
  for (const call of pass.nodesOf(Kind.CallExpr)) {
    if (!names.has(lastName(tree, tree.a[call] ?? 0))) continue;
    const decl = typing.callee(call)?.decl ?? 0;
    if (near.has(decl)) all.add(outermost(pass, call));
  }
  all.delete(0);
  const callers = new Set(all);
  for (const call of pass.nodesOf(Kind.CallExpr)) {
    if (!callers.has(outermost(pass, call)) || typing.builtin(call) !== '') continue;
    if (!handsOver(pass, call, types)) continue;
    const decl = typing.callee(call)?.decl ?? 0;
    if (tree.kind[decl] === Kind.FuncDecl) all.add(decl);
  }
  return all;
}

/** Whether an object of one of the types is the receiver or an argument. */
function handsOver(pass: Pass, call: NodeIndex, types: ReadonlySet<TypeIndex>): boolean {
  const { tree, typing } = pass;
  const fun = unparen(tree, tree.a[call] ?? 0);
  if (tree.kind[fun] === Kind.SelectorExpr && types.has(typing.typeOf(tree.a[fun] ?? 0))) return true;
  for (let at = tree.b[call] ?? 0; at !== 0; at = tree.next[at] ?? 0) if (types.has(typing.typeOf(at))) return true;
  return false;
}
