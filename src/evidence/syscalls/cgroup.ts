/**
 * What the path of a cgroup tells of who runs in it. Runtimes put a container's id into the path of its cgroup, Kubernetes
 * the uid of its pod, systemd the name of its unit. Forms:
 *
 *   cgroupfs driver   /kubepods/burstable/pod<uid>/<id>    /docker/<id>    /libpod_parent/libpod-<id>
 *   systemd driver    /kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod<uid, _ for ->.slice/cri-containerd-<id>.scope
 *                     /system.slice/docker-<id>.scope      /machine.slice/libpod-<id>.scope/container
 *   both mixed up     /system.slice/containerd.service/kubepods-burstable-pod<uid>.slice:cri-containerd:<id>
 *
 * kubernetes/kubernetes pkg/kubelet/cm (names of pods' cgroups), containerd internal/cri (cri-containerd), cri-o (crio),
 * moby (docker), containers/podman (libpod), systemd.unit(5) and "Control Group APIs and Delegation" for the rest.
 */

export interface CgroupName {
  /** What made the container; `unknown` where the path has its id only; empty where there is no container. */
  readonly runtime: 'containerd' | 'cri-o' | 'docker' | 'podman' | 'lxc' | 'nspawn' | 'ecs' | 'unknown' | '';
  /** The runtime's id of the innermost container, 64 hex digits; the name where the runtime has names only (lxc, nspawn). */
  readonly id: string;
  /** Of the pod that it belongs to, with dashes; of a static pod 32 hex digits. */
  readonly podUid: string;
  /** The systemd service, `shop.service`, of what runs outside of containers; with `\x2d` and the like as they are meant. */
  readonly unit: string;
}

const NOBODY: CgroupName = { runtime: '', id: '', podUid: '', unit: '' };
/** Longer than the kernel's PATH_MAX is no path. */
const MAX_PATH = 4096;

const HEX64 = '[0-9a-f]{64}';
/** `conmon` and `libpod-conmon` scopes hold the monitor of a container, which is the host's, not the container. */
const PREFIXED = new RegExp(
  `(?:^|:)(cri-containerd|crio|docker|libpod|libpod-payload|nerdctl)[-:](${HEX64})(?:\\.scope)?$`,
);
const BARE = new RegExp(`^(${HEX64})$`);
const RUNTIME: Readonly<Record<string, CgroupName['runtime']>> = {
  'cri-containerd': 'containerd',
  nerdctl: 'containerd',
  crio: 'cri-o',
  docker: 'docker',
  libpod: 'podman',
  'libpod-payload': 'podman',
};
const UID = '[0-9a-f]{8}[-_][0-9a-f]{4}[-_][0-9a-f]{4}[-_][0-9a-f]{4}[-_][0-9a-f]{12}|[0-9a-f]{32}';
const POD = new RegExp(`(?:^|-)pod(${UID})(?:\\.slice(?::.*)?)?$`);
const MONITOR = /(?:^|-)conmon-[0-9a-f]{64}\.scope$/;
const LXC = /^lxc(?:\.payload)?[./]([^/]+)$/;
const MACHINE = /^machine-(.+)\.scope$|^systemd-nspawn@(.+)\.service$/;

/**
 * @param path below the root of the cgroup file system, as /proc/PID/cgroup has it; `..` of another namespace and a
 *   trailing ` (deleted)` are as good
 */
export function nameOfCgroup(path: string): CgroupName {
  if (path.length > MAX_PATH) return NOBODY;
  const segments = path
    .replace(/ \(deleted\)$/, '')
    .split('/')
    .filter((segment) => segment !== '' && segment !== '..');
  let podUid = '';
  for (let at = segments.length - 1; at >= 0; at--) {
    const segment = segments[at] ?? '';
    if (MONITOR.test(segment)) return NOBODY;
    const found = containerOf(segments, at);
    if (found !== null) return { ...found, podUid: podUid || podAbove(segments, at), unit: '' };
    podUid ||= podOf(segment);
  }
  // A pod's own cgroup, without a container below it: the kubelet's accounting, or a sandbox that shares it.
  if (podUid !== '') return { ...NOBODY, podUid };
  return { ...NOBODY, unit: unitOf(segments) };
}

/**
 * The most telling path of /proc/PID/cgroup, whose lines are `hierarchy:controllers:path`: that of cgroup v2 (`0::`), unless
 * only a v1 hierarchy names a container, as on hosts that have both.
 */
export function pathInProc(text: string): string {
  let unified = '';
  let longest = '';
  let container = '';
  for (const line of text.split('\n')) {
    const match = /^(\d+):([^:]*):(\/.*)$/.exec(line);
    if (match === null) continue;
    const path = (match[3] ?? '').replace(/ \(deleted\)$/, '');
    if (match[1] === '0' && match[2] === '') unified = path;
    if (container === '' && nameOfCgroup(path).id !== '') container = path;
    if (path.length > longest.length) longest = path;
  }
  if (unified !== '' && nameOfCgroup(unified).id !== '') return unified;
  if (container !== '') return container;
  return unified === '' || unified === '/' ? longest || unified : unified;
}

function containerOf(segments: readonly string[], at: number): Pick<CgroupName, 'runtime' | 'id'> | null {
  const segment = segments[at] ?? '';
  const above = segments[at - 1] ?? '';
  const prefixed = PREFIXED.exec(segment);
  if (prefixed !== null) return { runtime: RUNTIME[prefixed[1] ?? ''] ?? 'unknown', id: prefixed[2] ?? '' };
  const bare = BARE.exec(segment)?.[1];
  if (bare !== undefined)
    return { runtime: above === 'docker' ? 'docker' : isEcs(segments) ? 'ecs' : 'unknown', id: bare };
  // A task's container on Fargate: the task's id and a number.
  if (isEcs(segments) && /^[0-9a-f]{32}-\d+$/.test(segment)) return { runtime: 'ecs', id: segment };
  const lxc = LXC.exec(segment)?.[1] ?? (above === 'lxc' || above === 'lxc.payload' ? segment : undefined);
  if (lxc !== undefined) return { runtime: 'lxc', id: lxc };
  const machine = MACHINE.exec(segment);
  if (machine !== null) return { runtime: 'nspawn', id: unescapeUnit(machine[1] ?? machine[2] ?? '') };
  return null;
}

function isEcs(segments: readonly string[]): boolean {
  return segments[0] === 'ecs' || (segments[0] ?? '').startsWith('ecstasks.slice');
}

function podAbove(segments: readonly string[], below: number): string {
  for (let at = below; at >= 0; at--) {
    const uid = podOf(segments[at] ?? '');
    if (uid !== '') return uid;
  }
  return '';
}

function podOf(segment: string): string {
  return POD.exec(segment)?.[1]?.replaceAll('_', '-') ?? '';
}

/** The innermost service: below it a service may have cgroups of its own (Delegate=). */
function unitOf(segments: readonly string[]): string {
  const unit = segments.findLast((segment) => segment.endsWith('.service') && segment.length > '.service'.length);
  // The manager of a user's session is no service of the machine's: what it runs has a service of its own below.
  return unit === undefined || unit.startsWith('user@') ? '' : unescapeUnit(unit);
}

/** systemd.unit(5): bytes that have a meaning in names of units are written `\x2d`. */
function unescapeUnit(name: string): string {
  const bytes = Buffer.from(name, 'utf8').toString('latin1');
  const meant = bytes.replace(/\\x([0-9a-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(meant, 'latin1').toString('utf8');
}
