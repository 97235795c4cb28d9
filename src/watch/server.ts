/**
 * The running server: sources of targets, the schedule, the analysis, history, alerts and the HTTP side, tied together.
 * A single target, a full disk or a page that is asked for the wrong thing does not end it.
 */
import { hostname } from 'node:os';
import { join } from 'node:path';
import { codeOf, messageOf, UsageError } from '../collect/error.ts';
import type { SourceReview } from '../findings/source-review.ts';
import type { ResponseEvent } from '../guard/respond/model.ts';
import type { AlertDesk } from './alerts/alerts.ts';
import { openAlertDesk } from './alerts/desk.ts';
import type { Analyst } from './analyse/analyst.ts';
import { recallFlows, recallSummaries } from './analyse/recall.ts';
import { startAnalyst } from './analyse/thread.ts';
import { createApi } from './api/app.ts';
import type { Backend, TargetState } from './api/backend.ts';
import type { LiveEvent } from './api/contract.ts';
import { type Clock, SteadyTime, systemClock } from './clock.ts';
import { Committer } from './committer.ts';
import type { WatchConfig, WatchTarget } from './config/config.ts';
import { diffConfig } from './config/diff.ts';
import { openControl } from './control.ts';
import { withDamageTold } from './damage.ts';
import { FindingBook } from './finding-book.ts';
import { openDuckDbStore } from './history/duckdb/store.ts';
import type { Batch, HistoryStore } from './history/store.ts';
import type { Logger } from './log.ts';
import type { FindingEvent, FindingRecord, TargetId, TargetInfo } from './model.ts';
import { OwnMetrics } from './own-metrics.ts';
import { Problems } from './problems.ts';
import { Respond } from './respond/respond.ts';
import type { Cost } from './schedule/ledger.ts';
import { Scheduler, type VisitResult, type Visits, type Work } from './schedule/scheduler.ts';
import { SourceReviews } from './source/reviews.ts';
import { collectHere } from './syscalls/collect.ts';
import { flowsOf } from './syscalls/flows.ts';
import { SyscallWatch } from './syscalls/watch.ts';
import { queryLoad } from './targets/load.ts';
import type { TargetSource } from './targets/source.ts';
import { runSources, sourcesOf } from './targets/sources.ts';
import { type Surroundings, Watching } from './watching.ts';

export interface ServerOptions {
  readonly config: WatchConfig;
  readonly version: string;
  readonly log: Logger;
  /** Directory of the built page; null where there is none. */
  readonly uiDir: string | null;
  /** Beside those of the configuration: lab services. */
  readonly sources?: readonly TargetSource[];
  /** After an event of a finding is durable. */
  readonly onEvent?: (event: FindingEvent, record: FindingRecord) => void;
  /** After a finding that was not there before is durable; it may be a suspicion that nobody is alerted of yet. */
  readonly onNew?: (record: FindingRecord) => void;
  readonly clock?: Clock;
}

const HOUR_MS = 3_600_000;
/** Captures of the last hour that are read at the start, for the budgets. */
const CHARGED = 200_000;
/** Targets that are remembered after they are gone. */
const MOST_STORED = 20_000;
const RETAIN_FIRST_MS = 2 * 60_000;
const CLOCK_EVERY_MS = 5_000;
/** A collector that has ended is started again after so long. */
const COLLECT_AGAIN_MS = 60_000;
/** Without a failure for so long, a problem with profiles on disk is over. */
const CALM_MS = 60_000;
/** What is under way may take so long to end; then it is left. */
const STOP_MS = 6_000;

export class WatchServer implements Visits {
  readonly #options: ServerOptions;
  readonly #clock: Clock;
  readonly #time: SteadyTime;
  readonly #log: Logger;
  readonly #store: HistoryStore;
  readonly #book: FindingBook;
  readonly #problems: Problems;
  readonly #metrics: OwnMetrics;
  readonly #analyst: Analyst;
  readonly #reviews: SourceReviews;
  readonly #committer: Committer;
  readonly #respond: Respond;
  readonly #scheduler: Scheduler;
  readonly #around: Surroundings;
  readonly #watched = new Map<TargetId, Watching>();
  /** What the store knew of targets at the start. */
  readonly #stored: Map<TargetId, TargetInfo>;
  readonly #charged: Map<TargetId, (Cost & { at: number })[]>;
  readonly #listeners = new Set<(event: LiveEvent) => void>();
  readonly #stop = new AbortController();
  #blobsFailed = Number.NEGATIVE_INFINITY;
  #desk: AlertDesk | null = null;
  #syscalls: SyscallWatch | null = null;
  #collector: { stop(): Promise<void> } | null = null;
  #config: WatchConfig;
  #sources: AbortController | null = null;
  #sourcesEnded: Promise<void> = Promise.resolve();
  #api: Awaited<ReturnType<typeof createApi>> | null = null;
  #timers: (() => void)[] = [];
  #stopping: Promise<void> | null = null;
  readonly #startedAt: number;

  /** Opens history, begins to watch, and serves the page. Throws UsageError or StoreError with one sentence. */
  static async start(options: ServerOptions): Promise<WatchServer> {
    const { config, log } = options;
    const clock = options.clock ?? systemClock;
    const store = await openDuckDbStore({ dir: config.dataDir, log: (says) => log.info({}, says) });
    try {
      const time = new SteadyTime(clock);
      const known = await store.targets();
      const [newest] = await store.captures([], { from: 0, to: Number.MAX_SAFE_INTEGER }, 1);
      if (newest !== undefined) time.notBefore(newest.at + 1);
      const since = time.now() - HOUR_MS;
      const captures = await store.captures([], { from: since, to: time.now() }, CHARGED);
      const charged = new Map<TargetId, (Cost & { at: number })[]>();
      for (const { target, at, parts } of captures.toReversed()) {
        const bytes = parts.reduce((sum, part) => sum + part.bytes, 0);
        const pauseMs = parts.reduce((sum, part) => sum + part.pauseMs, 0);
        const all = charged.get(target) ?? [];
        all.push({ at, captures: 1, bytes, pauseMs });
        charged.set(target, all);
      }
      const book = new FindingBook(await store.findings(), await store.silences(time.now()));
      const responses = await store.responses();
      const server = new WatchServer(options, clock, time, store, book, known, charged, responses);
      try {
        await server.#open();
      } catch (error) {
        await server.stop();
        throw error;
      }
      return server;
    } catch (error) {
      await store.close().catch(() => {});
      throw error;
    }
  }

  private constructor(
    options: ServerOptions,
    clock: Clock,
    time: SteadyTime,
    store: HistoryStore,
    book: FindingBook,
    known: readonly TargetInfo[],
    charged: Map<TargetId, (Cost & { at: number })[]>,
    responses: readonly ResponseEvent[],
  ) {
    const { config, log } = options;
    this.#options = options;
    this.#config = config;
    this.#clock = clock;
    this.#time = time;
    this.#store = store;
    this.#book = book;
    this.#log = log;
    this.#stored = new Map(known.map((info) => [info.id, info]));
    this.#charged = charged;
    this.#startedAt = time.now();
    this.#problems = new Problems(
      () => time.now(),
      ({ about, says }, over) => {
        if (over) log.info({ about }, `over: ${says}`);
        else log.warn({ about }, says);
        this.#tell({ kind: 'problem', environment: '', service: '', id: about, at: time.now() });
      },
    );
    this.#metrics = new OwnMetrics({
      targets: () => ({ total: this.#watched.size, up: [...this.#watched.values()].filter(({ up }) => up).length }),
      load: () => this.#scheduler.load,
      findings: () => book.stored(),
      deliveries: () => this.#desk?.counts() ?? { pending: 0, delivered: 0, dropped: 0 },
      problems: () => this.#allProblems().length,
      store: () => store.stats(),
    });
    this.#analyst = startAnalyst({
      recall: (target) => recallSummaries(store, target, time.now()),
      recallFlows: (target) => recallFlows(store, target, this.#watched.get(target)?.process?.pid ?? null, time.now()),
      onFailure: (says) => log.error({}, says),
    });
    this.#reviews = new SourceReviews({
      clock,
      onReview: (dir, review) => this.#onReview(dir, review),
      onProblem: (dir, says) => this.#problems.tell(`source ${dir}`, says),
    });
    this.#committer = new Committer({
      store,
      clock,
      plan: (change) => this.#desk?.plan(change) ?? { deliveries: [], committed() {}, abandoned() {} },
      onStored: (batch, ms) => this.#onStored(batch, ms),
      onProblem: (says) => this.#problems.tell('store', says),
    });
    this.#respond = new Respond({
      events: responses,
      settings: config.respond,
      clock,
      now: () => time.now(),
      alertsConfig: () => this.#config.alerts,
      findings: () => book.stored(),
      silences: () => book.silences(time.now()),
      sourceOf: (environment, service) => this.#sourceOf(environment, service),
      add: (batch) => this.#committer.add(batch),
      flush: () => this.#committer.flush(),
      commit: (batch) => store.commit(batch),
      tell: (id) => this.#tell({ kind: 'incident', environment: '', service: '', id, at: time.now() }),
      problem: (says) => this.#problems.tell('respond', says),
    });
    this.#around = {
      store,
      analyst: this.#analyst,
      metrics: this.#metrics,
      now: () => time.now(),
      stop: this.#stop.signal,
      askLoad: (target, at) => this.#askLoad(target, at),
      commit: (batch) => this.#committer.add(batch),
      measured: (measurement) => this.#respond.with(book.measured({ ...measurement, current: this.#current() })),
      deepen: (target, why) => {
        log.debug({ target }, `a deeper capture is due: ${why}`);
        this.#scheduler.deepen(target);
      },
      deployed: (dir) => this.#reviews.changed(dir),
      blobProblem: (says) => this.#blobProblem(says),
      log,
    };
    this.#scheduler = new Scheduler(this, {
      clock,
      concurrency: config.concurrency,
      hooks: {
        onStart: (work, delayMs) => this.#metrics.started(work, delayMs),
        onRefused: (target, work) => {
          this.#metrics.refused(work);
          this.#watched.get(target.info.id)?.refused(work);
        },
      },
    });
  }

  /** `http://127.0.0.1:7070`: where the page is. */
  get url(): string {
    const address = this.#api?.server.address();
    if (address === null || address === undefined || typeof address === 'string') return '';
    const host = address.family === 'IPv6' ? `[${address.address}]` : address.address;
    return `http://${host}:${address.port}`;
  }

  /** Another configuration: targets, schedules and alerts change at once. The address and the data stay. */
  reconfigure(config: WatchConfig): void {
    const { config: next, needsRestart } = diffConfig(this.#config, config);
    // The page asks for the token that it was started with.
    const token = next.token === this.#config.token ? [] : ['the new token holds when the server is started again'];
    this.#problems.tell('config', [...needsRestart, ...token].join('; ') || null);
    this.#config = next;
    this.#scheduler.concurrency = config.concurrency;
    this.#desk?.configure(config.alerts);
    this.#respond.configure(next.respond);
    this.#syscalls?.reconfigure(next.syscalls);
    this.#runSources();
    this.reviewSources();
  }

  /** The services' source is looked at again; what is unchanged takes a moment. */
  reviewSources(): void {
    this.#reviews.all();
  }

  /** The new configuration cannot be read; the old one holds. */
  configProblem(says: string): void {
    this.#problems.tell('config', says);
  }

  estimate(target: WatchTarget, work: Work): Cost {
    return this.#watched.get(target.info.id)?.estimate(work) ?? { captures: 0, bytes: 0, pauseMs: 0 };
  }

  async visit(target: WatchTarget, work: Work, bytes: number): Promise<VisitResult> {
    const { id } = target.info;
    const watching = this.#watched.get(id);
    if (watching === undefined) return { ok: false, cost: { captures: 0, bytes: 0, pauseMs: 0 } };
    try {
      const result = await watching.visit(work, bytes);
      const { problem } = watching.state();
      // Taken away meanwhile: what was analysed of it just now is not needed any more.
      if (!this.#watched.has(id)) void this.#analyst.forget(id);
      // What is given up at the end is no problem of the target.
      if (!this.#stop.signal.aborted) this.#problems.tell(id, this.#watched.has(id) ? problem : null);
      return result;
    } catch (error) {
      // A fault of ours: this target is tried again later, and the others do not notice.
      this.#log.error(
        { target: id, err: error },
        `a visit failed for a reason that hemostat does not know: ${messageOf(error)}`,
      );
      this.#problems.tell(id, `hemostat failed on it: ${messageOf(error)}`);
      return { ok: false, cost: { captures: 1, bytes, pauseMs: watching.estimate(work).pauseMs } };
    }
  }

  /** Ends within ten seconds: what was measured is stored, what is under way is given up. */
  stop(): Promise<void> {
    this.#stopping ??= this.#end();
    return this.#stopping;
  }

  async #open(): Promise<void> {
    const { config, uiDir, version } = this.#options;
    this.#desk = await openAlertDesk(config.alerts, {
      store: this.#store,
      now: () => this.#time.now(),
      findings: () => this.#book.stored(),
      silences: () => this.#book.silences(this.#time.now()),
      answered: (delivery) => this.#respond.answered(delivery),
      told: (delivery) => this.#respond.told(delivery),
      stored: (events) => this.#respond.stored(events),
      log: this.#log,
    });
    this.#respond.start(this.#desk);
    const { host, port } = config.listen;
    const loopback = host === 'localhost' || host === '::1' || host.startsWith('127.');
    this.#api = await createApi(this.#backend(version), {
      token: config.token,
      loopback,
      uiDir,
      tempDir: join(config.dataDir, 'open'),
      logger: this.#log,
    });
    try {
      await this.#api.listen({ host, port });
    } catch (error) {
      if (codeOf(error) === 'EADDRINUSE')
        throw new UsageError(
          `${host}:${port} is in use already; is another hemostat running there? Give another port with --listen`,
        );
      throw new UsageError(`the page cannot be served at ${host}:${port}: ${messageOf(error)}`);
    }
    const control = await openControl(config.dataDir, (dir) => this.#store.backup(dir));
    if (control !== null) this.#timers.push(control);
    this.#runSources();
    this.#syscalls = await this.#watchSyscalls();
    if (config.syscalls.collect) await this.#collect();
    this.#every(RETAIN_FIRST_MS, HOUR_MS, () => this.#retain());
    // Not before discovery has had the time to name everything.
    this.#every(HOUR_MS, HOUR_MS, async () =>
      this.#committer.add(this.#respond.with(this.#book.abandoned(this.#current(), this.#time.now()))),
    );
    this.#every(CLOCK_EVERY_MS, CLOCK_EVERY_MS, async () => this.#problems.tell('clock', this.#time.problem()));
  }

  async #end(): Promise<void> {
    for (const cancel of this.#timers) cancel();
    this.#sources?.abort();
    this.#stop.abort(new Error('hemostat is being stopped'));
    const patience = Promise.withResolvers<void>();
    const cancel = this.#clock.after(STOP_MS, patience.resolve);
    const counted = Promise.resolve(this.#collector?.stop()).then(() => this.#syscalls?.close());
    await Promise.race([Promise.all([this.#scheduler.stop(), this.#sourcesEnded, counted]), patience.promise]);
    cancel();
    await this.#respond.close();
    const lost = await this.#committer.close();
    if (lost !== null) this.#log.error({}, lost);
    await this.#desk?.close();
    await this.#reviews.close();
    await this.#analyst.close();
    await this.#api?.close();
    await this.#store.close();
  }

  #runSources(): void {
    this.#sources?.abort();
    const controller = new AbortController();
    this.#sources = controller;
    const sources = [...sourcesOf(this.#config), ...(this.#options.sources ?? [])];
    for (const { about } of this.#problems.all) if (about.startsWith('discovery ')) this.#problems.tell(about, null);
    this.#sourcesEnded = runSources(
      sources,
      (targets) => {
        if (!controller.signal.aborted) this.#setTargets(targets);
      },
      (source, says) => {
        if (!controller.signal.aborted) this.#problems.tell(`discovery ${source}`, says);
      },
      controller.signal,
    ).catch((error: unknown) => {
      if (!controller.signal.aborted) this.#problems.tell('discovery', messageOf(error));
    });
  }

  #setTargets(targets: readonly WatchTarget[]): void {
    const wanted = new Set(targets.map(({ info }) => info.id));
    for (const [id, watching] of this.#watched) {
      if (wanted.has(id)) continue;
      this.#watched.delete(id);
      this.#problems.tell(id, null);
      this.#stored.set(id, watching.info);
      // Pods come and go for years: the oldest are forgotten, which costs them a first look when they come back.
      const [oldest] = this.#stored.size > MOST_STORED ? this.#stored.keys() : [];
      if (oldest !== undefined) this.#stored.delete(oldest);
      void this.#analyst.forget(id);
    }
    this.#reviews.want(new Set(targets.flatMap(({ source }) => source ?? [])));
    for (const target of targets) {
      const { id } = target.info;
      const there = this.#watched.get(id);
      if (there !== undefined) there.target = target;
      else this.#watched.set(id, new Watching(target, this.#around, this.#stored.get(id) ?? null));
    }
    const now = this.#time.now();
    this.#scheduler.set(targets, (id) => {
      const charged = this.#charged.get(id) ?? [];
      this.#charged.delete(id);
      return charged.map(({ at, ...cost }) => ({ ...cost, ago: now - at }));
    });
  }

  #onReview(dir: string, review: SourceReview | null): void {
    void this.#analyst.reviewed(dir, review);
    if (review === null) return;
    const { files, reports, notes } = review;
    this.#log.info({ source: dir, files, reports: reports.length }, 'the source was reviewed');
    for (const note of notes) this.#log.info({ source: dir }, note);
  }

  /** What configuration and discovery name, and what is counted without them. */
  #current(): ReadonlySet<TargetId> {
    const counted = this.#syscalls?.counted() ?? [];
    return new Set([...this.#watched.keys(), ...counted.map(({ info }) => info.id)]);
  }

  #watchSyscalls(): Promise<SyscallWatch> {
    return SyscallWatch.open({
      config: this.#config.syscalls,
      dataDir: this.#config.dataDir,
      host: hostname(),
      clock: this.#clock,
      now: () => this.#time.now(),
      store: this.#store,
      candidates: () => [...this.#watched.values()].map(({ info, process }) => ({ info, process })),
      buildOf: (id) => this.#watched.get(id)?.state().build ?? null,
      commit: (batch) => this.#committer.add(batch),
      counted: (measurement) => this.#respond.with(this.#book.counted({ ...measurement, current: this.#current() })),
      onWindows: (target, windows, pid) => {
        if (this.#watched.has(target)) void this.#analyst.flows(target, flowsOf(windows, pid));
      },
      problem: (about, says) => this.#problems.tell(about, says),
      log: (says) => this.#log.info({}, says),
    });
  }

  #sourceOf(environment: string, service: string): string | null {
    for (const watching of this.#watched.values()) {
      const { info, source } = watching.state();
      if (info.environment === environment && info.service === service && source !== null) return source;
    }
    return null;
  }

  /** Where it cannot count, that is a problem that the page shows; everything else goes on. */
  async #collect(): Promise<void> {
    if (this.#stop.signal.aborted) return;
    const { windowMs } = this.#config.syscalls;
    const failed = (says: string): void => {
      this.#collector = null;
      if (this.#stop.signal.aborted) return;
      this.#problems.tell('syscalls', `System calls are not counted: ${says}`);
      this.#timers.push(this.#clock.after(COLLECT_AGAIN_MS, () => void this.#collect()));
    };
    try {
      this.#collector = await collectHere(windowMs, {
        onWindow: (recording) => this.#syscalls?.take(recording, 'this server'),
        onEnd: failed,
        onNote: (says) => this.#log.info({}, says),
      });
      this.#problems.tell('syscalls', null);
    } catch (error) {
      failed(messageOf(error));
    }
  }

  async #askLoad(target: WatchTarget, at: number): Promise<number | null> {
    if (target.load.prometheus === null) return null;
    try {
      const value = await queryLoad(target.load, target.info, at, (says) => this.#log.warn({}, says));
      this.#problems.tell('load query', null);
      return value;
    } catch (error) {
      this.#problems.tell('load query', messageOf(error));
      return null;
    }
  }

  /** On a full disk a small profile may still fit between two that do not: it is over when all fit for a while. */
  #blobProblem(says: string | null): void {
    const now = this.#clock.monotonic();
    if (says !== null) this.#blobsFailed = now;
    if (says !== null || now - this.#blobsFailed > CALM_MS) this.#problems.tell('blobs', says);
  }

  #onStored(batch: Batch, ms: number): void {
    this.#metrics.took('commit', ms);
    const { captures = [], metrics = [], events = [], deliveries = [], marks = [] } = batch;
    this.#metrics.stored('captures', captures.length);
    this.#metrics.stored('metrics', metrics.length);
    this.#metrics.stored('events', events.length);
    this.#metrics.stored('deliveries', deliveries.length);
    const fresh = (batch.findings ?? []).filter(({ id }) => this.#book.get(id) === null);
    this.#book.store(batch.findings ?? [], batch.silences ?? []);
    this.#respond.stored(batch.responses ?? []);
    if ((batch.silences ?? []).length > 0) this.#respond.wake();
    for (const record of fresh) {
      const { environment, service, id } = record;
      this.#tell({ kind: 'finding', environment, service, id, at: record.firstSeen });
      this.#options.onNew?.(record);
    }
    const named = (target: TargetId) => this.#watched.get(target)?.info;
    for (const { id, target, at } of captures) {
      const { environment = '', service = '' } = named(target) ?? {};
      this.#log.debug({ capture: id, target, environment, service }, 'captured');
      this.#tell({ kind: 'capture', environment, service, id: target, at });
    }
    for (const { target, until } of batch.syscalls ?? []) {
      const info = named(target) ?? this.#syscalls?.counted().find((one) => one.info.id === target)?.info;
      const { environment = '', service = '' } = info ?? {};
      this.#tell({ kind: 'capture', environment, service, id: target, at: until });
    }
    for (const { target, at } of marks) {
      const { environment = '', service = '' } = named(target) ?? {};
      this.#tell({ kind: 'mark', environment, service, id: target, at });
    }
    for (const event of events) {
      const record = this.#book.get(event.finding);
      if (record === null) continue;
      const { environment, service, id } = record;
      this.#log.info({ finding: id, environment, service, kind: event.kind }, event.says);
      this.#tell({ kind: 'finding', environment, service, id, at: event.at });
      this.#options.onEvent?.(event, record);
    }
  }

  #syscallsOf(id: TargetId): ReturnType<Backend['syscalls']> {
    const { collect, recordings } = this.#config.syscalls;
    const state = this.#syscalls?.state(id);
    if (state === undefined || (!collect && recordings.length === 0)) return { ...NO_SYSCALLS, says: NOT_ASKED };
    if (state.newest !== null) return { ...state, says: null };
    const problems = this.#problems.all.filter(({ about }) => about === 'syscalls' || about.startsWith('recording '));
    return { ...state, says: problems.map(({ says }) => says).join(' ') || NOT_YET };
  }

  #tell(event: LiveEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  #allProblems() {
    return [...this.#problems.all, ...(this.#desk?.problems() ?? [])];
  }

  async #retain(): Promise<void> {
    try {
      const now = this.#time.now();
      await this.#store.retain(this.#config.retention, now);
      this.#respond.forget(now - this.#config.retention.longMs);
      this.#problems.tell('retention', null);
    } catch (error) {
      this.#problems.tell('retention', messageOf(error));
    }
  }

  /** Now and then, never two at one time. */
  #every(firstMs: number, everyMs: number, run: () => Promise<void>): void {
    let cancel = () => {};
    const again = (ms: number): void => {
      cancel = this.#clock.after(ms, () => void run().finally(() => !this.#stop.signal.aborted && again(everyMs)));
    };
    again(firstMs);
    this.#timers.push(() => cancel());
  }

  #backend(version: string): Backend {
    const state = (id: TargetId, watching: Watching): TargetState => {
      const schedule = this.#scheduler.state(id);
      const ahead = (schedule?.retryAt ?? schedule?.nextProfiles ?? 0) - this.#clock.monotonic();
      const none = { captures: 0, bytes: 0, pauseMs: 0 };
      return {
        ...watching.state(),
        failures: schedule?.failures ?? 0,
        nextCapture: schedule === null ? null : this.#time.now() + Math.max(0, Math.round(ahead)),
        spent: schedule?.spent ?? none,
        budget: schedule?.budget ?? none,
      };
    };
    const done = async (change: Batch | null, id: string): Promise<FindingRecord | null> => {
      if (change === null) return null;
      this.#committer.add(change);
      await this.#committer.flush();
      return this.#book.get(id);
    };
    return {
      version,
      startedAt: this.#startedAt,
      store: withDamageTold(this.#store, (says) => this.#problems.tell('damaged profiles', says)),
      now: () => this.#time.now(),
      targets: () => [
        ...[...this.#watched].map(([id, watching]) => state(id, watching)),
        ...(this.#syscalls?.counted() ?? []).map(({ info }) => countedState(info)),
      ],
      target: (id) => {
        const watching = this.#watched.get(id);
        if (watching !== undefined) return state(id, watching);
        const counted = this.#syscalls?.counted().find(({ info }) => info.id === id);
        return counted === undefined ? null : countedState(counted.info);
      },
      syscalls: (id) => this.#syscallsOf(id),
      findings: () => this.#book.stored(),
      problems: () => this.#allProblems(),
      receivers: () => this.#desk?.receivers() ?? [],
      respond: this.#respond,
      acknowledge: (id, by, note) => {
        const change = this.#book.acknowledge(id, by, note, this.#time.now());
        return done(change === null ? null : this.#respond.withAcknowledged(change, by, note), id);
      },
      unacknowledge: (id, by) => done(this.#book.unacknowledge(id, by, this.#time.now()), id),
      silence: async (id, by, why, until) => {
        const change = this.#book.silence(id, by, why, until, this.#time.now());
        if (change === null) return null;
        await done({ ...change, silences: [change.silence] }, id);
        return change.silence;
      },
      unsilence: (id, by) => done(this.#book.unsilence(id, by, this.#time.now()), id),
      subscribe: (listener) => {
        this.#listeners.add(listener);
        return () => this.#listeners.delete(listener);
      },
      metricsText: () => this.#metrics.text(),
      health: () => this.#problems.get('store')?.says ?? null,
    };
  }
}

const NOT_ASKED =
  'Nobody counts system calls here: start hemostat watch with --syscalls as root, or with --recording PATH of what `hemostat guard baseline collect` writes.';
const NOT_YET =
  'No window with a process of this instance has come yet. A process is told by its port on this machine, its pod, or its executable.';
const NO_SYSCALLS = {
  key: null,
  image: '',
  profile: null,
  state: 'none',
  path: null,
  newest: null,
  check: () => [],
} as const;

/** A target that is not asked itself: somebody counts what its processes do. */
function countedState(info: TargetInfo): TargetState {
  const none = { captures: 0, bytes: 0, pauseMs: 0 };
  return {
    ...{ info, up: true, problem: null, failures: 0, nextCapture: null, lastCapture: null, build: null },
    ...{ goVersion: null, source: null, loadKind: null, loadMetric: null, spent: none, budget: none },
  };
}
