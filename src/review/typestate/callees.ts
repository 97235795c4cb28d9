/**
 * What functions of the standard library do with a resource that they are given. Whatever is not known here, and has no
 * summary, may keep the resource or release it: it is then theirs, and the engine is silent.
 */
import type { Callee } from '../../golang/typing.ts';

export const Effect = {
  /** Reads from it, writes to it, looks at it. */
  Uses: 0,
  /** The result reads or writes through it: where the result goes, the resource goes, but to close the result is not to close it. */
  Wraps: 1,
  /** Releases it, at least on some path. */
  Releases: 2,
  /** Keeps it, or nobody knows. */
  Takes: 3,
} as const;
export type EffectCode = number;

/** Packages whose functions only use readers and writers. */
const USERS =
  /^(bufio|bytes|strings|io|io\/ioutil|fmt|errors|testing|reflect|unicode.*|encoding(\/.*)?|compress\/.*|archive\/.*|hash(\/.*)?|crypto(\/.*)?|image(\/.*)?|debug\/.*|text\/.*|html(\/.*)?|mime(\/.*)?|go\/.*|net\/http\/httputil)$/;

/** They give back something that goes on using it. */
const WRAPPERS = /^(New.*|LimitReader|TeeReader|MultiReader|MultiWriter|NopCloser|OpenReader)$/;

const EXCEPTIONS: ReadonlyMap<string, EffectCode> = new Map([
  ['net/http.ServeContent', Effect.Uses],
  ['net/http.Response.Write', Effect.Uses],
  ['net/http.Request.Write', Effect.Uses],
  ['encoding/gob.Register', Effect.Takes],
  ['io.Pipe', Effect.Takes],
  ['reflect.ValueOf', Effect.Takes],
]);

export function effectOf(callee: Callee): EffectCode {
  const known = EXCEPTIONS.get(callee.key);
  if (known !== undefined) return known;
  // Behind an interface may be anything.
  if (callee.dynamic || !USERS.test(callee.path)) return Effect.Takes;
  return WRAPPERS.test(callee.name) ? Effect.Wraps : Effect.Uses;
}
