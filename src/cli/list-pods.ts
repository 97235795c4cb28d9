/** Containers of pods, for naming them: from a file of `kubectl get pods -A -o json`, or from the Kubernetes API. */
import { readFile, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { TargetError, unreadable } from '../collect/error.ts';
import { fromPods, type PodContainer } from '../evidence/syscalls/containers.ts';
import { createHttp } from '../guard/http/create.ts';
import { clusterAccess } from '../guard/manifests/kubeconfig.ts';

export interface PodsFlags {
  /** `--pods FILE` */
  readonly pods?: string | undefined;
  /** `--kubeconfig FILE`: ask the API server. */
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
}

/** A pod is 5 to 30 KiB; strings end at 512 MiB. */
const MAX_FILE = 500 << 20;
const PAGE = 500;
const MAX_PAGES = 200;
const PAGE_BYTES = 128 << 20;

/** Undefined where no flag asks for pods. The first list is made at once, so that a wrong flag ends the command. */
export async function podsSource(flags: PodsFlags): Promise<(() => Promise<readonly PodContainer[]>) | undefined> {
  const { pods, kubeconfig, context } = flags;
  const list =
    pods !== undefined
      ? () => fromFile(pods)
      : kubeconfig !== undefined || context !== undefined
        ? () => fromServer({ kubeconfig, context })
        : undefined;
  if (list === undefined) return undefined;
  let first: readonly PodContainer[] | null = await list();
  return async () => {
    const now = first ?? (await list());
    first = null;
    return now;
  };
}

async function fromFile(path: string): Promise<readonly PodContainer[]> {
  let text: string;
  try {
    const { size } = await stat(path);
    if (size > MAX_FILE) throw new TargetError(`${path} has ${size} bytes: give the pods of this node alone`);
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof TargetError) throw error;
    throw new TargetError(`${path} ${unreadable(error)}; write it with: kubectl get pods -A -o json`);
  }
  const read = fromPods(text);
  if (read === null) throw new TargetError(`${path} is no list of pods; write it with: kubectl get pods -A -o json`);
  return read.containers;
}

/** The pods of this node; of all nodes where none is on a node of this machine's name. */
async function fromServer(flags: Pick<PodsFlags, 'kubeconfig' | 'context'>): Promise<readonly PodContainer[]> {
  const { env } = process;
  const access = await clusterAccess({ ...flags, insecure: false, cwd: process.cwd(), env });
  const http = createHttp({ origins: { [new URL(access.server).origin]: access.options }, env });
  const pages = async (selector: string): Promise<readonly PodContainer[]> => {
    const all: PodContainer[] = [];
    let next = '';
    for (let page = 0; page < MAX_PAGES; page++) {
      const more = next === '' ? '' : `&continue=${encodeURIComponent(next)}`;
      const url = `${access.server}/api/v1/pods?limit=${PAGE}${selector}${more}`;
      const headers = { accept: 'application/json' };
      const answer = await http.send(url, { headers, limit: PAGE_BYTES, redirects: 0 });
      if (answer.status !== 200)
        throw new TargetError(`${access.server} answered ${answer.status} to a list of pods: may this user list them?`);
      const read = fromPods(answer.body.toString('utf8'));
      if (read === null) throw new TargetError(`${access.server} answered something that is no list of pods`);
      for (const one of read.containers) all.push(one);
      next = read.next;
      if (next === '') break;
    }
    return all;
  };
  try {
    const node = env.NODE_NAME ?? hostname();
    const own = await pages(`&fieldSelector=${encodeURIComponent(`spec.nodeName=${node}`)}`);
    return own.length > 0 ? own : await pages('');
  } finally {
    http.close();
  }
}
