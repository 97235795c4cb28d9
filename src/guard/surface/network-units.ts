/** Stage 1: ports and paths, by who reaches them. */
import { behind, type Network, readNetwork, type Workload } from '../config/network/model.ts';
import { openings } from '../config/network/openings.ts';
import type { PodEnd } from '../config/network/policy.ts';
import type { KubeObject } from '../manifests/manifest.ts';
import type { Unit } from './unit.ts';

/** A pod of a namespace that nobody knows: what reaches from it, reaches from any that is added. */
const STRANGER: PodEnd = {
  namespace: '',
  labels: new Map(),
  namespaceLabels: new Map([['kubernetes.io/metadata.name', '']]),
  ports: [],
};

export function networkUnits(objects: readonly KubeObject[]): Unit[] {
  const network = readNetwork(objects);
  return [...portUnits(network), ...pathUnits(objects)];
}

function portUnits(network: Network): Unit[] {
  const { workloads, policySet } = network;
  const opened = openedByServices(network);
  // One of each kind of pod that is there is enough.
  const ends = new Map<string, PodEnd>();
  for (const pod of workloads) {
    const labels = [...pod.labels].map(([key, value]) => `${key}=${value}`).sort();
    ends.set(`${pod.namespace} ${labels.join(',')}`, pod);
  }
  const all = [STRANGER, ...ends.values()];
  return workloads.flatMap((pod) =>
    pod.ports.map((port): Unit => {
      const name = `${port.port}/${port.protocol}`;
      const id = `network ${pod.identity}:${name}`;
      const by = opened.get(`${pod.identity}:${name}`);
      const onNode = pod.hostNetwork || port.hostPort !== null;
      const unit = { id, stage: 'network' as const, times: 1, at: port.at };
      // On the node's network no NetworkPolicy holds.
      if (pod.hostNetwork)
        return { ...unit, kind: 'port-world', says: `${pod.identity} listens on ${name} of its node.` };
      if ((onNode || by !== undefined) && policySet.openToWorld(pod, port.protocol, port.port)) {
        const how = by === undefined ? `hostPort ${port.hostPort}` : by;
        return { ...unit, kind: 'port-world', says: `The world reaches ${name} of ${pod.identity} by ${how}.` };
      }
      const others = all.filter((other) => other.namespace !== pod.namespace);
      if (policySet.openToOthers(pod, others, port.protocol, port.port)) {
        return { ...unit, kind: 'port-cluster', says: `Pods of other namespaces reach ${name} of ${pod.identity}.` };
      }
      return { ...unit, kind: 'port-namespace', says: `Only its namespace may reach ${name} of ${pod.identity}.` };
    }),
  );
}

/** `workload:port/protocol` to the Service that opens it. */
function openedByServices({ services, workloads }: Network): ReadonlyMap<string, string> {
  const opened = new Map<string, string>();
  for (const service of services) {
    if (service.exposedBy === '') continue;
    for (const pod of behind(service, workloads)) {
      for (const port of service.ports) {
        const target = targetOf(pod, port.target, port.protocol);
        if (target === null) continue;
        opened.set(`${pod.identity}:${target}/${port.protocol}`, `${service.exposedBy} ${service.name}`);
      }
    }
  }
  return opened;
}

function targetOf(pod: Workload, target: number | string, protocol: string): number | null {
  if (typeof target === 'number') return target;
  return pod.ports.find((port) => port.name === target && port.protocol === protocol)?.port ?? null;
}

function pathUnits(objects: readonly KubeObject[]): Unit[] {
  return openings(objects).flatMap((opening): Unit[] => {
    const plain = opening.tls === 'none';
    const how = plain ? 'without TLS' : 'behind TLS';
    const paths = opening.paths.length === 0 ? [{ path: '', service: '', at: opening.at }] : opening.paths;
    return paths.map(({ path, at }) => ({
      id: `network ${opening.identity} ${opening.host}${path}`,
      stage: 'network',
      kind: plain ? 'path-plain' : 'path-tls',
      says: `${opening.identity} opens ${opening.host}${path} to the world ${how}.`,
      times: 1,
      at,
    }));
  });
}
