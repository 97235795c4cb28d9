/**
 * One target from visit to store: evidence is taken, its profiles are put on disk and analysed, what the analysis says
 * moves the life of findings on, and all of it goes to the store in one transaction.
 */
import { createHash } from 'node:crypto';
import { messageOf } from '../collect/error.ts';
import type { AnalyseInput, AnalyseOutput, Analyst, RawPart } from './analyse/analyst.ts';
import { recallSummaries } from './analyse/recall.ts';
import type { TargetState } from './api/backend.ts';
import { type Evidence, type TakenPart, Visitor, type VisitorOptions } from './capture/visitor.ts';
import type { WatchTarget } from './config/config.ts';
import type { Batch, HistoryStore } from './history/store.ts';
import type { Measurement } from './life/life.ts';
import type { Capture, CapturePart, MetricPoint, PartKind, TargetId, TargetInfo } from './model.ts';
import type { OwnMetrics } from './own-metrics.ts';
import type { Cost } from './schedule/ledger.ts';
import type { VisitResult, Work } from './schedule/scheduler.ts';

/** What all targets share. */
export interface Surroundings extends VisitorOptions {
  readonly store: HistoryStore;
  readonly analyst: Analyst;
  readonly metrics: OwnMetrics;
  /** Stored with the next transaction. */
  commit(batch: Batch): void;
  /** What was measured moves the life of findings on; gives what is to be stored. */
  measured(measurement: Omit<Measurement, 'current'>): Pick<Batch, 'findings' | 'events' | 'responses'>;
  deepen(target: TargetId, why: string): void;
  /** A service that is built from the source in `dir` has another build. */
  deployed(dir: string): void;
  /** One sentence about the blobs on disk, or null. */
  blobProblem(says: string | null): void;
  log: { debug(fields: object, says: string): void; info(fields: object, says: string): void };
}

/** Kinds that are kept as they were received; what the others say is in the metrics. */
const KEPT: ReadonlySet<PartKind> = new Set(['heap', 'goroutine', 'goroutine-debug2', 'goroutineleak']);
/** Kinds that the analysis reads; pages of counters were read already. */
const ANALYSED: ReadonlySet<PartKind> = new Set([...KEPT, 'heap-debug1', 'symbols', 'process']);
/** Metric points between two captures that the analysis is given. */
const MOST_POINTS = 400;

export class Watching {
  readonly #around: Surroundings;
  readonly #visitor: Visitor;
  #target: WatchTarget;
  #info: TargetInfo;
  #resumed: boolean;
  #visited = false;
  #up = false;
  #problem: string | null = null;
  #lastCapture: number | null = null;
  #evidence: Evidence | null = null;
  #points: MetricPoint[] = [];

  /** `known`: the store has history of it. */
  constructor(target: WatchTarget, around: Surroundings, known: TargetInfo | null) {
    this.#target = target;
    this.#around = around;
    this.#visitor = new Visitor(target, around);
    this.#info = named(target.info, known?.service ?? '');
    this.#resumed = known === null;
    around.commit({ targets: [this.#info] });
  }

  get info(): TargetInfo {
    return this.#info;
  }

  /** The same target, defined in another way. */
  set target(target: WatchTarget) {
    this.#target = target;
    this.#visitor.target = target;
    const info = named(target.info, this.#info.service);
    if (JSON.stringify(info) === JSON.stringify(this.#info)) return;
    this.#info = info;
    this.#around.commit({ targets: [info] });
  }

  get process(): Visitor['process'] {
    return this.#visitor.process;
  }

  get up(): boolean {
    return this.#up;
  }

  state(): Omit<TargetState, 'failures' | 'nextCapture' | 'spent' | 'budget'> {
    const load = this.#visitor.load;
    const { build = null, goVersion = null } = this.#evidence?.identity ?? {};
    return {
      info: this.#info,
      up: this.#up,
      problem: this.#problem,
      lastCapture: this.#lastCapture,
      build,
      goVersion,
      source: this.#target.source,
      loadKind: load?.kind ?? null,
      loadMetric: load?.metric ?? null,
    };
  }

  estimate(work: Work): Cost {
    return this.#visitor.estimate(work);
  }

  /** There is no room in the budget. */
  refused(work: Work): void {
    if (work !== 'metrics') this.#problem = 'its budget of this hour is used up, so it is captured less often';
  }

  async visit(work: Work, bytes: number): Promise<VisitResult> {
    const { metrics } = this.#around;
    await this.#resume();
    const began = performance.now();
    const evidence = await this.#visitor.visit(work, bytes);
    metrics.took('fetch', performance.now() - began);
    metrics.visited(work, evidence.ok, evidence.cost.bytes);
    this.#told(evidence);
    if (!evidence.ok) return { ok: false, cost: evidence.cost };
    this.#evidence = evidence;
    this.#rename(evidence);
    if (evidence.mark !== null) {
      this.#around.commit({ marks: [evidence.mark] });
      if (evidence.mark.kind === 'deploy' && this.#target.source !== null) this.#around.deployed(this.#target.source);
      this.#around.log.info({ service: this.#info.service, target: this.#info.id }, evidence.mark.says);
    }
    const point: MetricPoint = { target: this.#info.id, at: evidence.at, values: evidence.values };
    if (work === 'metrics') this.#addPoint(point);
    else await this.#capture(work, evidence, point);
    const known = !evidence.newLife && !this.#visited;
    this.#visited = true;
    return { ok: true, cost: evidence.cost, ...(evidence.newLife ? { life: 'new' } : known ? { life: 'known' } : {}) };
  }

  /** Before the first visit: what was known of it before this server was started. */
  async #resume(): Promise<void> {
    if (this.#resumed) return;
    this.#resumed = true;
    const { store, analyst, now } = this.#around;
    try {
      const summaries = await recallSummaries(store, this.#info.id, now());
      const last = summaries.at(-1);
      if (last === undefined) return;
      this.#visitor.resume(last);
      await analyst.remember(this.#info.id, summaries);
    } catch (error) {
      // It is watched as if it were new; why history cannot be read is the store's to tell.
      this.#problem = `what was known of it before could not be read: ${messageOf(error)}`;
    }
  }

  #told(evidence: Evidence): void {
    this.#up = evidence.ok;
    this.#problem = evidence.problem;
  }

  /** A service that nobody named tells its own name; its findings are kept under it. */
  #rename({ identity }: Evidence): void {
    if (this.#info.service !== '') return;
    const service = identity.service === '' ? '' : identity.service;
    if (service === '') return;
    this.#info = named(this.#info, service);
    this.#around.commit({ targets: [this.#info] });
  }

  #addPoint(point: MetricPoint): void {
    if (Object.keys(point.values).length === 0) return;
    this.#points.push(point);
    if (this.#points.length > MOST_POINTS) this.#points.shift();
    this.#around.commit({ metrics: [point] });
  }

  async #capture(work: Work, evidence: Evidence, point: MetricPoint): Promise<void> {
    // Nothing told the name: the address is one.
    if (this.#info.service === '') {
      this.#info = named(this.#info, this.#info.instance);
      this.#around.commit({ targets: [this.#info] });
    }
    const { at, identity } = evidence;
    const id = captureId(this.#info.id, at);
    const input = this.#input(id, evidence, point);
    const [output, parts] = await Promise.all([this.#analyse(input), this.#store(evidence.parts)]);
    const { total } = output.summary.goroutines ?? {};
    if (total !== undefined) this.#visitor.learn(total);
    const [unreadable] = output.unreadable;
    if (unreadable !== undefined) this.#problem = `${unreadable.kind}: ${unreadable.says}`;
    const measured = { ...point, values: { ...point.values, ...output.summary.metrics } };
    this.#points = [];
    const capture: Capture = {
      id,
      target: this.#info.id,
      at,
      reason: work === 'deep' ? 'signal' : 'schedule',
      build: identity.build,
      parts: parts.map((part) => {
        const bad = output.unreadable.find(({ kind }) => kind === part.kind);
        return bad === undefined ? part : { ...part, error: part.error ?? bad.says };
      }),
    };
    const { windows } = output;
    const life = this.#around.measured({ target: this.#info, at, build: identity.build, windows });
    this.#around.commit({ captures: [capture], summaries: [output.summary], metrics: [measured], ...life });
    this.#lastCapture = at;
    if (output.deeper !== null) this.#around.deepen(this.#info.id, output.deeper);
  }

  #input(capture: string, evidence: Evidence, point: MetricPoint): AnalyseInput {
    const { at, identity, startedAt, load } = evidence;
    return {
      target: this.#info.id,
      service: this.#info.service,
      instance: this.#info.instance,
      goVersion: identity.goVersion,
      capture,
      at,
      build: identity.build,
      startedAt,
      // A copy: the analysis takes the bytes with it, and the disk wants them, too.
      parts: evidence.parts.flatMap(({ kind, body }): RawPart[] =>
        body === null || !ANALYSED.has(kind) ? [] : [{ kind, bytes: KEPT.has(kind) ? Uint8Array.from(body) : body }],
      ),
      metrics: [...this.#points, point],
      load,
      warmUpMs: this.#target.schedule.warmUpMs,
      source: this.#target.source,
    };
  }

  async #analyse(input: AnalyseInput): Promise<AnalyseOutput> {
    const began = performance.now();
    const output = await this.#around.analyst.analyse(input);
    this.#around.metrics.took('analyse', performance.now() - began);
    return output;
  }

  /** Profiles that cannot be put on disk are missing later; what was found in them is not. */
  async #store(parts: readonly TakenPart[]): Promise<CapturePart[]> {
    const began = performance.now();
    let problem: string | null = null;
    let tried = false;
    const stored = await Promise.all(
      parts.map(async ({ body, ...part }): Promise<CapturePart> => {
        if (body === null || !KEPT.has(part.kind)) return { ...part, blob: null };
        tried = true;
        try {
          return { ...part, blob: await this.#around.store.putBlob(body) };
        } catch (error) {
          problem = messageOf(error);
          return { ...part, blob: null, error: problem };
        }
      }),
    );
    if (tried) this.#around.blobProblem(problem);
    this.#around.metrics.took('blobs', performance.now() - began);
    return stored;
  }
}

/** Sorts by time; the same for the same target and moment. */
function captureId(target: TargetId, at: number): string {
  return `${at.toString(36)}-${createHash('sha256').update(`${target} ${at}`).digest('hex').slice(0, 8)}`;
}

/** What configuration says goes before what the service says. */
function named(info: TargetInfo, service: string): TargetInfo {
  return info.service === '' ? { ...info, service } : info;
}
