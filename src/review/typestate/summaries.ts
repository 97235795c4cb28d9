/** What functions of this package do with a resource that they are given, from what they do with the parameter. */
import type { ObjectIndex } from '../../golang/bindings.ts';
import { Kind } from '../../golang/nodes.ts';
import { type NodeIndex, nameOf } from '../../golang/tree.ts';
import type { Pass } from '../rule.ts';
import { Effect, type EffectCode, effectOf } from './callees.ts';
import { foreignEffect } from './foreign.ts';
import type { Resource } from './resources.ts';
import { type ArgumentEffect, type Holder, Mark, usesOf } from './uses.ts';

/** How far a resource is followed through calls. */
const DEPTH = 6;

/** What becomes of a resource that functions are given. */
export interface Effects {
  /** For `usesOf`. */
  readonly ofArgument: ArgumentEffect;
  /** Of parameter `index` of a function of this package that has a body. */
  ofParameter(decl: NodeIndex, index: number, holder: Omit<Holder, 'object'>): EffectCode;
}

/** An engine: the effect of passing `resource` to a function. Answers are remembered per function and parameter. */
export function argumentEffects(pass: Pass): (resource: Resource) => Effects {
  const known = new Map<string, EffectCode>();
  const made = new Map<Resource, Effects>();
  let depth = 0;
  const make = (resource: Resource): Effects => {
    const effects: Effects = {
      ofArgument(call, index, holder) {
        const callee = pass.typing.callee(call);
        if (callee === null) return Effect.Takes;
        const { decl } = callee;
        if (decl === 0) return foreignEffect(pass, call, callee, index) ?? effectOf(callee);
        return effects.ofParameter(decl, index, holder);
      },
      ofParameter(decl, index, holder) {
        const key = `${resource.id} ${decl} ${index} ${holder.outer ? 1 : 0}${holder.derived ? 1 : 0}`;
        const before = known.get(key);
        if (before !== undefined) return before;
        // A function that calls itself: what its other calls do decides.
        known.set(key, Effect.Uses);
        let answer: EffectCode = Effect.Takes;
        const object = depth < DEPTH ? parameterOf(pass, decl, index) : -1;
        if (object === 0) answer = Effect.Uses;
        else if (object > 0) {
          depth++;
          const { outer, derived } = holder;
          const uses = usesOf(pass, pass.flowOf(decl), resource, { object, outer, derived }, decl, effects.ofArgument);
          depth--;
          if (uses.unclear || (uses.all & Mark.Escape) !== 0) answer = Effect.Takes;
          else if ((uses.all & Mark.Release) !== 0 || exhausted(pass, resource, object)) answer = Effect.Releases;
          else answer = Effect.Uses;
        }
        known.set(key, answer);
        return answer;
      },
    };
    return effects;
  };
  return (resource) => {
    let effects = made.get(resource);
    if (effects === undefined) {
      effects = make(resource);
      made.set(resource, effects);
    }
    return effects;
  };
}

/** `rows.Next()` of a parameter: who reads rows to the end has closed them. */
function exhausted(pass: Pass, resource: Resource, object: ObjectIndex): boolean {
  if (resource.exhausts === '') return false;
  const { tree, bindings } = pass;
  for (let at = bindings.useStart[object] ?? 0; at < (bindings.useStart[object + 1] ?? 0); at++) {
    const above = tree.parent[bindings.uses[at] ?? 0] ?? 0;
    if (tree.kind[above] === Kind.SelectorExpr && nameOf(tree, tree.b[above] ?? 0) === resource.exhausts) return true;
  }
  return false;
}

/** The variable of parameter `index`; 0: it has no name; -1: there is none, or it is a slice of the arguments. */
function parameterOf(pass: Pass, decl: NodeIndex, index: number): ObjectIndex {
  const { tree, bindings } = pass;
  const body = tree.kind[decl] === Kind.FuncDecl ? tree.d[decl] : tree.b[decl];
  if (body === 0) return -1;
  const type = (tree.kind[decl] === Kind.FuncDecl ? tree.c[decl] : tree.a[decl]) ?? 0;
  let at = 0;
  for (let field = tree.a[tree.b[type] ?? 0] ?? 0; field !== 0; field = tree.next[field] ?? 0) {
    if (tree.kind[tree.b[field] ?? 0] === Kind.Ellipsis) return -1;
    const first = tree.a[field] ?? 0;
    if (first === 0) {
      if (at++ === index) return 0;
      continue;
    }
    for (let name = first; name !== 0; name = tree.next[name] ?? 0) {
      if (at++ === index) return bindings.objectOf[name] ?? 0;
    }
  }
  return -1;
}
