/** RBAC objects as the authoriser reads them (k8s.io/kubernetes/plugin/pkg/auth/authorizer/rbac), with their places. */
import type { Region } from '../../../findings/model.ts';
import { listOf, lookUp, mapOf, stringsOf, textOf, textsOf } from '../../json/values.ts';
import type { KubeObject, Manifests } from '../../manifests/manifest.ts';
import { groupOf, type PodMaker, podMakers } from '../pod-templates.ts';
import { type LabelSelector, readSelector, selects } from '../selectors.ts';
import { BUILT_IN_BINDINGS, BUILT_IN_ROLES } from './built-in.ts';

export const RBAC = 'rbac.authorization.k8s.io';

export interface PolicyRule {
  readonly verbs: readonly string[];
  readonly groups: readonly string[];
  readonly resources: readonly string[];
  /** Empty: all. */
  readonly names: readonly string[];
  readonly urls: readonly string[];
  readonly at: Region | null;
  /** The role that it stands in where that is another one (aggregation). */
  readonly from: string;
}

export interface Role {
  /** `ClusterRole/name` or `Role/namespace/name`. */
  readonly key: string;
  readonly name: string;
  /** Empty for a ClusterRole. */
  readonly namespace: string;
  /** Its own and those that aggregation brings. */
  readonly rules: readonly PolicyRule[];
  /** ClusterRoles whose labels bring them into this one. */
  readonly aggregates: readonly LabelSelector[];
  readonly labels: ReadonlyMap<string, string>;
  readonly object: KubeObject | null;
  /** Comes with every cluster; nobody is told about it. */
  readonly standard: boolean;
}

/** `sa:namespace/name`, `user:name` or `group:name`. */
export type Identity = string;

export interface Binding {
  /** `ClusterRoleBinding/name` or `RoleBinding/namespace/name`. */
  readonly key: string;
  readonly name: string;
  /** Empty: in all namespaces and on what is cluster-wide. */
  readonly scope: string;
  readonly role: string;
  readonly subjects: readonly { readonly identity: Identity; readonly at: Region | null }[];
  readonly object: KubeObject | null;
  readonly standard: boolean;
  readonly at: Region | null;
}

export interface Access {
  readonly roles: ReadonlyMap<string, Role>;
  readonly bindings: readonly Binding[];
  /** `namespace/name` of every ServiceAccount that is defined, bound or used. */
  readonly accounts: ReadonlyMap<string, KubeObject | null>;
  readonly accountsIn: ReadonlyMap<string, readonly string[]>;
  readonly makers: readonly PodMaker[];
  /** Secrets that hold a ServiceAccount's token for good. */
  readonly tokenSecrets: readonly { readonly namespace: string; readonly name: string; readonly account: string }[];
}

const STANDARD_LABEL = 'kubernetes.io/bootstrapping';

export function readAccess(manifests: Manifests): Access {
  const roles = new Map<string, Role>(BUILT_IN_ROLES.map((role) => [role.key, role]));
  const bindings = new Map<string, Binding>(BUILT_IN_BINDINGS.map((binding) => [binding.key, binding]));
  const accounts = new Map<string, KubeObject | null>();
  const tokenSecrets: { namespace: string; name: string; account: string }[] = [];
  for (const object of manifests.objects) {
    const group = groupOf(object.apiVersion);
    if (group === RBAC && (object.kind === 'Role' || object.kind === 'ClusterRole')) {
      const role = readRole(object);
      // What aggregates has its rules from others; those that stand in it are what the controller wrote last.
      roles.set(role.key, role);
    } else if (group === RBAC && (object.kind === 'RoleBinding' || object.kind === 'ClusterRoleBinding')) {
      const binding = readBinding(object);
      bindings.set(binding.key, binding);
    } else if (group === '' && object.kind === 'ServiceAccount') {
      accounts.set(`${object.namespace}/${object.name}`, object);
    } else if (group === '' && object.kind === 'Secret') {
      const account = stringsOf(lookUp(object.value, ['metadata', 'annotations'])).get(
        'kubernetes.io/service-account.name',
      );
      if (object.value.type === 'kubernetes.io/service-account-token' && account !== undefined) {
        tokenSecrets.push({ namespace: object.namespace, name: object.name, account });
      }
    }
  }
  const makers = podMakers(manifests.objects);
  for (const maker of makers) remember(accounts, `${maker.namespace}/${maker.serviceAccount}`);
  for (const binding of bindings.values()) {
    for (const { identity } of binding.subjects) {
      if (identity.startsWith('sa:')) remember(accounts, identity.slice('sa:'.length));
    }
  }
  // Every namespace has one, whether somebody wrote it down or not.
  for (const namespace of namespacesOf(bindings.values(), accounts.keys())) remember(accounts, `${namespace}/default`);
  return {
    roles: aggregate(roles),
    bindings: [...bindings.values()],
    accounts,
    accountsIn: byNamespace(accounts.keys()),
    makers,
    tokenSecrets,
  };
}

function namespacesOf(bindings: Iterable<Binding>, accounts: Iterable<string>): ReadonlySet<string> {
  const namespaces = new Set<string>();
  for (const account of accounts) namespaces.add(account.slice(0, account.indexOf('/')));
  for (const { scope, subjects } of bindings) {
    if (scope !== '') namespaces.add(scope);
    for (const { identity } of subjects) {
      const group = /^group:system:serviceaccounts:(.+)$/.exec(identity)?.[1];
      if (group !== undefined) namespaces.add(group);
    }
  }
  return namespaces;
}

function remember(accounts: Map<string, KubeObject | null>, key: string): void {
  if (!accounts.has(key)) accounts.set(key, null);
}

function byNamespace(keys: Iterable<string>): ReadonlyMap<string, readonly string[]> {
  const map = new Map<string, string[]>();
  for (const key of keys) {
    const namespace = key.slice(0, key.indexOf('/'));
    const list = map.get(namespace);
    if (list === undefined) map.set(namespace, [key]);
    else list.push(key);
  }
  for (const list of map.values()) list.sort();
  return map;
}

function readRole(object: KubeObject): Role {
  const clusterWide = object.kind === 'ClusterRole';
  const labels = stringsOf(lookUp(object.value, ['metadata', 'labels']));
  const key = clusterWide ? `ClusterRole/${object.name}` : `Role/${object.namespace}/${object.name}`;
  const rules = listOf(object.value.rules).map((value, index): PolicyRule => {
    const rule = mapOf(value);
    return {
      verbs: textsOf(rule.verbs),
      groups: textsOf(rule.apiGroups),
      resources: textsOf(rule.resources),
      names: textsOf(rule.resourceNames),
      urls: textsOf(rule.nonResourceURLs),
      at: object.at(['rules', index]),
      from: key,
    };
  });
  return {
    key,
    name: object.name,
    namespace: clusterWide ? '' : object.namespace,
    rules,
    aggregates: clusterWide
      ? listOf(lookUp(object.value, ['aggregationRule', 'clusterRoleSelectors'])).map(readSelector)
      : [],
    labels,
    object,
    standard: labels.get(STANDARD_LABEL) === 'rbac-defaults',
  };
}

function readBinding(object: KubeObject): Binding {
  const clusterWide = object.kind === 'ClusterRoleBinding';
  const scope = clusterWide ? '' : object.namespace;
  const reference = mapOf(object.value.roleRef);
  const name = textOf(reference.name);
  return {
    key: clusterWide ? `ClusterRoleBinding/${object.name}` : `RoleBinding/${object.namespace}/${object.name}`,
    name: object.name,
    scope,
    role: reference.kind === 'Role' ? `Role/${scope}/${name}` : `ClusterRole/${name}`,
    subjects: listOf(object.value.subjects).flatMap((value, index) => {
      const subject = mapOf(value);
      const identity = identityOf(subject, scope);
      return identity === null ? [] : [{ identity, at: object.at(['subjects', index]) }];
    }),
    object,
    standard:
      stringsOf(lookUp(object.value, ['metadata', 'labels'])).get(STANDARD_LABEL) === 'rbac-defaults' ||
      BUILT_IN_BINDINGS.some((each) => each.name === object.name && each.scope === scope),
    at: object.at(['roleRef']),
  };
}

/** A user that is called like a ServiceAccount is that ServiceAccount. */
function identityOf(subject: Readonly<Record<string, unknown>>, scope: string): Identity | null {
  const name = textOf(subject.name);
  if (name === '') return null;
  switch (subject.kind) {
    case 'ServiceAccount':
      return `sa:${textOf(subject.namespace) || scope || 'default'}/${name}`;
    case 'User':
      return userIdentity(name);
    case 'Group':
      return `group:${name}`;
    default:
      return null;
  }
}

export function userIdentity(name: string): Identity {
  const account = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(name);
  return account === null ? `user:${name}` : `sa:${account[1]}/${account[2]}`;
}

/** Brings into each aggregating ClusterRole the rules of those that its selectors pick, to a fixpoint. */
function aggregate(roles: ReadonlyMap<string, Role>): ReadonlyMap<string, Role> {
  const whole = new Map(roles);
  const collecting = [...roles.values()].filter((role) => role.aggregates.length > 0);
  if (collecting.length === 0) return whole;
  for (const role of collecting) {
    const seen = new Set<string>([role.key]);
    const queue = [role];
    const rules: PolicyRule[] = [];
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
      // The rules that stand in an aggregating role are overwritten; those of standard roles stand for parts that are not given.
      if (next.aggregates.length === 0 || next.standard) rules.push(...next.rules);
      for (const other of roles.values()) {
        if (seen.has(other.key) || !brings(next, other)) continue;
        seen.add(other.key);
        queue.push(other);
      }
    }
    whole.set(role.key, { ...role, rules });
  }
  return whole;
}

/** Whether aggregation brings the rules of `part` into `role`. */
export function brings(role: Role, part: Role): boolean {
  return part.namespace === '' && part !== role && role.aggregates.some((selector) => selects(selector, part.labels));
}

/** Whether a rule allows `verb` on `resource` (`pods`, `pods/exec`) of `group`, by any name. */
export function allows(rule: PolicyRule, verb: string, group: string, resource: string): boolean {
  return (
    (rule.verbs.includes('*') || rule.verbs.includes(verb)) &&
    (rule.groups.includes('*') || rule.groups.includes(group)) &&
    hasResource(rule.resources, resource)
  );
}

function hasResource(resources: readonly string[], resource: string): boolean {
  if (resources.includes('*') || resources.includes(resource)) return true;
  const slash = resource.indexOf('/');
  return slash >= 0 && resources.includes(`*${resource.slice(slash)}`);
}

/** Everything, everywhere: what cluster-admin has. */
export function allowsEverything(rule: PolicyRule): boolean {
  return (
    rule.names.length === 0 && rule.verbs.includes('*') && rule.groups.includes('*') && rule.resources.includes('*')
  );
}
