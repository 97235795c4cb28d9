/** What of a role's rules helps to become somebody else, or to become more. Everything else does not matter for reach. */
import { POD_MAKERS } from '../pod-templates.ts';
import { allows, allowsEverything, type PolicyRule, RBAC } from './model.ts';

export type AbilityKind =
  | 'everything'
  | 'run-pods'
  | 'change-workloads'
  | 'enter-pods'
  | 'read-secrets'
  | 'create-secrets'
  | 'make-tokens'
  | 'impersonate-accounts'
  | 'impersonate-users'
  | 'impersonate-groups'
  | 'bind-cluster-roles'
  | 'bind-roles'
  | 'create-cluster-bindings'
  | 'change-cluster-bindings'
  | 'create-bindings'
  | 'change-bindings'
  | 'escalate-cluster-roles'
  | 'change-cluster-roles'
  | 'create-cluster-roles'
  | 'escalate-roles'
  | 'change-roles'
  | 'create-requests'
  | 'read-requests'
  | 'approve-requests'
  | 'approve-signer'
  | 'proxy-nodes'
  | 'change-webhooks';

export interface Ability {
  readonly kind: AbilityKind;
  /** Null: all. */
  readonly names: readonly string[] | null;
  readonly rule: PolicyRule;
  /** In words, after "it may". */
  readonly says: string;
  /** `change-workloads`: the resource. */
  readonly resource: string;
}

interface Wanted {
  readonly kind: AbilityKind;
  readonly verbs: readonly string[];
  readonly group: string;
  readonly resource: string;
  /** Only a ClusterRoleBinding gives it: the resource has no namespace. */
  readonly clusterWide?: true;
  /** The request carries no name (create of a collection), so a rule with resourceNames never allows it. */
  readonly nameless?: true;
}

const CHANGE = ['update', 'patch'];
const CSR = 'certificates.k8s.io';

const WANTED: readonly Wanted[] = [
  ...POD_MAKERS.map(
    ({ group, resource }): Wanted => ({ kind: 'run-pods', verbs: ['create'], group, resource, nameless: true }),
  ),
  // The template of a Job cannot be changed, that of a Pod only in its images (below).
  ...POD_MAKERS.filter(({ kind }) => kind !== 'Pod' && kind !== 'Job').map(
    ({ group, resource }): Wanted => ({ kind: 'change-workloads', verbs: CHANGE, group, resource }),
  ),
  { kind: 'enter-pods', verbs: CHANGE, group: '', resource: 'pods' },
  { kind: 'enter-pods', verbs: ['create', 'get'], group: '', resource: 'pods/exec' },
  { kind: 'enter-pods', verbs: ['create', 'get'], group: '', resource: 'pods/attach' },
  { kind: 'enter-pods', verbs: CHANGE, group: '', resource: 'pods/ephemeralcontainers' },
  { kind: 'read-secrets', verbs: ['get', 'list', 'watch'], group: '', resource: 'secrets' },
  { kind: 'create-secrets', verbs: ['create'], group: '', resource: 'secrets', nameless: true },
  { kind: 'make-tokens', verbs: ['create'], group: '', resource: 'serviceaccounts/token' },
  { kind: 'impersonate-accounts', verbs: ['impersonate'], group: '', resource: 'serviceaccounts' },
  { kind: 'impersonate-users', verbs: ['impersonate'], group: '', resource: 'users', clusterWide: true },
  { kind: 'impersonate-groups', verbs: ['impersonate'], group: '', resource: 'groups', clusterWide: true },
  { kind: 'bind-cluster-roles', verbs: ['bind'], group: RBAC, resource: 'clusterroles' },
  { kind: 'bind-roles', verbs: ['bind'], group: RBAC, resource: 'roles' },
  {
    kind: 'create-cluster-bindings',
    verbs: ['create'],
    group: RBAC,
    resource: 'clusterrolebindings',
    clusterWide: true,
    nameless: true,
  },
  {
    kind: 'change-cluster-bindings',
    verbs: CHANGE,
    group: RBAC,
    resource: 'clusterrolebindings',
    clusterWide: true,
  },
  { kind: 'create-bindings', verbs: ['create'], group: RBAC, resource: 'rolebindings', nameless: true },
  { kind: 'change-bindings', verbs: CHANGE, group: RBAC, resource: 'rolebindings' },
  { kind: 'escalate-cluster-roles', verbs: ['escalate'], group: RBAC, resource: 'clusterroles', clusterWide: true },
  { kind: 'change-cluster-roles', verbs: CHANGE, group: RBAC, resource: 'clusterroles', clusterWide: true },
  {
    kind: 'create-cluster-roles',
    verbs: ['create'],
    group: RBAC,
    resource: 'clusterroles',
    clusterWide: true,
    nameless: true,
  },
  { kind: 'escalate-roles', verbs: ['escalate'], group: RBAC, resource: 'roles' },
  { kind: 'change-roles', verbs: CHANGE, group: RBAC, resource: 'roles' },
  {
    kind: 'create-requests',
    verbs: ['create'],
    group: CSR,
    resource: 'certificatesigningrequests',
    clusterWide: true,
    nameless: true,
  },
  {
    kind: 'read-requests',
    verbs: ['get', 'list', 'watch'],
    group: CSR,
    resource: 'certificatesigningrequests',
    clusterWide: true,
  },
  {
    kind: 'approve-requests',
    verbs: CHANGE,
    group: CSR,
    resource: 'certificatesigningrequests/approval',
    clusterWide: true,
  },
  { kind: 'approve-signer', verbs: ['approve'], group: CSR, resource: 'signers', clusterWide: true },
  { kind: 'proxy-nodes', verbs: ['get', 'create'], group: '', resource: 'nodes/proxy', clusterWide: true },
  {
    kind: 'change-webhooks',
    verbs: ['create', ...CHANGE],
    group: 'admissionregistration.k8s.io',
    resource: 'mutatingwebhookconfigurations',
    clusterWide: true,
  },
];

/** The abilities that the rules give where they are bound in a namespace, or in the whole cluster. */
export function abilitiesOf(rules: readonly PolicyRule[], clusterWide: boolean): readonly Ability[] {
  const abilities: Ability[] = [];
  for (const rule of rules) {
    if (rule.resources.length === 0) continue;
    const names = rule.names.length === 0 ? null : rule.names;
    if (clusterWide && allowsEverything(rule)) {
      abilities.push({ kind: 'everything', names, rule, says: 'do everything', resource: '' });
    }
    for (const wanted of WANTED) {
      if (wanted.clusterWide === true && !clusterWide) continue;
      if (wanted.nameless === true && names !== null) continue;
      const verb = wanted.verbs.find((each) => allows(rule, each, wanted.group, wanted.resource));
      if (verb === undefined) continue;
      const of = names === null ? '' : ` (${names.join(', ')})`;
      abilities.push({
        kind: wanted.kind,
        names,
        rule,
        says: `${verb} ${wanted.resource}${of}`,
        resource: wanted.resource,
      });
    }
  }
  return abilities;
}
