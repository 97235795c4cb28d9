/** Small files of databases and proxies, over http(s): or from a file: tree as GOPROXY may name one; bounded in size and number. */
import { readFile, stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { codeOf } from '../../error.ts';
import { HttpError } from '../../http/http.ts';
import type { GuardContext } from '../../part.ts';

export interface Fetched {
  readonly status: number;
  readonly body: Buffer;
}

/** After so many requests in a row without an answer a host is not asked again: each of them may have taken a minute. */
const PATIENCE = 12;

/** Fetches with at most so many requests under way. */
export class Fetcher {
  readonly #context: GuardContext;
  #free: number;
  readonly #waiting: (() => void)[] = [];
  /** Requests in a row that a host did not answer, by origin. */
  readonly #silent = new Map<string, number>();

  constructor(context: GuardContext, connections: number) {
    this.#context = context;
    this.#free = connections;
  }

  /** @throws HttpError where no whole answer of at most `limit` bytes was had */
  async get(url: string, limit: number): Promise<Fetched> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return url.startsWith('file:') ? await readTree(url, limit) : await this.#send(url, limit);
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free++;
      else next();
    }
  }

  async #send(url: string, limit: number): Promise<Fetched> {
    const { origin, host } = new URL(url);
    const silent = this.#silent.get(origin) ?? 0;
    if (silent >= PATIENCE)
      throw new HttpError('other', `${host} failed ${PATIENCE} requests in a row: it was not asked again, try later`);
    try {
      const answer = await this.#context.http.send(url, { limit });
      if (answer.status < 500) this.#silent.delete(origin);
      else this.#silent.set(origin, (this.#silent.get(origin) ?? 0) + 1);
      return answer;
    } catch (error) {
      if (error instanceof HttpError && error.kind !== 'too-large')
        this.#silent.set(origin, (this.#silent.get(origin) ?? 0) + 1);
      throw error;
    }
  }
}

async function readTree(url: string, limit: number): Promise<Fetched> {
  const path = fileURLToPath(url);
  try {
    const { size } = await stat(path);
    if (size > limit) throw new HttpError('too-large', `${path} has ${size} bytes: at most ${limit} are read`);
    return { status: 200, body: await readFile(path) };
  } catch (error) {
    if (error instanceof HttpError) throw error;
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return { status: 404, body: Buffer.alloc(0) };
    throw new HttpError('other', `${path} cannot be read: check its permissions`);
  }
}

/** The first line of an answer for a sentence: no control characters, not long. */
export function firstLine(body: Buffer): string {
  const line = body.toString('utf8', 0, 400).split('\n', 1)[0] ?? '';
  return line
    .replace(/[^\x20-\x7e]+/g, ' ')
    .trim()
    .slice(0, 200);
}
