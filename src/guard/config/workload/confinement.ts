/** What keeps a container in: its user, capabilities, seccomp and the like, and its root file system. */
import type { Finding, Severity } from '../../../findings/model.ts';
import { isRecord, textOf } from '../../json/values.ts';
import { type Container, fieldsAt, inherited, type Path, type PodSpec, textsOf } from './pod.ts';
import {
  CAPABILITIES_ADDED,
  CAPABILITIES_KEPT,
  CONFINEMENT,
  ESCALATION,
  ROOT_WRITABLE,
  RUNS_AS_ROOT,
  SECCOMP,
} from './rules.ts';
import { sightOf } from './sight.ts';

/** `writesNothing`: containers of which a baseline knows it (`namespace/kind/name#container`). */
export function checkConfinement(pod: PodSpec, writesNothing: ReadonlySet<string>): Finding[] {
  const out = sysctls(pod);
  for (const container of pod.containers) {
    const isPrivileged = fieldsAt(container.value, ['securityContext'])?.privileged === true;
    out.push(...user(pod, container));
    if (pod.windows) continue;
    out.push(...weakened(pod, container));
    // All of these are part of being privileged, which is a finding of its own.
    if (!isPrivileged)
      out.push(...escalation(pod, container), ...capabilities(pod, container), ...seccomp(pod, container));
    out.push(...rootFileSystem(pod, container, writesNothing));
  }
  return out;
}

function user(pod: PodSpec, container: Container): Finding[] {
  // In a user namespace root is nobody on the node.
  if (pod.spec.hostUsers === false) return [];
  if (pod.windows) {
    const nonRoot = inherited(pod, container, 'runAsNonRoot');
    if (nonRoot.value !== false) return [];
  }
  const id = inherited(pod, container, 'runAsUser');
  const nonRoot = inherited(pod, container, 'runAsNonRoot');
  if (id.value === 0) {
    return [
      sightOf(RUNS_AS_ROOT, pod, container, {
        says:
          nonRoot.value === true
            ? 'asks for root (runAsUser: 0) and for no root: it will not start'
            : 'runs as root (runAsUser: 0)',
        because: 'A flaw in the kernel or the runtime that lets a process out lets root out',
        operation: 'runAsUser',
        path: id.path,
      }),
    ];
  }
  if (nonRoot.value === true || (typeof id.value === 'number' && id.value > 0)) return [];
  return [
    sightOf(RUNS_AS_ROOT, pod, container, {
      says: 'runs as root if its image does (neither runAsNonRoot nor runAsUser is set)',
      because: 'Which user the image names is not in the manifest',
      verdict: 'suspected',
      path: nonRoot.path,
    }),
  ];
}

function escalation(pod: PodSpec, container: Container): Finding[] {
  const own = fieldsAt(container.value, ['securityContext']);
  if (own?.allowPrivilegeEscalation === false) return [];
  return [
    sightOf(ESCALATION, pod, container, {
      says:
        own?.allowPrivilegeEscalation === true
          ? 'allows privilege escalation'
          : 'allows privilege escalation, which is the default',
      because:
        'A setuid program in its image gives root to whoever runs code in the container; no_new_privs is not set',
      path: [...container.path, 'securityContext', 'allowPrivilegeEscalation'],
    }),
  ];
}

/** What runtimes give by default; the Pod Security Standards' baseline allows to name these. */
const DEFAULTS = new Set(
  'AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE SETFCAP SETGID SETPCAP SETUID SYS_CHROOT'.split(
    ' ',
  ),
);
/** With one of these a process leaves its container with well-known steps. */
const ESCAPES = new Set([
  'ALL',
  'SYS_ADMIN',
  'SYS_MODULE',
  'SYS_RAWIO',
  'DAC_READ_SEARCH',
  'BPF',
  'SYS_BOOT',
  'MAC_ADMIN',
]);

function capabilities(pod: PodSpec, container: Container): Finding[] {
  const out: Finding[] = [];
  const own = fieldsAt(container.value, ['securityContext', 'capabilities']) ?? {};
  const path: Path = [...container.path, 'securityContext', 'capabilities'];
  textsOf(own.add).forEach((name, i) => {
    const capability = plain(name);
    if (DEFAULTS.has(capability)) return;
    const ptrace = capability === 'SYS_PTRACE' && pod.spec.hostPID === true;
    const severity: Severity =
      ESCAPES.has(capability) || ptrace ? 'critical' : capability === 'NET_RAW' ? 'medium' : 'high';
    out.push(
      sightOf(CAPABILITIES_ADDED, pod, container, {
        says: `is given the capability ${capability}`,
        because:
          severity === 'critical'
            ? `With ${capability} a process can leave its container`
            : `${capability} is not among what containers have by default, and the Pod Security Standards' baseline forbids it`,
        severity,
        operation: capability,
        path: [...path, 'add', i],
      }),
    );
  });
  if (!textsOf(own.drop).some((name) => plain(name) === 'ALL')) {
    out.push(
      sightOf(CAPABILITIES_KEPT, pod, container, {
        says: 'keeps the default capabilities (drop: [ALL] is not set)',
        because: 'Root in it may change owners, raw sockets and other users; a service hardly needs any of that',
        path: [...path, 'drop'],
      }),
    );
  }
  return out;
}

/** `CAP_SYS_ADMIN` is what some write; runtimes take both. */
function plain(name: string): string {
  return name.toUpperCase().replace(/^CAP_/, '');
}

function seccomp(pod: PodSpec, container: Container): Finding[] {
  const { value, path } = inherited(pod, container, 'seccompProfile');
  if (isRecord(value) && textOf(value.type) !== '') return [];
  if (seccompAnnotation(pod, container) !== '') return [];
  return [
    sightOf(SECCOMP, pod, container, {
      says: 'asks for no seccomp profile',
      because: 'Unless the kubelet sets one (seccompDefault), all system calls are open to it',
      verdict: 'suspected',
      path,
    }),
  ];
}

/** As it was written before Kubernetes 1.19. */
function seccompAnnotation(pod: PodSpec, container: Container): string {
  const annotations = isRecord(pod.metadata.annotations) ? pod.metadata.annotations : {};
  return (
    textOf(annotations[`container.seccomp.security.alpha.kubernetes.io/${container.name}`]) ||
    textOf(annotations['seccomp.security.alpha.kubernetes.io/pod'])
  );
}

/** Types of SELinux that the baseline allows. */
const SELINUX_TYPES = new Set(['', 'container_t', 'container_init_t', 'container_kvm_t', 'container_engine_t']);

function weakened(pod: PodSpec, container: Container): Finding[] {
  const out: Finding[] = [];
  const say = (operation: string, says: string, because: string, path: Path): void => {
    out.push(sightOf(CONFINEMENT, pod, container, { says, because, path, operation }));
  };
  const profile = inherited(pod, container, 'seccompProfile');
  if (isRecord(profile.value) && profile.value.type === 'Unconfined') {
    say('seccomp', 'runs without seccomp (Unconfined)', 'All system calls of the kernel are open to it', [
      ...profile.path,
      'type',
    ]);
  }
  const armor = inherited(pod, container, 'appArmorProfile');
  const annotations = isRecord(pod.metadata.annotations) ? pod.metadata.annotations : {};
  const key = `container.apparmor.security.beta.kubernetes.io/${container.name}`;
  if (isRecord(armor.value) ? armor.value.type === 'Unconfined' : annotations[key] === 'unconfined') {
    const path = isRecord(armor.value)
      ? [...armor.path, 'type']
      : [...pod.path.slice(0, -1), 'metadata', 'annotations', key];
    say(
      'apparmor',
      'runs without AppArmor (Unconfined)',
      'Mounts, /proc and /sys are no longer held by the profile of the runtime',
      path,
    );
  }
  const selinux = inherited(pod, container, 'seLinuxOptions');
  if (isRecord(selinux.value)) {
    const { type, user, role } = selinux.value;
    if (!SELINUX_TYPES.has(textOf(type)) || textOf(user) !== '' || textOf(role) !== '') {
      say(
        'selinux',
        'has its own SELinux user, role or type',
        'Another type may be allowed what containers are not',
        selinux.path,
      );
    }
  }
  const own = fieldsAt(container.value, ['securityContext']);
  if (own?.procMount === 'Unmasked' && pod.spec.hostUsers !== false) {
    say(
      'procMount',
      'sees an unmasked /proc',
      'Files of /proc that runtimes hide (kcore, keys, sysrq-trigger) are open to it',
      [...container.path, 'securityContext', 'procMount'],
    );
  }
  return out;
}

/** Namespaced and without effect on neighbours (Pod Security Standards, baseline; 1.29 and later). */
const SAFE_SYSCTLS = new Set([
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.ip_unprivileged_port_start',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.ping_group_range',
  'net.ipv4.ip_local_reserved_ports',
  'net.ipv4.tcp_keepalive_time',
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_keepalive_intvl',
  'net.ipv4.tcp_keepalive_probes',
  'net.ipv4.tcp_rmem',
  'net.ipv4.tcp_wmem',
]);

function sysctls(pod: PodSpec): Finding[] {
  const list: unknown = fieldsAt(pod.spec, ['securityContext'])?.sysctls;
  if (!Array.isArray(list)) return [];
  return list.flatMap((each: unknown, i): Finding[] => {
    const name = isRecord(each) ? textOf(each.name).replaceAll('/', '.') : '';
    if (name === '' || SAFE_SYSCTLS.has(name)) return [];
    return [
      sightOf(CONFINEMENT, pod, null, {
        says: `sets the sysctl ${name}, which is not one of the safe ones`,
        because: 'It changes the kernel for the whole node, or is not known to be kept apart between pods',
        severity: name.startsWith('net.') ? 'medium' : 'high',
        operation: `sysctl ${name}`,
        path: [...pod.path, 'securityContext', 'sysctls', i],
      }),
    ];
  });
}

/** The fix of a container of which a baseline knows that it needs no place to write to: it can be made without a question. */
export const SAW_NO_WRITE =
  'Set readOnlyRootFilesystem: true: the baseline saw no write, so nothing else has to change.';

function rootFileSystem(pod: PodSpec, container: Container, writesNothing: ReadonlySet<string>): Finding[] {
  const own = fieldsAt(container.value, ['securityContext']);
  // Debug containers come and go with their debugger and cannot be given emptyDirs.
  if (own?.readOnlyRootFilesystem === true || container.list === 'ephemeralContainers') return [];
  const { namespace, kind, name } = pod.object;
  const idle = writesNothing.has(`${namespace}/${kind}/${name}#${container.name}`);
  return [
    sightOf(ROOT_WRITABLE, pod, container, {
      says: idle
        ? 'may write its root file system and, as its baseline shows, never does'
        : 'may write its root file system',
      because: 'Whoever runs code in it can leave programs there and change those that are there',
      path: [...container.path, 'securityContext', 'readOnlyRootFilesystem'],
      ...(idle ? { fix: SAW_NO_WRITE } : {}),
    }),
  ];
}
