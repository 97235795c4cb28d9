/** Rules about who may do what in a cluster. */
import type { GuardRule } from '../../finding.ts';

export const REACHES_CLUSTER_ADMIN: GuardRule = {
  id: 'config-reaches-cluster-admin',
  summary: 'A ServiceAccount can become cluster-admin, by itself or in several steps.',
  severity: 'critical',
  fix: 'Take away the first step that the workload does not need; name the objects (resourceNames) and the namespace (RoleBinding) of what it does need.',
};

export const WILDCARD_ROLE: GuardRule = {
  id: 'config-wildcard-role',
  summary: 'A role allows every verb on every resource.',
  severity: 'high',
  fix: 'List the verbs and resources that are used; the audit log of the API server says which those are.',
};

export const ESCALATE_BIND_IMPERSONATE: GuardRule = {
  id: 'config-escalate-bind-impersonate',
  summary: 'A role has a verb that steps over what its holder was given: escalate, bind or impersonate.',
  severity: 'high',
  fix: 'Remove the verb, or name with resourceNames the roles, users or groups that it is meant for.',
};

export const SECRETS_CLUSTER_WIDE: GuardRule = {
  id: 'config-secrets-readable-cluster-wide',
  summary: 'Somebody may read the Secrets of all namespaces.',
  severity: 'high',
  fix: 'Bind the role with a RoleBinding in the namespaces that are meant, and name the Secrets with resourceNames.',
};

export const DEFAULT_ACCOUNT_BOUND: GuardRule = {
  id: 'config-default-serviceaccount-bound',
  summary: 'Rights are given to a default ServiceAccount, which every pod runs as that names no other.',
  severity: 'medium',
  fix: 'Make a ServiceAccount for the workload that needs the rights, name it in the pod, and bind that.',
};

export const ANONYMOUS_BOUND: GuardRule = {
  id: 'config-anonymous-bound',
  summary: 'Rights are given to requests that nobody has signed in for.',
  severity: 'critical',
  fix: 'Remove the subject; what health checks need is public by the standard roles.',
};

export const EVERYBODY_BOUND: GuardRule = {
  id: 'config-everybody-bound',
  summary: 'Rights are given to everybody who has signed in, or to all ServiceAccounts.',
  severity: 'high',
  fix: 'Bind the ServiceAccounts, users or groups that are meant.',
};

export const RBAC_RULES: readonly GuardRule[] = [
  REACHES_CLUSTER_ADMIN,
  WILDCARD_ROLE,
  ESCALATE_BIND_IMPERSONATE,
  SECRETS_CLUSTER_WIDE,
  DEFAULT_ACCOUNT_BOUND,
  ANONYMOUS_BOUND,
  EVERYBODY_BOUND,
];
