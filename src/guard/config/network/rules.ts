/** Rules about who can reach what over the network. */
import type { GuardRule } from '../../finding.ts';

export const NO_DEFAULT_DENY: GuardRule = {
  id: 'config-no-default-deny',
  summary: 'Pods of a namespace take connections from everywhere, because no NetworkPolicy denies them by default.',
  severity: 'high',
  fix: 'Add a NetworkPolicy with an empty podSelector, policyTypes: [Ingress] and no ingress rules, and allow what is meant in others.',
};

export const OPEN_WITHOUT_TLS: GuardRule = {
  id: 'config-open-without-tls',
  summary: 'A host that is open to the world is served without TLS, or with a certificate that nobody renews.',
  severity: 'high',
  fix: 'Add spec.tls with the host and a secretName, and the annotation cert-manager.io/cluster-issuer or a Certificate for that Secret.',
};

export const EXPOSED_SERVICE: GuardRule = {
  id: 'config-exposed-service',
  summary: 'A Service opens ports to the world by itself: LoadBalancer, NodePort or externalIPs.',
  severity: 'medium',
  fix: 'Use a ClusterIP and an Ingress or Gateway with TLS, or limit it with loadBalancerSourceRanges and a NetworkPolicy.',
};

export const POLICY_SELECTS_NOTHING: GuardRule = {
  id: 'config-policy-selects-nothing',
  summary: 'A NetworkPolicy or Service selects no pod that is there: it does not do what it says.',
  severity: 'medium',
  fix: 'Compare its selector with the labels of the pod template; a policy that is not needed any more is better removed.',
};

export const POLICY_OPEN: GuardRule = {
  id: 'config-policy-allows-world',
  summary: 'A NetworkPolicy allows connections from every address.',
  severity: 'medium',
  fix: 'Name the pods, namespaces or address ranges that are meant; an ingress rule without from allows all of them.',
};

export const NETWORK_RULES: readonly GuardRule[] = [
  NO_DEFAULT_DENY,
  OPEN_WITHOUT_TLS,
  EXPOSED_SERVICE,
  POLICY_SELECTS_NOTHING,
  POLICY_OPEN,
];
