/** Rows on their way to the store: gathered for a transaction, kept while the store cannot take them, never without bound. */
import type { ResponseEvent } from '../guard/respond/model.ts';
import type { Batch } from './history/store.ts';
import type {
  Capture,
  CaptureSummary,
  FindingEvent,
  FindingId,
  FindingRecord,
  LearnedProfile,
  Mark,
  MetricPoint,
  Silence,
  SyscallWindow,
  TargetId,
  TargetInfo,
} from './model.ts';

/** While the store fails, so much is kept; the oldest goes first. Findings, incidents and their events are kept all: they are few. */
const MOST = { metrics: 50_000, captures: 1_000, marks: 1_000, syscalls: 10_000 } as const;

export class PendingRows {
  readonly #targets = new Map<TargetId, TargetInfo>();
  readonly #findings = new Map<FindingId, FindingRecord>();
  #metrics: MetricPoint[] = [];
  #captures: Capture[] = [];
  #summaries: CaptureSummary[] = [];
  #marks: Mark[] = [];
  #events: FindingEvent[] = [];
  #silences: Silence[] = [];
  #syscalls: SyscallWindow[] = [];
  #responses: ResponseEvent[] = [];
  readonly #profiles = new Map<string, LearnedProfile>();

  add(batch: Batch): void {
    for (const target of batch.targets ?? []) this.#targets.set(target.id, target);
    for (const finding of batch.findings ?? []) this.#findings.set(finding.id, finding);
    this.#metrics.push(...(batch.metrics ?? []));
    this.#captures.push(...(batch.captures ?? []));
    this.#summaries.push(...(batch.summaries ?? []));
    this.#marks.push(...(batch.marks ?? []));
    this.#events.push(...(batch.events ?? []));
    this.#silences.push(...(batch.silences ?? []));
    this.#syscalls.push(...(batch.syscalls ?? []));
    this.#responses.push(...(batch.responses ?? []));
    for (const profile of batch.profiles ?? []) this.#profiles.set(profile.id, profile);
  }

  get empty(): boolean {
    return Object.values(this.#lists()).every((rows) => rows.length === 0);
  }

  /** All of it, for one transaction; nothing is left here. */
  take(): Required<Omit<Batch, 'deliveries'>> {
    const batch = this.#lists();
    this.#targets.clear();
    this.#findings.clear();
    this.#metrics = [];
    this.#captures = [];
    this.#summaries = [];
    this.#marks = [];
    this.#events = [];
    this.#silences = [];
    this.#syscalls = [];
    this.#responses = [];
    this.#profiles.clear();
    return batch;
  }

  /** A batch that could not be stored goes before what has come since. Gives how many rows had to be let go. */
  putBack(batch: Required<Omit<Batch, 'deliveries'>>): number {
    const since = this.take();
    this.add(batch);
    this.add(since);
    const before = this.#measured();
    this.#metrics = this.#metrics.slice(-MOST.metrics);
    this.#captures = this.#captures.slice(-MOST.captures);
    this.#summaries = this.#summaries.slice(-MOST.captures);
    this.#marks = this.#marks.slice(-MOST.marks);
    this.#syscalls = this.#syscalls.slice(-MOST.syscalls);
    return before - this.#measured();
  }

  #measured(): number {
    const lists = [this.#metrics, this.#captures, this.#summaries, this.#marks, this.#syscalls];
    return lists.reduce((sum, rows) => sum + rows.length, 0);
  }

  #lists(): Required<Omit<Batch, 'deliveries'>> {
    return {
      targets: [...this.#targets.values()],
      findings: [...this.#findings.values()],
      metrics: this.#metrics,
      captures: this.#captures,
      summaries: this.#summaries,
      marks: this.#marks,
      events: this.#events,
      silences: this.#silences,
      syscalls: this.#syscalls,
      responses: this.#responses,
      profiles: [...this.#profiles.values()],
    };
  }
}
