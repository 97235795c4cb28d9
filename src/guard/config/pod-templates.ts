/** Which objects run pods, and the pods that they make: what network, access and surface ask of a workload. */

import { isRecord, lookUp, mapOf, stringsOf, textOf, type Value } from '../json/values.ts';
import type { KubeObject } from '../manifests/manifest.ts';
import type { Labels } from './selectors.ts';

/** Kind and API group of what makes pods, the resource's name in RBAC, and where the template stands in it. */
export const POD_MAKERS: readonly {
  readonly kind: string;
  readonly group: string;
  readonly resource: string;
  readonly template: readonly string[];
}[] = [
  { kind: 'Pod', group: '', resource: 'pods', template: [] },
  { kind: 'ReplicationController', group: '', resource: 'replicationcontrollers', template: ['spec', 'template'] },
  { kind: 'Deployment', group: 'apps', resource: 'deployments', template: ['spec', 'template'] },
  { kind: 'ReplicaSet', group: 'apps', resource: 'replicasets', template: ['spec', 'template'] },
  { kind: 'StatefulSet', group: 'apps', resource: 'statefulsets', template: ['spec', 'template'] },
  { kind: 'DaemonSet', group: 'apps', resource: 'daemonsets', template: ['spec', 'template'] },
  { kind: 'Job', group: 'batch', resource: 'jobs', template: ['spec', 'template'] },
  { kind: 'CronJob', group: 'batch', resource: 'cronjobs', template: ['spec', 'jobTemplate', 'spec', 'template'] },
];

export interface PodMaker {
  readonly object: KubeObject;
  /** The resource's name in RBAC, e.g. `deployments`. */
  readonly resource: string;
  readonly group: string;
  /** Path of the pod's spec in the object. */
  readonly specPath: readonly string[];
  readonly spec: Value;
  readonly labels: Labels;
  readonly namespace: string;
  readonly serviceAccount: string;
}

/** The group of an apiVersion: `apps/v1` → `apps`, `v1` → ''. */
export function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf('/');
  return slash < 0 ? '' : apiVersion.slice(0, slash);
}

/** The pods that an object makes; null for what makes none. */
export function podMaker(object: KubeObject): PodMaker | null {
  const group = groupOf(object.apiVersion);
  const maker = POD_MAKERS.find((each) => each.kind === object.kind && each.group === group);
  if (maker === undefined) return null;
  const template = lookUp(object.value, maker.template);
  if (!isRecord(template)) return null;
  const spec = mapOf(template.spec);
  return {
    object,
    resource: maker.resource,
    group,
    specPath: [...maker.template, 'spec'],
    spec,
    labels: stringsOf(lookUp(template, ['metadata', 'labels'])),
    namespace: object.namespace,
    serviceAccount: textOf(spec.serviceAccountName) || textOf(spec.serviceAccount) || 'default',
  };
}

export function podMakers(objects: readonly KubeObject[]): PodMaker[] {
  return objects.map(podMaker).filter((maker) => maker !== null);
}
