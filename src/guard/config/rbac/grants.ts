/** Abilities that give more together: to impersonate, to bind roles, to widen them. */
import type { AbilityKind } from './abilities.ts';
import { CLUSTER_ADMIN } from './built-in.ts';
import { showIdentity, showRole } from './graph.ts';
import type { Access, Identity, Role } from './model.ts';
import { type Actor, type Fact, type Held, nameFits, type Search, scopeFits } from './search.ts';

/** What needs more than one ability. */
export function combine(search: Search, actor: Actor): void {
  const has = (kind: AbilityKind): readonly Held[] => actor.held.get(kind) ?? [];
  if (actor.real) impersonate(search, actor, has);
  bind(search, actor, has);
  escalate(search, actor, has);
}

function impersonate(search: Search, actor: Actor, has: (kind: AbilityKind) => readonly Held[]): void {
  const bases: { identity: Identity; held: Held }[] = [];
  for (const held of has('impersonate-accounts')) {
    for (const account of search.accounts(held.power.scope)) {
      const name = account.slice(account.indexOf('/') + 1);
      if (nameFits(held.ability.names, name)) bases.push({ identity: `sa:${account}`, held });
    }
    // One that is not there can be impersonated as well: it is in the groups of its namespace, and can carry others.
    const names = held.ability.names ?? ['default'];
    for (const namespace of held.power.scope === '' ? search.graph.groupNamespaces : [held.power.scope]) {
      for (const name of names) bases.push({ identity: `sa:${namespace}/${name}`, held });
    }
  }
  for (const held of has('impersonate-users')) {
    const names = held.ability.names?.map((name): Identity => `user:${name}`) ?? [...search.graph.users, 'user:anyone'];
    // A user's name that is a ServiceAccount's is checked as that.
    for (const identity of names) {
      if (!identity.startsWith('user:system:serviceaccount:')) bases.push({ identity, held });
    }
  }
  const groups = new Map<Identity, Held>();
  for (const held of has('impersonate-groups')) {
    const names = held.ability.names?.map((name): Identity => `group:${name}`) ?? [
      'group:system:masters',
      ...search.graph.groups,
    ];
    for (const name of names) if (!groups.has(name)) groups.set(name, held);
  }
  for (const { identity, held } of bases) {
    const at = held.ability.rule.at;
    const says = showIdentity(identity);
    const fact = search.step(() => `${actor.says} may ${held.ability.says}: ${says}`, at, [held.fact]);
    search.become(identity, says, search.graph.principals(identity), false, fact);
    if (groups.size === 0) continue;
    const names = [...groups.keys()].sort();
    const [first] = groups.values();
    if (first === undefined) continue;
    const text = () =>
      `${actor.says} may ${held.ability.says} and ${first.ability.says}: ${says} with ${names.map(showIdentity).join(', ')}`;
    const parents = [held.fact, ...new Set([...groups.values()].map((each) => each.fact))];
    const both = search.step(text, first.ability.rule.at ?? at, parents);
    const principals = [identity, ...names, 'group:system:authenticated'];
    search.become(`${identity}+${names.join('+')}`, says, principals, false, both);
  }
}

function bind(search: Search, actor: Actor, has: (kind: AbilityKind) => readonly Held[]): void {
  const share = (role: string, scope: string, write: Held, why: string, more: readonly Fact[]) => {
    const power = search.graph.power(role, scope);
    if (power === null || search.shared.has(power.key)) return;
    const where = scope === '' ? '' : ` in namespace ${scope}`;
    const text = () =>
      `${actor.says} may ${write.ability.says} ${why}, and so bind ${showRole(power.role)}${where} to itself`;
    search.share(power, search.step(text, write.ability.rule.at, [write.fact, ...more]));
  };
  /** Roles that the actor may put into a binding in `scope` because of `bind`, or because it has them there. */
  const bindable = (write: Held, scope: string, only: string | null) => {
    for (const held of [...has('bind-cluster-roles'), ...has('bind-roles')]) {
      if (!scopeFits(held.power.scope, scope) || (scope === '' && held.power.scope !== '')) continue;
      const prefix = held.ability.kind === 'bind-roles' ? `Role/${scope}/` : 'ClusterRole/';
      if (prefix !== 'ClusterRole/' && scope === '') continue;
      for (const role of rolesToBind(search.access, held.ability.names, prefix, only)) {
        share(role, scope, write, `and ${held.ability.says}`, [held.fact]);
      }
    }
    for (const { power, fact } of actor.powers.values()) {
      if (only !== null && only !== power.role.key) continue;
      if (power.scope !== '' && power.scope !== scope) continue;
      if (search.actors.size > 1) share(power.role.key, scope, write, 'to a role that it has', [fact]);
    }
  };
  for (const write of has('create-cluster-bindings')) bindable(write, '', null);
  for (const write of has('create-bindings')) {
    for (const scope of write.power.scope === '' ? search.graph.namespaces : [write.power.scope]) {
      bindable(write, scope, null);
    }
  }
  for (const kind of ['change-cluster-bindings', 'change-bindings'] as const) {
    for (const write of has(kind)) {
      for (const binding of search.access.bindings) {
        if ((binding.scope === '') !== (kind === 'change-cluster-bindings')) continue;
        if (!scopeFits(write.power.scope, binding.scope) || !nameFits(write.ability.names, binding.name)) continue;
        bindable(write, binding.scope, binding.role);
      }
    }
  }
}

function escalate(search: Search, actor: Actor, has: (kind: AbilityKind) => readonly Held[]): void {
  const widen = (role: Role, escalate: Held, write: Held) => {
    if (search.widened.has(role.key)) return;
    const text = () =>
      `${actor.says} may ${escalate.ability.says} and ${write.ability.says}, and so give ${showRole(role)} everything`;
    search.widen(role, search.step(text, escalate.ability.rule.at, [escalate.fact, write.fact]));
  };
  for (const escalate of has('escalate-cluster-roles')) {
    for (const write of has('change-cluster-roles')) {
      // Where any role may be widened, the one that says so is enough.
      const any = escalate.ability.names === null && write.ability.names === null;
      const roles = any ? [write.power.role] : search.access.roles.values();
      for (const role of roles) {
        if (role.namespace !== '' || !nameFits(escalate.ability.names, role.name)) continue;
        if (nameFits(write.ability.names, role.name)) widen(role, escalate, write);
      }
    }
    // The request that creates a role carries no name, so `escalate` on named roles does not cover it.
    if (escalate.ability.names !== null) continue;
    for (const write of has('create-cluster-roles')) {
      for (const role of search.graph.collecting) widen(role, escalate, write);
    }
  }
  for (const escalate of has('escalate-roles')) {
    for (const write of has('change-roles')) {
      for (const role of search.access.roles.values()) {
        if (role.namespace === '' || !scopeFits(escalate.power.scope, role.namespace)) continue;
        if (!scopeFits(write.power.scope, role.namespace)) continue;
        if (nameFits(escalate.ability.names, role.name) && nameFits(write.ability.names, role.name)) {
          widen(role, escalate, write);
        }
      }
    }
  }
}

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
