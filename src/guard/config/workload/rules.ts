/** What is looked for in a workload. The semantics are those of the Pod Security Standards where they speak. */
import type { GuardRule } from '../../finding.ts';

export const PRIVILEGED: GuardRule = {
  id: 'config-container-privileged',
  summary: 'A container runs privileged: it may do on the node what root may.',
  severity: 'critical',
  fix: 'Take privileged (or hostProcess) away and add the single capability or device that is needed.',
};
export const HOST_PATH: GuardRule = {
  id: 'config-host-path-mounted',
  summary: 'A directory or socket of the node is mounted into a container.',
  severity: 'high',
  fix: 'Use a volume of the cluster (emptyDir, a claim, a CSI driver); where the path is needed, mount exactly it, read-only.',
};
export const HOST_NAMESPACE: GuardRule = {
  id: 'config-host-namespace-shared',
  summary: 'A pod shares the network, the processes or the IPC of its node.',
  severity: 'high',
  fix: 'Take hostNetwork, hostPID and hostIPC away; a Service or a hostPort gives a port without the rest.',
};
export const HOST_PORT: GuardRule = {
  id: 'config-host-port-open',
  summary: 'A container opens a port on every node that it runs on.',
  severity: 'medium',
  fix: 'Use a Service (NodePort or LoadBalancer where it must be reached from outside), which network policies can hold.',
};
export const RUNS_AS_ROOT: GuardRule = {
  id: 'config-runs-as-root',
  summary: 'A container runs as root, or nothing keeps its image from running as root.',
  severity: 'medium',
  fix: 'Set runAsNonRoot: true and a runAsUser above 0 in the securityContext.',
};
export const ESCALATION: GuardRule = {
  id: 'config-privilege-escalation-allowed',
  summary: 'A process of a container may gain more privileges than its parent, by setuid programs for example.',
  severity: 'medium',
  fix: 'Set allowPrivilegeEscalation: false in the securityContext of the container.',
};
export const CAPABILITIES_ADDED: GuardRule = {
  id: 'config-capabilities-added',
  summary: 'A container is given Linux capabilities that containers do not have by default.',
  severity: 'high',
  fix: 'Take the capability away, or move what needs it into a small container of its own.',
};
export const CAPABILITIES_KEPT: GuardRule = {
  id: 'config-capabilities-kept',
  summary: 'A container keeps the default Linux capabilities that it was never asked about.',
  severity: 'low',
  fix: 'Set capabilities: {drop: [ALL]} and add back what the program turns out to need.',
};
export const CONFINEMENT: GuardRule = {
  id: 'config-confinement-weakened',
  summary:
    'Seccomp, AppArmor, SELinux, masked /proc or namespaced sysctls are switched off or replaced for a container.',
  severity: 'high',
  fix: 'Take the setting away, or write a profile that allows what the program needs.',
};
export const SECCOMP: GuardRule = {
  id: 'config-seccomp-not-set',
  summary: 'No seccomp profile is asked for, so that on most clusters every system call is open to the container.',
  severity: 'low',
  fix: 'Set seccompProfile: {type: RuntimeDefault} in the securityContext of the pod.',
};
export const ROOT_WRITABLE: GuardRule = {
  id: 'config-root-filesystem-writable',
  summary: 'A container may write its root file system, so what breaks in can install itself there.',
  severity: 'high',
  fix: 'Set readOnlyRootFilesystem: true and mount an emptyDir where the program writes (often /tmp).',
};
export const TOKEN: GuardRule = {
  id: 'config-token-automounted',
  summary: 'A token of the API server is mounted into a pod that may not need one.',
  severity: 'low',
  fix: 'Set automountServiceAccountToken: false where the program does not call the API server.',
};
export const IMAGE: GuardRule = {
  id: 'config-image-not-pinned',
  summary: 'An image is named by a tag that can be moved, not by its digest.',
  severity: 'low',
  fix: 'Name the image by its digest (registry/name@sha256:…), which a release can write into the manifest.',
};
export const SECRET_IN_ENV: GuardRule = {
  id: 'config-secret-in-env',
  summary: 'A password, key or token stands in the manifest as the value of an environment variable.',
  severity: 'medium',
  fix: 'Put it into a secret store or a Secret and refer to it with valueFrom or a mounted file; then change the credential.',
};
export const MEMORY_LIMIT: GuardRule = {
  id: 'config-memory-limit-missing',
  summary: 'A container has no memory limit, so its leak takes memory from its neighbours on the node.',
  severity: 'low',
  fix: 'Set resources.limits.memory from what was measured, and GOMEMLIMIT somewhat below it for Go.',
};
export const GOMEMLIMIT: GuardRule = {
  id: 'config-gomemlimit-unfit',
  summary: 'GOMEMLIMIT of a Go service is missing or not below the memory limit of its container.',
  severity: 'low',
  fix: 'Set GOMEMLIMIT to about 90 % of the memory limit of the container.',
};

export const WORKLOAD_RULES: readonly GuardRule[] = [
  PRIVILEGED,
  HOST_PATH,
  HOST_NAMESPACE,
  HOST_PORT,
  RUNS_AS_ROOT,
  ESCALATION,
  CAPABILITIES_ADDED,
  CAPABILITIES_KEPT,
  CONFINEMENT,
  SECCOMP,
  ROOT_WRITABLE,
  TOKEN,
  IMAGE,
  SECRET_IN_ENV,
  MEMORY_LIMIT,
  GOMEMLIMIT,
];
