/**
 * Turns the raw bytes of a capture into what is stored and what is found. The work is done in a worker thread, so that a
 * profile of half a million samples does not delay the schedule; per target the worker remembers the summaries of its
 * windows, thinned, and nothing else.
 */
import type { SyscallSeries } from '../../diagnose/syscall-series.ts';
import type { Diagnosis, Leg } from '../../findings/model.ts';
import type { SourceReview } from '../../findings/source-review.ts';
import type { CaptureId, CaptureSummary, MetricPoint, PartKind, TargetId, WindowName } from '../model.ts';

export interface RawPart {
  readonly kind: PartKind;
  /** Handed over to the worker: not to be used afterwards. */
  readonly bytes: Uint8Array;
}

export interface AnalyseInput {
  readonly target: TargetId;
  readonly service: string;
  readonly instance: string;
  readonly goVersion: string | null;
  readonly capture: CaptureId;
  readonly at: number;
  readonly build: string | null;
  readonly startedAt: number | null;
  readonly parts: readonly RawPart[];
  /** Metric points since the capture before, this moment's included; oldest first. */
  readonly metrics: readonly MetricPoint[];
  readonly load: { readonly metric: string; readonly kind: 'counter' | 'gauge'; readonly guessed: boolean } | null;
  /** So long after its start the process warms up (Schedule.warmUpMs), ms; 5 min where nobody says. */
  readonly warmUpMs?: number;
  /** Directory of the source, where configured: what `reviewed` said of it last is joined with what is found. */
  readonly source: string | null;
}

export interface WindowDiagnosis {
  readonly window: WindowName;
  readonly from: number;
  readonly to: number;
  readonly base: CaptureId;
  readonly head: CaptureId;
  readonly snapshots: number;
  /** Since the last restart of the target, ms: a window longer than this was not measured whole. */
  readonly aliveMs: number;
  /** As in the input. */
  readonly warmUpMs?: number;
  /**
   * Snapshots of the window that have evidence of each leg. What is not in the diagnosis counts as measured to be absent
   * only where its leg was looked at: without these numbers no finding resolves.
   */
  readonly legs?: Readonly<Partial<Record<Leg, number>>>;
  readonly diagnosis: Diagnosis;
}

export interface AnalyseOutput {
  readonly summary: CaptureSummary;
  /**
   * Shortest first. Left out are windows with the same captures as a shorter one, with fewer than six captures, and those
   * that have not changed since they were in an answer: a long window takes a capture every sixteenth of its length.
   */
  readonly windows: readonly WindowDiagnosis[];
  /** One sentence why a deeper capture (debug=2, leak profile) would help now; null where it would not. */
  readonly deeper: string | null;
  /** Parts that could not be read, one sentence each. */
  readonly unreadable: readonly { readonly kind: PartKind; readonly says: string }[];
}

/** Started by `startAnalyst` of thread.ts. */
export interface Analyst {
  /** Gives back what was remembered before a restart of the server; oldest first. */
  remember(target: TargetId, summaries: readonly CaptureSummary[]): Promise<void>;
  analyse(input: AnalyseInput): Promise<AnalyseOutput>;
  /** What the kernel counted of its process since the last time; oldest first. */
  flows(target: TargetId, series: SyscallSeries): Promise<void>;
  forget(target: TargetId): Promise<void>;
  /** What a review says of the source in `dir`, for every target that is built from it; null takes it back. */
  reviewed(dir: string, review: SourceReview | null): Promise<void>;
  close(): Promise<void>;
}
