/** What becomes of the slices and maps in structs of this package: do they grow, and does anything empty them? */
import { Kind } from '../../golang/nodes.ts';
import { Token } from '../../golang/tokens.ts';
import { type NodeIndex, nameOf, textOf } from '../../golang/tree.ts';
import { TypeKind } from '../../golang/typing.ts';
import { unparen } from '../channels/syntax.ts';
import type { Pass } from '../rule.ts';

export interface FieldLife {
  /** Name of the struct type and of the field. */
  readonly type: string;
  readonly field: string;
  readonly map: boolean;
  /** Where it grows: the append, or the assignment to an element. */
  readonly grows: NodeIndex;
  /** Something gives it another value, clears it, deletes from it or has its address. */
  readonly emptied: boolean;
}

/** Fields that grow somewhere in the package, by `Type.field`. Asked for with `pass.engine(fieldLives)`. */
export function fieldLives(pass: Pass): ReadonlyMap<string, FieldLife> {
  const { tree, typing } = pass;
  const lives = new Map<string, { type: string; field: string; map: boolean; grows: NodeIndex; emptied: boolean }>();
  const emptiedTypes = new Set<string>();
  const lifeOf = (selector: NodeIndex): { grows: NodeIndex; map: boolean; emptied: boolean } | null => {
    const selection = typing.selection(selector);
    if (selection === null || selection.kind !== 'field' || selection.path !== pass.pkg.importPath) return null;
    if (selection.receiver === '') return null;
    const key = `${selection.receiver}.${selection.name}`;
    const known = lives.get(key);
    if (known !== undefined) return known;
    const made = { type: selection.receiver, field: selection.name, map: false, grows: 0, emptied: false };
    lives.set(key, made);
    return made;
  };
  const empty = (node: NodeIndex): void => {
    const at = stripped(pass, node);
    const life = tree.kind[at] === Kind.SelectorExpr ? lifeOf(at) : null;
    if (life !== null) life.emptied = true;
  };
  for (const assign of pass.nodesOf(Kind.AssignStmt)) {
    let right = tree.b[assign] ?? 0;
    for (let left = tree.a[assign] ?? 0; left !== 0; left = tree.next[left] ?? 0) {
      const target = unparen(tree, left);
      const value = unparen(tree, right);
      if (tree.next[right] !== 0) right = tree.next[right] ?? 0;
      if (tree.kind[target] === Kind.SelectorExpr) {
        if (tree.op[assign] === Token.Assign && isAppendTo(pass, value, textOf(tree, target))) {
          const life = lifeOf(target);
          if (life !== null && life.grows === 0) life.grows = value;
        } else empty(target);
      } else if (tree.kind[target] === Kind.IndexExpr) {
        const map = unparen(tree, tree.a[target] ?? 0);
        if (tree.kind[map] !== Kind.SelectorExpr) continue;
        const { types } = typing;
        if (types.kind(types.underlying(typing.typeOf(map))) !== TypeKind.Map) continue;
        const life = lifeOf(map);
        if (life === null) continue;
        life.map = true;
        if (life.grows === 0) life.grows = target;
      } else if (tree.kind[target] === Kind.StarExpr) {
        const named = typing.types.named(typing.typeOf(target));
        if (named !== null) emptiedTypes.add(named[1]);
      }
    }
  }
  for (const call of pass.nodesOf(Kind.CallExpr)) {
    const builtin = typing.builtin(call);
    if (builtin === 'clear' || builtin === 'delete') empty(tree.b[call] ?? 0);
  }
  // Whoever has the address may do anything.
  for (const node of pass.nodesOf(Kind.UnaryExpr)) if (tree.op[node] === Token.And) empty(tree.a[node] ?? 0);
  const found = new Map<string, FieldLife>();
  for (const [key, life] of lives)
    if (life.grows !== 0) found.set(key, { ...life, emptied: life.emptied || emptiedTypes.has(life.type) });
  return found;
}

/** `x.f` of `x.f`, `(x.f)`, `x.f[i]`. */
function stripped(pass: Pass, node: NodeIndex): NodeIndex {
  const { tree } = pass;
  let at = unparen(tree, node);
  while (tree.kind[at] === Kind.IndexExpr) at = unparen(tree, tree.a[at] ?? 0);
  return at;
}

/** `append(target, …)`, also through functions that append (`binary.AppendUvarint(target, …)`). */
function isAppendTo(pass: Pass, value: NodeIndex, target: string): boolean {
  const { tree } = pass;
  if (tree.kind[value] !== Kind.CallExpr || textOf(tree, tree.b[value] ?? 0) !== target) return false;
  const fun = tree.a[value] ?? 0;
  const name = tree.kind[fun] === Kind.SelectorExpr ? nameOf(tree, tree.b[fun] ?? 0) : nameOf(tree, fun);
  return /^append/i.test(name);
}
