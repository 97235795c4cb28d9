/**
 * Counting with `perf trace -s` or `strace -c` where bpftrace is not to be had: one run of the tool per window. Both look at
 * every call from outside the kernel, so they cost far more than counting in it; docs/benchmarks.md says how much.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SourceState } from '../../evidence/syscalls/recording.ts';
import { type CallTable, flowsOfTable, readPerfSummary, readStraceTable } from '../../evidence/syscalls/tables.ts';
import {
  type ProcessSample,
  type RecordingHeader,
  RecordingLines,
  type WindowSample,
} from '../../evidence/syscalls/write.ts';
import { messageOf, TargetError } from '../error.ts';
import { processExists, readProc, startTicks } from '../procfs.ts';
import type { Collector, CollectorEffects, CollectorOptions } from './collector.ts';
import { absolutePath, findProgram, thisHost } from './kernel.ts';
import { endWithUs, ownDirectory, sweepDirectories } from './leftovers.ts';
import { Processes } from './processes.ts';

export type FallbackTool = 'perf' | 'strace';

/** What it costs and what it does not see: said before it begins. Measured on two cores, docs/benchmarks.md. */
export const FALLBACK_COSTS: Readonly<Record<FallbackTool, string>> = {
  perf: 'perf trace copies every call out of the kernel: up to some 20 µs a call where no processor is idle, and calls are lost when it cannot keep up; between windows it looks away for a moment',
  strace:
    'strace stops the process twice at every call: some 10 to 20 µs a call, which makes a busy service many times slower; between windows it looks away for a moment',
};

/** @throws TargetError: one sentence, what is missing and what to do */
export async function startFallback(
  tool: FallbackTool,
  options: CollectorOptions,
  effects: CollectorEffects,
): Promise<Collector> {
  const { who } = options;
  if (findProgram(tool) === null) {
    const pack = tool === 'perf' ? 'linux-perf' : 'strace';
    throw new TargetError(`${tool} is not installed: \`apt-get install ${pack}\``);
  }
  if (tool === 'strace' && !('pid' in who)) throw new TargetError('strace can only follow one process: give --pid');
  if ('cgroup' in who) throw new TargetError('perf trace and strace know no cgroups: give --pid, or use bpftrace');
  if ('pid' in who && !processExists(who.pid)) throw new TargetError(`there is no process ${who.pid}`);
  sweepDirectories();
  const collector = new FallbackCollector(tool, options, effects);
  collector.start();
  return collector;
}

class FallbackCollector implements Collector {
  readonly header: RecordingHeader;
  readonly ended: Promise<void>;
  readonly #tool: FallbackTool;
  readonly #withUs = endWithUs();
  readonly #options: CollectorOptions;
  readonly #effects: CollectorEffects;
  readonly #lines: RecordingLines;
  readonly #processes = new Processes();
  readonly #abort = new AbortController();
  readonly #settle: { resolve: () => void; reject: (error: unknown) => void };

  constructor(tool: FallbackTool, options: CollectorOptions, effects: CollectorEffects) {
    this.#tool = tool;
    this.#options = options;
    this.#effects = effects;
    this.header = { host: thisHost(), windowMs: options.windowMs, sources: sourcesOf(tool) };
    this.#lines = new RecordingLines(this.header);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    promise.catch(() => {});
    this.ended = promise;
    this.#settle = { resolve, reject };
  }

  start(): void {
    this.#effects.write?.(this.newFile());
    const note = FALLBACK_COSTS[this.#tool];
    this.#effects.write?.(this.#lines.note(note));
    this.#run().then(this.#settle.resolve, this.#settle.reject);
  }

  async stop(): Promise<void> {
    this.#abort.abort();
    await this.ended.catch(() => {});
  }

  newFile(): string {
    return this.#lines.header();
  }

  async #run(): Promise<void> {
    const { who } = this.#options;
    const ticks = 'pid' in who ? startTicks(who.pid) : null;
    let last = 0;
    while (!this.#abort.signal.aborted && !('pid' in who && startTicks(who.pid) !== ticks)) {
      const { tables, from, to, lost } = await this.#once();
      const stopped = this.#abort.signal.aborted;
      const window: WindowSample = {
        from: Math.max(last, from),
        to: Math.max(to, from + 1, last + 1),
        complete: !stopped && !('pid' in who && startTicks(who.pid) !== ticks),
        lost,
        processes: await this.#samples(tables),
      };
      last = window.to;
      this.#effects.write?.(this.#lines.window(window));
      this.#effects.onWindow?.(window);
    }
  }

  async #once(): Promise<{ tables: readonly CallTable[]; from: number; to: number; lost: number }> {
    const { who, windowMs } = this.#options;
    const directory = ownDirectory();
    const out = join(directory, 'table.txt');
    const of = 'pid' in who ? ['-p', String(who.pid)] : ['-a'];
    const args = this.#tool === 'perf' ? ['trace', '-s', '-o', out, ...of] : ['-c', '-f', '-o', out, ...of];
    try {
      const env = { ...process.env, PATH: absolutePath() };
      const [command = this.#tool, ...before] = [...this.#withUs, this.#tool];
      const child = spawn(command, [...before, ...args], { detached: true, env, stdio: ['ignore', 'ignore', 'pipe'] });
      const said = listen(child, this.#tool);
      await Promise.race([said.attached, said.ended]);
      const from = Date.now();
      await Promise.race([said.ended, sleep(windowMs, undefined, { signal: this.#abort.signal }).catch(() => {})]);
      child.kill('SIGINT');
      const to = Date.now();
      await said.ended;
      return { ...this.#read(out, said.text()), from, to };
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  }

  #read(out: string, said: string): { tables: readonly CallTable[]; lost: number } {
    let text: string;
    try {
      text = readFileSync(out, 'utf8');
    } catch (error) {
      throw new TargetError(`${this.#tool} has counted nothing: ${firstLine(said) || messageOf(error)}`);
    }
    const lost = [...said.matchAll(/LOST (\d+) events/g)].reduce((sum, [, events]) => sum + Number(events), 0);
    if (this.#tool === 'perf') {
      if (text.trim() === '' && said.trim() !== '')
        throw new TargetError(`perf trace does not count: ${firstLine(said)}`);
      return { tables: text.trim() === '' ? [] : readPerfSummary(text), lost };
    }
    // strace writes no table where nothing was called.
    if (text.trim() === '') {
      if (/attach: ptrace|Operation not permitted/.test(said)) {
        throw new TargetError(`strace cannot look at the process: ${firstLine(said)}; run it as root`);
      }
      return { tables: [], lost };
    }
    return { tables: [readStraceTable(text)], lost };
  }

  /** Threads of one process are one; strace tells of all it followed as if they were the process. */
  async #samples(tables: readonly CallTable[]): Promise<ProcessSample[]> {
    const { who } = this.#options;
    const byPid = new Map<number, { comm: string; calls: Map<string, number>; errors: Map<string, number> }>();
    if ('pid' in who) byPid.set(who.pid, { comm: '', calls: new Map(), errors: new Map() });
    for (const { tid, comm, calls, errors } of tables) {
      const pid = tid === 0 && 'pid' in who ? who.pid : processOf(tid);
      let known = byPid.get(pid);
      if (known === undefined) {
        known = { comm, calls: new Map(), errors: new Map() };
        byPid.set(pid, known);
      }
      for (const [name, count] of calls) known.calls.set(name, (known.calls.get(name) ?? 0) + count);
      for (const [name, count] of errors) known.errors.set(name, (known.errors.get(name) ?? 0) + count);
    }
    const samples: ProcessSample[] = [];
    for (const [pid, { comm, calls, errors }] of byPid) {
      if (pid === process.pid) continue;
      const name = this.#processes.look(pid) ?? { pid: 0, startedAt: Number.NaN, comm, executable: '' };
      const container = await this.#effects.namer.identify(null, pid);
      samples.push({ process: name, container, calls, flows: flowsOfTable({ calls, errors }) });
    }
    return samples;
  }
}

/** The process of a thread; the thread itself where it has ended. */
function processOf(tid: number): number {
  const group = /^Tgid:\s*(\d+)$/m.exec(readProc(`/proc/${tid}/status`) ?? '')?.[1];
  return group === undefined ? tid : Number(group);
}

function listen(
  child: ChildProcess,
  tool: FallbackTool,
): { attached: Promise<void>; ended: Promise<void>; text: () => string } {
  let text = '';
  const { promise: attached, resolve: onAttached } = Promise.withResolvers<void>();
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    if (text.length < 64 << 10) text += chunk;
    if (text.includes('attached')) onAttached();
  });
  // perf says nothing when it has begun; it is there within some tenths of a second.
  if (tool === 'perf') setTimeout(onAttached, 300);
  const { promise: ended, resolve, reject } = Promise.withResolvers<void>();
  child.on('error', (error) => reject(new TargetError(`${tool} cannot be started: ${error.message}`)));
  child.on('close', () => resolve());
  return { attached, ended, text: () => text };
}

function firstLine(text: string): string {
  return (text.split('\n').find((line) => line.trim() !== '') ?? '').trim().slice(0, 300);
}

function sourcesOf(tool: FallbackTool): SourceState[] {
  const source = tool === 'perf' ? 'perf trace' : 'strace';
  const none = (aspect: SourceState['aspect'], says: string): SourceState => ({
    aspect,
    collected: false,
    source: '',
    says,
  });
  return [
    {
      aspect: 'calls',
      collected: true,
      source,
      says: 'calls that returned; exit_group and execve of others are not in it',
    },
    {
      aspect: 'descriptors',
      collected: true,
      source,
      says: 'by calls that succeeded; fcntl, dup2 and messages that carry descriptors are not seen',
    },
    none('mappings', `${source} sums no bytes`),
    {
      aspect: 'connects',
      collected: true,
      source,
      says: 'how connect failed is not told, so failures are not counted',
    },
    none('sockets', `${source} counts calls, not bytes`),
    none('packets', `${source} counts calls, not packets`),
  ];
}
