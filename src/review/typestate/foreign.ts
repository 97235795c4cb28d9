/**
 * Functions of other packages of the modules under review, by the facts that were left for them (facts.ts). One fact a
 * function, and one a package under the key `path.*`: the names of its functions that hand out resources, so that types
 * are asked for few calls.
 *
 *   releases   parameter is released, at least on some path
 *   uses       read from, written to, looked at; whoever passes it still has to release it
 *   ''         anything else, or not known: it is the callee's
 */
import { Kind } from '../../golang/nodes.ts';
import type { NodeIndex } from '../../golang/tree.ts';
import type { Callee } from '../../golang/typing.ts';
import type { Pass } from '../rule.ts';
import { Effect, type EffectCode } from './callees.ts';
import { type Acquire, type Handed, isHanded } from './resources.ts';

export const FACTS_ENGINE = 'typestate';

export type Word = 'releases' | 'uses' | '';

/** A fact for one function; what it has nothing to say about is left out. */
export interface FunctionFacts {
  /** What comes out of it, and where. */
  readonly gives?: { readonly kind: Handed; readonly result: number; readonly error: number };
  /** One word per parameter. */
  readonly parameters?: readonly Word[];
}

/** Key of the fact that names a package's functions that hand out resources. */
export function namesKey(importPath: string): string {
  return `${importPath}.*`;
}

/** What a function of another package does with argument `index`; null: nothing was left for it. */
export function foreignEffect(pass: Pass, call: NodeIndex, callee: Callee, index: number): EffectCode | null {
  if (callee.dynamic || callee.path === pass.pkg.importPath || isMethodExpression(pass, call)) return null;
  const fact = pass.factsOf(FACTS_ENGINE, callee.key);
  const words = isRecord(fact) ? fact.parameters : undefined;
  const word: unknown = Array.isArray(words) ? words[index] : undefined;
  return word === 'releases' ? Effect.Releases : word === 'uses' ? Effect.Uses : null;
}

/** Whether a function of another package has left facts. */
export function isKnown(pass: Pass, callee: Callee): boolean {
  return !callee.dynamic && pass.factsOf(FACTS_ENGINE, callee.key) !== undefined;
}

/** `T.Close(x)`: its first argument is the receiver. */
function isMethodExpression(pass: Pass, call: NodeIndex): boolean {
  const { tree, typing } = pass;
  const fun = tree.a[call] ?? 0;
  return tree.kind[fun] === Kind.SelectorExpr && typing.isType(tree.a[fun] ?? 0);
}

/** Names of functions that hand out resources, of the packages that this one imports. */
export function foreignNames(pass: Pass): ReadonlySet<string> {
  const names = new Set<string>();
  for (const path of new Set([...pass.pkg.imports, ...pass.bindings.importPaths])) {
    const fact = pass.factsOf(FACTS_ENGINE, namesKey(path));
    if (Array.isArray(fact)) for (const name of fact) if (typeof name === 'string') names.add(name);
  }
  return names;
}

/** What a function of another package hands out; null: nothing that we know of. */
export function foreignGives(pass: Pass, callee: Callee): { readonly kind: Handed; readonly acquire: Acquire } | null {
  if (callee.dynamic || callee.path === pass.pkg.importPath) return null;
  const fact = pass.factsOf(FACTS_ENGINE, callee.key);
  const gives = isRecord(fact) ? fact.gives : undefined;
  if (!isRecord(gives)) return null;
  const { kind, result, error } = gives;
  if (!isHanded(kind) || typeof result !== 'number' || typeof error !== 'number') return null;
  return { kind, acquire: { key: callee.key, result, error } };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
