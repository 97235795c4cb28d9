/**
 * What a detector asks of a function, decided once per function of a profile and kept as columns: whose it is, and
 * which of the runtime's or library's jobs it does. Stacks are then judged by looking up small numbers.
 */
import { functionFile, functionName } from '../evidence/pprof/frames.ts';
import type { Profile } from '../evidence/pprof/profile.ts';
import { outerFunction, ownerOf } from './packages.ts';

export const OWNER = { std: 0, dependency: 1, user: 2 } as const;

export const TRAIT = {
  none: 0,
  /** A profile being written: our own looking. */
  profiling: 1,
  runtime: 2,
  map: 3,
  syncMap: 4,
  pool: 5,
  poolGet: 6,
  timer: 7,
  context: 8,
  /** net/http in the goroutine of somebody who sends a request. */
  sending: 9,
} as const;

export interface FunctionTraits {
  /** OWNER, by FunctionIndex. */
  readonly owner: Uint8Array;
  /** TRAIT, by FunctionIndex. */
  readonly trait: Uint8Array;
  /** Index into `outerNames`, by FunctionIndex: closures count to the function that they are written in. */
  readonly outer: Int32Array;
  readonly outerNames: readonly string[];
}

export function functionTraits(profile: Profile): FunctionTraits {
  const { count } = profile.functions;
  const owner = new Uint8Array(count);
  const trait = new Uint8Array(count);
  const outer = new Int32Array(count);
  const outerNames: string[] = [];
  const ids = new Map<string, number>();
  for (let f = 0; f < count; f++) {
    const name = functionName(profile, f);
    owner[f] = OWNER[ownerOf(name, functionFile(profile, f))];
    trait[f] = traitOf(name);
    const outerName = outerFunction(name);
    let id = ids.get(outerName);
    if (id === undefined) {
      id = outerNames.length;
      outerNames.push(outerName);
      ids.set(outerName, id);
    }
    outer[f] = id;
  }
  return { owner, trait, outer, outerNames };
}

const PATTERNS: readonly (readonly [RegExp, number])[] = [
  [/^(runtime\/pprof|net\/http\/pprof)\./, TRAIT.profiling],
  [/^(runtime\.(mapassign|makemap|hashGrow|growWork|evacuate)|internal\/runtime\/maps\.)/, TRAIT.map],
  [/^runtime\./, TRAIT.runtime],
  [/^(sync\.\(\*Map\)\.|internal\/sync\.\(\*(HashTrieMap|node|indirect)|sync\.newEntry)/, TRAIT.syncMap],
  [/^sync\.\(\*Pool\)\.Get$/, TRAIT.poolGet],
  [/^sync\.\(\*Pool\)\./, TRAIT.pool],
  [/^time\.(AfterFunc|NewTimer|NewTicker|After|Tick|newTimer)$/, TRAIT.timer],
  [
    /^context\.(With(Cancel|Timeout|Deadline)(Cause)?|AfterFunc|withCancel|propagateCancel|\(\*cancelCtx\)\.(propagateCancel|Done))$/,
    TRAIT.context,
  ],
  [/^net\/http\.(\(\*Client\)\.(do|Do|Get|Post|PostForm|Head|send)|send|\(\*Transport\)\.)/, TRAIT.sending],
];

/** TRAIT of a symbol. */
export function traitOf(symbol: string): number {
  for (const [pattern, trait] of PATTERNS) if (pattern.test(symbol)) return trait;
  return TRAIT.none;
}

/** Does this allocator symbol mean that a map grew? */
export function isMapAllocator(symbol: string): boolean {
  return traitOf(symbol) === TRAIT.map;
}
