/**
 * The search against a simulator that knows nothing of abilities and facts: it keeps a set of credentials and the bindings and roles
 * of a tiny cluster, tries each single request that there is, asks an authoriser written from the documentation, and does what the
 * API server would do, until nothing changes.
 */
import { describe, expect, it } from 'vitest';
import { manifestsOf } from '../../../testing/kube-objects.ts';
import { randomly } from '../../../testing/random.ts';
import { rbacCheck } from './check.ts';

const GROUP = 'rbac.authorization.k8s.io';
const V1 = `${GROUP}/v1`;

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  readonly resourceNames?: readonly string[];
}
interface SimRole {
  readonly key: string;
  rules: readonly Rule[];
}
interface SimBinding {
  readonly name: string;
  readonly namespace: string;
  readonly role: string;
  readonly subjects: Set<string>;
}
interface World {
  readonly roles: SimRole[];
  readonly bindings: SimBinding[];
  readonly accounts: readonly string[];
  readonly namespaces: readonly string[];
  /** Secrets with tokens, `namespace/name` to account. */
  readonly tokens: ReadonlyMap<string, string>;
}

const ALL: Rule = { apiGroups: ['*'], resources: ['*'], verbs: ['*'] };

/** One who asks: a name and groups; whether it has credentials of its own. */
interface Who {
  readonly names: readonly string[];
  readonly real: boolean;
}

function can(world: World, who: Who, verb: string, group: string, resource: string, namespace: string, name: string) {
  return world.bindings.some(
    (binding) =>
      (binding.namespace === '' || binding.namespace === namespace) &&
      who.names.some((each) => binding.subjects.has(each)) &&
      (world.roles.find(({ key }) => key === binding.role)?.rules ?? []).some(
        (rule) =>
          rule.verbs.some((each) => each === '*' || each === verb) &&
          rule.apiGroups.some((each) => each === '*' || each === group) &&
          rule.resources.some((each) => each === '*' || each === resource) &&
          (rule.resourceNames === undefined || (name !== '' && rule.resourceNames.includes(name))),
      ),
  );
}

function account(name: string): Who {
  const namespace = name.split('/')[0] ?? '';
  return {
    names: [
      `sa:${name}`,
      `group:system:serviceaccounts:${namespace}`,
      'group:system:serviceaccounts',
      'group:system:authenticated',
    ],
    real: true,
  };
}

/** Whether who holds the token of `start` can come to do everything. The world is changed on the way, as a real one would be. */
function simulate(world: World, start: string): boolean {
  const held = new Map<string, Who>([[`real ${start}`, account(start)]]);
  const get = (name: string, real: boolean) => {
    const key = `${real ? 'real' : 'as'} ${name}`;
    if (held.has(key)) return false;
    held.set(key, { ...account(name), real });
    return true;
  };
  const isRole = (key: string, namespace: string) => !key.startsWith('Role/') || key.startsWith(`Role/${namespace}/`);
  const write = (binding: SimBinding) => {
    let added = false;
    for (const { names } of held.values()) {
      const [self = ''] = names;
      if (!binding.subjects.has(self)) {
        binding.subjects.add(self);
        added = true;
      }
    }
    return added;
  };
  for (let changed = true; changed; ) {
    changed = false;
    for (const who of [...held.values()]) {
      if (can(world, who, 'anything', 'any.group', 'any', '', '')) return true;
      if (can(world, who, 'impersonate', '', 'groups', '', 'system:masters') && who.real) {
        const base = anybody(world).some((each) => {
          const [namespace = '', name = ''] = each.split('/');
          return can(world, who, 'impersonate', '', 'serviceaccounts', namespace, name);
        });
        if (base || [...NAMES, 'anyone'].some((name) => can(world, who, 'impersonate', '', 'users', '', name)))
          return true;
      }
      // Whoever is impersonated need not be there.
      for (const each of anybody(world)) {
        const [namespace = '', name = ''] = each.split('/');
        if (who.real && can(world, who, 'impersonate', '', 'serviceaccounts', namespace, name)) {
          changed = get(each, false) || changed;
        }
      }
      for (const each of world.accounts) {
        const [namespace = '', name = ''] = each.split('/');
        const runs =
          can(world, who, 'create', '', 'pods', namespace, '') ||
          can(world, who, 'create', 'batch', 'jobs', namespace, '');
        if (runs || can(world, who, 'create', '', 'serviceaccounts/token', namespace, name))
          changed = get(each, true) || changed;
        const makes = can(world, who, 'create', '', 'secrets', namespace, '');
        if (
          makes &&
          [...held.values()].some((reader) =>
            ['get', 'list'].some(
              (verb) =>
                can(world, reader, verb, '', 'secrets', namespace, 'made') || reads(world, reader, verb, namespace),
            ),
          )
        ) {
          changed = get(each, true) || changed;
        }
      }
      for (const [secret, of] of world.tokens) {
        const [namespace = '', name = ''] = secret.split('/');
        if (['get', 'list'].some((verb) => can(world, who, verb, '', 'secrets', namespace, name)))
          changed = get(of, true) || changed;
      }
      for (const namespace of ['', ...world.namespaces]) {
        const kind = namespace === '' ? 'clusterrolebindings' : 'rolebindings';
        for (const role of world.roles) {
          if (!isRole(role.key, namespace)) continue;
          const clusterRole = role.key.startsWith('ClusterRole/');
          const name = role.key.slice(role.key.lastIndexOf('/') + 1);
          const bindable = can(world, who, 'bind', GROUP, clusterRole ? 'clusterroles' : 'roles', namespace, name);
          // Or it has the role there already.
          const has = world.bindings.some(
            (each) =>
              each.role === role.key &&
              (each.namespace === '' || each.namespace === namespace) &&
              who.names.some((principal) => each.subjects.has(principal)),
          );
          if (!bindable && !has) continue;
          if (can(world, who, 'create', GROUP, kind, namespace, '')) {
            let made = world.bindings.find(
              (each) => each.name === 'made' && each.role === role.key && each.namespace === namespace,
            );
            if (made === undefined) {
              made = { name: 'made', namespace, role: role.key, subjects: new Set() };
              world.bindings.push(made);
            }
            changed = write(made) || changed;
          }
          for (const binding of world.bindings) {
            if (binding.role !== role.key || binding.namespace !== namespace || binding.name === 'made') continue;
            if (can(world, who, 'patch', GROUP, kind, namespace, binding.name)) changed = write(binding) || changed;
          }
        }
      }
      for (const role of world.roles) {
        const parts = role.key.split('/');
        const namespace = parts.length === 3 ? (parts[1] ?? '') : '';
        const resource = parts.length === 3 ? 'roles' : 'clusterroles';
        const name = parts.at(-1) ?? '';
        if (role.rules[0] === ALL) continue;
        if (
          can(world, who, 'escalate', GROUP, resource, namespace, name) &&
          can(world, who, 'patch', GROUP, resource, namespace, name)
        ) {
          role.rules = [ALL];
          changed = true;
        }
      }
    }
  }
  return false;
}

function anybody(world: World): string[] {
  return world.namespaces.flatMap((namespace) => [...NAMES, 'anyone'].map((name) => `${namespace}/${name}`));
}

/** Reads any name: a rule without resourceNames. */
function reads(world: World, who: Who, verb: string, namespace: string): boolean {
  return world.bindings.some(
    (binding) =>
      (binding.namespace === '' || binding.namespace === namespace) &&
      who.names.some((each) => binding.subjects.has(each)) &&
      (world.roles.find(({ key }) => key === binding.role)?.rules ?? []).some(
        (rule) =>
          rule.resources.some((each) => each === 'secrets' || each === '*') &&
          rule.verbs.some((each) => each === verb || each === '*') &&
          (rule.apiGroups.includes('') || rule.apiGroups.includes('*')),
      ),
  );
}

const VOCABULARY: readonly (readonly [string, string, string])[] = [
  ['create', '', 'pods'],
  ['create', 'batch', 'jobs'],
  ['create', '', 'serviceaccounts/token'],
  ['impersonate', '', 'serviceaccounts'],
  ['impersonate', '', 'groups'],
  ['impersonate', '', 'users'],
  ['get', '', 'secrets'],
  ['list', '', 'secrets'],
  ['create', '', 'secrets'],
  ['bind', GROUP, 'clusterroles'],
  ['bind', GROUP, 'roles'],
  ['create', GROUP, 'clusterrolebindings'],
  ['create', GROUP, 'rolebindings'],
  ['patch', GROUP, 'rolebindings'],
  ['patch', GROUP, 'clusterrolebindings'],
  ['escalate', GROUP, 'clusterroles'],
  ['patch', GROUP, 'clusterroles'],
  ['escalate', GROUP, 'roles'],
  ['patch', GROUP, 'roles'],
  ['get', '', 'configmaps'],
];
const NAMES = ['s0', 's1', 'r0', 'r1', 'r2', 'r3', 'b0', 'b1', 'cluster-admin', 'token'];

type Objects = Parameters<typeof manifestsOf>[0];

function randomCluster(seed: number): { objects: Objects; world: World } {
  const random = randomly(seed);
  const pick = <T>(list: readonly [T, ...T[]] | readonly T[], fallback: T): T => list[random(list.length)] ?? fallback;
  const namespaces = ['a', 'b'];
  const objects: Objects[number][] = [];
  const roles: SimRole[] = [{ key: 'ClusterRole/cluster-admin', rules: [ALL] }];
  for (let i = 0; i < 4; i++) {
    const rules = Array.from({ length: 1 + random(3) }, (): Rule => {
      const [verb, group, resource] = pick(VOCABULARY, ['get', '', 'configmaps'] as const);
      const named = random(4) === 0 ? { resourceNames: [pick(NAMES, 's0'), pick(NAMES, 's0')] } : {};
      return { apiGroups: [group], resources: [resource], verbs: [verb], ...named };
    });
    const namespace = random(3) === 0 ? pick(namespaces, 'a') : '';
    roles.push({ key: namespace === '' ? `ClusterRole/r${i}` : `Role/${namespace}/r${i}`, rules });
    const metadata = namespace === '' ? { name: `r${i}` } : { name: `r${i}`, namespace };
    objects.push({ apiVersion: V1, kind: namespace === '' ? 'ClusterRole' : 'Role', metadata, rules });
  }
  const accounts = ['a/s0', 'a/s1', 'b/s0', 'b/s1'];
  const bindings: SimBinding[] = [
    {
      name: 'cluster-admin',
      namespace: '',
      role: 'ClusterRole/cluster-admin',
      subjects: new Set(['group:system:masters']),
    },
  ];
  for (let i = 0; i < 5; i++) {
    const role = random(8) === 0 ? 'ClusterRole/cluster-admin' : (roles[1 + random(4)]?.key ?? '');
    const own = /^Role\/([^/]+)\//.exec(role)?.[1];
    const namespace = own ?? (random(2) === 0 ? pick(namespaces, 'a') : '');
    const [in_ = '', name = ''] = pick(accounts, 'a/s0').split('/');
    const group = random(6) === 0;
    const subject = group
      ? { kind: 'Group', name: `system:serviceaccounts:${in_}` }
      : { kind: 'ServiceAccount', name, namespace: in_ };
    bindings.push({
      name: `b${i}`,
      namespace,
      role,
      subjects: new Set([group ? `group:system:serviceaccounts:${in_}` : `sa:${in_}/${name}`]),
    });
    objects.push({
      apiVersion: V1,
      kind: namespace === '' ? 'ClusterRoleBinding' : 'RoleBinding',
      metadata: namespace === '' ? { name: `b${i}` } : { name: `b${i}`, namespace },
      roleRef: { kind: own === undefined ? 'ClusterRole' : 'Role', name: role.slice(role.lastIndexOf('/') + 1) },
      subjects: [subject],
    });
  }
  const tokens = new Map<string, string>();
  if (random(3) === 0) {
    tokens.set('a/token', 'a/s1');
    const annotations = { 'kubernetes.io/service-account.name': 's1' };
    objects.push({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'token', namespace: 'a', annotations },
      type: 'kubernetes.io/service-account-token',
    });
  }
  for (const each of accounts) {
    const [namespace = '', name = ''] = each.split('/');
    objects.push({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } });
  }
  return { objects, world: { roles, bindings, accounts, namespaces, tokens } };
}

const input = (objects: Objects) => ({ manifests: manifestsOf(objects), writesNothing: new Set<string>(), vault: [] });

describe('ServiceAccounts that reach cluster-admin', () => {
  it('are those, and only those, for which a simulated attacker gets there', () => {
    let reached = 0;
    // The last three once told otherwise: a member of a group that reaches it, an account that is not there but can be impersonated.
    for (const seed of [...Array.from({ length: 400 }, (_, i) => i + 1), 466, 615, 8369]) {
      const { objects, world } = randomCluster(seed);
      const proven = rbacCheck
        .check(input(objects))
        .filter(({ rule, verdict }) => rule === 'config-reaches-cluster-admin' && verdict === 'proven')
        .map(({ subject }) => subject.instance);
      for (const each of world.accounts) {
        const [namespace] = each.split('/');
        const says = [`ServiceAccount/${each}`, `group:system:serviceaccounts:${namespace}`].some((name) =>
          proven.includes(name),
        );
        const copy = structuredClone(world);
        // structuredClone makes another ALL; the simulator compares by identity only to stop widening twice.
        const does = simulate(copy, each);
        if (does) reached++;
        expect({ seed, each, reaches: says }).toEqual({ seed, each, reaches: does });
      }
    }
    expect(reached).toBeGreaterThan(100);
  });

  it('are shown with the shortest chain, each grant with its line', () => {
    const bind = (name: string, namespace: string | undefined, kind: string, role: string, subject: string) => ({
      apiVersion: V1,
      kind: namespace === undefined ? 'ClusterRoleBinding' : 'RoleBinding',
      metadata: namespace === undefined ? { name } : { name, namespace },
      roleRef: { kind, name: role },
      subjects: [{ kind: 'ServiceAccount', name: subject.split('/')[1], namespace: subject.split('/')[0] }],
    });
    const findings = rbacCheck.check(
      input([
        {
          apiVersion: V1,
          kind: 'Role',
          metadata: { name: 'ci', namespace: 'build' },
          rules: [{ apiGroups: ['batch'], resources: ['jobs'], verbs: ['create'] }],
        },
        bind('ci', 'build', 'Role', 'ci', 'build/ci'),
        {
          apiVersion: V1,
          kind: 'ClusterRole',
          metadata: { name: 'as-ops' },
          rules: [{ apiGroups: [''], resources: ['serviceaccounts'], resourceNames: ['ops'], verbs: ['impersonate'] }],
        },
        bind('deployer', undefined, 'ClusterRole', 'as-ops', 'build/deployer'),
        bind('ops', undefined, 'ClusterRole', 'cluster-admin', 'prod/ops'),
      ]),
    );
    const chain = findings.find(({ subject }) => subject.instance === 'ServiceAccount/build/ci');
    expect(chain).toMatchObject({
      verdict: 'proven',
      severity: 'critical',
      title: 'ServiceAccount build/ci reaches cluster-admin in 3 hops.',
    });
    expect(chain?.chain.map(({ text, where }) => `${where?.line ?? '-'} ${text}`)).toEqual([
      '13 RoleBinding build/ci gives ServiceAccount build/ci Role build/ci in namespace build',
      '3 ServiceAccount build/ci may create jobs, and so run a pod as ServiceAccount build/deployer',
      '33 ClusterRoleBinding deployer gives ServiceAccount build/deployer ClusterRole as-ops',
      '23 ServiceAccount build/deployer may impersonate serviceaccounts (ops): ServiceAccount prod/ops',
      '43 ClusterRoleBinding ops gives ServiceAccount prod/ops ClusterRole cluster-admin',
      '- ClusterRole cluster-admin may do everything in the cluster',
    ]);
  });
});
