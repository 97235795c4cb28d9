/** Small files of databases and proxies, over http(s): or from a file: tree as GOPROXY may name one; bounded in size and number. */
import { readFile, stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { HttpError } from '../../http/http.ts';
import type { GuardContext } from '../../part.ts';

export interface Fetched {
  readonly status: number;
  readonly body: Buffer;
}

/** Fetches with at most so many requests under way. */
export class Fetcher {
  readonly #context: GuardContext;
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(context: GuardContext, connections: number) {
    this.#context = context;
    this.#free = connections;
  }

  /** @throws HttpError where no whole answer of at most `limit` bytes was had */
  async get(url: string, limit: number): Promise<Fetched> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return url.startsWith('file:') ? await readTree(url, limit) : await this.#context.http.send(url, { limit });
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free++;
      else next();
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
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR'))
      return { status: 404, body: Buffer.alloc(0) };
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
