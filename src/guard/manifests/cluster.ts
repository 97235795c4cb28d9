/** The objects of a live API server: discovery, then lists in pages. Secrets are asked for by their metadata alone. */
import { X509Certificate } from 'node:crypto';
import type { ClusterSettings } from '../config/settings.ts';
import { GuardEvidenceError } from '../error.ts';
import { createHttp } from '../http/create.ts';
import { type Http, type HttpAnswer, HttpError } from '../http/http.ts';
import { isRecord, textOf } from '../json/values.ts';
import type { GuardContext } from '../part.ts';
import { type ClusterAccess, clusterAccess } from './kubeconfig.ts';
import type { KubeObject, Manifests } from './manifest.ts';
import { CORE_GROUPS, howToRead } from './relevant.ts';

const PAGE = 500;
const PAGE_BYTES = 128 * 1024 * 1024;
const DISCOVERY_BYTES = 16 * 1024 * 1024;
const MOST_OBJECTS = 500_000;
const MOST_GROUPS = 500;
/** A list that changes faster than it can be read in pages is begun anew so often. */
const RESTARTS = 3;
const METADATA = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';

interface Resource {
  readonly apiVersion: string;
  readonly path: string;
  readonly group: string;
  readonly resource: string;
  readonly kind: string;
  readonly how: 'whole' | 'metadata';
}

/** Reads all that rules know. @throws GuardUsageError, GuardEvidenceError */
export async function readCluster(
  settings: ClusterSettings,
  context: GuardContext,
): Promise<{ manifests: Manifests; subject: string }> {
  if (context.offline)
    throw new GuardEvidenceError('A cluster cannot be read with --offline: give its manifests as files.');
  const { cwd, env } = context;
  const insecure = settings['insecure-skip-tls-verify'];
  const access = await clusterAccess({
    kubeconfig: settings.kubeconfig,
    context: settings.context,
    insecure,
    cwd,
    env,
  });
  const http = createHttp({
    origins: { [new URL(access.server).origin]: access.options },
    env,
    ...(context.signal === undefined ? {} : { signal: context.signal }),
  });
  try {
    const manifests = await new Reader(http, access, context).read();
    const notes = insecure
      ? [`The certificate of ${access.server} was not verified, as was asked for.`, ...manifests.notes]
      : manifests.notes;
    return { manifests: { ...manifests, notes }, subject: access.server };
  } finally {
    http.close();
  }
}

class Reader {
  readonly #http: Http;
  readonly #server: string;
  /** Why the user may be unknown, as the end of a sentence; empty: nothing is seen of it. */
  readonly #ended: string;
  readonly #progress: (says: string) => void;
  readonly #objects: KubeObject[] = [];
  readonly #notes: string[] = [];
  readonly #failures: string[] = [];
  #complete = true;
  /** What this user may not list: one cause, so one sentence. */
  readonly #forbidden: string[] = [];
  readonly #forbiddenMetadata: string[] = [];

  constructor(http: Http, access: ClusterAccess, { progress, now }: Pick<GuardContext, 'progress' | 'now'>) {
    this.#http = http;
    this.#server = access.server;
    this.#ended = endedOn(access.options.cert, now());
    this.#progress = progress;
  }

  async read(): Promise<Manifests> {
    const { resources, skipped } = await this.#discover();
    for (const resource of resources) {
      this.#progress(`reading ${resource.resource} of ${this.#server}`);
      const items = await this.#list(resource);
      if (this.#objects.length + items.length > MOST_OBJECTS)
        throw new GuardEvidenceError(
          `${this.#server} has more than ${MOST_OBJECTS} objects: export what matters and give it as files.`,
        );
      for (const item of items) this.#objects.push(this.#objectOf(item, resource));
    }
    if (this.#forbidden.length > 0) this.#failed(forbidden(this.#forbidden));
    if (this.#forbiddenMetadata.length > 0)
      this.#notes.push(`${forbidden(this.#forbiddenMetadata)} Only their names would be read.`);
    if (skipped > 0)
      this.#notes.push(`${skipped} other resources of the API server were not read: no rule is about them.`);
    return { objects: this.#objects, notes: this.#notes, failures: this.#failures, complete: this.#complete };
  }

  async #discover(): Promise<{ resources: Resource[]; skipped: number }> {
    const paths: string[] = [];
    const core = await this.#json('/api');
    if (core.status !== 200) throw this.#refused('/api', core);
    if (core.body !== null && Array.isArray(core.body.versions) && core.body.versions.includes('v1'))
      paths.push('/api/v1');
    else this.#failed(`${this.#server} does not serve core v1, so pods and services could not be read.`);
    const groups = await this.#json('/apis');
    if (groups.status !== 200) throw this.#refused('/apis', groups);
    const list: readonly unknown[] =
      groups.body !== null && Array.isArray(groups.body.groups) ? groups.body.groups : [];
    if (list.length > MOST_GROUPS)
      throw new GuardEvidenceError(
        `${this.#server} names more than ${MOST_GROUPS} groups of its API: this is no answer of an API server.`,
      );
    const names = new Set<string>();
    for (const group of list) {
      const version =
        isRecord(group) && isRecord(group.preferredVersion) ? textOf(group.preferredVersion.groupVersion) : '';
      if (!/^[a-z0-9.-]+\/[a-z0-9]+$/.test(version)) continue;
      names.add(version.split('/')[0] ?? '');
      paths.push(`/apis/${version}`);
    }
    for (const group of CORE_GROUPS)
      if (!names.has(group)) this.#failed(`${this.#server} does not serve ${group}, so its objects could not be read.`);
    const resources: Resource[] = [];
    let skipped = 0;
    for (const path of paths) {
      const answer = await this.#json(path);
      if (answer.status !== 200) {
        const group = path.split('/')[2] ?? '';
        // The server of an aggregated API may be down without harm to the others.
        const says = `${this.#server}${path} answered ${answer.status}, so its objects could not be read.`;
        if (CORE_GROUPS.includes(group) || path === '/api/v1') this.#failed(says);
        else this.#notes.push(says);
        continue;
      }
      const found = resourcesOf(answer.body, path);
      resources.push(...found.resources);
      skipped += found.skipped;
    }
    return { resources, skipped };
  }

  async #list(resource: Resource): Promise<Record<string, unknown>[]> {
    const shown = `${resource.group === '' ? '' : `${resource.group}/`}${resource.resource}`;
    for (let attempt = 0; attempt <= RESTARTS; attempt++) {
      const items: Record<string, unknown>[] = [];
      let next = '';
      let expired = false;
      do {
        const query = `limit=${PAGE}${next === '' ? '' : `&continue=${encodeURIComponent(next)}`}`;
        const answer = await this.#json(
          `${resource.path}?${query}`,
          resource.how === 'metadata' ? METADATA : 'application/json',
        );
        if (answer.status === 410) {
          expired = true;
          break;
        }
        if (answer.status === 403) {
          this.#complete = false;
          // Nobody should be made to hand out the right to list Secrets for this.
          (resource.how === 'metadata' ? this.#forbiddenMetadata : this.#forbidden).push(shown);
          return [];
        }
        const list = answer.body === null ? null : itemsOf(answer.body);
        if (answer.body === null || list === null) {
          const what = answer.body === null ? `status ${answer.status}` : 'the answer is no list';
          const says = `${shown} could not be listed (${what}).`;
          if (resource.how === 'metadata') {
            this.#complete = false;
            this.#notes.push(says);
          } else this.#failed(says);
          return [];
        }
        for (const item of list) if (isRecord(item)) items.push(trimmed(item, resource));
        if (items.length > MOST_OBJECTS)
          throw new GuardEvidenceError(
            `${this.#server} has more than ${MOST_OBJECTS} ${shown}: export what matters and give it as files.`,
          );
        const metadata = isRecord(answer.body.metadata) ? answer.body.metadata : {};
        next = textOf(metadata.continue);
      } while (next !== '');
      if (!expired) return items;
    }
    this.#failed(`${shown} could not be listed: its pages expired ${RESTARTS + 1} times while they were read.`);
    return [];
  }

  #objectOf(value: Record<string, unknown>, { apiVersion, kind }: Resource): KubeObject {
    const metadata = isRecord(value.metadata) ? value.metadata : {};
    return {
      apiVersion,
      kind,
      name: textOf(metadata.name),
      namespace: textOf(metadata.namespace),
      value,
      origin: { kind: 'cluster', server: this.#server },
      at: () => null,
    };
  }

  async #json(
    path: string,
    accept = 'application/json',
  ): Promise<{ status: number; body: Record<string, unknown> | null }> {
    let answer: HttpAnswer;
    try {
      answer = await this.#http.send(this.#server + path, {
        headers: { accept },
        limit: path.includes('limit=') ? PAGE_BYTES : DISCOVERY_BYTES,
        redirects: 0,
        timeoutMs: 120_000,
      });
    } catch (error) {
      if (error instanceof HttpError)
        throw new GuardEvidenceError(`${this.#server} could not be asked: ${error.message}.`);
      throw error;
    }
    if (answer.status !== 200) return { status: answer.status, body: null };
    let body: unknown;
    try {
      body = JSON.parse(answer.body.toString('utf8'));
    } catch {
      body = null;
    }
    if (!isRecord(body))
      throw new GuardEvidenceError(`${this.#server} answered something that is no JSON object: is it an API server?`);
    return { status: 200, body };
  }

  #failed(says: string): void {
    this.#complete = false;
    this.#failures.push(says);
  }

  #refused(path: string, { status }: { status: number }): GuardEvidenceError {
    const why =
      status === 401
        ? `does not know this user: renew the credentials${this.#ended}`
        : status === 403
          ? `does not let this user see ${path}`
          : `answered ${status} to ${path}`;
    return new GuardEvidenceError(`${this.#server} ${why}.`);
  }
}

/** A client certificate whose time is over is what most often makes a user unknown. */
function endedOn(pem: string | undefined, now: Date): string {
  if (pem === undefined) return '';
  try {
    const end = new X509Certificate(pem).validToDate;
    return end < now ? `; the client certificate of the kubeconfig ended on ${end.toISOString().slice(0, 10)}` : '';
  } catch {
    // What is no certificate is refused where it is used; here it only explains nothing.
    return '';
  }
}

function forbidden(shown: readonly string[]): string {
  const one = shown.length === 1;
  return `${shown.join(', ')} may not be listed by this user: grant list on ${one ? 'it' : 'them'}.`;
}

/** Items of a list; the API server writes an empty list of metadata as null. Null for what is no list. */
function itemsOf(body: Readonly<Record<string, unknown>>): readonly unknown[] | null {
  if (Array.isArray(body.items)) return body.items;
  return (body.items === null || body.items === undefined) && textOf(body.kind).endsWith('List') ? [] : null;
}

function resourcesOf(body: Record<string, unknown> | null, path: string): { resources: Resource[]; skipped: number } {
  const list: readonly unknown[] = body !== null && Array.isArray(body.resources) ? body.resources : [];
  const apiVersion = path.replace(/^\/apis?\//, '');
  const group = apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '';
  const resources: Resource[] = [];
  let skipped = 0;
  for (const each of list) {
    if (!isRecord(each)) continue;
    const resource = textOf(each.name);
    if (!/^[a-z0-9-]+$/.test(resource) || !Array.isArray(each.verbs) || !each.verbs.includes('list')) continue;
    const how = howToRead(group, resource);
    if (how === 'skip') skipped++;
    else resources.push({ apiVersion, path: `${path}/${resource}`, group, resource, kind: textOf(each.kind), how });
  }
  return { resources, skipped };
}

/** Without what no rule reads: `last-applied-configuration` repeats the whole object, the data of a Secret too. */
function trimmed(
  item: Readonly<Record<string, unknown>>,
  { kind, apiVersion, how }: Resource,
): Record<string, unknown> {
  const { managedFields: _, annotations, ...metadata } = isRecord(item.metadata) ? item.metadata : {};
  const { 'kubectl.kubernetes.io/last-applied-configuration': __, ...kept } = isRecord(annotations) ? annotations : {};
  const lean = { ...metadata, annotations: kept };
  return how === 'metadata' ? { apiVersion, kind, metadata: lean } : { ...item, apiVersion, kind, metadata: lean };
}
