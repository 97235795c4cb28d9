/**
 * Pods by annotation, from the Kubernetes API: a list, then a watch from its resourceVersion, as the API's documentation
 * ("Efficient detection of changes") asks clients to do it. Bookmarks carry the version on; a version that is too old
 * (410) means to list again. Only the few words of a pod that are used are kept.
 */
import { readFileSync } from 'node:fs';
import { parseAddress } from '../../collect/address.ts';
import { codeOf, messageOf } from '../../collect/error.ts';
import { HttpClient, RequestError } from '../../collect/http.ts';
import type { Discovery, WatchTarget } from '../config/config.ts';
import { pause } from './again.ts';
import { NotAnswerError } from './kubernetes-answers.ts';
import { listPods, readWatch } from './kubernetes-api.ts';
import { namesOfPod, type Pod, targetOfPod } from './pod.ts';
import type { TargetSource } from './source.ts';
import { discovered } from './target.ts';

type Kubernetes = Extract<Discovery, { readonly kind: 'kubernetes' }>;

export interface KubernetesOptions {
  /** First pause after a failure, ms; doubles up to 64 times that. */
  readonly backoffMs?: number;
  readonly env?: NodeJS.ProcessEnv;
  /** What the server is asked to end a watch after, ms. */
  readonly watchMs?: number;
}

export function kubernetesSource(config: Kubernetes, options: KubernetesOptions = {}): TargetSource {
  const scopes = config.namespaces.length === 0 ? [null] : [...new Set(config.namespaces)];
  const name = `kubernetes ${config.namespaces.join(', ') || 'all namespaces'}`;
  return {
    name,
    async run(set, problem, signal) {
      const states = scopes.map((namespace) => new Scope(config, options, namespace, signal));
      let told = '';
      let toldProblem: string | null = null;
      const changed = () => {
        // Before every scope has been listed once, a set would lack targets that were there a moment ago.
        const complete = states.every(({ listed }) => listed);
        const targets = states.flatMap((state) => state.targets());
        const now = JSON.stringify(targets.map(({ info }) => info));
        if (complete && now !== told) {
          told = now;
          set(targets);
        }
        const problems = states.flatMap((state) => state.problems());
        const says = problems.length === 0 ? null : problems.slice(0, 5).join('; ');
        if (says !== toldProblem) problem(says);
        toldProblem = says;
      };
      await Promise.all(states.map((state) => state.run(changed)));
    },
  };
}

/** One namespace, or all of them. */
class Scope {
  listed = false;
  readonly #config: Kubernetes;
  readonly #options: KubernetesOptions;
  readonly #signal: AbortSignal;
  readonly #path: string;
  #failure: string | null = null;
  /** By namespace/name: a target, or why it cannot be one. */
  #pods = new Map<string, WatchTarget | string>();

  constructor(config: Kubernetes, options: KubernetesOptions, namespace: string | null, signal: AbortSignal) {
    this.#config = config;
    this.#options = options;
    this.#signal = signal;
    this.#path = namespace === null ? '/api/v1/pods' : `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods`;
  }

  targets(): WatchTarget[] {
    return [...this.#pods.values()].filter((pod) => typeof pod !== 'string');
  }

  problems(): string[] {
    const wrong = [...this.#pods.values()].filter((pod) => typeof pod === 'string');
    return this.#failure === null ? wrong : [this.#failure, ...wrong];
  }

  /** Until the signal aborts. `changed` after everything that may have changed targets or problems. */
  async run(changed: () => void): Promise<void> {
    const first = this.#options.backoffMs ?? 1000;
    let wait = first;
    let version: string | null = null;
    while (!this.#signal.aborted) {
      try {
        if (version === null) {
          version = await this.#list();
          this.listed = true;
          this.#failure = null;
          changed();
        }
        const began = performance.now();
        version = await this.#watch(version, changed);
        // A proxy may end every watch at once; asking again at once would be a storm.
        if (version !== null && performance.now() - began >= first) wait = first;
        else {
          await pause(wait, this.#signal);
          wait = Math.min(wait * 2, first * 64);
        }
      } catch (error) {
        if (this.#signal.aborted) return;
        this.#failure = sentence(error);
        changed();
        // A list after every failure costs little more than a watch, and is right whatever was missed.
        version = null;
        await pause(wait, this.#signal);
        wait = Math.min(wait * 2, first * 64);
      }
    }
  }

  async #list(): Promise<string> {
    const { client, bearer } = this.#connect();
    const pods = new Map<string, WatchTarget | string>();
    const version = await listPods(client, bearer, this.#path, this.#query(), (pod) => {
      const target = this.#targetOf(pod);
      if (target !== null) pods.set(keyOf(pod), target);
    });
    this.#pods = pods;
    return version;
  }

  /** The version to go on from; null to list again. */
  async #watch(version: string, changed: () => void): Promise<string | null> {
    const { client, bearer } = this.#connect();
    const watchMs = this.#options.watchMs ?? 240_000;
    const query = `${this.#query()}&watch=1&allowWatchBookmarks=true&timeoutSeconds=${Math.ceil(watchMs / 1000)}`;
    const seen = (type: string, pod: Pod) => {
      const target = type === 'DELETED' ? null : this.#targetOf(pod);
      if (target === null) this.#pods.delete(keyOf(pod));
      else this.#pods.set(keyOf(pod), target);
    };
    const alive = () => {
      this.#failure = null;
      changed();
    };
    return await readWatch(client, bearer, `${this.#path}?${query}`, version, watchMs, seen, alive);
  }

  #query(): string {
    const { labelSelector } = this.#config;
    const fields = `fieldSelector=${encodeURIComponent('status.phase=Running')}`;
    return labelSelector === '' ? fields : `${fields}&labelSelector=${encodeURIComponent(labelSelector)}`;
  }

  /** Token and authority are read each time: they are rotated. */
  #connect(): { readonly client: HttpClient; readonly bearer: string } {
    const { apiServer, tokenFile, caFile } = this.#config;
    const address = parseAddress(apiServer ?? inPod(this.#options.env ?? process.env));
    const bearer = contentOf(tokenFile, 'token').trim();
    if (bearer === '') throw new NotAnswerError(`the token file ${tokenFile} is empty`);
    const ca = caFile === null ? {} : { ca: contentOf(caFile, 'authority') };
    const http = { headers: [], insecure: false, timeoutMs: 30_000, ...ca };
    const bounds = { bytes: Number.POSITIVE_INFINITY, signal: this.#signal };
    return { client: new HttpClient({ ...address, path: '/' }, http, bounds), bearer };
  }

  #targetOf(pod: Pod): WatchTarget | string | null {
    const found = targetOfPod(pod, this.#config.prometheusAnnotations);
    if (found === null || typeof found === 'string') return found;
    const { template } = this.#config;
    const { environment, service, app } = namesOfPod(pod);
    const { namespace, name } = pod.metadata;
    const labels = { [template.instanceLabel]: name, ...found.labels };
    const named = {
      ...labels,
      [template.environmentLabel]:
        environment || labels[template.environmentLabel] || template.environment || namespace,
      [template.serviceLabel]: service || labels[template.serviceLabel] || app || template.service,
    };
    try {
      return discovered(found.address, named, `kubernetes ${namespace}/${name}`, template);
    } catch (error) {
      return `pod ${namespace}/${name} cannot be watched: ${messageOf(error)}`;
    }
  }
}

function keyOf({ metadata }: Pod): string {
  return `${metadata.namespace}/${metadata.name}`;
}

function inPod(env: NodeJS.ProcessEnv): string {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = env;
  if (host === undefined || host === '') {
    throw new NotAnswerError(
      'this is no pod (KUBERNETES_SERVICE_HOST is not set): give kubernetes_sd_configs an api_server',
    );
  }
  return `https://${host.includes(':') ? `[${host}]` : host}:${port ?? '443'}`;
}

function contentOf(file: string, what: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new NotAnswerError(`the ${what} file ${file} cannot be read (${codeOf(error) || messageOf(error)})`);
  }
}

function sentence(error: unknown): string {
  if (error instanceof RequestError && error.status === 401)
    return `${error.url} does not accept the service account's token (401); is it the token of this cluster?`;
  if (error instanceof RequestError && error.status === 403)
    return `${error.url} does not let the service account list pods (403): give it a role with get, list and watch of pods`;
  return messageOf(error);
}
