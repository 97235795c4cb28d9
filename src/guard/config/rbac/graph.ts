/** What a search for chains of grants asks about the rules, whoever it starts from; and names for sentences. */
import { type Ability, abilitiesOf } from './abilities.ts';
import { CLUSTER_ADMIN } from './built-in.ts';
import type { Access, Binding, Identity, Role } from './model.ts';

/** A role in a scope. */
export interface Power {
  readonly key: string;
  readonly role: Role;
  readonly scope: string;
}

/** Everything about the access rules that does not depend on where one starts. */
export class AccessGraph {
  readonly access: Access;
  readonly bindingsOf = new Map<Identity, { readonly binding: Binding; readonly index: number }[]>();
  readonly namespaces: readonly string[];
  readonly allAccounts: readonly string[];
  readonly collecting: readonly Role[];
  readonly users: readonly Identity[];
  readonly groups: readonly Identity[];
  /** Namespaces whose ServiceAccounts have rights as a group, and `default`. */
  readonly groupNamespaces: readonly string[];
  readonly everything: readonly Ability[];
  readonly #abilities = new Map<string, readonly Ability[]>();
  readonly #powers = new Map<string, Power>();
  readonly #principals = new Map<Identity, readonly Identity[]>();

  constructor(access: Access) {
    this.access = access;
    const namespaces = new Set<string>();
    for (const binding of access.bindings) {
      if (binding.scope !== '') namespaces.add(binding.scope);
      for (const [index, { identity }] of binding.subjects.entries()) {
        const list = this.bindingsOf.get(identity);
        if (list === undefined) this.bindingsOf.set(identity, [{ binding, index }]);
        else list.push({ binding, index });
      }
    }
    for (const namespace of access.accountsIn.keys()) namespaces.add(namespace);
    this.allAccounts = [...access.accounts.keys()].sort();
    this.namespaces = [...namespaces].sort();
    this.collecting = [...access.roles.values()].filter((role) => role.aggregates.length > 0);
    const bound = [...this.bindingsOf.keys()].sort();
    this.users = bound.filter((identity) => identity.startsWith('user:'));
    this.groups = bound.filter((identity) => identity.startsWith('group:'));
    const members = this.groups.flatMap((group) => /^group:system:serviceaccounts:(.+)$/.exec(group)?.[1] ?? []);
    this.groupNamespaces = [...new Set(['default', ...members])];
    this.everything = abilitiesOf(access.roles.get(CLUSTER_ADMIN)?.rules ?? [], true);
  }

  /** The identity and its groups. */
  principals(identity: Identity): readonly Identity[] {
    let principals = this.#principals.get(identity);
    if (principals === undefined) {
      principals = [identity, ...groupsOf(identity)];
      this.#principals.set(identity, principals);
    }
    return principals;
  }

  power(role: string, scope: string): Power | null {
    const key = `${role}@${scope}`;
    const known = this.#powers.get(key);
    if (known !== undefined) return known;
    const found = this.access.roles.get(role);
    if (found === undefined) return null;
    const power = { key, role: found, scope };
    this.#powers.set(key, power);
    return power;
  }

  /** Abilities of a role, those of cluster-admin where it was widened. */
  abilities(power: Power, widened: boolean): readonly Ability[] {
    if (widened && power.scope === '') return this.everything;
    const key = `${widened ? CLUSTER_ADMIN : power.role.key}@${power.scope === '' ? '' : 'namespace'}`;
    let abilities = this.#abilities.get(key);
    if (abilities === undefined) {
      const role = widened ? this.access.roles.get(CLUSTER_ADMIN) : power.role;
      abilities = abilitiesOf(role?.rules ?? [], power.scope === '');
      this.#abilities.set(key, abilities);
    }
    return abilities;
  }
}

/** The groups that come with an identity. */
export function groupsOf(identity: Identity): readonly Identity[] {
  if (identity === 'user:system:anonymous') return ['group:system:unauthenticated'];
  if (identity.startsWith('group:')) return [];
  const account = /^sa:([^/]*)\//.exec(identity);
  if (account === null) return ['group:system:authenticated'];
  return [`group:system:serviceaccounts:${account[1]}`, 'group:system:serviceaccounts', 'group:system:authenticated'];
}

export function showIdentity(identity: Identity): string {
  if (identity.startsWith('sa:')) return `ServiceAccount ${identity.slice(3)}`;
  if (identity.startsWith('user:')) return `user ${identity.slice(5)}`;
  return `group ${identity.slice(6)}`;
}

export function showRole(role: Role): string {
  return role.namespace === '' ? `ClusterRole ${role.name}` : `Role ${role.namespace}/${role.name}`;
}
