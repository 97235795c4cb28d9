/** What is read of a live cluster: what rules or policies can be about. */

/** `group/resource`; the empty group is core v1. */
const WHOLE = new Set(
  `/pods /services /serviceaccounts /namespaces /nodes /replicationcontrollers /podtemplates /limitranges /resourcequotas
  /persistentvolumes apps/deployments apps/daemonsets apps/statefulsets apps/replicasets batch/jobs batch/cronjobs
  rbac.authorization.k8s.io/roles rbac.authorization.k8s.io/clusterroles rbac.authorization.k8s.io/rolebindings
  rbac.authorization.k8s.io/clusterrolebindings networking.k8s.io/ingresses networking.k8s.io/networkpolicies
  networking.k8s.io/ingressclasses admissionregistration.k8s.io/validatingwebhookconfigurations
  admissionregistration.k8s.io/mutatingwebhookconfigurations admissionregistration.k8s.io/validatingadmissionpolicies
  admissionregistration.k8s.io/validatingadmissionpolicybindings apiregistration.k8s.io/apiservices
  policy/poddisruptionbudgets gateway.networking.k8s.io/gateways gateway.networking.k8s.io/httproutes
  gateway.networking.k8s.io/tlsroutes gateway.networking.k8s.io/grpcroutes cert-manager.io/certificates cert-manager.io/issuers
  cert-manager.io/clusterissuers argoproj.io/rollouts`.split(/\s+/),
);

/** Their data is nobody's business: name, labels and annotations only. */
const METADATA_ONLY = new Set(['/secrets', '/configmaps', 'apiextensions.k8s.io/customresourcedefinitions']);

export function howToRead(group: string, resource: string): 'whole' | 'metadata' | 'skip' {
  const name = `${group}/${resource}`;
  return WHOLE.has(name) ? 'whole' : METADATA_ONLY.has(name) ? 'metadata' : 'skip';
}

/** Has to be read, or the absence of an object means nothing. */
export const CORE_GROUPS = ['apps', 'rbac.authorization.k8s.io', 'networking.k8s.io'];
