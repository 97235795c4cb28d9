/** Which kinds stand outside of namespaces. */

const CLUSTER_WIDE = new Set(
  `APIService CSIDriver CSINode CertificateSigningRequest ClusterIssuer ClusterPolicy ClusterRole ClusterRoleBinding
  ClusterSecretStore ClusterTrustBundle ComponentStatus CustomResourceDefinition DeviceClass FlowSchema GatewayClass
  IPAddress IngressClass MutatingAdmissionPolicy MutatingAdmissionPolicyBinding MutatingWebhookConfiguration Namespace Node
  PersistentVolume PodSecurityPolicy PriorityClass PriorityLevelConfiguration ResourceSlice RuntimeClass
  SelfSubjectAccessReview SelfSubjectReview ServiceCIDR StorageClass StorageVersion StorageVersionMigration
  SubjectAccessReview TokenReview ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding
  ValidatingWebhookConfiguration VolumeAttachment VolumeAttributesClass ClusterNetworkPolicy AdminNetworkPolicy
  BaselineAdminNetworkPolicy`.split(/\s+/),
);

/** The namespace that an object of a file is in: `default` where it needs one and names none, empty where it has none. */
export function namespaceOf(kind: string, named: string): string {
  if (CLUSTER_WIDE.has(kind)) return '';
  return named === '' ? 'default' : named;
}
