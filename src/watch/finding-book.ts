/**
 * All findings in memory: as the next measurement needs them (what is on its way to the store included), and as everybody
 * else sees them (what is stored). Only the second is told to anybody.
 */
import { compareFindings } from '../findings/sort.ts';
import type { Batch } from './history/store.ts';
import { acknowledge, silence, unacknowledge, unsilence } from './life/actions.ts';
import { advance } from './life/advance.ts';
import { abandoned, advanceCounted, type CountedMeasurement } from './life/counted.ts';
import type { LifeChange, Measurement } from './life/life.ts';
import type { FindingId, FindingRecord, Silence } from './model.ts';

export class FindingBook {
  /** By environment and service: a measurement looks at those of one service only. */
  readonly #next = new Map<string, Map<FindingId, FindingRecord>>();
  readonly #stored = new Map<FindingId, FindingRecord>();
  #silences: Silence[];
  #sorted: readonly FindingRecord[] | null = null;

  constructor(findings: readonly FindingRecord[], silences: readonly Silence[]) {
    this.#silences = [...silences];
    for (const finding of findings) {
      this.#put(finding);
      this.#stored.set(finding.id, finding);
    }
  }

  /** Moves the life of the target's findings on; what comes back is to be stored. */
  measured(measurement: Measurement): LifeChange {
    const { environment, service } = measurement.target;
    return this.#take(advance(this.#of(environment, service).values(), measurement));
  }

  /** The same by a window of syscall counts. */
  counted(measurement: CountedMeasurement): LifeChange {
    const { environment, service } = measurement.target;
    return this.#take(advanceCounted(this.#of(environment, service).values(), measurement));
  }

  /** Ends what was counted of instances that are all gone; `current` as in Measurement. */
  abandoned(current: Measurement['current'], now: number): LifeChange {
    return this.#take(
      abandoned(
        [...this.#next.values()].flatMap((all) => [...all.values()]),
        current,
        now,
      ),
    );
  }

  acknowledge(id: FindingId, by: string, note: string, at: number): LifeChange | null {
    const record = this.#latest(id);
    return record === null ? null : this.#take(acknowledge(record, by, note, at));
  }

  unacknowledge(id: FindingId, by: string, at: number): LifeChange | null {
    const record = this.#latest(id);
    return record === null ? null : this.#take(unacknowledge(record, by, at));
  }

  silence(id: FindingId, by: string, why: string, until: number, at: number): ReturnType<typeof silence> | null {
    const record = this.#latest(id);
    if (record === null) return null;
    const change = silence(record, by, why, until, at);
    this.#take(change);
    return change;
  }

  /** Null where there is no such finding, or no silence of it. */
  unsilence(id: FindingId, by: string, at: number): ReturnType<typeof unsilence> {
    const record = this.#latest(id);
    const change = record === null ? null : unsilence(record, this.#silences, by, at);
    return change === null ? null : this.#take(change);
  }

  /** These are durable now. */
  store(findings: NonNullable<Batch['findings']>, silences: NonNullable<Batch['silences']>): void {
    for (const finding of findings) this.#stored.set(finding.id, finding);
    if (findings.length > 0) this.#sorted = null;
    const replaced = new Set(silences.map(({ id }) => id));
    this.#silences = [...this.#silences.filter(({ id }) => !replaced.has(id)), ...silences];
  }

  /** Worst first; those that are resolved last. */
  stored(): readonly FindingRecord[] {
    this.#sorted ??= [...this.#stored.values()].sort(
      (a, b) =>
        Number(a.state === 'resolved') - Number(b.state === 'resolved') || compareFindings(a.finding, b.finding),
    );
    return this.#sorted;
  }

  /** As stored. */
  get(id: FindingId): FindingRecord | null {
    return this.#stored.get(id) ?? null;
  }

  /** Those that hold now. */
  silences(now: number): readonly Silence[] {
    this.#silences = this.#silences.filter(({ until }) => until > now);
    return this.#silences;
  }

  #latest(id: FindingId): FindingRecord | null {
    const stored = this.#stored.get(id);
    if (stored === undefined) return null;
    return this.#of(stored.environment, stored.service).get(id) ?? stored;
  }

  #take<T extends LifeChange>(change: T): T {
    for (const finding of change.findings) this.#put(finding);
    return change;
  }

  #put(finding: FindingRecord): void {
    this.#of(finding.environment, finding.service).set(finding.id, finding);
  }

  #of(environment: string, service: string): Map<FindingId, FindingRecord> {
    const key = JSON.stringify([environment, service]);
    let all = this.#next.get(key);
    if (all === undefined) {
      all = new Map();
      this.#next.set(key, all);
    }
    return all;
  }
}
