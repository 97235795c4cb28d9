import { Kind } from '../../golang/nodes.ts';
import { unparen } from '../../golang/syntax.ts';
import { type NodeIndex, nameOf } from '../../golang/tree.ts';
import { type TypeIndex, TypeKind } from '../../golang/typing.ts';
import { predeclared } from '../../golang/universe.ts';
import { poolCalls } from '../pools/calls.ts';
import type { Pass, Rule } from '../rule.ts';

const NIL = predeclared('nil');

export const poolFinalizer: Rule = {
  id: 'pool-finalizer',
  summary: 'Objects of a pool have a finalizer or a cleanup',
  when: { imports: ['sync'] },
  check(pass) {
    const { tree, typing, bindings } = pass;
    if (!bindings.importPaths.includes('runtime')) return;
    const { gets, puts, makers } = pass.engine(poolCalls);
    const pooled = new Map<TypeIndex, NodeIndex>();
    const note = (type: TypeIndex, node: NodeIndex): void => {
      const target = pointee(pass, type);
      if (target !== 0 && !pooled.has(target)) pooled.set(target, node);
    };
    for (const { type, call } of [...puts, ...gets]) note(type, call);
    for (const { results } of makers) for (const result of results) note(typing.typeOf(result), result);
    if (pooled.size === 0) return;
    for (const call of pass.nodesOf(Kind.CallExpr)) {
      const fun = tree.a[call] ?? 0;
      if (tree.kind[fun] !== Kind.SelectorExpr || nameOf(tree, tree.b[fun] ?? 0) !== 'SetFinalizer') continue;
      // A cleanup keeps neither the object nor a cycle alive: that is the way to do it.
      if (typing.callee(call)?.key !== 'runtime.SetFinalizer') continue;
      const object = tree.b[call] ?? 0;
      if (bindings.objectOf[unparen(tree, tree.next[object] ?? 0)] === NIL) continue;
      const type = typing.typeOf(object);
      const place = pooled.get(pointee(pass, type));
      if (place === undefined) continue;
      const name = typing.types.named(pointee(pass, type))?.[1] ?? 'the object';
      const cyclic = reachesItself(pass, pointee(pass, type));
      pass.report({
        confidence: cyclic ? 'high' : 'medium',
        node: call,
        message: cyclic
          ? `${name} is pooled, has a finalizer, and can point at itself: in such a cycle it is never freed once the pool drops it`
          : `${name} is pooled and has a finalizer: each one that the pool drops lives on until its finalizer has run`,
        steps: [
          { node: call, says: 'the finalizer is set here' },
          { node: place, says: `objects of type ${name} are pooled here` },
        ],
        advice: 'Release what the object holds before Put and drop the finalizer, or use runtime.AddCleanup (Go 1.24).',
      });
    }
  },
};

/** How many types are looked at for a way back. */
const TYPES = 200;

/** Whether pointers in a struct of this type can lead back to one of it. */
function reachesItself(pass: Pass, type: TypeIndex): boolean {
  const { types } = pass.typing;
  const seen = new Set<TypeIndex>();
  const queue = [type];
  for (const at of queue) {
    if (queue.length > TYPES) break;
    for (const { type: field } of types.fields(types.underlying(at))) {
      let inner = field;
      for (;;) {
        const kind = types.kind(types.underlying(inner));
        if (kind !== TypeKind.Pointer && kind !== TypeKind.Slice && kind !== TypeKind.Array && kind !== TypeKind.Map)
          break;
        inner = types.element(types.underlying(inner));
      }
      if (inner === type) return true;
      if (seen.has(inner) || types.kind(types.underlying(inner)) !== TypeKind.Struct) continue;
      seen.add(inner);
      queue.push(inner);
    }
  }
  return false;
}

/** The named type that a pointer points to; 0 otherwise. */
function pointee(pass: Pass, type: TypeIndex): TypeIndex {
  const { types } = pass.typing;
  if (types.kind(type) !== TypeKind.Pointer) return 0;
  const target = types.element(type);
  return types.named(target) === null ? 0 : target;
}
