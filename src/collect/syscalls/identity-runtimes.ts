/**
 * Asks whoever made a container what it is: the bundles that runtimes keep in /run, and the runtimes themselves by what is
 * installed (crictl, docker's socket, podman, ctr). Each question has a bounded time and size; who fails three times in a
 * row is left alone for a minute. What the answers hold beside names (environments have secrets) is dropped where it is read.
 */
import { execFile } from 'node:child_process';
import { closeSync, constants, existsSync, fstatSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { CgroupName } from '../../evidence/syscalls/cgroup.ts';
import {
  type ContainerFacts,
  fromBundle,
  fromCri,
  fromDocker,
  repoDigest,
} from '../../evidence/syscalls/containers.ts';
import { messageOf } from '../error.ts';
import { HttpClient, RequestError } from '../http.ts';
import { findProgram } from './kernel.ts';

const ANSWER_BYTES = 8 << 20;
const ANSWER_MS = 3000;
const FAILURES = 3;
const REST_MS = 60_000;

export interface RuntimePlaces {
  /** Where the host's files are: `/`, or where a pod has them mounted. */
  readonly root: string;
  /** Directories of programs, as $PATH. */
  readonly path: string;
  readonly now: () => number;
}

/** What one of them said; `from` as ContainerIdentity has it. */
export interface Told {
  readonly facts: ContainerFacts;
  readonly from: string;
}

interface Source {
  readonly from: string;
  /** Whether it may know containers of this runtime. */
  readonly knows: (name: CgroupName) => boolean;
  readonly ask: (name: CgroupName, known: ContainerFacts) => Promise<ContainerFacts | null>;
}

export class Runtimes {
  readonly #places: RuntimePlaces;
  readonly #sources: readonly Source[];
  readonly #failures = new Map<Source, { count: number; since: number }>();
  readonly #notes = new Set<string>();
  /** One question at a time: naming must not become a load of its own. */
  #turn: Promise<void> = Promise.resolve();

  constructor(places: RuntimePlaces) {
    this.#places = places;
    this.#sources = [...this.#bundles(), ...this.#cri(), ...this.#docker(), ...this.#podman(), ...this.#ctr()];
  }

  /** Why somebody could not be asked; one sentence each. */
  get notes(): readonly string[] {
    return [...this.#notes];
  }

  /** All that is told of a container until its name and digest are known, in the order told. Never throws. */
  async tell(name: CgroupName): Promise<readonly Told[]> {
    const told: Told[] = [];
    const turn = this.#turn;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#turn = promise;
    await turn;
    try {
      for (const source of this.#sources) {
        if (!source.knows(name) || this.#rests(source)) continue;
        const facts = await this.#ask(source, name, merged(told));
        if (facts !== null) told.push({ facts, from: source.from });
        const { name: called, digest } = merged(told);
        if (called !== '' && digest !== '') break;
      }
    } finally {
      resolve();
    }
    return told;
  }

  async #ask(source: Source, name: CgroupName, known: ContainerFacts): Promise<ContainerFacts | null> {
    try {
      const facts = await source.ask(name, known);
      this.#failures.delete(source);
      return facts;
    } catch (error) {
      const count = (this.#failures.get(source)?.count ?? 0) + 1;
      this.#failures.set(source, { count, since: this.#places.now() });
      this.#notes.add(`containers could not be asked for at ${source.from}: ${firstLine(messageOf(error))}`);
      return null;
    }
  }

  #rests(source: Source): boolean {
    const failed = this.#failures.get(source);
    return failed !== undefined && failed.count >= FAILURES && this.#places.now() - failed.since < REST_MS;
  }

  #bundles(): Source[] {
    const { root } = this.#places;
    return [
      {
        from: 'oci bundle',
        knows: ({ runtime }) => !['lxc', 'nspawn', 'ecs'].includes(runtime),
        ask: async ({ id }) => {
          for (const file of bundlesOf(root, id)) {
            const text = readSmall(file);
            const facts = text === null ? null : fromBundle(text);
            if (facts !== null) return facts;
          }
          return null;
        },
      },
    ];
  }

  #cri(): Source[] {
    const knows = ({ runtime }: CgroupName): boolean => ['containerd', 'cri-o', 'unknown'].includes(runtime);
    const crictl = findProgram('crictl', this.#places.path);
    const k3s = crictl === null ? findProgram('k3s', this.#places.path) : null;
    const command = crictl !== null ? [crictl] : k3s !== null ? [k3s, 'crictl'] : null;
    if (command === null) return [];
    return [
      {
        from: 'cri',
        // A cgroup that Kubernetes did not make is not the CRI's.
        knows: (name) => knows(name) && name.podUid !== '',
        ask: async ({ id }) => {
          const answer = await run([...command, '--timeout', '2s', 'inspect', '--output', 'json', id]);
          return answer === null ? null : fromCri(answer);
        },
      },
    ];
  }

  #docker(): Source[] {
    const { root } = this.#places;
    const socketPath = [join(root, 'run/docker.sock'), join(root, 'var/run/docker.sock')].find((path) =>
      existsSync(path),
    );
    if (socketPath === undefined) return [];
    const options = { headers: [], insecure: false, timeoutMs: ANSWER_MS };
    const client = new HttpClient({ origin: 'http://localhost', socketPath, path: '/', query: '' }, options);
    const get = async (path: string): Promise<string | null> => {
      try {
        const signal = AbortSignal.timeout(ANSWER_MS);
        const { body } = await client.alsoUntil(signal).get(path, { limit: ANSWER_BYTES, retries: 0 });
        return body.toString('utf8');
      } catch (error) {
        if (error instanceof RequestError && error.status === 404) return null;
        throw error;
      }
    };
    return [
      {
        from: 'docker',
        knows: ({ runtime }) => runtime === 'docker' || runtime === 'unknown',
        ask: async ({ id }) => {
          const answer = await get(`/containers/${id}/json`);
          const facts = answer === null ? null : fromDocker(answer);
          if (facts === null || facts.digest !== '' || facts.imageId === '') return facts;
          const image = await get(`/images/${encodeURIComponent(facts.imageId)}/json`);
          return image === null ? facts : { ...facts, digest: repoDigest(image, facts.image) };
        },
      },
    ];
  }

  #podman(): Source[] {
    const podman = findProgram('podman', this.#places.path);
    if (podman === null) return [];
    return [
      {
        from: 'podman',
        knows: ({ runtime }) => runtime === 'podman',
        ask: async ({ id }) => {
          const answer = await run([podman, 'container', 'inspect', id]);
          return answer === null ? null : fromDocker(answer);
        },
      },
    ];
  }

  /** Only for the digest: the CRI plugin's bundles tell the rest. */
  #ctr(): Source[] {
    const ctr = findProgram('ctr', this.#places.path);
    if (ctr === null) return [];
    return [
      {
        from: 'containerd',
        knows: ({ runtime }) => runtime === 'containerd' || runtime === 'unknown',
        ask: async ({ podUid }, known) => {
          if (known.image === '' || known.digest !== '' || /["\\\s]/.test(known.image)) return null;
          const namespace = podUid === '' ? 'default' : 'k8s.io';
          const answer = await run([ctr, '--namespace', namespace, 'images', 'ls', `name=="${known.image}"`]);
          // REF TYPE DIGEST SIZE …
          const line = answer?.split('\n').find((one) => one.startsWith(`${known.image} `));
          const digest = /\s(sha256:[0-9a-f]{64})\s/.exec(line ?? '')?.[1];
          return digest === undefined ? null : { ...NOTHING, digest };
        },
      },
    ];
  }
}

const NOTHING: ContainerFacts = { name: '', pod: '', namespace: '', image: '', digest: '' };

/** The first that is not empty of each. */
export function merged(told: readonly Told[]): ContainerFacts {
  const first = (field: keyof ContainerFacts): string =>
    told.find(({ facts }) => facts[field] !== '')?.facts[field] ?? '';
  return {
    name: first('name'),
    pod: first('pod'),
    namespace: first('namespace'),
    image: first('image'),
    digest: first('digest'),
  };
}

/** Where containerd (also k3s's and docker's), CRI-O and podman keep a container's config.json. */
function bundlesOf(root: string, id: string): string[] {
  const tasks = [
    'run/containerd',
    'run/k3s/containerd',
    'run/docker/containerd/daemon',
    'var/snap/microk8s/common/run/containerd',
  ].map((state) => join(root, state, 'io.containerd.runtime.v2.task'));
  const stores = ['run/containers/storage', 'var/lib/containers/storage'].map((store) => join(root, store));
  return [
    ...tasks.flatMap((task) => listing(task).map((namespace) => join(task, namespace, id, 'config.json'))),
    // overlay-containers, vfs-containers, …
    ...stores.flatMap((store) =>
      listing(store)
        .filter((name) => name.endsWith('-containers'))
        .map((name) => join(store, name, id, 'userdata', 'config.json')),
    ),
  ];
}

function listing(path: string): string[] {
  try {
    return readdirSync(path).slice(0, 64);
  } catch {
    return [];
  }
}

/** Null where there is no such file, or one that is too large to be what it should be. */
function readSmall(path: string): string | null {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch {
    return null;
  }
  try {
    const { size } = fstatSync(fd);
    if (size > ANSWER_BYTES) return null;
    const bytes = Buffer.alloc(size);
    return bytes.toString('utf8', 0, readSync(fd, bytes, 0, size, 0));
  } catch {
    return null;
  } finally {
    closeSync(fd);
  }
}

/** What it prints; null where it says that there is no such thing. @throws where it cannot be asked */
function run(argv: readonly string[]): Promise<string | null> {
  const [file = '', ...args] = argv;
  return new Promise((resolve, reject) => {
    const options = { timeout: ANSWER_MS, killSignal: 'SIGKILL', maxBuffer: ANSWER_BYTES } as const;
    execFile(file, args, options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else if (/not ?found|no such (container|object)/i.test(stderr)) resolve(null);
      else if (error.killed === true) reject(new Error(`${file} did not answer within ${ANSWER_MS / 1000} s`));
      else reject(new Error(`${file}: ${firstLine(stderr) || error.message}`));
    });
  });
}

function firstLine(text: string): string {
  return (text.trim().split('\n')[0] ?? '').slice(0, 300);
}
