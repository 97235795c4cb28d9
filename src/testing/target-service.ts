/** For tests only: a real Go service with a chosen door, built once, and collections that are short. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CollectOptions, DEFAULTS } from '../collect/options.ts';

const SOURCE = join(import.meta.dirname, '..', 'collect', 'testdata', 'target');

/** The go command in PATH, else where the official tarball puts it. */
function go(args: readonly string[], cwd?: string): string {
  const command = existsSync('/usr/local/go/bin/go') ? '/usr/local/go/bin/go' : 'go';
  return execFileSync(command, args, { ...(cwd === undefined ? {} : { cwd }), encoding: 'utf8', timeout: 170_000 });
}

/** Path of the built test service. */
export function buildTarget(): string {
  const hash = createHash('sha256').update(go(['env', 'GOVERSION']));
  for (const file of ['main.go', 'go.mod']) hash.update(readFileSync(join(SOURCE, file)));
  const dir = join(tmpdir(), `hemostat-test-${hash.digest('hex').slice(0, 16)}`);
  const binary = join(dir, 'target');
  if (existsSync(binary)) return binary;
  mkdirSync(dir, { recursive: true });
  const partial = `${binary}.${process.pid}`;
  go(['build', '-trimpath', '-buildvcs=false', '-o', partial, '.'], SOURCE);
  renameSync(partial, binary);
  return binary;
}

export interface RunningTarget {
  readonly pid: number;
  /** As the service printed it, e.g. `http://127.0.0.1:40123`. */
  readonly url: string;
  readonly process: ChildProcess;
  kill(signal?: NodeJS.Signals): Promise<void>;
}

/** Starts the service and waits until it listens. */
export async function startTarget(...args: string[]): Promise<RunningTarget> {
  const child = spawn(buildTarget(), args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const url = await new Promise<string>((resolve, reject) => {
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      const found = /listening on (\S+)\n/.exec(text)?.[1];
      if (found !== undefined) resolve(found);
    });
    child.once('exit', () => reject(new Error(`the test service ended: ${text}`)));
  });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  return {
    pid: child.pid ?? 0,
    url,
    process: child,
    kill: async (signal = 'SIGKILL') => {
      child.kill(signal);
      await exited;
    },
  };
}

/** A TCP port that nothing listens on just now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

export function freshDir(): string {
  return mkdtempSync(join(tmpdir(), 'hemostat-test-'));
}

export function shortOptions(changes: Partial<CollectOptions> = {}): CollectOptions {
  return {
    windowMs: 400,
    snapshots: 2,
    goroutineLimit: DEFAULTS.goroutineLimit,
    verbose: false,
    http: { headers: [], insecure: false, timeoutMs: 5000 },
    ...changes,
  };
}

export function withHttp(http: Partial<CollectOptions['http']>): CollectOptions {
  return shortOptions({ http: { headers: [], insecure: false, timeoutMs: 5000, ...http } });
}
