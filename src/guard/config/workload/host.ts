/** What a pod shares with its node. */
import type { Finding, Severity } from '../../../findings/model.ts';
import { isRecord, textOf } from '../../json/values.ts';
import { type Container, fieldsAt, type PodSpec } from './pod.ts';
import { HOST_NAMESPACE, HOST_PATH, HOST_PORT, PRIVILEGED } from './rules.ts';
import { sightOf } from './sight.ts';

const NAMESPACES: readonly { field: string; severity: Severity; says: string; because: string }[] = [
  {
    field: 'hostNetwork',
    severity: 'high',
    says: "shares its node's network (hostNetwork)",
    because: 'It reaches what listens on the loopback of the node and no NetworkPolicy holds it',
  },
  {
    field: 'hostPID',
    severity: 'high',
    says: "sees its node's processes (hostPID)",
    because: 'Environments and, for root, files of every process of the node are open to it under /proc',
  },
  {
    field: 'hostIPC',
    severity: 'medium',
    says: "shares its node's IPC (hostIPC)",
    because: 'It reaches the shared memory of the processes on the node',
  },
];

export function checkHost(pod: PodSpec): Finding[] {
  const out: Finding[] = [];
  for (const { field, severity, says, because } of NAMESPACES) {
    if (pod.spec[field] !== true) continue;
    out.push(
      sightOf(HOST_NAMESPACE, pod, null, { says, because, severity, operation: field, path: [...pod.path, field] }),
    );
  }
  const volumes: readonly unknown[] = Array.isArray(pod.spec.volumes) ? pod.spec.volumes : [];
  volumes.forEach((volume, i) => {
    const host = isRecord(volume) ? fieldsAt(volume, ['hostPath']) : null;
    if (host !== null && isRecord(volume)) out.push(hostPath(pod, textOf(volume.name), textOf(host.path), i));
  });
  for (const container of pod.containers) out.push(...privileged(pod, container), ...hostPorts(pod, container));
  return out;
}

/** Sockets that take orders for root on the node; read-only mounts do not stop a connection. */
const RUNTIME_SOCKET = /(docker|containerd|crio|cri-dockerd|podman|dockershim|buildkitd|kubelet)[^/]*\.sock$/;
/** Who writes here owns the node at the next login, start of a pod or run of a cron job. */
const OWNS_NODE = [
  '/',
  '/etc',
  '/root',
  '/home',
  '/boot',
  '/usr',
  '/bin',
  '/sbin',
  '/lib',
  '/lib64',
  '/opt',
  '/proc',
  '/sys',
  '/dev',
  '/var',
  '/run',
  '/var/run',
  '/var/lib',
  '/var/spool/cron',
];
const OWNS_BELOW = [
  '/etc/kubernetes',
  '/etc/cron',
  '/etc/systemd',
  '/etc/ssh',
  '/etc/cni',
  '/opt/cni',
  '/root/',
  '/var/lib/kubelet',
  '/var/lib/docker',
  '/var/lib/containerd',
  '/var/lib/etcd',
  '/run/containerd',
  '/var/run/docker',
  '/var/run/containerd',
  '/usr/bin',
  '/usr/lib',
  '/usr/local',
];
/** The lock by which programs that change iptables wait for each other; every network plug-in mounts it. */
const LOCK_OF_IPTABLES = /^(\/var)?\/run\/xtables\.lock$/;
/** Holds credentials of the node or of other pods. */
const HOLDS_SECRETS = ['/', '/etc', '/root', '/home', '/proc', '/var', '/var/lib', '/run', '/var/run'];
const SECRETS_BELOW = ['/etc/kubernetes', '/var/lib/kubelet', '/var/lib/etcd', '/root/', '/etc/ssh'];

function hostPath(pod: PodSpec, volume: string, path: string, index: number) {
  const clean = normal(path);
  const mounts = mountsOf(pod, volume);
  const written = mounts.some(({ readOnly }) => !readOnly);
  const socket = RUNTIME_SOCKET.test(clean);
  const owns = OWNS_NODE.includes(clean) || OWNS_BELOW.some((prefix) => clean.startsWith(prefix));
  const secrets = HOLDS_SECRETS.includes(clean) || SECRETS_BELOW.some((prefix) => clean.startsWith(prefix));
  let severity: Severity = 'medium';
  let because = `Containers that share ${clean} with the node read what the node and other pods leave there`;
  if (socket) {
    severity = 'critical';
    because = `Through ${clean} any container can be started on the node, privileged ones too; a read-only mount does not change that`;
  } else if (written && owns) {
    severity = 'critical';
    because = `Who may write ${clean} of a node has the node`;
  } else if (secrets) {
    severity = 'high';
    because = `Credentials of the node or of other pods can be read under ${clean}`;
  } else if (LOCK_OF_IPTABLES.test(clean)) {
    severity = 'low';
    because = 'Who holds the lock keeps the node from changing its iptables, and no more';
  } else if (written) {
    severity = 'high';
    because = `The container may write ${clean} of the node, where the node and other pods may read it`;
  }
  if (mounts.length === 0) severity = 'low';
  const who =
    mounts.length === 0
      ? '; no container mounts it'
      : ` in ${mounts.map(({ name }) => name).join(', ')}${written ? '' : ', read-only'}`;
  return sightOf(HOST_PATH, pod, null, {
    says: `mounts ${clean === '' ? 'a path' : clean} of its node${who}`,
    because,
    severity,
    operation: clean,
    path: [...pod.path, 'volumes', index, 'hostPath', 'path'],
  });
}

/** `/var//run/../run/` is `/var/run`. */
function normal(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return path === '' ? '' : `/${parts.join('/')}`;
}

function mountsOf(pod: PodSpec, volume: string): { name: string; readOnly: boolean }[] {
  const out: { name: string; readOnly: boolean }[] = [];
  for (const { name, value } of pod.containers) {
    const mounts: readonly unknown[] = Array.isArray(value.volumeMounts) ? value.volumeMounts : [];
    const own = mounts.filter(isRecord).filter((mount) => mount.name === volume);
    if (own.length > 0) out.push({ name, readOnly: own.every((mount) => mount.readOnly === true) });
  }
  return out;
}

function privileged(pod: PodSpec, container: Container): Finding[] {
  const out: Finding[] = [];
  const own = fieldsAt(container.value, ['securityContext']);
  if (own?.privileged === true && !pod.windows) {
    out.push(
      sightOf(PRIVILEGED, pod, container, {
        says: 'is privileged',
        because: 'It has all capabilities and all devices of the node, so one flaw in it gives the node away',
        path: [...container.path, 'securityContext', 'privileged'],
      }),
    );
  }
  for (const [options, path] of [
    [own === null ? null : fieldsAt(own, ['windowsOptions']), container.path],
    [fieldsAt(pod.spec, ['securityContext', 'windowsOptions']), pod.path],
  ] as const) {
    if (options?.hostProcess !== true) continue;
    out.push(
      sightOf(PRIVILEGED, pod, container, {
        says: 'is a process of its Windows node (hostProcess)',
        because: 'It runs outside of any container',
        operation: 'hostProcess',
        path: [...path, 'securityContext', 'windowsOptions', 'hostProcess'],
      }),
    );
    break;
  }
  return out;
}

function hostPorts(pod: PodSpec, container: Container): Finding[] {
  // With hostNetwork every port is one of the node, and that is said once.
  if (pod.spec.hostNetwork === true || !Array.isArray(container.value.ports)) return [];
  const ports: readonly unknown[] = container.value.ports;
  return ports.flatMap((port, i) => {
    if (!isRecord(port) || typeof port.hostPort !== 'number' || port.hostPort === 0) return [];
    return [
      sightOf(HOST_PORT, pod, container, {
        says: `opens port ${port.hostPort} of every node that it runs on`,
        because: 'Whoever reaches the node reaches the container, past Services and most NetworkPolicies',
        operation: String(port.hostPort),
        path: [...container.path, 'ports', i, 'hostPort'],
      }),
    ];
  });
}
