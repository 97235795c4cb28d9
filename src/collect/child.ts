/**
 * A program that hemostat starts itself: traced, in a process group of its own, its stderr read. Nothing of it is left
 * behind: a small guard process kills the group should hemostat die without saying so.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseAddress } from './address.ts';
import { discoverEither, type Service } from './discover.ts';
import { codeOf, messageOf, TargetError } from './error.ts';
import { type HttpOptions, RequestError } from './http.ts';
import { addressesIn, LineTap } from './output.ts';
import { listenersOf, processesInGroup } from './procfs.ts';
import type { ChildTarget } from './target.ts';

export interface ChildOptions {
  readonly http: HttpOptions;
  /** `--pprof`: where to look, when told. */
  readonly pprof?: string;
  /** Receives what the program prints, line by line, except for the trace lines that only we asked for. */
  readonly onOutput?: (line: string) => void;
  /** Receives the program's stderr as it comes. */
  readonly log: (chunk: Uint8Array) => void;
}

export interface Found {
  readonly service: Service;
  /** The process that serves pprof: the program itself, or one that it started (`go run`, a shell). */
  readonly pid: number;
}

const FIND_PPROF_MS = 30_000;
const STOP_MS = 3_000;
const DRAIN_MS = 200;
/** Waits for a line or the end of its input; an end without a line means that hemostat is gone. `-s`: dash has no `kill -TERM --`. */
const GUARD = 'read -r line; [ "$line" = done ] && exit 0; kill -s TERM -- "-$0"; sleep 2; kill -s KILL -- "-$0"';

export class Child {
  readonly pid: number;
  /** Aborted when the program has ended; the reason is one sentence. */
  readonly ended: AbortSignal;
  readonly #process: ChildProcess;
  readonly #guard: ChildProcess;
  readonly #options: ChildOptions;
  readonly #tap: LineTap;
  #closed = false;
  #hints = new Set<string>();

  private constructor(process: ChildProcess, pid: number, name: string, options: ChildOptions) {
    this.pid = pid;
    this.#process = process;
    this.#options = options;
    const ended = new AbortController();
    this.ended = ended.signal;
    this.#guard = spawn('/bin/sh', ['-c', GUARD, String(pid)], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
    this.#guard.on('error', () => {}); // no shell: only a hard crash of ours would now leave the program behind
    this.#guard.stdin?.on('error', () => {});
    this.#guard.unref();
    const began = performance.now();
    const asked = /(^|,)(gc|scav)trace=[1-9]/.test(globalThis.process.env.GODEBUG ?? '');
    const onLine = (line: string, fromTrace: boolean) => {
      for (const hint of addressesIn(line)) if (this.#hints.size < 100) this.#hints.add(hint);
      if (!fromTrace || asked) options.onOutput?.(line);
    };
    this.#tap = new LineTap(onLine);
    process.stderr?.on('data', (chunk: Buffer) => {
      options.log(chunk);
      this.#tap.write(chunk);
    });
    const stdout = new LineTap((line) => onLine(line, false));
    process.stdout?.on('data', (chunk: Buffer) => stdout.write(chunk));
    process.on('close', () => {
      this.#closed = true;
    });
    process.on('exit', (code, signal) => {
      const how = signal === null ? `with exit code ${code}` : `by ${signal}`;
      const seconds = ((performance.now() - began) / 1000).toFixed(1);
      ended.abort(`${name} ended ${how} after ${seconds} s`);
    });
  }

  static async start(target: ChildTarget, options: ChildOptions): Promise<Child> {
    const [command, ...args] = target.argv;
    if (command === undefined) throw new TargetError('there is no command to start');
    const name = target.lab ?? command.slice(command.lastIndexOf('/') + 1);
    const child = spawn(command, args, {
      cwd: target.cwd,
      detached: true, // a process group of its own: Ctrl-C is ours, and one kill reaches all of it
      stdio: ['ignore', 'pipe', 'pipe'],
      env: childEnvironment(process.env),
    });
    try {
      await new Promise((resolve, reject) => child.once('spawn', resolve).once('error', reject));
    } catch (error) {
      const problem = codeOf(error) === 'ENOENT' ? 'there is no such program' : messageOf(error);
      throw new TargetError(`${command} cannot be started: ${problem}; check the command after --`);
    }
    if (child.pid === undefined) throw new TargetError(`${command} cannot be started`);
    return new Child(child, child.pid, name, options);
  }

  /** Looks until pprof answers. Null where the program lives and serves none; throws where it ended. */
  async findService(signal: AbortSignal | undefined): Promise<Found | null> {
    const deadline = performance.now() + FIND_PPROF_MS;
    const told = this.#options.pprof;
    let problem: unknown = null;
    while (performance.now() < deadline && signal?.aborted !== true) {
      if (this.ended.aborted) throw this.#endedEarly();
      for (const { address, pid } of told === undefined ? this.#candidates() : [{ address: told, pid: this.pid }]) {
        try {
          return {
            service: await discoverEither(parseAddress(address), this.#options.http),
            pid: told === undefined ? pid : this.#servingProcess(address),
          };
        } catch (error) {
          if (!(error instanceof TargetError)) throw error;
          problem = error;
        }
        if (this.ended.aborted) throw this.#endedEarly();
      }
      await sleep(100);
    }
    // A login or a certificate problem is the user's to solve; having no pprof is a fact about the program.
    if (problem instanceof RequestError && problem.wanted !== null) throw problem;
    if (told !== undefined && problem instanceof TargetError && signal?.aborted !== true) throw problem;
    return null;
  }

  /** SIGTERM, then SIGKILL, to the whole group. */
  async stop(): Promise<void> {
    this.#kill('SIGTERM');
    const deadline = performance.now() + STOP_MS;
    while (this.#groupLives() && performance.now() < deadline) await sleep(20);
    this.#kill('SIGKILL');
    // What it said last may still be in the pipe.
    if (!this.#closed) await Promise.race([once(this.#process, 'close'), sleep(DRAIN_MS)]);
    this.#guard.stdin?.end('done\n');
    this.#process.stderr?.destroy();
    this.#process.stdout?.destroy();
    this.#tap.end();
  }

  #kill(signal: NodeJS.Signals): void {
    try {
      process.kill(-this.pid, signal);
    } catch {
      // ESRCH: nobody is left
    }
  }

  #groupLives(): boolean {
    if (!this.ended.aborted) return true;
    try {
      process.kill(-this.pid, 0);
      // A group of zombies still answers; /proc knows better.
      return processesInGroup(this.pid).length > 0;
    } catch {
      return false;
    }
  }

  #candidates(): { address: string; pid: number }[] {
    const found: { address: string; pid: number }[] = [];
    for (const pid of processesInGroup(this.pid)) {
      try {
        for (const { host, port } of listenersOf(pid)) {
          found.push({ address: `http://${host.includes(':') ? `[${host}]` : host}:${port}`, pid });
        }
      } catch {
        // ended meanwhile
      }
    }
    if (found.length > 0) return found;
    return [...this.#hints].map((address) => ({ address, pid: this.pid }));
  }

  #servingProcess(address: string): number {
    const port = Number(new URL(parseAddress(address).origin).port);
    for (const pid of processesInGroup(this.pid)) {
      try {
        if (listenersOf(pid).some((listener) => listener.port === port)) return pid;
      } catch {
        // ended meanwhile
      }
    }
    return this.pid;
  }

  #endedEarly(): TargetError {
    const tail = this.#tap.lastWords();
    const said = tail === '' ? 'it printed nothing on stderr' : `its last words were: ${tail}`;
    return new TargetError(`${String(this.ended.reason)}, before it served pprof; ${said}`);
  }
}

/** Ours with tracing on, and without our own secrets. */
function childEnvironment({ HEMOSTAT_BEARER: _, HEMOSTAT_PASSWORD: __, ...env }: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { ...env, GODEBUG: withTracing(env.GODEBUG) };
}

/** gctrace and scavtrace on, unless the user has set them. */
export function withTracing(godebug: string | undefined): string {
  const settings = (godebug ?? '').split(',').filter((entry) => entry !== '');
  for (const key of ['gctrace', 'scavtrace']) {
    if (!settings.some((entry) => entry.startsWith(`${key}=`))) settings.push(`${key}=1`);
  }
  return settings.join(',');
}
