/**
 * The chains to cluster-admin of many identities at once. One search each would be quadratic where everybody can become
 * everybody, so:
 * 1. decide who reaches it at all: a search that ends without says so for everybody that it acted as on the way, one that comes
 *    by somebody who reaches it ends there;
 * 2. find the chains of those in the order of their length: those of 1 level, then those that are one level from them, …
 */

import type { AccessGraph } from './graph.ts';
import type { Identity } from './model.ts';
import { Reach } from './reach.ts';
import type { Certainty, Chain } from './search.ts';

/** Bind to itself, widen a role, aggregate it, use it: what one identity does by itself takes no more levels without progress. */
const OWN_LEVELS = 6;

const REACHES: Chain = { steps: [], rounds: 0 };

export function chainsToClusterAdmin(
  graph: AccessGraph,
  starts: readonly Identity[],
  atMost: Certainty,
): ReadonlyMap<Identity, Chain> {
  const chains = new Map<Identity, Chain>();
  let left = whoReaches(graph, starts, atMost);
  for (let total = 1; left.length > 0; total++) {
    // A copy: chains of this length must not lead to longer ones in the same turn.
    const known = new Map(chains);
    const before = left.length;
    left = left.filter((start) => {
      const chain = new Reach(graph, { atMost, rounds: total, known, total, alone: true }).run(start);
      if (chain !== null) chains.set(start, chain);
      return chain === null;
    });
    // Searches alone end after as many levels as they have steps of their own, which are few.
    if (left.length < before || total < OWN_LEVELS) continue;
    // By several identities together, or by one who needs several: the whole search.
    for (const start of left) {
      const limits = { atMost, rounds: Number.POSITIVE_INFINITY, known: chains, total: Number.POSITIVE_INFINITY };
      const chain = new Reach(graph, { ...limits, alone: false }).run(start);
      if (chain !== null) chains.set(start, chain);
    }
    break;
  }
  return chains;
}

function whoReaches(graph: AccessGraph, starts: readonly Identity[], atMost: Certainty): Identity[] {
  const reaching = new Map<Identity, Chain>();
  const harmless = new Set<Identity>();
  for (const start of starts) {
    if (harmless.has(start)) continue;
    const total = Number.POSITIVE_INFINITY;
    const search = new Reach(graph, { atMost, rounds: total, known: reaching, total, alone: false });
    if (search.run(start) !== null) reaching.set(start, REACHES);
    else for (const identity of search.identities()) harmless.add(identity);
  }
  return [...reaching.keys()];
}
