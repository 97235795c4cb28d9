/** The two requests that are made of the Kubernetes API: a list in pages, and a watch as lines of JSON. */
import { StringDecoder } from 'node:string_decoder';
import { z } from 'zod';
import { type HttpClient, RequestError } from '../../collect/http.ts';
import { type Pod, podSchema } from './pod.ts';

/** Pods a page; a pod is 5 to 30 KiB. */
const PAGE = 500;
const PAGE_LIMIT = 128 << 20;
/** etcd takes objects up to 1.5 MiB; JSON of one is not much more. */
const LINE_LIMIT = 8 << 20;
const MAX_PODS = 100_000;

/** Something that is no answer of the Kubernetes API. */
export class NotAnswerError extends Error {
  override readonly name = 'NotAnswerError';
}

const listSchema = z.object({
  metadata: z.object({ resourceVersion: z.string(), continue: z.string().nullish() }),
  items: z.array(z.unknown()).nullish(),
});

const eventSchema = z.object({ type: z.string(), object: z.unknown() });
const bookmarkSchema = z.object({ metadata: z.object({ resourceVersion: z.string() }) });
const statusSchema = z.object({ code: z.number().nullish(), message: z.string().nullish() });

/** Calls `each` for every pod; the version of the list, to watch from. */
export async function listPods(
  client: HttpClient,
  bearer: string,
  path: string,
  query: string,
  each: (pod: Pod) => void,
): Promise<string> {
  let next = '';
  for (let page = 0; page * PAGE <= MAX_PODS; page++) {
    const more = next === '' ? '' : `&continue=${encodeURIComponent(next)}`;
    const answer = await client.get(`${path}?${query}&limit=${PAGE}${more}`, { limit: PAGE_LIMIT, retries: 0, bearer });
    const list = listSchema.safeParse(json(answer.body.toString('utf8'), client.show(path)));
    if (!list.success) throw new NotAnswerError(`${client.show(path)} answers with something that is no list of pods`);
    for (const item of list.data.items ?? []) {
      const pod = podSchema.safeParse(item);
      if (pod.success) each(pod.data);
    }
    next = list.data.metadata.continue ?? '';
    if (next === '') return list.data.metadata.resourceVersion;
  }
  throw new NotAnswerError(`${client.show(path)} has more than ${MAX_PODS} pods: name namespaces, or a label_selector`);
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
  const shown = client.show(path.replace(/\?.*$/, ''));
  const decoder = new StringDecoder('utf8');
  const stop = new AbortController();
  let version: string | null = from;
  let pieces: string[] = [];
  let held = 0;
  let failure: Error | null = null;

  const line = (text: string) => {
    const event = eventSchema.safeParse(json(text, shown));
    if (!event.success) throw new NotAnswerError(`${shown} sends a line that is no watch event`);
    const { type, object } = event.data;
    if (type === 'ERROR') {
      const { data } = statusSchema.safeParse(object);
      if (data?.code === 410) version = null;
      else throw new NotAnswerError(`${shown} ends the watch: ${(data?.message ?? 'no reason given').slice(0, 200)}`);
    } else if (type === 'BOOKMARK') {
      const bookmark = bookmarkSchema.safeParse(object);
      if (bookmark.success) version = bookmark.data.metadata.resourceVersion;
    } else {
      const pod = podSchema.safeParse(object);
      if (!pod.success) return;
      seen(type, pod.data);
      version = pod.data.metadata.resourceVersion ?? version;
    }
  };

  const sink = (chunk: Buffer) => {
    if (failure !== null || version === null) return;
    try {
      // Only what is new is searched: a long line in small pieces must not be read again for each of them.
      const [first = '', ...more] = decoder.write(chunk).split('\n');
      pieces.push(first);
      held += first.length;
      for (const next of more) {
        const text = pieces.join('').trim();
        pieces = [next];
        held = next.length;
        if (text !== '' && version !== null) line(text);
      }
      if (held > LINE_LIMIT) throw new NotAnswerError(`${shown} sends a line of more than ${LINE_LIMIT >>> 20} MiB`);
      alive();
    } catch (error) {
      failure = error instanceof Error ? error : new NotAnswerError(String(error));
      stop.abort(failure);
    }
    // The server ends the watch after such an event by itself, but need not.
    if (version === null) stop.abort(new NotAnswerError('the version is too old'));
  };

  const query = `&resourceVersion=${encodeURIComponent(from)}`;
  const timeoutMs = watchMs + 30_000;
  try {
    const watching = client.alsoUntil(stop.signal);
    await watching.get(path + query, { limit: Number.POSITIVE_INFINITY, retries: 0, bearer, sink, timeoutMs });
  } catch (error) {
    if (failure !== null) throw failure;
    if (version === null) return null;
    if (error instanceof RequestError && error.status === 410) return null;
    throw error;
  }
  return version;
}

function json(text: string, shown: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new NotAnswerError(`${shown} sends something that is not JSON; is this the API server?`);
  }
}
