/** `bin/hemostat watch` as a process that can be killed, with everything it says and tells. */
import { type ChildProcess, spawn } from 'node:child_process';
import http from 'node:http';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';

const HEMOSTAT = join(import.meta.dirname, '..', '..', 'bin', 'hemostat');
const STARTS_MS = 60_000;

const logLine = z.looseObject({
  level: z.string(),
  msg: z.string().default(''),
  capture: z.string().optional(),
  finding: z.string().optional(),
  kind: z.string().optional(),
});
export type ServerLine = z.infer<typeof logLine>;

export class ServerProcess {
  readonly child: ChildProcess;
  readonly lines: ServerLine[] = [];
  /** What is no JSON. */
  readonly words: string[] = [];
  /** `data:` of server-sent events. */
  readonly told: string[] = [];
  url = '';
  #events: http.ClientRequest | null = null;
  readonly #ended: Promise<void>;

  private constructor(child: ChildProcess) {
    this.child = child;
    this.#ended = new Promise((resolve) => child.once('exit', () => resolve()));
  }

  /** Resolves when the page is served; throws what the server said where it ended before. */
  static async start(args: readonly string[], under: readonly string[] = []): Promise<ServerProcess> {
    const [command = HEMOSTAT, ...rest] = [...under, HEMOSTAT, 'watch', ...args];
    const child = spawn(command, rest, { stdio: ['ignore', 'ignore', 'pipe'] });
    const server = new ServerProcess(child);
    const ready = Promise.withResolvers<void>();
    const timer = setTimeout(() => ready.reject(new Error('it does not serve its page in a minute')), STARTS_MS);
    createInterface({ input: child.stderr ?? process.stdin }).on('line', (line) => {
      const read = readLine(line);
      if (read !== null) server.lines.push(read);
      else server.words.push(line);
      const [, url] = /the page is at (http:\S+)/.exec(line) ?? [];
      if (url === undefined) return;
      server.url = url;
      ready.resolve();
    });
    child.once('exit', (code, signal) =>
      ready.reject(
        new Error(
          `it ended (${code ?? signal}): ${[...server.words, ...server.lines.map((line) => line.msg)].slice(-5).join(' | ')}`,
        ),
      ),
    );
    try {
      await ready.promise;
    } catch (error) {
      child.kill('SIGKILL');
      throw error;
    } finally {
      clearTimeout(timer);
    }
    server.#listen();
    return server;
  }

  /** An independent reader: what it has heard was told. */
  #listen(): void {
    this.#events = http.get(`${this.url}/api/events`, (response) => {
      let rest = '';
      response.setEncoding('utf8');
      // The server is killed: what was begun and not ended was not told.
      response.on('error', () => {});
      response.on('data', (text: string) => {
        const lines = (rest + text).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) if (line.startsWith('data: ')) this.told.push(line.slice('data: '.length));
      });
    });
    this.#events.on('error', () => {});
  }

  async kill(signal: NodeJS.Signals): Promise<void> {
    this.child.kill(signal);
    await this.#ended;
    this.#events?.destroy();
  }

  get alive(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** An answer of the API, checked by its schema. */
  async ask<T>(path: string, schema: z.ZodType<T>): Promise<T> {
    const response = await fetch(`${this.url}${path}`, { signal: AbortSignal.timeout(60_000) });
    if (!response.ok) throw new Error(`${path} answers ${response.status}: ${await response.text()}`);
    return schema.parse(await response.json());
  }
}

function readLine(line: string): ServerLine | null {
  if (!line.startsWith('{')) return null;
  try {
    return logLine.parse(JSON.parse(line));
  } catch {
    return null;
  }
}
