/**
 * Whose syscalls these are. A recording is of a whole machine; a target is an address. In this order:
 * - the process that answers at the target's port, where it is of this machine, with everything in its container;
 * - the pod that discovery named, for targets of Kubernetes, and in it the container that has the target's port;
 * - the only process of that host outside of containers whose executable, or unit of systemd, is called like the service.
 * A container, or a process of the host, that is none of these and has a profile is a target of its own, which nobody asks:
 * its service is called like the container. All else is of no interest and is left out.
 */
import { createHash } from 'node:crypto';
import type { ContainerIdentity, SyscallRecording, TracedProcess } from '../../evidence/syscalls/recording.ts';
import { framesOf } from '../../guard/baseline/frames.ts';
import type { BaselineKey } from '../../guard/baseline/model.ts';
import type { TargetId, TargetInfo } from '../model.ts';
import type { Membership } from './windows.ts';

/** A target that is watched, with the process that answers for it, where known. */
export interface Candidate {
  readonly info: TargetInfo;
  readonly process: { readonly pid: number; readonly startedAt: number | null } | null;
}

export interface AssignOptions {
  /** Name of the machine that this server runs on, as recordings have it. */
  readonly host: string;
  /** What TargetInfo.from of new targets says: `recording PATH`. */
  readonly from: string;
  /** Where no namespace says. */
  readonly environment: string;
  /** Whether there is a profile that somebody gave. */
  readonly hasProfile: (key: BaselineKey) => boolean;
}

export interface Assignment {
  readonly members: Membership;
  /** Those that nobody watches otherwise. */
  readonly counted: readonly TargetInfo[];
}

/** Clock ticks, and a clock that was set while the process ran, ms. */
const SAME_START_MS = 2_000;

export function assign(
  recording: SyscallRecording,
  candidates: readonly Candidate[],
  options: AssignOptions,
): Assignment {
  const { processes, containers, host } = recording;
  const places = placesOf(recording);
  const members = new Map<TargetId, number[]>();
  const taken = new Set<number>();
  const here = host.name === options.host;
  const take = (id: TargetId, indices: readonly number[]): void => {
    const free = indices.filter((index) => !taken.has(index));
    for (const index of free) taken.add(index);
    if (free.length > 0) members.set(id, [...(members.get(id) ?? []), ...free]);
  };
  for (const { info, process } of here ? candidates : []) {
    if (process === null) continue;
    const index = places.byPid.get(process.pid)?.findLast((at) => isProcess(processes[at], process));
    if (index !== undefined) take(info.id, together(recording, places, index));
  }
  for (const { info } of candidates) {
    if (members.has(info.id)) continue;
    const pod = /^kubernetes ([^/]+\/.+)$/.exec(info.from)?.[1];
    const inPod = (pod === undefined ? undefined : places.byPod.get(pod)) ?? [];
    const own = ownOf(inPod, info);
    take(
      info.id,
      own.flatMap(({ id }) => places.byContainer.get(id) ?? []),
    );
  }
  for (const { info } of candidates) {
    if (members.has(info.id) || info.service === '' || !isOn(info, host.name, here)) continue;
    const same = (places.byUnit.get(info.service) ?? []).filter((index) => !taken.has(index));
    // Two of them, and nothing says which of the two listens.
    if (new Set(same.map((index) => processes[index]?.pid)).size === 1) take(info.id, same);
  }
  const counted = new Map<TargetId, TargetInfo>();
  const keys = keysOf(recording);
  for (const [index, process] of processes.entries()) {
    if (taken.has(index)) continue;
    const container = containers[process.container];
    const key = keys[index];
    if (container === undefined || key === undefined || !options.hasProfile(key)) continue;
    const info = countedTarget(recording, process, container, options);
    counted.set(info.id, info);
    take(info.id, together(recording, places, index));
  }
  return { members, counted: [...counted.values()] };
}

/** What a profile of each process would be of. */
export function keysOf(recording: SyscallRecording): (BaselineKey | undefined)[] {
  const { instances, instanceOf } = framesOf(recording, { warmUpMs: 0, windowMs: null });
  return recording.processes.map((_, index) => instances[instanceOf[index] ?? -1]?.key);
}

/** Where to look for a process: a node has thousands of them, and as many targets may look. All are indices of processes. */
interface Places {
  readonly byPid: ReadonlyMap<number, readonly number[]>;
  /** By id of the container. */
  readonly byContainer: ReadonlyMap<string, readonly number[]>;
  /** Outside of containers, by the executable and by the unit of systemd that started it. */
  readonly byUnit: ReadonlyMap<string, readonly number[]>;
  /** Containers by `namespace/pod`, each id once. */
  readonly byPod: ReadonlyMap<string, readonly ContainerIdentity[]>;
}

function placesOf({ processes, containers }: SyscallRecording): Places {
  const byPid = new Map<number, number[]>();
  const byContainer = new Map<string, number[]>();
  const byUnit = new Map<string, number[]>();
  const byPod = new Map<string, Map<string, ContainerIdentity>>();
  for (const [index, { pid, executable, container }] of processes.entries()) {
    into(byPid, pid, index);
    const { id = '', name = '', namespace = '', pod = '' } = containers[container] ?? {};
    if (id !== '') into(byContainer, id, index);
    else for (const unit of new Set([executable, name])) into(byUnit, unit, index);
    const identity = containers[container];
    if (id === '' || pod === '' || identity === undefined) continue;
    const place = `${namespace}/${pod}`;
    const inPod = byPod.get(place) ?? new Map<string, ContainerIdentity>();
    if (!inPod.has(id)) inPod.set(id, identity);
    byPod.set(place, inPod);
  }
  return {
    ...{ byPid, byContainer, byUnit },
    byPod: new Map([...byPod].map(([place, inPod]) => [place, [...inPod.values()]])),
  };
}

function into<Key>(map: Map<Key, number[]>, key: Key, index: number): void {
  const known = map.get(key);
  if (known === undefined) map.set(key, [index]);
  else known.push(index);
}

function isProcess(one: TracedProcess | undefined, { startedAt }: NonNullable<Candidate['process']>): boolean {
  if (one === undefined) return false;
  return startedAt === null || Number.isNaN(one.startedAt) || Math.abs(one.startedAt - startedAt) < SAME_START_MS;
}

/** The process alone, or all of its container. */
function together({ processes, containers }: SyscallRecording, places: Places, index: number): readonly number[] {
  const process = processes[index];
  if (process === undefined) return [];
  const id = containers[process.container]?.id ?? '';
  if (id !== '') return places.byContainer.get(id) ?? [];
  const same = places.byPid.get(process.pid) ?? [];
  return same.filter((at) => Object.is(processes[at]?.startedAt, process.startedAt));
}

/**
 * The containers of a pod that are the target's: the one that discovery named, else the one that is called like it, else the only
 * one. A container that was restarted is there twice for a window, with two ids and one name.
 */
function ownOf(inPod: readonly ContainerIdentity[], info: TargetInfo): readonly ContainerIdentity[] {
  const { container = '' } = info.labels;
  if (container !== '' && inPod.some(({ name }) => name !== '')) return inPod.filter(({ name }) => name === container);
  return new Set(inPod.map(({ name, id }) => name || id)).size === 1
    ? inPod
    : inPod.filter((one) => isCalled(one, info));
}

function isCalled({ name }: ContainerIdentity, info: TargetInfo): boolean {
  return name !== '' && (name === info.service || Object.values(info.labels).includes(name));
}

function isOn({ url }: TargetInfo, host: string, here: boolean): boolean {
  if (url.startsWith('unix:')) return here;
  const name = URL.canParse(url) ? new URL(url).hostname : '';
  return name === host || (here && (name === 'localhost' || name === '[::1]' || name.startsWith('127.')));
}

function countedTarget(
  { host }: SyscallRecording,
  process: TracedProcess,
  container: ContainerIdentity,
  { from, environment }: AssignOptions,
): TargetInfo {
  const inside = container.id !== '';
  const image = container.image.replace(/^.*\//, '').replace(/[:@].*$/, '');
  const service = inside ? container.name || image || container.id.slice(0, 12) : process.executable || process.comm;
  const instance = inside ? container.pod || container.id.slice(0, 12) : `${host.name} pid ${process.pid}`;
  const where = container.namespace || environment;
  const identity = JSON.stringify(['hemostat/counted@1', where, service, instance, container.id]);
  return {
    id: createHash('sha256').update(identity).digest('hex').slice(0, 16),
    environment: where,
    service,
    instance,
    url: '',
    from,
    labels: inside ? { image: container.image, digest: container.digest, host: host.name } : { host: host.name },
  };
}
