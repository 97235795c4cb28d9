/** The two requests that are made of the Kubernetes API: a list in pages, and a watch as lines of JSON. */
import { type HttpClient, RequestError } from '../../collect/http.ts';
import { NotAnswerError, readListPage, WatchLines } from './kubernetes-answers.ts';
import type { Pod } from './pod.ts';

/** Pods a page; a pod is 5 to 30 KiB. */
const PAGE = 500;
const PAGE_LIMIT = 128 << 20;
const MAX_PODS = 100_000;

/** Calls `each` for every pod; the version of the list, to watch from. */
export async function listPods(
  client: HttpClient,
  bearer: string,
  path: string,
  query: string,
  each: (pod: Pod) => void,
): Promise<string> {
  const shown = client.show(path);
  let next = '';
  for (let page = 0; page * PAGE <= MAX_PODS; page++) {
    const more = next === '' ? '' : `&continue=${encodeURIComponent(next)}`;
    const answer = await client.get(`${path}?${query}&limit=${PAGE}${more}`, { limit: PAGE_LIMIT, retries: 0, bearer });
    const list = readListPage(answer.body.toString('utf8'), shown, each);
    next = list.next;
    if (next === '') return list.version;
  }
  throw new NotAnswerError(`${shown} has more than ${MAX_PODS} pods: name namespaces, or a label_selector`);
}

/**
 * Reads a watch until the server ends it. `seen` gets each pod that was added, modified or deleted; `alive` is called after
 * each piece of the answer. Gives the version to go on from, or null where it is too old.
 */
export async function readWatch(
  client: HttpClient,
  bearer: string,
  path: string,
  from: string,
  watchMs: number,
  seen: (type: string, pod: Pod) => void,
  alive: () => void,
): Promise<string | null> {
  const lines = new WatchLines(client.show(path.replace(/\?.*$/, '')), from, seen);
  const stop = new AbortController();
  let failure: Error | null = null;
  const sink = (chunk: Buffer) => {
    if (failure !== null || lines.version === null) return;
    try {
      lines.push(chunk);
      alive();
    } catch (error) {
      failure = error instanceof Error ? error : new NotAnswerError(String(error));
      stop.abort(failure);
    }
    // The server ends the watch after such an event by itself, but need not.
    if (lines.version === null) stop.abort(new NotAnswerError('the version is too old'));
  };
  const query = `&resourceVersion=${encodeURIComponent(from)}`;
  const timeoutMs = watchMs + 30_000;
  try {
    const watching = client.alsoUntil(stop.signal);
    await watching.get(path + query, { limit: Number.POSITIVE_INFINITY, retries: 0, bearer, sink, timeoutMs });
  } catch (error) {
    if (failure !== null) throw failure;
    if (lines.version === null) return null;
    if (error instanceof RequestError && error.status === 410) return null;
    throw error;
  }
  return lines.version;
}
