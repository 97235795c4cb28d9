/** The server's own metrics for Prometheus. No label has more values than are listed here, however many targets there are. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { StoreStats } from './history/store.ts';
import type { FindingRecord } from './model.ts';
import type { Work } from './schedule/scheduler.ts';

const WORKS: readonly Work[] = ['metrics', 'profiles', 'deep'];
const STATES = ['open', 'acknowledged', 'resolved', 'regressed'] as const;
/** Delays of the schedule, s: from nothing to what is of no use. */
const DELAYS = [0.005, 0.02, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const DURATIONS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
/** Of the newest visits, for an exact p99. */
const REMEMBERED = 4096;

/** Numbers that are asked for when somebody reads the page. */
export interface Readings {
  targets(): { readonly total: number; readonly up: number };
  load(): { readonly running: number; readonly waiting: number };
  findings(): readonly FindingRecord[];
  deliveries(): { readonly pending: number; readonly delivered: number; readonly dropped: number };
  problems(): number;
  store(): Promise<StoreStats>;
}

export class OwnMetrics {
  readonly #registry = new Registry();
  readonly #visits: Counter<'work' | 'outcome'>;
  readonly #delay: Histogram<'work'>;
  readonly #duration: Histogram<'step'>;
  readonly #bytes: Counter;
  readonly #refused: Counter<'work'>;
  readonly #stored: Counter<'what'>;
  readonly #delays = new Float64Array(REMEMBERED);
  #seen = 0;

  constructor(readings: Readings) {
    const registers = [this.#registry];
    collectDefaultMetrics({ register: this.#registry });
    this.#visits = new Counter({
      name: 'hemostat_visits_total',
      help: 'Visits to targets by what was taken and how it went',
      labelNames: ['work', 'outcome'],
      registers,
    });
    this.#delay = new Histogram({
      name: 'hemostat_visit_delay_seconds',
      help: 'How much later than planned a visit began',
      labelNames: ['work'],
      buckets: DELAYS,
      registers,
    });
    this.#duration = new Histogram({
      name: 'hemostat_step_duration_seconds',
      help: 'How long the steps of a capture took',
      labelNames: ['step'],
      buckets: DURATIONS,
      registers,
    });
    this.#bytes = new Counter({ name: 'hemostat_received_bytes_total', help: 'Bytes of targets’ answers', registers });
    this.#refused = new Counter({
      name: 'hemostat_budget_refusals_total',
      help: 'Visits that a target’s budget had no room for',
      labelNames: ['work'],
      registers,
    });
    this.#stored = new Counter({
      name: 'hemostat_stored_rows_total',
      help: 'Rows that became durable',
      labelNames: ['what'],
      registers,
    });
    this.#gauges(readings);
  }

  visited(work: Work, ok: boolean, bytes: number): void {
    this.#visits.inc({ work, outcome: ok ? 'ok' : 'failed' });
    this.#bytes.inc(bytes);
  }

  started(work: Work, delayMs: number): void {
    this.#delay.observe({ work }, delayMs / 1000);
    this.#delays[this.#seen++ % REMEMBERED] = delayMs;
  }

  refused(work: Work): void {
    this.#refused.inc({ work });
  }

  took(step: 'fetch' | 'analyse' | 'blobs' | 'commit', ms: number): void {
    this.#duration.observe({ step }, ms / 1000);
  }

  stored(what: 'captures' | 'metrics' | 'events' | 'deliveries', count: number): void {
    if (count > 0) this.#stored.inc({ what }, count);
  }

  /** 99th percentile of the newest delays, ms; 0 before the first visit. */
  get delayP99(): number {
    const sorted = this.#delays.slice(0, Math.min(this.#seen, REMEMBERED)).sort();
    return sorted[Math.max(0, Math.ceil(sorted.length * 0.99) - 1)] ?? 0;
  }

  text(): Promise<string> {
    return this.#registry.metrics();
  }

  #gauges(readings: Readings): void {
    const gauge = (name: string, help: string, read: () => number) => {
      // prom-client calls collect with the gauge as `this`.
      new Gauge({
        name,
        help,
        registers: [this.#registry],
        collect() {
          this.set(read());
        },
      });
    };
    gauge('hemostat_targets', 'Targets that are watched', () => readings.targets().total);
    gauge('hemostat_targets_up', 'Targets that answered last', () => readings.targets().up);
    gauge('hemostat_visits_running', 'Visits under way', () => readings.load().running);
    gauge('hemostat_visits_waiting', 'Visits that are due and wait for a slot', () => readings.load().waiting);
    gauge('hemostat_visit_delay_p99_seconds', 'Of the last 4096 visits', () => this.delayP99 / 1000);
    gauge('hemostat_problems', 'Problems with the watching itself', () => readings.problems());
    const byState = (name: string, help: string, states: readonly string[], read: (state: string) => number) => {
      new Gauge({
        name,
        help,
        labelNames: ['state'],
        registers: [this.#registry],
        collect() {
          for (const state of states) this.set({ state }, read(state));
        },
      });
    };
    byState('hemostat_findings', 'Findings by the state of their life', STATES, (state) =>
      readings.findings().reduce((sum, finding) => sum + (finding.state === state ? 1 : 0), 0),
    );
    const deliveries = (state: string) => {
      const { pending, delivered, dropped } = readings.deliveries();
      return state === 'pending' ? pending : state === 'delivered' ? delivered : dropped;
    };
    byState('hemostat_deliveries', 'Alerts by what became of them', ['pending', 'delivered', 'dropped'], deliveries);
    new Gauge({
      name: 'hemostat_store_bytes',
      help: 'Size of the history on disk',
      labelNames: ['part'],
      registers: [this.#registry],
      async collect() {
        const stats = await readings.store().catch(() => null);
        if (stats === null) return;
        this.set({ part: 'database' }, stats.databaseBytes);
        this.set({ part: 'blobs' }, stats.blobBytes);
      },
    });
    for (const work of WORKS) this.#refused.inc({ work }, 0);
  }
}
