/** What the HTTP API needs of the running server. server.ts gives it; nothing here reaches out to a target. */
import type { HistoryStore } from '../history/store.ts';
import type { FindingRecord, Problem, Silence, TargetId, TargetInfo } from '../model.ts';
import type { RespondBackend } from '../respond/respond.ts';
import type { SyscallState } from '../syscalls/watch.ts';
import type { LiveEvent, StatusView } from './contract.ts';

export interface TargetState {
  readonly info: TargetInfo;
  readonly up: boolean;
  readonly problem: string | null;
  readonly failures: number;
  readonly nextCapture: number | null;
  readonly lastCapture: number | null;
  readonly build: string | null;
  readonly goVersion: string | null;
  /** Directory of its source, where configured: for the lines around a finding. */
  readonly source: string | null;
  readonly loadKind: 'counter' | 'gauge' | null;
  readonly loadMetric: string | null;
  readonly spent: StatusView['targets'][number]['spent'];
  readonly budget: StatusView['targets'][number]['budget'];
}

export interface Backend {
  readonly version: string;
  readonly startedAt: number;
  readonly store: HistoryStore;
  now(): number;
  targets(): readonly TargetState[];
  target(id: TargetId): TargetState | null;
  /** `says`: why nothing was counted of it, one sentence; null where something was. */
  syscalls(id: TargetId): SyscallState & { readonly says: string | null };
  /** Kept in memory, the same as the store's; worst first. */
  findings(): readonly FindingRecord[];
  problems(): readonly Problem[];
  receivers(): readonly string[];
  readonly respond: RespondBackend;
  /** Null where there is no such finding. Durable when resolved. */
  acknowledge(id: string, by: string, note: string): Promise<FindingRecord | null>;
  unacknowledge(id: string, by: string): Promise<FindingRecord | null>;
  silence(id: string, by: string, why: string, until: number): Promise<Silence | null>;
  /** Ends what `silence` began; null where there is no such finding, or no silence of it. */
  unsilence(id: string, by: string): Promise<FindingRecord | null>;
  /** Live events until the function returned is called. */
  subscribe(listener: (event: LiveEvent) => void): () => void;
  /** prom-client's text: the server's own metrics. */
  metricsText(): Promise<string>;
  /** Healthy, or one sentence why not. */
  health(): string | null;
}
