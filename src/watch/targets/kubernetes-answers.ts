/** What the Kubernetes API answers: a page of a list, and the lines of a watch in whatever pieces they come. */
import { StringDecoder } from 'node:string_decoder';
import { z } from 'zod';
import { type Pod, podSchema } from './pod.ts';

/** etcd takes objects up to 1.5 MiB; JSON of one is not much more. */
const LINE_LIMIT = 8 << 20;

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

/** Calls `each` for every pod. `next` is '' on the last page; `shown` is where it comes from, for messages. */
export function readListPage(
  text: string,
  shown: string,
  each: (pod: Pod) => void,
): { readonly version: string; readonly next: string } {
  const list = listSchema.safeParse(json(text, shown));
  if (!list.success) throw new NotAnswerError(`${shown} answers with something that is no list of pods`);
  for (const item of list.data.items ?? []) {
    const pod = podSchema.safeParse(item);
    if (pod.success) each(pod.data);
  }
  const { resourceVersion, continue: next } = list.data.metadata;
  return { version: resourceVersion, next: next ?? '' };
}

export class WatchLines {
  readonly #shown: string;
  readonly #seen: (type: string, pod: Pod) => void;
  readonly #decoder = new StringDecoder('utf8');
  #version: string | null;
  #pieces: string[] = [];
  #held = 0;

  /** `seen` gets each pod that was added, modified or deleted. */
  constructor(shown: string, from: string, seen: (type: string, pod: Pod) => void) {
    this.#shown = shown;
    this.#version = from;
    this.#seen = seen;
  }

  /** To go on from; null where it is too old, and nothing more is read then. */
  get version(): string | null {
    return this.#version;
  }

  /** Throws NotAnswerError. */
  push(chunk: Buffer): void {
    // Only what is new is searched: a long line in small pieces must not be read again for each of them.
    const [first = '', ...more] = this.#decoder.write(chunk).split('\n');
    this.#pieces.push(first);
    this.#held += first.length;
    for (const next of more) {
      const text = this.#pieces.join('').trim();
      this.#pieces = [next];
      this.#held = next.length;
      if (text !== '' && this.#version !== null) this.#line(text);
    }
    if (this.#held > LINE_LIMIT)
      throw new NotAnswerError(`${this.#shown} sends a line of more than ${LINE_LIMIT >>> 20} MiB`);
  }

  #line(text: string): void {
    const event = eventSchema.safeParse(json(text, this.#shown));
    if (!event.success) throw new NotAnswerError(`${this.#shown} sends a line that is no watch event`);
    const { type, object } = event.data;
    if (type === 'ERROR') {
      const { data } = statusSchema.safeParse(object);
      if (data?.code === 410) this.#version = null;
      else
        throw new NotAnswerError(
          `${this.#shown} ends the watch: ${(data?.message ?? 'no reason given').slice(0, 200)}`,
        );
    } else if (type === 'BOOKMARK') {
      const bookmark = bookmarkSchema.safeParse(object);
      if (bookmark.success) this.#version = bookmark.data.metadata.resourceVersion;
    } else {
      const pod = podSchema.safeParse(object);
      if (!pod.success) return;
      this.#seen(type, pod.data);
      this.#version = pod.data.metadata.resourceVersion ?? this.#version;
    }
  }
}

function json(text: string, shown: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new NotAnswerError(`${shown} sends something that is not JSON; is this the API server?`);
  }
}
