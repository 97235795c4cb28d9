/** What listens in a cluster and what opens it: pods with their ports, Services, Ingresses, Gateways and routes. */
import type { Region } from '../../../findings/model.ts';
import { listOf, lookUp, mapOf, stringsOf, textOf, textsOf } from '../../json/values.ts';
import { identityOf } from '../../manifests/identity.ts';
import type { KubeObject } from '../../manifests/manifest.ts';
import { groupOf, type PodMaker, podMakers } from '../pod-templates.ts';
import { type Labels, readSelector, selects } from '../selectors.ts';
import { type NamedPort, type NetworkPolicy, type PodEnd, PolicySet, readPolicy } from './policy.ts';

export interface PodPort extends NamedPort {
  readonly hostPort: number | null;
  readonly at: Region | null;
}

export interface Workload extends PodEnd {
  readonly identity: string;
  readonly ports: readonly PodPort[];
  readonly hostNetwork: boolean;
  readonly maker: PodMaker;
}

export interface ServicePort {
  readonly name: string;
  readonly protocol: string;
  readonly port: number;
  readonly target: number | string;
  readonly at: Region | null;
}

export interface Service {
  readonly identity: string;
  readonly name: string;
  readonly namespace: string;
  /** Null: endpoints are given otherwise. */
  readonly selector: Labels | null;
  /** `LoadBalancer`, `NodePort`, `externalIPs`, or '' where only the cluster reaches it. */
  readonly exposedBy: string;
  /** loadBalancerSourceRanges that are given. */
  readonly limited: boolean;
  readonly ports: readonly ServicePort[];
  readonly object: KubeObject;
}

export interface Network {
  readonly workloads: readonly Workload[];
  readonly services: readonly Service[];
  readonly policies: readonly NetworkPolicy[];
  readonly policySet: PolicySet;
  readonly objects: readonly KubeObject[];
}

export function readNetwork(objects: readonly KubeObject[]): Network {
  const namespaceLabels = new Map<string, Labels>();
  const services: Service[] = [];
  const policies: NetworkPolicy[] = [];
  for (const object of objects) {
    const group = groupOf(object.apiVersion);
    if (group === '' && object.kind === 'Namespace') {
      namespaceLabels.set(object.name, stringsOf(lookUp(object.value, ['metadata', 'labels'])));
    } else if (group === '' && object.kind === 'Service') {
      services.push(readService(object));
    } else if (group === 'networking.k8s.io' && object.kind === 'NetworkPolicy') {
      policies.push(readPolicy(object));
    }
  }
  const labelsOf = (namespace: string): Labels =>
    new Map([...(namespaceLabels.get(namespace) ?? []), ['kubernetes.io/metadata.name', namespace]]);
  return {
    workloads: podMakers(objects).map((maker) => readWorkload(maker, labelsOf(maker.namespace))),
    services,
    policies,
    policySet: new PolicySet(policies),
    objects,
  };
}

function readWorkload(maker: PodMaker, namespaceLabels: Labels): Workload {
  const ports: PodPort[] = [];
  for (const key of ['containers', 'initContainers']) {
    for (const [index, value] of listOf(maker.spec[key]).entries()) {
      const container = mapOf(value);
      // Init containers listen on only where they stay (restartPolicy: Always).
      if (key === 'initContainers' && container.restartPolicy !== 'Always') continue;
      for (const [position, each] of listOf(container.ports).entries()) {
        const port = mapOf(each);
        const number = port.containerPort;
        if (typeof number !== 'number') continue;
        ports.push({
          name: textOf(port.name),
          protocol: textOf(port.protocol) || 'TCP',
          port: number,
          hostPort: typeof port.hostPort === 'number' ? port.hostPort : null,
          at: maker.object.at([...maker.specPath, key, index, 'ports', position]),
        });
      }
    }
  }
  return {
    identity: identityOf(maker.object),
    namespace: maker.namespace,
    labels: maker.labels,
    namespaceLabels,
    ports,
    hostNetwork: maker.spec.hostNetwork === true,
    maker,
  };
}

function readService(object: KubeObject): Service {
  const spec = mapOf(object.value.spec);
  const selector = stringsOf(spec.selector);
  const type = textOf(spec.type) || 'ClusterIP';
  const external = textsOf(spec.externalIPs).length > 0;
  return {
    identity: identityOf(object),
    name: object.name,
    namespace: object.namespace,
    selector: selector.size === 0 ? null : selector,
    exposedBy: type === 'LoadBalancer' || type === 'NodePort' ? type : external ? 'externalIPs' : '',
    limited: textsOf(spec.loadBalancerSourceRanges).some((range) => !/\/0$/.test(range)),
    ports: listOf(spec.ports).flatMap((value, index): ServicePort[] => {
      const port = mapOf(value);
      const number = port.port;
      if (typeof number !== 'number') return [];
      const target = port.targetPort;
      return [
        {
          name: textOf(port.name),
          protocol: textOf(port.protocol) || 'TCP',
          port: number,
          target: typeof target === 'number' || typeof target === 'string' ? target : number,
          at: object.at(['spec', 'ports', index]),
        },
      ];
    }),
    object,
  };
}

/** The workloads whose pods a Service sends to. */
export function behind(service: Service, workloads: readonly Workload[]): Workload[] {
  if (service.selector === null) return [];
  const selector = readSelector({ matchLabels: Object.fromEntries(service.selector) });
  return workloads.filter((each) => each.namespace === service.namespace && selects(selector, each.labels));
}
