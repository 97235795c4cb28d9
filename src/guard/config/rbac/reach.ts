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
 * Level by level, so a chain is found with the fewest levels. Cost for one start: the powers that it gets to.
 */
import type { Region } from '../../../findings/model.ts';
import type { Ability, AbilityKind } from './abilities.ts';
import { CLUSTER_ADMIN } from './built-in.ts';
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

interface Fact {
  readonly order: number;
  /** Null for the start. Most facts are never told: the text is made when they are. */
  readonly step: LazyStep | null;
  readonly parents: readonly Fact[];
}

interface Held {
  readonly ability: Ability;
  readonly power: Power;
  readonly fact: Fact;
}

interface Actor {
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

const nameFits = (names: readonly string[] | null, name: string): boolean => names === null || names.includes(name);
const scopeFits = (scope: string, namespace: string): boolean => scope === '' || scope === namespace;

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

/** One search from one identity. */
export class Reach {
  readonly #graph: AccessGraph;
  readonly #access: Access;
  readonly #limits: ReachLimits;
  #round = 0;
  #tail: readonly Step[] = [];
  #tailRounds = 0;
  readonly #actors = new Map<string, Actor>();
  /** One for each scope, who makes Secrets and who reads them; and the pairs of scopes that were looked at. */
  readonly #makers = new Map<string, { readonly says: string; readonly held: Held }>();
  readonly #readers = new Map<string, { readonly says: string; readonly held: Held }>();
  readonly #paired = new Set<string>();
  /** Scopes of which one acts as every account. */
  readonly #whole = new Set<string>();
  /** Powers that any of the actors can be given, because one of them may write bindings. */
  readonly #shared = new Map<string, { readonly power: Power; readonly fact: Fact }>();
  readonly #widened = new Map<string, Fact>();
  #pending: { actor: Actor; power: Power; fact: Fact }[] = [];
  #changed = false;
  #goal: Fact | null = null;
  #order = 0;

  constructor(graph: AccessGraph, limits: ReachLimits) {
    this.#graph = graph;
    this.#access = graph.access;
    this.#limits = limits;
  }

  /** What was acted as in its own name, at the end of a search. */
  *identities(): Generator<Identity> {
    for (const actor of this.#actors.values()) if (actor.real) yield actor.key;
  }

  run(start: Identity): Chain | null {
    this.#become(start, showIdentity(start), this.#graph.principals(start), true, this.#fact(null, []));
    let wereSeveral = false;
    while (this.#goal === null && this.#round < this.#limits.rounds && (this.#pending.length > 0 || this.#changed)) {
      this.#round++;
      this.#changed = false;
      const pending = this.#pending;
      this.#pending = [];
      for (const { actor, power, fact } of pending) this.#use(actor, power, fact);
      if (this.#goal !== null) break;
      const several = this.#actors.size > 1;
      for (const actor of [...this.#actors.values()]) {
        if (!actor.fresh && several === wereSeveral) continue;
        actor.fresh = false;
        this.#combine(actor);
        if (this.#goal !== null) break;
      }
      wereSeveral = several;
      this.#secrets();
      this.#certificates();
    }
    if (this.#goal === null) return null;
    return { steps: [...stepsOf(this.#goal), ...this.#tail], rounds: this.#round + this.#tailRounds };
  }

  #fact(step: LazyStep | null, parents: readonly Fact[]): Fact {
    this.#order++;
    return { order: this.#order, step, parents };
  }

  #step(
    text: () => string,
    at: Region | null,
    parents: readonly Fact[],
    certainty: Certainty = 0,
    move = true,
  ): Fact | null {
    return certainty > this.#limits.atMost ? null : this.#fact({ text, at, certainty, move }, parents);
  }

  /** Adds an identity that one can act as, with what is bound to it. */
  #become(key: string, says: string, principals: readonly Identity[], real: boolean, fact: Fact | null): void {
    const id = real ? key : `as:${key}`;
    if (fact === null || this.#actors.has(id) || (!real && this.#actors.has(key))) return;
    // What a certificate names besides the user is in the key, so nobody else's chain is taken for it.
    if (real && this.#round > 0) {
      const known = this.#limits.known.get(key);
      if (known !== undefined && this.#goal === null && this.#round + known.rounds <= this.#limits.total) {
        this.#goal = fact;
        this.#tail = known.steps;
        this.#tailRounds = known.rounds;
        return;
      }
      if (this.#limits.alone && !key.includes('+')) return;
    }
    const actor: Actor = { key: id, says, fact, real, powers: new Map(), held: new Map(), fresh: false };
    this.#actors.set(id, actor);
    this.#changed = true;
    for (const principal of principals) {
      for (const { binding, index } of this.#graph.bindingsOf.get(principal) ?? []) {
        const power = this.#graph.power(binding.role, binding.scope);
        if (power === null) continue;
        const member = principal.startsWith('group:') && principal !== key ? `${showIdentity(principal)} of ` : '';
        const scope = binding.scope === '' ? '' : ` in namespace ${binding.scope}`;
        const text = () => `${binding.key.replace('/', ' ')} gives ${member}${says} ${showRole(power.role)}${scope}`;
        const assumed = binding.object === null && principal !== 'group:system:masters';
        const bound = this.#step(text, binding.subjects[index]?.at ?? null, [fact], assumed ? 1 : 0, false);
        if (bound !== null) this.#give(actor, power, bound);
      }
    }
    for (const { power, fact: shared } of this.#shared.values()) this.#give(actor, power, shared);
  }

  #give(actor: Actor, power: Power, fact: Fact): void {
    if (actor.powers.has(power.key)) return;
    actor.powers.set(power.key, { power, fact });
    this.#pending.push({ actor, power, fact });
  }

  /** A role that can be bound to all that one acts as. */
  #share(power: Power | null, fact: Fact | null): void {
    if (power === null || fact === null || this.#shared.has(power.key)) return;
    this.#shared.set(power.key, { power, fact });
    for (const actor of this.#actors.values()) this.#give(actor, power, fact);
  }

  #widen(role: Role, fact: Fact | null): void {
    if (fact === null || this.#widened.has(role.key)) return;
    this.#widened.set(role.key, fact);
    this.#changed = true;
    for (const actor of this.#actors.values()) {
      for (const { power, fact: held } of actor.powers.values()) {
        if (power.role === role) this.#pending.push({ actor, power, fact: this.#fact(null, [held, fact]) });
      }
    }
    for (const other of this.#graph.collecting) {
      if (!brings(other, role)) continue;
      const text = () => `aggregation brings the rules of ${showRole(role)} into ${showRole(other)}`;
      this.#widen(other, this.#step(text, other.object?.at(['aggregationRule']) ?? null, [fact], 0, false));
    }
  }

  /** What a power gives by itself. */
  #use(actor: Actor, power: Power, fact: Fact): void {
    const widened = this.#widened.get(power.role.key);
    const from = widened === undefined || fact.parents.includes(widened) ? fact : this.#fact(null, [fact, widened]);
    for (const ability of this.#graph.abilities(power, widened !== undefined)) {
      const held = { ability, power, fact: from };
      const list = actor.held.get(ability.kind);
      if (list === undefined) actor.held.set(ability.kind, [held]);
      else list.push(held);
      this.#changed = true;
      actor.fresh = true;
      const { scope } = power;
      if (ability.kind === 'create-secrets' && !this.#makers.has(scope)) {
        this.#makers.set(scope, { says: actor.says, held });
      } else if (ability.kind === 'read-secrets' && !this.#readers.has(scope)) {
        this.#readers.set(scope, { says: actor.says, held });
      }
      if (ability.kind === 'everything') {
        this.#goal ??= this.#step(
          () => `${showRole(power.role)} may do everything in the cluster`,
          ability.rule.at,
          [from],
          0,
          false,
        );
      } else {
        this.#reachAccounts(actor, held);
      }
      if (this.#goal !== null) return;
    }
  }

  #reachAccounts(actor: Actor, held: Held): void {
    const { ability, power } = held;
    const access = this.#access;
    const get = (account: string, how: string, certainty: Certainty = 0) => {
      const identity = `sa:${account}`;
      if (this.#goal !== null || this.#actors.has(identity)) return;
      if (this.#limits.alone && !this.#limits.known.has(identity)) return;
      const text = () => `${actor.says} may ${ability.says}, ${how} ${showIdentity(identity)}`;
      const fact = this.#step(text, ability.rule.at, [held.fact], certainty);
      this.#become(identity, showIdentity(identity), this.#graph.principals(identity), true, fact);
    };
    const all = this.#whole.has('') || this.#whole.has(power.scope);
    if (all && ability.kind !== 'proxy-nodes' && ability.kind !== 'change-webhooks') return;
    switch (ability.kind) {
      case 'run-pods':
        for (const account of this.#accounts(power.scope)) get(account, 'and so run a pod as');
        this.#whole.add(power.scope);
        break;
      case 'change-workloads':
        this.#changeWorkloads(held, get);
        break;
      case 'enter-pods':
        for (const { object, namespace, spec, serviceAccount } of access.makers) {
          if (!scopeFits(power.scope, namespace)) continue;
          // Pods of a workload have names that nobody knows before.
          if (ability.names !== null && !(object.kind === 'Pod' && ability.names.includes(object.name))) continue;
          if (this.#mountsToken(spec.automountServiceAccountToken, `${namespace}/${serviceAccount}`)) {
            get(`${namespace}/${serviceAccount}`, `and so act in the pod of ${object.kind} ${object.name} as`);
          }
        }
        if (this.#limits.atMost < 2) break;
        for (const account of this.#accounts(power.scope)) get(account, 'and so act in a pod that runs as', 2);
        this.#whole.add(power.scope);
        break;
      case 'read-secrets':
        for (const secret of access.tokenSecrets) {
          if (!scopeFits(power.scope, secret.namespace) || !nameFits(ability.names, secret.name)) continue;
          get(`${secret.namespace}/${secret.account}`, `and in Secret ${secret.name} stands the token of`);
        }
        break;
      case 'make-tokens':
        for (const account of this.#accounts(power.scope)) {
          if (nameFits(ability.names, account.slice(account.indexOf('/') + 1))) get(account, 'and so get a token of');
        }
        if (ability.names === null) this.#whole.add(power.scope);
        break;
      case 'proxy-nodes':
        for (const { namespace, serviceAccount, spec, object } of access.makers) {
          if (!this.#mountsToken(spec.automountServiceAccountToken, `${namespace}/${serviceAccount}`)) continue;
          get(`${namespace}/${serviceAccount}`, `and so by the kubelet act in the pod of ${object.name} as`);
        }
        this.#assume(actor, held, 'and so by the kubelet act in every pod of every node');
        break;
      case 'change-webhooks':
        this.#assume(actor, held, 'and so rewrite what administrators create');
        break;
      default:
        break;
    }
  }

  #assume(actor: Actor, held: Held, how: string): void {
    this.#goal ??= this.#step(
      () => `${actor.says} may ${held.ability.says}, ${how}`,
      held.ability.rule.at,
      [held.fact],
      2,
    );
  }

  #changeWorkloads(held: Held, get: (account: string, how: string, certainty?: Certainty) => void): void {
    const { ability, power } = held;
    const there = new Set<string>();
    for (const { resource, object, namespace } of this.#access.makers) {
      if (resource === ability.resource && scopeFits(power.scope, namespace) && nameFits(ability.names, object.name)) {
        there.add(namespace);
      }
    }
    if (there.size === 0 && this.#limits.atMost < 2) return;
    for (const account of this.#accounts(power.scope)) {
      const known = there.has(account.slice(0, account.indexOf('/')));
      get(account, 'and so run a changed pod as', known ? 0 : 2);
    }
  }

  #mountsToken(ofPod: unknown, account: string): boolean {
    if (typeof ofPod === 'boolean') return ofPod;
    return this.#access.accounts.get(account)?.value.automountServiceAccountToken !== false;
  }

  #accounts(scope: string): readonly string[] {
    if (scope !== '') return this.#access.accountsIn.get(scope) ?? [];
    return this.#graph.allAccounts;
  }

  /** What needs more than one ability. */
  #combine(actor: Actor): void {
    const has = (kind: AbilityKind): readonly Held[] => actor.held.get(kind) ?? [];
    if (actor.real) this.#impersonate(actor, has);
    this.#bind(actor, has);
    this.#escalate(actor, has);
  }

  /** A Secret of the type for tokens, made and read: the cluster puts a token into it for any ServiceAccount of its namespace. */
  #secrets(): void {
    for (const create of this.#makers.values()) {
      for (const read of this.#readers.values()) {
        const pair = `${create.held.power.scope} ${read.held.power.scope}`;
        if (this.#paired.has(pair)) continue;
        this.#paired.add(pair);
        if (!scopeFits(create.held.power.scope, read.held.power.scope) && read.held.power.scope !== '') continue;
        for (const account of this.#accounts(create.held.power.scope || read.held.power.scope)) {
          const identity = `sa:${account}`;
          if (this.#goal !== null || this.#actors.has(identity)) continue;
          const text = () =>
            `${create.says} may ${create.held.ability.says} and ${read.says} ${read.held.ability.says}: a Secret that is made for it holds a token of ${showIdentity(identity)}`;
          const fact = this.#step(text, create.held.ability.rule.at, [create.held.fact, read.held.fact]);
          this.#become(identity, showIdentity(identity), this.#graph.principals(identity), true, fact);
        }
      }
    }
  }

  #impersonate(actor: Actor, has: (kind: AbilityKind) => readonly Held[]): void {
    const bases: { identity: Identity; held: Held }[] = [];
    for (const held of has('impersonate-accounts')) {
      for (const account of this.#accounts(held.power.scope)) {
        const name = account.slice(account.indexOf('/') + 1);
        if (nameFits(held.ability.names, name)) bases.push({ identity: `sa:${account}`, held });
      }
      // One that is not there can be impersonated as well: it is in the groups of its namespace, and can carry others.
      const names = held.ability.names ?? ['default'];
      for (const namespace of held.power.scope === '' ? this.#graph.groupNamespaces : [held.power.scope]) {
        for (const name of names) bases.push({ identity: `sa:${namespace}/${name}`, held });
      }
    }
    for (const held of has('impersonate-users')) {
      const names = held.ability.names?.map((name): Identity => `user:${name}`) ?? [
        ...this.#graph.users,
        'user:anyone',
      ];
      // A user's name that is a ServiceAccount's is checked as that.
      for (const identity of names) {
        if (!identity.startsWith('user:system:serviceaccount:')) bases.push({ identity, held });
      }
    }
    const groups = new Map<Identity, Held>();
    for (const held of has('impersonate-groups')) {
      const names = held.ability.names?.map((name): Identity => `group:${name}`) ?? [
        'group:system:masters',
        ...this.#graph.groups,
      ];
      for (const name of names) if (!groups.has(name)) groups.set(name, held);
    }
    for (const { identity, held } of bases) {
      const at = held.ability.rule.at;
      const says = showIdentity(identity);
      const fact = this.#step(() => `${actor.says} may ${held.ability.says}: ${says}`, at, [held.fact]);
      this.#become(identity, says, this.#graph.principals(identity), false, fact);
      if (groups.size === 0) continue;
      const names = [...groups.keys()].sort();
      const [first] = groups.values();
      if (first === undefined) continue;
      const text = () =>
        `${actor.says} may ${held.ability.says} and ${first.ability.says}: ${says} with ${names.map(showIdentity).join(', ')}`;
      const parents = [held.fact, ...new Set([...groups.values()].map((each) => each.fact))];
      const both = this.#step(text, first.ability.rule.at ?? at, parents);
      const principals = [identity, ...names, 'group:system:authenticated'];
      this.#become(`${identity}+${names.join('+')}`, says, principals, false, both);
    }
  }

  #bind(actor: Actor, has: (kind: AbilityKind) => readonly Held[]): void {
    const share = (role: string, scope: string, write: Held, why: string, more: readonly Fact[]) => {
      const power = this.#graph.power(role, scope);
      if (power === null || this.#shared.has(power.key)) return;
      const where = scope === '' ? '' : ` in namespace ${scope}`;
      const text = () =>
        `${actor.says} may ${write.ability.says} ${why}, and so bind ${showRole(power.role)}${where} to itself`;
      this.#share(power, this.#step(text, write.ability.rule.at, [write.fact, ...more]));
    };
    /** Roles that the actor may put into a binding in `scope` because of `bind`, or because it has them there. */
    const bindable = (write: Held, scope: string, only: string | null) => {
      for (const held of [...has('bind-cluster-roles'), ...has('bind-roles')]) {
        if (!scopeFits(held.power.scope, scope) || (scope === '' && held.power.scope !== '')) continue;
        const prefix = held.ability.kind === 'bind-roles' ? `Role/${scope}/` : 'ClusterRole/';
        if (prefix !== 'ClusterRole/' && scope === '') continue;
        for (const role of rolesToBind(this.#access, held.ability.names, prefix, only)) {
          share(role, scope, write, `and ${held.ability.says}`, [held.fact]);
        }
      }
      for (const { power, fact } of actor.powers.values()) {
        if (only !== null && only !== power.role.key) continue;
        if (power.scope !== '' && power.scope !== scope) continue;
        if (this.#actors.size > 1) share(power.role.key, scope, write, 'to a role that it has', [fact]);
      }
    };
    for (const write of has('create-cluster-bindings')) bindable(write, '', null);
    for (const write of has('create-bindings')) {
      for (const scope of write.power.scope === '' ? this.#graph.namespaces : [write.power.scope]) {
        bindable(write, scope, null);
      }
    }
    for (const kind of ['change-cluster-bindings', 'change-bindings'] as const) {
      for (const write of has(kind)) {
        for (const binding of this.#access.bindings) {
          if ((binding.scope === '') !== (kind === 'change-cluster-bindings')) continue;
          if (!scopeFits(write.power.scope, binding.scope) || !nameFits(write.ability.names, binding.name)) continue;
          bindable(write, binding.scope, binding.role);
        }
      }
    }
  }

  #escalate(actor: Actor, has: (kind: AbilityKind) => readonly Held[]): void {
    const widen = (role: Role, escalate: Held, write: Held) => {
      if (this.#widened.has(role.key)) return;
      const text = () =>
        `${actor.says} may ${escalate.ability.says} and ${write.ability.says}, and so give ${showRole(role)} everything`;
      this.#widen(role, this.#step(text, escalate.ability.rule.at, [escalate.fact, write.fact]));
    };
    for (const escalate of has('escalate-cluster-roles')) {
      for (const write of has('change-cluster-roles')) {
        // Where any role may be widened, the one that says so is enough.
        const any = escalate.ability.names === null && write.ability.names === null;
        const roles = any ? [write.power.role] : this.#access.roles.values();
        for (const role of roles) {
          if (role.namespace !== '' || !nameFits(escalate.ability.names, role.name)) continue;
          if (nameFits(write.ability.names, role.name)) widen(role, escalate, write);
        }
      }
      // The request that creates a role carries no name, so `escalate` on named roles does not cover it.
      if (escalate.ability.names !== null) continue;
      for (const write of has('create-cluster-roles')) {
        for (const role of this.#graph.collecting) widen(role, escalate, write);
      }
    }
    for (const escalate of has('escalate-roles')) {
      for (const write of has('change-roles')) {
        for (const role of this.#access.roles.values()) {
          if (role.namespace === '' || !scopeFits(escalate.power.scope, role.namespace)) continue;
          if (!scopeFits(write.power.scope, role.namespace)) continue;
          if (nameFits(escalate.ability.names, role.name) && nameFits(write.ability.names, role.name)) {
            widen(role, escalate, write);
          }
        }
      }
    }
  }

  /** A certificate for any user and group but system:masters, where one may ask, approve and read. */
  #certificates(): void {
    const actors = [...this.#actors.values()];
    const first = (kind: AbilityKind) =>
      actors.map((actor) => actor.held.get(kind)?.[0]).find((held) => held !== undefined);
    const create = first('create-requests');
    const read = first('read-requests');
    if (create === undefined || read === undefined) return;
    for (const actor of actors) {
      const approve = actor.held.get('approve-requests')?.[0];
      const signer = actor.held
        .get('approve-signer')
        ?.find(({ ability: { names } }) => names === null || names.some((name) => CLIENT_SIGNERS.has(name)));
      if (approve === undefined || signer === undefined) continue;
      const groups = this.#graph.groups.filter((group) => group !== 'group:system:masters');
      for (const identity of [
        ...this.#graph.users,
        ...[...this.#access.accounts.keys()].map((name) => `sa:${name}`),
        'user:anyone',
      ]) {
        const text = () =>
          `${actor.says} may ${approve.ability.says} and ${signer.ability.says}, and so get a certificate as ${showIdentity(identity)}`;
        const parents = [create.fact, read.fact, approve.fact, signer.fact];
        const fact = this.#step(text, approve.ability.rule.at, parents);
        const principals = [identity, ...groups, 'group:system:authenticated'];
        this.#become(`${identity}+certificate`, showIdentity(identity), principals, true, fact);
      }
      return;
    }
  }
}

const CLIENT_SIGNERS = new Set(['kubernetes.io/kube-apiserver-client', 'kubernetes.io/*']);

/** Keys of roles with one of the names; of all names, cluster-admin and the namespace's own roles say it all. */
function* rolesToBind(
  access: Access,
  names: readonly string[] | null,
  prefix: string,
  only: string | null,
): Generator<string> {
  if (only !== null) {
    if (only.startsWith(prefix) && nameFits(names, only.slice(prefix.length))) yield only;
  } else if (names !== null) {
    for (const name of names) yield `${prefix}${name}`;
  } else if (prefix === 'ClusterRole/') {
    yield CLUSTER_ADMIN;
  } else {
    for (const key of access.roles.keys()) if (key.startsWith(prefix)) yield key;
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
