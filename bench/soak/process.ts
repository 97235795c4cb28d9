/** Processes of the soak: started, listened to, measured by /proc, and ended. */
import { spawn } from 'node:child_process';
import { createWriteStream, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Running {
  readonly pid: number;
  readonly exited: boolean;
  /** The first line of its standard output that fits. */
  line(pattern: RegExp): Promise<string>;
  stop(): Promise<void>;
}

/** What it prints goes to DIR/NAME.log, too. */
export function startProcess(command: string, args: readonly string[], dir: string, name: string): Running {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const log = createWriteStream(join(dir, `${name}.log`));
  child.stderr.pipe(log);
  const waiting: { readonly pattern: RegExp; readonly resolve: (line: string) => void }[] = [];
  const lines: string[] = [];
  createInterface(child.stdout).on('line', (line) => {
    log.write(`${line}\n`);
    // Only what may still be waited for: a server prints for as long as it runs.
    if (lines.length < 100) lines.push(line);
    for (const { pattern, resolve } of waiting) if (pattern.test(line)) resolve(line);
  });
  const state = { exited: false };
  const ended = new Promise<void>((resolve) => {
    child.on('error', () => resolve());
    child.on('exit', () => {
      state.exited = true;
      resolve();
    });
  });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${command} cannot be started`);
  return {
    pid,
    get exited() {
      return state.exited;
    },
    async line(pattern) {
      const known = lines.find((line) => pattern.test(line));
      if (known !== undefined) return known;
      const found = new Promise<string>((resolve) => waiting.push({ pattern, resolve }));
      const line = await Promise.race([found, ended.then(() => null)]);
      if (line === null) throw new Error(`${name} ended; see ${join(dir, `${name}.log`)}`);
      return line;
    },
    async stop() {
      if (state.exited) return;
      child.kill('SIGTERM');
      const killed = sleep(30_000).then(() => child.kill('SIGKILL'));
      await Promise.race([ended, killed]);
      await ended;
    },
  };
}

/** CPU and memory of a process and its threads, from when it was made. */
export class Usage {
  readonly #pid: number;
  readonly #cpuAtFirst: number;
  readonly #began = performance.now();
  #cpu: number;
  #at = performance.now();
  peakBytes = 0;

  constructor(pid: number) {
    this.#pid = pid;
    this.#cpuAtFirst = this.#seconds();
    this.#cpu = this.#cpuAtFirst;
  }

  sample(): void {
    this.#cpu = this.#seconds();
    this.#at = performance.now();
    const status = this.#read('status');
    const resident = Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024;
    this.peakBytes = Math.max(this.peakBytes, resident);
  }

  /** On average. */
  get cores(): number {
    return (this.#cpu - this.#cpuAtFirst) / ((this.#at - this.#began) / 1000);
  }

  /** User and system time of all its threads and ended children, s; USER_HZ is 100 on every Linux that Node runs on. */
  #seconds(): number {
    const fields = this.#read('stat')
      .replace(/^.*\) /s, '')
      .split(' ');
    return [11, 12, 13, 14].reduce((sum, i) => sum + Number(fields[i] ?? 0), 0) / 100;
  }

  #read(file: string): string {
    try {
      return readFileSync(`/proc/${this.#pid}/${file}`, 'utf8');
    } catch {
      return '';
    }
  }
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 7070;
}
