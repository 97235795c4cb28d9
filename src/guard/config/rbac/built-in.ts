/**
 * What every cluster has without a file that says so, as far as it matters for who can become whom
 * (plugin/pkg/auth/authorizer/rbac/bootstrappolicy of Kubernetes 1.34). None of it is reported; chains go through it.
 */
import { readSelector } from '../selectors.ts';
import type { Binding, PolicyRule, Role } from './model.ts';

const ALL = ['*'];
const READ = ['get', 'list', 'watch'];
const WRITE = ['create', 'update', 'patch', 'delete', 'deletecollection'];

function rule(groups: readonly string[], resources: readonly string[], verbs: readonly string[]): PolicyRule {
  return { verbs, groups, resources, names: [], urls: [], at: null, from: '' };
}

function role(name: string, rules: readonly PolicyRule[], aggregatesTo?: string): Role {
  const label = `rbac.authorization.k8s.io/aggregate-to-${aggregatesTo ?? ''}`;
  return {
    key: `ClusterRole/${name}`,
    name,
    namespace: '',
    rules: rules.map((each) => ({ ...each, from: `ClusterRole/${name}` })),
    aggregates: aggregatesTo === undefined ? [] : [readSelector({ matchLabels: { [label]: 'true' } })],
    // edit is part of admin, and view of edit, by their own labels.
    labels: new Map(
      name === 'edit' || name === 'view'
        ? [[`rbac.authorization.k8s.io/aggregate-to-${name === 'edit' ? 'admin' : 'edit'}`, 'true']]
        : [],
    ),
    object: null,
    standard: true,
  };
}

const WORKLOADS = ['daemonsets', 'deployments', 'replicasets', 'statefulsets'];
const VIEWED = [
  rule(
    [''],
    ['configmaps', 'endpoints', 'persistentvolumeclaims', 'pods', 'replicationcontrollers', 'serviceaccounts'],
    READ,
  ),
  rule([''], ['services', 'events', 'limitranges', 'namespaces', 'pods/log', 'pods/status', 'resourcequotas'], READ),
  rule(['apps'], WORKLOADS, READ),
  rule(['batch'], ['cronjobs', 'jobs'], READ),
  rule(['networking.k8s.io'], ['ingresses', 'networkpolicies'], READ),
];
const EDITED = [
  rule([''], ['pods/attach', 'pods/exec', 'pods/portforward', 'pods/proxy', 'secrets', 'services/proxy'], READ),
  rule([''], ['serviceaccounts'], ['impersonate']),
  rule(
    [''],
    ['pods', 'pods/attach', 'pods/exec', 'pods/portforward', 'pods/proxy', 'replicationcontrollers', 'secrets'],
    WRITE,
  ),
  rule([''], ['configmaps', 'persistentvolumeclaims', 'serviceaccounts', 'services', 'services/proxy'], WRITE),
  rule([''], ['pods/eviction', 'serviceaccounts/token'], ['create']),
  rule(['apps'], [...WORKLOADS, 'deployments/rollback', 'deployments/scale', 'statefulsets/scale'], WRITE),
  rule(['batch'], ['cronjobs', 'jobs'], WRITE),
  rule(['networking.k8s.io'], ['ingresses', 'networkpolicies'], WRITE),
];

export const CLUSTER_ADMIN = 'ClusterRole/cluster-admin';
export const NAMESPACE_ADMIN_RULE = rule(['rbac.authorization.k8s.io'], ['rolebindings', 'roles'], [...READ, ...WRITE]);

export const BUILT_IN_ROLES: readonly Role[] = [
  role('cluster-admin', [
    rule(ALL, ALL, ALL),
    { verbs: ALL, groups: [], resources: [], names: [], urls: ALL, at: null, from: '' },
  ]),
  role('admin', [...VIEWED, ...EDITED, NAMESPACE_ADMIN_RULE], 'admin'),
  role('edit', [...VIEWED, ...EDITED], 'edit'),
  role('view', VIEWED, 'view'),
  role('system:controller:clusterrole-aggregation-controller', [
    rule(['rbac.authorization.k8s.io'], ['clusterroles'], ['escalate', 'get', 'list', 'patch', 'update', 'watch']),
  ]),
  role('system:kube-controller-manager', [
    rule([''], ['secrets', 'serviceaccounts'], ['create']),
    rule([''], ['serviceaccounts/token'], ['create']),
  ]),
];

function binding(name: string, identity: string, bound: string): Binding {
  return {
    key: `ClusterRoleBinding/${name}`,
    name,
    scope: '',
    role: `ClusterRole/${bound}`,
    subjects: [{ identity, at: null }],
    object: null,
    standard: true,
    at: null,
  };
}

export const BUILT_IN_BINDINGS: readonly Binding[] = [
  binding('cluster-admin', 'group:system:masters', 'cluster-admin'),
  binding('system:kube-controller-manager', 'user:system:kube-controller-manager', 'system:kube-controller-manager'),
  binding(
    'system:controller:clusterrole-aggregation-controller',
    'sa:kube-system/clusterrole-aggregation-controller',
    'system:controller:clusterrole-aggregation-controller',
  ),
];
