/**
 * Takes the evidence of one target, visit after visit. What it knows between visits is small: which pages the service has,
 * which process answered last, and how large the answers were. One visit at a time.
 */
import { parseAddress } from '../../collect/address.ts';
import { symbolQuery } from '../../collect/deepen.ts';
import { discover, type Service } from '../../collect/discover.ts';
import { messageOf, TargetError } from '../../collect/error.ts';
import { type Bounds, HttpClient } from '../../collect/http.ts';
import { localProcessOf } from '../../collect/identity.ts';
import { startTicks } from '../../collect/procfs.ts';
import { countGoroutines, readable, type Taken, Taker } from '../../collect/take.ts';
import type { WatchTarget } from '../config/config.ts';
import {
  type CapturePart,
  type CaptureSummary,
  type Mark,
  type MetricPoint,
  PART_KINDS,
  type PartKind,
} from '../model.ts';
import type { Cost } from '../schedule/ledger.ts';
import type { Work } from '../schedule/scheduler.ts';
import { type Counters, takeCounters } from './counters.ts';
import { type BuildIdentity, firstOf, identityFromPid, identityFromProfile } from './identity.ts';
import { type Known, knownOf, markOf, restartOf } from './life.ts';
import { deadlineOf, pauseOf, WATCH_LIMITS } from './limits.ts';
import { LoadChoice } from './load-choice.ts';
import { looksAtPort } from './local.ts';
import { bootTime, quickProcess, wholeProcess } from './process.ts';
import { inConfigurationWords } from './wording.ts';

export type Values = MetricPoint['values'];

/** A part with its bytes, which are handed on and not kept. */
export interface TakenPart extends Omit<CapturePart, 'blob'> {
  readonly body: Buffer | null;
}

/** What one visit brought. */
export interface Evidence {
  /** ms since the epoch. */
  readonly at: number;
  /** Something came that can be used. */
  readonly ok: boolean;
  readonly parts: readonly TakenPart[];
  /** The counters of this moment; empty where there were none. */
  readonly values: Values;
  readonly load: { readonly metric: string; readonly kind: 'counter' | 'gauge'; readonly guessed: boolean } | null;
  readonly identity: BuildIdentity;
  /** s since the epoch; null where nothing tells. */
  readonly startedAt: number | null;
  readonly mark: Mark | null;
  /** Another process than at the visit before, or the first visit to a target without history. */
  readonly newLife: boolean;
  readonly cost: Cost;
  /** The first failure, one sentence; also where the rest is fine. */
  readonly problem: string | null;
}

export interface VisitorOptions {
  /** ms since the epoch, never going back. */
  readonly now: () => number;
  /** Aborted when the server stops. */
  readonly stop: AbortSignal;
  /** The load from somewhere else than the target (PromQL); null where that cannot be asked. */
  readonly askLoad?: (target: WatchTarget, at: number) => Promise<number | null>;
}

/** Of the bodies of a visit, before the first one says how large they are. */
const FIRST_BYTES = { metrics: 256 << 10, profiles: 2 << 20, deep: 8 << 20 } as const;
/** Bodies grow: room for as much again, and a little. */
const HEADROOM = 1.25;

export class Visitor {
  #target: WatchTarget;
  readonly #options: VisitorOptions;
  #service: Service | null = null;
  #pid: number | null = null;
  #ticks: number | null = null;
  #known: Known | null = null;
  #identity: BuildIdentity = { service: '', goVersion: null, build: null };
  /** Executable and profile of this process were looked at. */
  #identified = false;
  /** Prometheus text on another address than pprof. */
  #metricsElsewhere: Service | null = null;
  #load: LoadChoice;
  #goroutines = 0;
  /** Captures of this life. */
  #taken = 0;
  readonly #bytes: Record<Work, number> = { ...FIRST_BYTES };

  constructor(target: WatchTarget, options: VisitorOptions) {
    this.#target = target;
    this.#options = options;
    this.#load = new LoadChoice(target.load.metric);
  }

  /** What was known before the server was started again. */
  resume(summary: CaptureSummary): void {
    this.#known ??= knownOf(summary);
  }

  /** Another definition of the same target: other credentials, another load metric. */
  set target(target: WatchTarget) {
    if (target.load.metric !== this.#target.load.metric) this.#load = new LoadChoice(target.load.metric);
    this.#target = target;
    this.#forget();
  }

  /** Goroutines that the last profile had: what a dump of all of them would cost. */
  learn(goroutines: number): void {
    this.#goroutines = goroutines;
  }

  /** The most that a visit may cost, judged by those before. */
  estimate(work: Work): Cost {
    // Pages may be asked for again when the service turns out to be another one.
    const kinds: PartKind[] = ['expvar', 'prometheus', 'expvar', 'prometheus'];
    if (work !== 'metrics') kinds.push('heap', 'goroutine', 'heap-debug1');
    if (work === 'deep') kinds.push('goroutineleak', 'goroutine-debug2', 'heap-debug1');
    const goroutines = Math.min(this.#target.schedule.goroutineLimit, 2 * this.#goroutines + 1000);
    return {
      captures: work === 'metrics' ? 0 : 1,
      bytes: Math.ceil(this.#bytes[work]),
      pauseMs: kinds.reduce((sum, kind) => sum + pauseOf(kind, goroutines), 0),
    };
  }

  /** Never throws for what a target does. `bytes` may be received at most. */
  async visit(work: Work, bytes: number): Promise<Evidence> {
    const at = this.#options.now();
    const controller = new AbortController();
    const seconds = deadlineOf(work, this.#target.http.timeoutMs) / 1000;
    const deadline = setTimeout(() => controller.abort(new Error(`it took longer than ${seconds} s`)), seconds * 1000);
    const signal = AbortSignal.any([controller.signal, this.#options.stop]);
    const bounds: Bounds = { bytes, signal };
    const parts: TakenPart[] = [];
    let evidence: Evidence;
    try {
      const service = await this.#discovered(bounds);
      evidence = await this.#take(work, { ...service, client: service.client.within(bounds) }, at, parts, bounds);
    } catch (error) {
      if (!(error instanceof TargetError)) throw error;
      evidence = this.#failed(at, parts, error.message);
    } finally {
      clearTimeout(deadline);
    }
    const used = bytes - Math.max(0, bounds.bytes);
    if (evidence.ok) this.#bytes[work] = used * HEADROOM + (64 << 10);
    const pauseMs = parts.reduce((sum, part) => sum + part.pauseMs, 0);
    const problem = evidence.problem === null ? null : inConfigurationWords(evidence.problem);
    return { ...evidence, problem, cost: { captures: work === 'metrics' ? 0 : 1, bytes: used, pauseMs } };
  }

  async #take(work: Work, service: Service, at: number, parts: TakenPart[], bounds: Bounds): Promise<Evidence> {
    const { schedule } = this.#target;
    const onTaken = ({ kind, ms, body, error }: Taken) => {
      // Kinds that only `diagnose` takes do not come here.
      const part = partKind(kind);
      if (part === null) return;
      const bytes = body?.byteLength ?? 0;
      // Not longer than the request took, and a stop is counted where it may have been one.
      const pauseMs = Math.min(pauseOf(part, Math.min(schedule.goroutineLimit, 2 * this.#goroutines + 1000)), ms);
      parts.push({
        kind: part,
        bytes,
        ms,
        pauseMs,
        body: error === undefined ? body : null,
        ...(error === undefined ? {} : { error }),
      });
    };
    const taker = new Taker(service, onTaken);
    const other = this.#metricsElsewhere;
    const within = other === null ? null : { ...other, client: other.client.within(bounds) };
    const elsewhere = within === null ? null : { service: within, taker: new Taker(within, onTaken) };
    const profiles = work !== 'metrics';
    // Asked while the target is: it is another server, and may be slow.
    const load = this.#askLoad(at, bounds.signal);
    const base = service.pprof;
    if (profiles) await taker.take('heap', `${base}heap?gc=1`, ONCE.profile);
    const counters = await takeCounters(taker, service, { forced: profiles, load: this.#load, elsewhere });
    const stacks = profiles ? await taker.take('goroutine', `${base}goroutine`, ONCE.profile) : null;
    const local = this.#process(profiles, parts);
    if (profiles && (work === 'deep' || NAMED.has(this.#taken++))) await this.#names(taker, service);
    if (work === 'deep') await this.#deeper(taker, service, base, stacks);
    const asked = await load;
    return this.#conclude(at, parts, counters, { stacks, local, asked }, taker.errors[0] ?? null);
  }

  /** Which allocator the runtime used at a line: tells maps from slices. Costs a text of all samples, so not each time. */
  async #names(taker: Taker, service: Service): Promise<void> {
    const text = await taker.take('heap-debug1', `${service.pprof}heap?debug=1`, ONCE.text);
    const query = text === null ? null : readable(() => symbolQuery(text));
    if (query !== null) await taker.take('symbols', `${service.pprof}symbol?${query}`, ONCE.text);
  }

  /** Null where it is not asked for elsewhere, or there is no answer before the visit has to end. */
  async #askLoad(at: number, signal: AbortSignal | undefined): Promise<number | null> {
    const asked = this.#options.askLoad?.(this.#target, at) ?? Promise.resolve(null);
    if (signal === undefined) return await asked;
    const over = Promise.withResolvers<null>();
    const onAbort = (): void => over.resolve(null);
    signal.addEventListener('abort', onAbort, { once: true });
    return await Promise.race([asked, over.promise]).finally(() => signal.removeEventListener('abort', onAbort));
  }

  async #deeper(taker: Taker, service: Service, base: string, stacks: Buffer | null): Promise<void> {
    if (service.profiles.has('goroutineleak')) await taker.take('goroutineleak', `${base}goroutineleak`, ONCE.profile);
    const goroutines = stacks === null ? null : readable(() => countGoroutines(stacks));
    if (goroutines !== null && goroutines < this.#target.schedule.goroutineLimit) {
      this.#goroutines = goroutines;
      await taker.take('goroutine-debug2', `${base}goroutine?debug=2`, ONCE.dump);
    }
  }

  /** The pages of the service; asked for where they are not known or the process behind them changed. */
  async #discovered(bounds: Bounds): Promise<Service> {
    if (this.#pid !== null && startTicks(this.#pid) !== this.#ticks) this.#forget();
    if (this.#service !== null) return this.#service;
    const { address, http, metricsPath, pid } = this.#target;
    const client = new HttpClient(address, http, bounds);
    const metrics = metricsPath?.startsWith('/') === true ? { metrics: metricsPath } : {};
    const service = await discover(client, { retries: 0, limits: WATCH_LIMITS, ...metrics });
    // Pages that were not found because the time was over may be there.
    if (bounds.signal?.aborted === true) throw new TargetError(messageOf(bounds.signal.reason));
    this.#pid = pid ?? (await looksAtPort(address, () => localProcessOf(service)));
    this.#ticks = this.#pid === null ? null : startTicks(this.#pid);
    this.#service = { ...service, client: new HttpClient(address, http) };
    if (metricsPath !== undefined && !metricsPath.startsWith('/')) {
      const other = parseAddress(metricsPath);
      this.#metricsElsewhere = { ...service, client: new HttpClient(other, http), metrics: other.path };
    }
    return this.#service;
  }

  #forget(): void {
    this.#service = null;
    this.#metricsElsewhere = null;
    this.#pid = null;
    this.#ticks = null;
  }

  /** All of /proc where profiles are taken; else what a few small files say. */
  #process(whole: boolean, parts: TakenPart[]): Values {
    if (this.#pid === null) return {};
    const startedAt = this.#ticks === null ? null : bootTime() + this.#ticks / 100;
    if (!whole) return quickProcess(this.#pid, startedAt);
    const { values, part } = wholeProcess(this.#pid, startedAt);
    if (part !== null) parts.push(part);
    return values;
  }

  #conclude(
    at: number,
    parts: readonly TakenPart[],
    counters: Counters,
    more: { readonly stacks: Buffer | null; readonly local: Values; readonly asked: number | null },
    problem: string | null,
  ): Evidence {
    const values = nearerLimit(counters.values, more.local);
    const heap = parts.find(({ kind, body }) => kind === 'heap' && body !== null)?.body ?? null;
    const ok = heap !== null || more.stacks !== null || Object.keys(values).length > 0;
    if (!ok) return this.#failed(at, parts, problem ?? 'it answers, but with nothing that can be used');
    const told = values.start_time_seconds ?? null;
    const before = this.#known;
    const restarted = before === null ? null : restartOf(before, told, values);
    if (restarted !== null) {
      this.#load.restart();
      this.#identity = { ...this.#identity, build: null, goVersion: null };
      this.#identified = false;
      this.#taken = 0;
    }
    this.#identify(counters, more.stacks ?? heap);
    const { build, goVersion } = this.#identity;
    const mark = before === null ? null : markOf(this.#target.info.id, at, before, { build, goVersion }, restarted);
    const startedAt = startOf(before, restarted !== null, told);
    this.#known = { startedAt, build: build ?? before?.build ?? null, goVersion, values, at };
    // A series has one meaning: where the load is asked for elsewhere, the pages are no substitute.
    const read = this.#target.load.prometheus === null ? this.#load.read(counters.pages) : more.asked;
    return {
      at,
      ok,
      parts,
      values: read === null ? values : { ...values, load: read },
      load: this.load,
      identity: this.#identity,
      startedAt,
      mark,
      newLife: before === null || restarted !== null,
      cost: NO_COST,
      problem,
    };
  }

  /** How the load is measured; null while nothing is chosen. */
  /** The process that answered last, where it is of this machine; `startedAt` in ms since the epoch. */
  get process(): { readonly pid: number; readonly startedAt: number | null } | null {
    if (this.#pid === null) return null;
    return { pid: this.#pid, startedAt: this.#ticks === null ? null : 1000 * (bootTime() + this.#ticks / 100) };
  }

  get load(): Evidence['load'] {
    const { prometheus } = this.#target.load;
    if (prometheus !== null) return { metric: prometheus.query, kind: 'gauge', guessed: false };
    return this.#load.metric;
  }

  /** Once per process, as soon as something tells: reading an executable or a profile takes its time. */
  #identify(counters: Counters, profile: Buffer | null): void {
    this.#identity = firstOf(this.#identity, counters.identity);
    if (this.#identified || profile === null) return;
    this.#identified = true;
    const fromPid = this.#pid === null ? [] : [identityFromPid(this.#pid)];
    this.#identity = firstOf(this.#identity, ...fromPid, identityFromProfile(profile));
  }

  #failed(at: number, parts: readonly TakenPart[], problem: string): Evidence {
    this.#forget();
    return {
      at,
      ok: false,
      parts,
      values: {},
      load: null,
      identity: this.#identity,
      startedAt: this.#known?.startedAt ?? null,
      mark: null,
      newLife: false,
      cost: NO_COST,
      problem,
    };
  }
}

/** What the system says goes before what the process says of itself, but of two limits the nearer one. */
function nearerLimit(told: Values, local: Values): Values {
  const limit = Math.min(told.limit_bytes ?? Infinity, local.limit_bytes ?? Infinity);
  return { ...told, ...local, ...(Number.isFinite(limit) ? { limit_bytes: limit } : {}) };
}

/** s since the epoch; null where nothing tells. Exporters let it jitter: the same process keeps its first value. */
function startOf(before: Known | null, restarted: boolean, told: number | null): number | null {
  if (before === null) return told;
  if (!restarted) return before.startedAt ?? told;
  // Another process whose start nothing tells began after the old one was seen last.
  return told ?? before.at / 1000;
}

const NO_COST: Cost = { captures: 0, bytes: 0, pauseMs: 0 };

/** Nothing is asked twice in one visit: the schedule tries again later. */
const ONCE = {
  profile: { limit: WATCH_LIMITS.profile, retries: 0 },
  dump: { limit: WATCH_LIMITS.dump, retries: 0 },
  text: { limit: WATCH_LIMITS.text, retries: 0 },
} as const;

/** Captures of one life at which the allocators are asked for: when there is enough for a finding, and once later. */
const NAMED: ReadonlySet<number> = new Set([3, 30]);

function partKind(kind: string): PartKind | null {
  return PART_KINDS.find((known) => known === kind) ?? null;
}
