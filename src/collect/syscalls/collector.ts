/**
 * Runs bpftrace and makes windows of what it prints. It ends when it is told to, or when the process that was asked for is
 * gone; a bpftrace that dies is started again, and the gap is said.
 */
import { matchesGlob } from 'node:path';
import type { RawProcess, RawWindow } from '../../evidence/syscalls/bpftrace.ts';
import type { Flows } from '../../evidence/syscalls/flows.ts';
import { archOf, syscallName } from '../../evidence/syscalls/names.ts';
import type { ContainerIdentity, SourceState } from '../../evidence/syscalls/recording.ts';
import {
  type ProcessSample,
  type RecordingHeader,
  RecordingLines,
  type WindowSample,
} from '../../evidence/syscalls/write.ts';
import { TargetError } from '../error.ts';
import { processExists, startTicks } from '../procfs.ts';
import { type Bpftrace, startBpftrace } from './bpftrace.ts';
import { bpftraceSources, type KernelOffer, lookAtKernel, tellsCompat, thisHost } from './kernel.ts';
import type { ContainerNamer } from './namer.ts';
import { Processes, pageSize, withDescendants } from './processes.ts';
import { bpftraceProgram, endsFromOutside } from './program.ts';
import { FLOW_KINDS, type FlowKind } from './program-parts.ts';
import { seesConnections } from './program-sockets.ts';

export interface CollectorOptions {
  /** Length of a window. */
  readonly windowMs: number;
  /** `pid`: with what it starts. `cgroup`: paths below the cgroup root, or container names; `*` and `**` as in a shell. */
  readonly who: { readonly all: true } | { readonly pid: number } | { readonly cgroup: string };
  /** Descriptors, mappings and connects beside the calls; default: true. */
  readonly flows?: boolean;
  /** Most (process, syscall) pairs of a window; default: 32768, or 8192 for one process. */
  readonly maxKeys?: number;
}

export interface CollectorEffects {
  readonly namer: ContainerNamer;
  /** Every window once, in order. */
  readonly onWindow?: (window: WindowSample) => void;
  /** Lines of the recording, whole lines, the header first. */
  readonly write?: (lines: string) => void;
  /** One sentence: what was lost, what was started again. It is in the recording, too. */
  readonly onNote?: (sentence: string) => void;
}

export interface Collector {
  readonly header: RecordingHeader;
  /** Ends the running window, hands it on (incomplete) and takes all probes away. */
  stop(): Promise<void>;
  /** Resolves when the collector has ended, told to or by itself; rejects where it had to give up. */
  readonly ended: Promise<void>;
  /** For a new file: the header again, and everything that follows is told anew. */
  newFile(): string;
}

const DEFAULT_KEYS = { all: 32_768, pid: 8192 } as const;
/** Restarts in a row without a window in between. */
const MAX_RESTARTS = 5;
const RESTART_MS = 1000;
/** A window that is shorter than this part of one is not complete. */
const LEAST_PART = 0.75;
/** A clock that was set by more than this is followed. */
const CLOCK_STEP_MS = 1000;
/** Cgroups, and processes of the root cgroup, whose names are kept. */
const MAX_CONTAINERS = 20_000;
/** Of containers without a name it is asked again after so many windows. */
const ASK_AGAIN = 5;

/** @throws TargetError: one sentence, what is missing and what to do */
export async function startCollector(options: CollectorOptions, effects: CollectorEffects): Promise<Collector> {
  const offer = lookAtKernel();
  if (offer.missing !== '') throw new TargetError(offer.missing);
  const { who, flows = true } = options;
  if ('pid' in who && !processExists(who.pid)) throw new TargetError(`there is no process ${who.pid}`);
  const collector = new BpftraceCollector(options, effects, offer, () =>
    bpftraceProgram({
      windowMs: options.windowMs,
      offer,
      pids: 'pid' in who ? withDescendants(who.pid) : null,
      flows,
      endsBy: process.pid,
      pageSize: pageSize(),
      compat: tellsCompat(),
    }),
  );
  await collector.start();
  return collector;
}

/** The whole recording in memory: for a run of minutes. */
export async function collectInMemory(
  options: CollectorOptions,
  effects: Omit<CollectorEffects, 'write'>,
): Promise<{ readonly collector: Collector; readonly stop: () => Promise<Uint8Array> }> {
  const lines: string[] = [];
  const collector = await startCollector(options, { ...effects, write: (text) => lines.push(text) });
  return {
    collector,
    stop: async () => {
      await collector.stop();
      return Buffer.from(lines.join(''));
    },
  };
}

class BpftraceCollector implements Collector {
  readonly header: RecordingHeader;
  readonly ended: Promise<void>;
  readonly #options: CollectorOptions;
  readonly #effects: CollectorEffects;
  readonly #offer: KernelOffer;
  readonly #program: () => string;
  readonly #lines: RecordingLines;
  readonly #processes = new Processes();
  /** Of processes that were seen: to say of those that call nothing that they are there. By pid. */
  readonly #present = new Map<number, ContainerIdentity>();
  /** By cgroup; by cgroup and process where the cgroup is the root of all. */
  readonly #containers = new Map<string, { identity: ContainerIdentity; age: number }>();
  readonly #maxKeys: number;
  readonly #targetTicks: number | null;
  readonly #settle: { resolve: () => void; reject: (error: unknown) => void };
  #bpftrace: Bpftrace | null = null;
  #stopping = false;
  #finished = false;
  #headed = false;
  #saidFull = false;
  #restarts = 0;
  /** End of the last window, or begin of the first, ms. */
  #from = 0;
  #complete = false;
  /** Wall clock minus the kernel's, ms. */
  #clock = Number.NaN;
  #queue: Promise<void> = Promise.resolve();

  constructor(options: CollectorOptions, effects: CollectorEffects, offer: KernelOffer, program: () => string) {
    this.#options = options;
    this.#offer = offer;
    this.#effects = effects;
    this.#program = program;
    this.header = {
      host: thisHost(),
      windowMs: options.windowMs,
      sources: bpftraceSources(offer, options.flows ?? true),
    };
    this.#lines = new RecordingLines(this.header);
    this.#maxKeys = options.maxKeys ?? ('pid' in options.who ? DEFAULT_KEYS.pid : DEFAULT_KEYS.all);
    this.#targetTicks = 'pid' in options.who ? startTicks(options.who.pid) : null;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    promise.catch(() => {}); // whoever only stops it need not look
    this.ended = promise;
    this.#settle = { resolve, reject };
  }

  async start(): Promise<void> {
    const { who } = this.#options;
    // It may end in the first window, and then nobody could say who it was.
    if ('pid' in who) for (const pid of withDescendants(who.pid)) this.#processes.look(pid);
    await this.#begin();
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#bpftrace?.stop();
    await this.#queue;
    this.#finish(null);
  }

  newFile(): string {
    this.#headed = true;
    return this.#lines.header();
  }

  /** Lines for the recording; its header when the first come, so that a collector that cannot begin leaves no file. */
  #write(lines: () => string): void {
    if (!this.#headed) this.#effects.write?.(this.newFile()); // before `lines`: they count on what the file has said
    this.#effects.write?.(lines());
  }

  async #begin(): Promise<void> {
    this.#from = Math.max(this.#from, Date.now());
    this.#complete = false;
    this.#clock = Number.NaN;
    const { windowMs } = this.#options;
    const endEvery = endsFromOutside(this.#offer) ? windowMs : null;
    this.#bpftrace = await startBpftrace(this.#program(), this.#maxKeys, endEvery, {
      onWindow: (raw) => this.#later(() => this.#window(raw)),
      onEnd: (raw, problem) => this.#later(() => this.#ended(raw, problem)),
    });
  }

  /** One thing after the other: naming containers takes time, and windows must stay in order. */
  #later(work: () => Promise<void>): void {
    this.#queue = this.#queue.then(work).catch((error: unknown) => this.#finish(error));
  }

  async #ended(raw: RawWindow, problem: string): Promise<void> {
    if (raw.processes.size > 0) await this.#window(raw);
    if (this.#stopping) return;
    if (this.#targetGone()) {
      this.#finish(null);
      return;
    }
    this.#restarts++;
    if (this.#restarts > MAX_RESTARTS) throw new TargetError(`bpftrace ends again and again: ${problem}`);
    const ended = Date.now();
    await new Promise((resolve) => setTimeout(resolve, RESTART_MS));
    if (this.#stopping) return;
    await this.#begin();
    const seconds = ((Date.now() - ended) / 1000).toFixed(1);
    this.#note(`bpftrace ended (${problem}) and was started again; nothing was counted for ${seconds} s`);
  }

  #targetGone(): boolean {
    const { who } = this.#options;
    return 'pid' in who && startTicks(who.pid) !== this.#targetTicks;
  }

  async #window(raw: RawWindow): Promise<void> {
    const from = this.#from;
    const to = Math.max(from + 1, Math.round(this.#wall(raw.at)));
    // The first after a start is as long as is left of the timer's turn: of a short one nobody shall make a rate.
    const long = to - from >= LEAST_PART * this.#options.windowMs;
    const complete = this.#complete && raw.at !== null && long;
    const processes = await this.#samples(raw);
    this.#from = to;
    this.#complete = raw.at !== null;
    this.#restarts = 0;
    if (raw.full.length > 0 && !this.#saidFull) {
      this.#saidFull = true;
      this.#note(
        `more than ${this.#maxKeys} pairs of process and syscall in one window: what found no room was not counted; shorten the window or raise --max-keys`,
      );
    }
    if (raw.lostEvents > 0) this.#note('bpftrace lost events; the counts of that window are lower bounds');
    const window: WindowSample = { from, to, complete, lost: raw.lost, processes };
    this.#write(() => this.#lines.window(window));
    this.#effects.onWindow?.(window);
    if (!this.#stopping && this.#targetGone()) {
      this.#stopping = true;
      this.#note('the process has ended');
      void this.#bpftrace?.stop().then(() => this.#finish(null));
    }
  }

  /** ms since the epoch of the kernel's `nsecs`, which is on a clock of its own. */
  #wall(nsecs: number | null): number {
    const now = Date.now();
    if (nsecs === null) return now;
    const clock = now - nsecs / 1e6;
    // A line that comes late makes the difference larger: the smallest is right, until somebody sets the clock.
    if (!(this.#clock < clock) || clock - this.#clock > CLOCK_STEP_MS) this.#clock = clock;
    return nsecs / 1e6 + this.#clock;
  }

  async #samples(raw: RawWindow): Promise<ProcessSample[]> {
    const { who } = this.#options;
    const samples: ProcessSample[] = [];
    const short = new Map<string, ProcessSample & { readonly calls: Map<string, number> }>();
    const seen = new Set<number>();
    for (const process of raw.processes.values()) {
      if (this.#isOurs(process.pid)) continue;
      const name = this.#processes.look(process.pid);
      const container = await this.#container(process.cgroup, process.pid);
      if ('cgroup' in who && !inScope(container, who.cgroup)) continue;
      const calls = namedCalls(process);
      const flows = this.#flows(process.flows);
      if (name !== null) {
        seen.add(process.pid);
        this.#present.set(process.pid, container);
        samples.push({ process: name, container, calls, flows });
        continue;
      }
      // It came and went within a window: those of one name are one row, or a shell script would fill the recording.
      const key = `${container.cgroup} ${container.id} ${process.endedAs}`;
      const known = short.get(key);
      if (known === undefined) {
        const nameless = { pid: 0, startedAt: Number.NaN, comm: process.endedAs, executable: '' };
        short.set(key, { process: nameless, container, calls, flows });
      } else {
        for (const [call, count] of calls) known.calls.set(call, (known.calls.get(call) ?? 0) + count);
        short.set(key, { ...known, flows: sumFlows(known.flows, flows) });
      }
    }
    for (const [pid, container] of this.#present) {
      if (seen.has(pid)) continue;
      const name = this.#processes.alive(pid) ? this.#processes.look(pid) : null;
      if (name !== null) samples.push({ process: name, container, calls: new Map(), flows: this.#flows(new Map()) });
      else {
        this.#present.delete(pid);
        this.#processes.forget(pid);
      }
    }
    return [...samples, ...short.values()];
  }

  #isOurs(pid: number): boolean {
    if ('pid' in this.#options.who && this.#options.who.pid === pid) return false;
    return pid === process.pid || pid === this.#bpftrace?.pid;
  }

  #flows(sums: ReadonlyMap<number, number>): Flows {
    const of = (kind: FlowKind): number => sums.get(FLOW_KINDS[kind]) ?? 0;
    const collected = (aspect: SourceState['aspect']): boolean =>
      this.header.sources.some((state) => state.aspect === aspect && state.collected);
    return {
      ...(collected('descriptors')
        ? {
            fdsOpened: of('file') + of('descriptor'),
            filesOpened: of('file'),
            ...(of('closedUnknown') > 0 ? {} : { fdsClosed: of('closed') }),
          }
        : {}),
      ...(collected('mappings') ? { mappedBytes: of('mapped'), unmappedBytes: of('unmapped') } : {}),
      ...(collected('connects') ? { connects: of('connect'), connectFailures: of('connectFailed') } : {}),
      ...(collected('connects') && seesConnections(this.#offer) ? { connected: of('connected') } : {}),
      ...(collected('sockets') ? { sentBytes: of('sent'), receivedBytes: of('received') } : {}),
    };
  }

  async #container(cgroup: string, pid: number): Promise<ContainerIdentity> {
    const { namer } = this.#effects;
    const key = namer.isRoot(BigInt(cgroup)) ? `${cgroup} ${pid}` : cgroup;
    const known = this.#containers.get(key);
    if (known !== undefined && (isNamed(known.identity) || known.age++ < ASK_AGAIN)) return known.identity;
    const identity = await namer.identify(BigInt(cgroup), pid);
    if (this.#containers.size >= MAX_CONTAINERS) this.#containers.clear();
    this.#containers.set(key, { identity, age: 0 });
    return identity;
  }

  #note(sentence: string): void {
    this.#write(() => this.#lines.note(sentence));
    this.#effects.onNote?.(sentence);
  }

  #finish(error: unknown): void {
    if (this.#finished) return;
    this.#finished = true;
    this.#stopping = true;
    if (error === null) this.#settle.resolve();
    else {
      this.#settle.reject(error);
      void this.#bpftrace?.stop();
    }
  }
}

/** Several numbers may have one name: those that no kernel has. */
function namedCalls({ calls }: RawProcess): Map<string, number> {
  const arch = archOf(process.arch) ?? 'amd64';
  const named = new Map<string, number>();
  for (const [number, count] of calls) {
    const name = syscallName(number, arch);
    named.set(name, (named.get(name) ?? 0) + count);
  }
  return named;
}

function inScope({ cgroup, name }: ContainerIdentity, glob: string): boolean {
  return name === glob || matchesGlob(cgroup, glob);
}

function sumFlows(a: Flows | null, b: Flows): Flows {
  if (a === null) return b;
  const sum: Record<string, number> = {};
  for (const [field, value] of Object.entries(b)) {
    const other: unknown = Reflect.get(a, field);
    if (typeof other === 'number') sum[field] = other + value;
  }
  return sum;
}

/** Of a container the digest may be known only some seconds after its start. */
function isNamed({ id, name, digest }: ContainerIdentity): boolean {
  return name !== '' && (id === '' || digest !== '');
}
