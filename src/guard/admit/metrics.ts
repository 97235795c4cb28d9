/** The webhook's metrics for Prometheus. No label has more values than are listed in the code. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Decision } from './decision.ts';

/** s; fine around the 20 ms that a cached digest may take, and up to the longest timeout of a webhook. */
const DURATIONS = [0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

export type Result = 'allowed' | 'warned' | 'denied' | 'skipped';

export function resultOf({ allowed, problems, skipped }: Decision): Result {
  if (skipped !== null) return 'skipped';
  if (!allowed) return 'denied';
  return problems.length > 0 ? 'warned' : 'allowed';
}

/** Numbers that are asked for when somebody reads them. */
export interface AdmitReadings {
  /** s since 1970; null before the first certificate was read. */
  certificateExpiry(): number | null;
  cached(): number;
  running(): number;
}

export class AdmitMetrics {
  readonly #registry = new Registry();
  readonly #reviews: Counter<'result'>;
  readonly #reasons: Counter<'reason' | 'effect'>;
  readonly #seconds: Histogram<'result'>;
  readonly #images: Counter<'from'>;
  readonly #refreshes: Counter<'outcome'>;
  readonly #rejected: Counter<'why'>;
  readonly #unchecked: Counter;
  readonly #certificate: Counter;
  readonly #audit: Counter;
  readonly #store: Counter;
  readonly #reloads: Counter<'outcome'>;

  constructor(readings: AdmitReadings, processMetrics = true) {
    const registers = [this.#registry];
    const counter = <T extends string>(name: string, help: string, labelNames: readonly T[]): Counter<T> =>
      new Counter({ name: `hemostat_admit_${name}_total`, help, labelNames: [...labelNames], registers });
    if (processMetrics) collectDefaultMetrics({ register: this.#registry });
    this.#reviews = counter('reviews', 'Reviews by what was answered', ['result']);
    this.#reasons = counter('reasons', 'Reasons for refusals and warnings', ['reason', 'effect']);
    this.#seconds = new Histogram({
      name: 'hemostat_admit_review_duration_seconds',
      help: 'From the whole request to the answer',
      labelNames: ['result'],
      buckets: DURATIONS,
      registers,
    });
    this.#images = counter('images', 'Images by where what is known of them came from', ['from']);
    this.#refreshes = counter('refreshes', 'Looks in the background by how they went', ['outcome']);
    this.#rejected = counter('rejected_requests', 'Requests that got no decision', ['why']);
    this.#unchecked = counter(
      'unchecked',
      'Images let in unchecked because their registry was away (on-unreachable: allow)',
      [],
    );
    this.#certificate = counter(
      'certificate_reload_failures',
      'Certificates that could not be used when they changed',
      [],
    );
    this.#audit = counter('audit_failures', 'Lines that could not be written to the audit log', []);
    this.#reloads = counter('config_reloads', 'Configurations that were read again, by what became of them', [
      'outcome',
    ]);
    this.#store = counter('store_failures', 'Times that the cache could not be written to disk', []);
    const gauge = (name: string, help: string, read: () => number | null): void => {
      new Gauge({
        name: `hemostat_admit_${name}`,
        help,
        registers,
        collect() {
          const value = read();
          if (value !== null) this.set(value);
        },
      });
    };
    gauge('certificate_expiry_timestamp_seconds', 'When the certificate in use ends', () =>
      readings.certificateExpiry(),
    );
    gauge('cache_entries', 'Digests of which something is known', () => readings.cached());
    gauge('running_reviews', 'Reviews that are being decided', () => readings.running());
  }

  decided(decision: Decision, ms: number): void {
    const result = resultOf(decision);
    this.#reviews.inc({ result });
    this.#seconds.observe({ result }, ms / 1000);
    for (const { code, refuses } of decision.problems) {
      this.#reasons.inc({ reason: code, effect: refuses ? 'refused' : 'warned' });
      if (!refuses && decision.allowed && (code === 'unreachable' || code === 'timeout')) this.#unchecked.inc();
    }
    for (const { from } of decision.images) this.#images.inc({ from });
  }

  refreshed(outcome: 'renewed' | 'refused' | 'failed'): void {
    this.#refreshes.inc({ outcome });
  }

  rejected(why: 'malformed' | 'too-large' | 'busy' | 'not-authentic' | 'slow' | 'defect'): void {
    this.#rejected.inc({ why });
  }

  certificateFailed(): void {
    this.#certificate.inc();
  }

  auditFailed(): void {
    this.#audit.inc();
  }

  /** `broken`: the one before stays. */
  configRead(outcome: 'taken' | 'broken'): void {
    this.#reloads.inc({ outcome });
  }

  storeFailed(): void {
    this.#store.inc();
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  text(): Promise<string> {
    return this.#registry.metrics();
  }
}
