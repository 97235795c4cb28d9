/**
 * Who runs in a cgroup: its path (by the cgroup's id, or by a process in it) tells the container's id and the pod's uid or a
 * systemd unit; pods that were given, the runtimes' bundles and the runtimes themselves tell the rest. Host processes have no
 * image and no digest: their unit is their name, and without one their executable is, which the process itself tells.
 */
import { type CgroupName, nameOfCgroup, pathInProc } from '../../evidence/syscalls/cgroup.ts';
import type { PodContainer } from '../../evidence/syscalls/containers.ts';
import { type ContainerIdentity, UNKNOWN_CONTAINER } from '../../evidence/syscalls/recording.ts';
import { messageOf } from '../error.ts';
import { readProc } from '../procfs.ts';
import { CgroupDirectories } from './identity-cgroups.ts';
import { merged, Runtimes, type Told } from './identity-runtimes.ts';
import type { ContainerNamer } from './namer.ts';

export interface NamerOptions {
  /** Containers of pods, asked again where one is unknown: a file of `kubectl get pods -A -o json`, or the Kubernetes API. */
  readonly pods?: () => Promise<readonly PodContainer[]>;
  /** Where the host's files are; `/` without it. */
  readonly root?: string;
  readonly directories?: CgroupDirectories;
  /** /proc/PID/cgroup; null where the process is gone. */
  readonly cgroupOf?: (pid: number) => string | null;
  readonly path?: string;
  /** ms, only ever growing. */
  readonly now?: () => number;
}

export interface Namer extends ContainerNamer {
  /** Why containers have no name, one sentence each. */
  readonly notes: readonly string[];
}

/** ms until a container without a name or digest is looked up again. */
const AGAIN_MS = 10_000;
/** ms between lists of pods: a container that has just started is not in the last one. */
const LIST_MS = 2_000;
const MAX_KNOWN = 20_000;

export function containerNamer(options: NamerOptions = {}): Namer {
  return new PathNamer(options);
}

const OF_USER = /(?:^|\/)user@(\d+)\.service\//;

class PathNamer implements Namer {
  readonly #options: NamerOptions;
  readonly #directories: CgroupDirectories;
  readonly #runtimes: Runtimes;
  readonly #now: () => number;
  readonly #known = new Map<string, { readonly at: number; readonly told: Promise<readonly Told[]> }>();
  readonly #notes = new Set<string>();
  #pods: ReadonlyMap<string, PodContainer> = new Map();
  #podsAt = Number.NEGATIVE_INFINITY;
  #listing: Promise<void> | null = null;

  constructor(options: NamerOptions) {
    this.#options = options;
    this.#directories = options.directories ?? new CgroupDirectories();
    this.#now = options.now ?? (() => performance.now());
    this.#runtimes = new Runtimes({
      root: options.root ?? '/',
      path: options.path ?? process.env.PATH ?? '',
      now: this.#now,
    });
  }

  get notes(): readonly string[] {
    return [...this.#notes, ...this.#runtimes.notes];
  }

  async identify(cgroupId: bigint | null, pid: number | null): Promise<ContainerIdentity> {
    const path = await this.#pathOf(cgroupId, pid);
    const name = nameOfCgroup(path);
    const none = { ...UNKNOWN_CONTAINER, cgroup: path, id: name.id };
    const from = path === '' ? '' : 'cgroup path';
    if (name.id === '') return { ...none, name: name.unit.replace(/\.service$/, ''), from };
    // Below their manager users make cgroups as they like: what is called as somebody else's container there is not that one.
    const user = OF_USER.exec(path)?.[1];
    if (user !== undefined) return { ...none, id: `${name.id}@user-${user}`, from };
    const told = await this.#told(name);
    const facts = merged(told);
    return {
      ...none,
      ...facts,
      name: facts.name || (name.runtime === 'lxc' || name.runtime === 'nspawn' ? name.id : ''),
      from: told.length === 0 ? from : told.map((one) => one.from).join(', '),
    };
  }

  isRoot(cgroupId: bigint): boolean {
    return !this.#directories.mounted || this.#directories.idOf('/') === cgroupId;
  }

  /** The most telling path: of the cgroup itself, or of a process in it where only a v1 hierarchy has the containers. */
  async #pathOf(cgroupId: bigint | null, pid: number | null): Promise<string> {
    const text = pid === null ? null : (this.#options.cgroupOf ?? cgroupOfProcess)(pid);
    const ofProcess = text === null ? '' : pathInProc(text);
    if (cgroupId === null) return ofProcess;
    // One read and one stat, where a walk is hundreds; a pid that was used again is not in this cgroup.
    const unified = /^0::(\/.*)$/m.exec(text ?? '')?.[1];
    const own =
      unified !== undefined && this.#directories.idOf(unified) === cgroupId
        ? unified
        : await this.#directories.pathOf(cgroupId);
    if (own === null) return this.#directories.mounted ? '' : ofProcess;
    return own === '/' && unified === '/' ? ofProcess || own : own;
  }

  async #told(name: CgroupName): Promise<readonly Told[]> {
    const known = this.#known.get(name.id);
    if (known !== undefined) {
      const told = await known.told;
      if (isWhole(told) || this.#now() - known.at < AGAIN_MS) return told;
    }
    if (this.#known.size >= MAX_KNOWN) this.#known.clear();
    const told = this.#ask(name);
    this.#known.set(name.id, { at: this.#now(), told });
    return told;
  }

  async #ask(name: CgroupName): Promise<readonly Told[]> {
    const pod = await this.#podContainer(name.id);
    const told: Told[] = pod === null ? [] : [{ facts: pod, from: 'kubernetes' }];
    return isWhole(told) ? told : [...told, ...(await this.#runtimes.tell(name))];
  }

  async #podContainer(id: string): Promise<PodContainer | null> {
    const { pods } = this.#options;
    if (pods === undefined) return null;
    if (!this.#pods.has(id) && this.#now() - this.#podsAt >= LIST_MS) {
      this.#listing ??= this.#list(pods).finally(() => {
        this.#listing = null;
      });
      await this.#listing;
    }
    return this.#pods.get(id) ?? null;
  }

  async #list(pods: () => Promise<readonly PodContainer[]>): Promise<void> {
    try {
      this.#pods = new Map((await pods()).map((one) => [one.id, one]));
    } catch (error) {
      this.#notes.add(`pods could not be listed: ${messageOf(error)}`);
    }
    this.#podsAt = this.#now();
  }
}

function isWhole(told: readonly Told[]): boolean {
  const { name, digest } = merged(told);
  return name !== '' && digest !== '';
}

function cgroupOfProcess(pid: number): string | null {
  return readProc(`/proc/${pid}/cgroup`);
}
