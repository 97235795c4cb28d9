/** All rules about one workload: for whole sets of manifests, and at admission for the one object that is asked about. */
import type { Finding } from '../../../findings/model.ts';
import { textOf } from '../../json/values.ts';
import type { KubeObject, Manifests } from '../../manifests/manifest.ts';
import type { ConfigCheck } from '../rule.ts';
import { checkConfinement } from './confinement.ts';
import { checkHost } from './host.ts';
import { podOf } from './pod.ts';
import { WORKLOAD_RULES } from './rules.ts';
import { checkSupply } from './supply.ts';

export interface WorkloadOptions {
  /** Containers (`namespace/kind/name#container`) of which a baseline knows that they write nothing to their root file system. */
  readonly writesNothing?: ReadonlySet<string>;
  /** `automountServiceAccountToken` of the workload's service account; null or absent where it is not known or not set. */
  readonly mountsToken?: boolean | null;
}

const NONE: ReadonlySet<string> = new Set();

/** Findings about the pods that `object` makes; none for what makes none. Pure, well below a millisecond for a live object. */
export function checkWorkload(object: KubeObject, options: WorkloadOptions = {}): Finding[] {
  const pod = podOf(object);
  if (pod === null) return [];
  return [
    ...checkHost(pod),
    ...checkConfinement(pod, options.writesNothing ?? NONE),
    ...checkSupply(pod, options.mountsToken ?? null),
  ];
}

export const WORKLOAD_CHECK: ConfigCheck = {
  rules: WORKLOAD_RULES,
  check({ manifests, writesNothing }) {
    const tokens = tokensOf(manifests);
    const made = new Set(
      manifests.objects
        .filter(({ kind }) => podKinds.has(kind))
        .map(({ namespace, kind, name }) => `${namespace}/${kind}/${name}`),
    );
    return manifests.objects.flatMap((object) => {
      // In a cluster the pods of a Deployment say what the Deployment says; one of them is enough.
      if (madeBy(object, made)) return [];
      const pod = podOf(object);
      if (pod === null) return [];
      const account = textOf(pod.spec.serviceAccountName) || textOf(pod.spec.serviceAccount) || 'default';
      return checkWorkload(object, {
        writesNothing,
        mountsToken: tokens.get(`${object.namespace}/${account}`) ?? null,
      });
    });
  },
};

const podKinds = new Set([
  'Deployment',
  'ReplicaSet',
  'StatefulSet',
  'DaemonSet',
  'Job',
  'CronJob',
  'ReplicationController',
  'Rollout',
]);

function madeBy(object: KubeObject, made: ReadonlySet<string>): boolean {
  const { metadata } = object.value;
  if (typeof metadata !== 'object' || metadata === null || !('ownerReferences' in metadata)) return false;
  const owners: unknown = metadata.ownerReferences;
  if (!Array.isArray(owners)) return false;
  return owners.some((owner: unknown) => {
    if (typeof owner !== 'object' || owner === null || !('kind' in owner) || !('name' in owner)) return false;
    return made.has(`${object.namespace}/${String(owner.kind)}/${String(owner.name)}`);
  });
}

function tokensOf(manifests: Manifests): Map<string, boolean> {
  const out = new Map<string, boolean>();
  for (const { kind, namespace, name, value } of manifests.objects) {
    if (kind === 'ServiceAccount' && typeof value.automountServiceAccountToken === 'boolean') {
      out.set(`${namespace}/${name}`, value.automountServiceAccountToken);
    }
  }
  return out;
}
