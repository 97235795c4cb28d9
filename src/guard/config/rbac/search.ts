/** What a search from one identity knows: whom it acts as, with which powers, and by which steps. How it gets on is in reach.ts. */
import type { Region } from '../../../findings/model.ts';
import type { Ability, AbilityKind } from './abilities.ts';
import { type AccessGraph, type Power, showIdentity, showRole } from './graph.ts';
import { type Access, brings, type Identity, type Role } from './model.ts';

/** How far a step is covered: by what was given; by what every cluster has; by what only may be there. */
export type Certainty = 0 | 1 | 2;

export interface Step {
  readonly text: string;
  readonly at: Region | null;
  readonly certainty: Certainty;
  /** Becomes somebody else or takes more; not what a binding gives. */
  readonly move: boolean;
}

interface LazyStep extends Omit<Step, 'text'> {
  readonly text: () => string;
}

export interface Fact {
  readonly order: number;
  /** Null for the start. Most facts are never told: the text is made when they are. */
  readonly step: LazyStep | null;
  readonly parents: readonly Fact[];
}

export interface Held {
  readonly ability: Ability;
  readonly power: Power;
  readonly fact: Fact;
}

export interface Actor {
  readonly key: string;
  readonly says: string;
  readonly fact: Fact;
  /** Whether it asks in its own name: only then may it impersonate. */
  readonly real: boolean;
  readonly powers: Map<string, { readonly power: Power; readonly fact: Fact }>;
  readonly held: Map<AbilityKind, Held[]>;
  /** Has abilities that were not combined yet. */
  fresh: boolean;
}

export const nameFits = (names: readonly string[] | null, name: string): boolean =>
  names === null || names.includes(name);
export const scopeFits = (scope: string, namespace: string): boolean => scope === '' || scope === namespace;

/** A chain from one identity to everything in the cluster. */
export interface Chain {
  /** Its steps in order. */
  readonly steps: readonly Step[];
  /** Levels that it took. */
  readonly rounds: number;
}

/** What is known before a search, and where it ends. */
export interface ReachLimits {
  /** Assumptions that are let in. */
  readonly atMost: Certainty;
  /** Levels. */
  readonly rounds: number;
  /** Identities whose own chain is known: acting as one of them ends the search, where the whole has at most `total` levels. */
  readonly known: ReadonlyMap<Identity, Chain>;
  readonly total: number;
  /** Others are not acted as, but where their chain is known: cheap, and enough where no step needs two of them. */
  readonly alone: boolean;
}

/** The state of one search. */
export class Search {
  readonly graph: AccessGraph;
  readonly access: Access;
  readonly limits: ReachLimits;
  round = 0;
  tail: readonly Step[] = [];
  tailRounds = 0;
  readonly actors = new Map<string, Actor>();
  /** One for each scope, who makes Secrets and who reads them; and the pairs of scopes that were looked at. */
  readonly makers = new Map<string, { readonly says: string; readonly held: Held }>();
  readonly readers = new Map<string, { readonly says: string; readonly held: Held }>();
  readonly paired = new Set<string>();
  /** Scopes of which one acts as every account. */
  readonly whole = new Set<string>();
  /** Powers that any of the actors can be given, because one of them may write bindings. */
  readonly shared = new Map<string, { readonly power: Power; readonly fact: Fact }>();
  readonly widened = new Map<string, Fact>();
  pending: { actor: Actor; power: Power; fact: Fact }[] = [];
  changed = false;
  goal: Fact | null = null;
  #order = 0;

  constructor(graph: AccessGraph, limits: ReachLimits) {
    this.graph = graph;
    this.access = graph.access;
    this.limits = limits;
  }

  fact(step: LazyStep | null, parents: readonly Fact[]): Fact {
    this.#order++;
    return { order: this.#order, step, parents };
  }

  step(
    text: () => string,
    at: Region | null,
    parents: readonly Fact[],
    certainty: Certainty = 0,
    move = true,
  ): Fact | null {
    return certainty > this.limits.atMost ? null : this.fact({ text, at, certainty, move }, parents);
  }

  /** Adds an identity that one can act as, with what is bound to it. */
  become(key: string, says: string, principals: readonly Identity[], real: boolean, fact: Fact | null): void {
    const id = real ? key : `as:${key}`;
    if (fact === null || this.actors.has(id) || (!real && this.actors.has(key))) return;
    // What a certificate names besides the user is in the key, so nobody else's chain is taken for it.
    if (real && this.round > 0) {
      const known = this.limits.known.get(key);
      if (known !== undefined && this.goal === null && this.round + known.rounds <= this.limits.total) {
        this.goal = fact;
        this.tail = known.steps;
        this.tailRounds = known.rounds;
        return;
      }
      if (this.limits.alone && !key.includes('+')) return;
    }
    const actor: Actor = { key: id, says, fact, real, powers: new Map(), held: new Map(), fresh: false };
    this.actors.set(id, actor);
    this.changed = true;
    for (const principal of principals) {
      for (const { binding, index } of this.graph.bindingsOf.get(principal) ?? []) {
        const power = this.graph.power(binding.role, binding.scope);
        if (power === null) continue;
        const member = principal.startsWith('group:') && principal !== key ? `${showIdentity(principal)} of ` : '';
        const scope = binding.scope === '' ? '' : ` in namespace ${binding.scope}`;
        const text = () => `${binding.key.replace('/', ' ')} gives ${member}${says} ${showRole(power.role)}${scope}`;
        const assumed = binding.object === null && principal !== 'group:system:masters';
        const bound = this.step(text, binding.subjects[index]?.at ?? null, [fact], assumed ? 1 : 0, false);
        if (bound !== null) this.#give(actor, power, bound);
      }
    }
    for (const { power, fact: shared } of this.shared.values()) this.#give(actor, power, shared);
  }

  #give(actor: Actor, power: Power, fact: Fact): void {
    if (actor.powers.has(power.key)) return;
    actor.powers.set(power.key, { power, fact });
    this.pending.push({ actor, power, fact });
  }

  /** A role that can be bound to all that one acts as. */
  share(power: Power | null, fact: Fact | null): void {
    if (power === null || fact === null || this.shared.has(power.key)) return;
    this.shared.set(power.key, { power, fact });
    for (const actor of this.actors.values()) this.#give(actor, power, fact);
  }

  widen(role: Role, fact: Fact | null): void {
    if (fact === null || this.widened.has(role.key)) return;
    this.widened.set(role.key, fact);
    this.changed = true;
    for (const actor of this.actors.values()) {
      for (const { power, fact: held } of actor.powers.values()) {
        if (power.role === role) this.pending.push({ actor, power, fact: this.fact(null, [held, fact]) });
      }
    }
    for (const other of this.graph.collecting) {
      if (!brings(other, role)) continue;
      const text = () => `aggregation brings the rules of ${showRole(role)} into ${showRole(other)}`;
      this.widen(other, this.step(text, other.object?.at(['aggregationRule']) ?? null, [fact], 0, false));
    }
  }

  accounts(scope: string): readonly string[] {
    if (scope !== '') return this.access.accountsIn.get(scope) ?? [];
    return this.graph.allAccounts;
  }
}
