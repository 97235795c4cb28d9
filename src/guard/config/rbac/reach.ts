/**
 * Who can become what: the identities and roles that one who holds a ServiceAccount's token gets to, one API request after the
 * other, to a fixpoint.
 *
 * State: identities that one can act as, each with the powers (a role in a scope) bound to it. Requests are made by one identity
 * each, so what a request needs together (create a ClusterRoleBinding *and* bind the role) has to be with one of them. Rules of
 * the API server that matter here:
 * - a binding to a role needs the role's permissions or the verb `bind` on it in the binding's namespace
 *   (pkg/registry/rbac/…/policybased); whoever may write bindings can hand what it has to the others that it acts as
 * - a role's rules are widened with `escalate`; aggregation carries that into the roles that collect it, and setting an
 *   aggregationRule needs everything already
 * - impersonation is checked against who really asks: one who is impersonated cannot impersonate further. Impersonated groups
 *   come with an impersonated user
 * - certificates may name any user and any group but system:masters (CertificateSubjectRestriction)
 *
 * What is known on the way is search.ts; what an ability gives stands in tokens.ts (ServiceAccounts and certificates) and grants.ts (roles
 * and other names).
 *
 * Level by level, so a chain is found with the fewest levels. Cost for one start: the powers that it gets to.
 */

import { combine } from './grants.ts';
import { type AccessGraph, type Power, showIdentity, showRole } from './graph.ts';
import type { Identity } from './model.ts';
import { type Actor, type Chain, type Fact, type ReachLimits, Search, type Step } from './search.ts';
import { certificates, reachAccounts, secrets } from './tokens.ts';

/** One search from one identity. */
export class Reach {
  readonly #search: Search;

  constructor(graph: AccessGraph, limits: ReachLimits) {
    this.#search = new Search(graph, limits);
  }

  /** What was acted as in its own name, at the end of a search. */
  *identities(): Generator<Identity> {
    for (const actor of this.#search.actors.values()) if (actor.real) yield actor.key;
  }

  run(start: Identity): Chain | null {
    const search = this.#search;
    search.become(start, showIdentity(start), search.graph.principals(start), true, search.fact(null, []));
    let wereSeveral = false;
    while (
      search.goal === null &&
      search.round < search.limits.rounds &&
      (search.pending.length > 0 || search.changed)
    ) {
      search.round++;
      search.changed = false;
      const pending = search.pending;
      search.pending = [];
      for (const { actor, power, fact } of pending) use(search, actor, power, fact);
      if (search.goal !== null) break;
      const several = search.actors.size > 1;
      for (const actor of [...search.actors.values()]) {
        if (!actor.fresh && several === wereSeveral) continue;
        actor.fresh = false;
        combine(search, actor);
        if (search.goal !== null) break;
      }
      wereSeveral = several;
      secrets(search);
      certificates(search);
    }
    if (search.goal === null) return null;
    return {
      steps: [...stepsOf(search.goal), ...search.tail],
      rounds: search.round + search.tailRounds,
    };
  }
}

/** What a power gives by itself. */
function use(search: Search, actor: Actor, power: Power, fact: Fact): void {
  const widened = search.widened.get(power.role.key);
  const from = widened === undefined || fact.parents.includes(widened) ? fact : search.fact(null, [fact, widened]);
  for (const ability of search.graph.abilities(power, widened !== undefined)) {
    const held = { ability, power, fact: from };
    const list = actor.held.get(ability.kind);
    if (list === undefined) actor.held.set(ability.kind, [held]);
    else list.push(held);
    search.changed = true;
    actor.fresh = true;
    const { scope } = power;
    if (ability.kind === 'create-secrets' && !search.makers.has(scope)) {
      search.makers.set(scope, { says: actor.says, held });
    } else if (ability.kind === 'read-secrets' && !search.readers.has(scope)) {
      search.readers.set(scope, { says: actor.says, held });
    }
    if (ability.kind === 'everything') {
      search.goal ??= search.step(
        () => `${showRole(power.role)} may do everything in the cluster`,
        ability.rule.at,
        [from],
        0,
        false,
      );
    } else {
      reachAccounts(search, actor, held);
    }
    if (search.goal !== null) return;
  }
}

/** Everything that a fact rests on, in the order in which it was found. */
function stepsOf(goal: Fact): Step[] {
  const seen = new Set<Fact>();
  const stack = [goal];
  for (let fact = stack.pop(); fact !== undefined; fact = stack.pop()) {
    if (seen.has(fact)) continue;
    seen.add(fact);
    stack.push(...fact.parents);
  }
  return [...seen]
    .sort((a, b) => a.order - b.order)
    .flatMap(({ step }) => (step === null ? [] : [{ ...step, text: step.text() }]));
}
