/**
 * Where history lives. DuckDB implements this in duckdb/; the suite in conformance.testing.ts is run over every
 * implementation. A write is durable when its promise resolves; that is what "acknowledged" means in this product.
 */
import type { ResponseEvent } from '../../guard/respond/model.ts';
import type {
  BlobHash,
  Capture,
  CaptureId,
  CaptureSummary,
  Delivery,
  FindingEvent,
  FindingId,
  FindingRecord,
  LearnedProfile,
  Mark,
  Metric,
  MetricColumns,
  MetricPoint,
  Silence,
  SyscallColumns,
  SyscallWindow,
  TargetId,
  TargetInfo,
} from '../model.ts';

/**
 * One transaction: all of it or nothing. Rows with an id that is there already replace it (or change nothing, if the same),
 * with exceptions that make a replay harmless: an event never changes, a delivery that is delivered or dropped never
 * becomes pending again, and a metric point of a time whose points retention has made means of is left out, because the
 * mean has it.
 */
export interface Batch {
  readonly targets?: readonly TargetInfo[];
  readonly metrics?: readonly MetricPoint[];
  /** Their blobs must have been put before. */
  readonly captures?: readonly Capture[];
  readonly summaries?: readonly CaptureSummary[];
  readonly marks?: readonly Mark[];
  readonly findings?: readonly FindingRecord[];
  readonly events?: readonly FindingEvent[];
  readonly deliveries?: readonly Delivery[];
  readonly silences?: readonly Silence[];
  /** One that is there already (same target, same beginning) is replaced; one that is in a mean already is left out. */
  readonly syscalls?: readonly SyscallWindow[];
  readonly profiles?: readonly LearnedProfile[];
  /** In order. One whose id is there already changes nothing. */
  readonly responses?: readonly ResponseEvent[];
}

export interface Range {
  readonly from: number;
  readonly to: number;
}

/**
 * A series of one heap site or one goroutine cluster, at the times of the captures that have such a profile: at most 1000
 * of them, evenly chosen. 0 where a capture does not have the key: it was too small to be kept there.
 */
export interface KeyedSeries {
  readonly key: string;
  readonly at: Float64Array;
  /** Bytes in use (sites) or goroutines (clusters). */
  readonly value: Float64Array;
}

export interface RetentionPolicy {
  /** Metric points and summaries at full resolution, ms. */
  readonly fullMs: number;
  /** 5-minute means, ms. */
  readonly mediumMs: number;
  /** 1-hour means, and everything else but findings and open incidents, ms; of a closed incident from when it was closed. */
  readonly longMs: number;
  /** Profiles themselves: at most this long (then one per day, until longMs), and at most this many bytes in all. */
  readonly blobMs: number;
  readonly blobBytes: number;
}

export interface StoreStats {
  readonly schemaVersion: number;
  readonly databaseBytes: number;
  readonly blobBytes: number;
  readonly blobs: number;
  readonly captures: number;
  readonly metricPoints: number;
  readonly findings: number;
}

export interface HistoryStore {
  /** Compresses, checksums and writes the bytes to disk, durably; the same bytes are stored once. */
  putBlob(bytes: Uint8Array): Promise<BlobHash>;
  /** The bytes as they were put, checked against the hash. Throws StoreError where missing or damaged. */
  getBlob(hash: BlobHash): Promise<Uint8Array>;

  commit(batch: Batch): Promise<void>;

  targets(): Promise<TargetInfo[]>;
  /** Newest point of each target. */
  latestMetrics(): Promise<MetricPoint[]>;
  /**
   * At most `points` per target over the range: as they were measured where there are no more, else means over steps that
   * are the same for all targets of the question. Every target asked for is in the answer, with no points where it is
   * unknown.
   */
  metrics(
    targets: readonly TargetId[],
    metrics: readonly Metric[],
    range: Range,
    points: number,
  ): Promise<Map<TargetId, MetricColumns>>;

  /** Newest first. `targets` empty: all. */
  captures(targets: readonly TargetId[], range: Range, limit: number): Promise<Capture[]>;
  capture(id: CaptureId): Promise<Capture | null>;
  /** Oldest first, thinned evenly to at most `limit`: what a restarted server needs to go on. */
  summaries(target: TargetId, range: Range, limit: number): Promise<CaptureSummary[]>;
  summary(id: CaptureId): Promise<CaptureSummary | null>;
  /** Heap sites with most bytes in use at the end of the range, or those named. */
  siteSeries(
    target: TargetId,
    range: Range,
    pick: { readonly keys: readonly string[] } | { readonly top: number },
  ): Promise<KeyedSeries[]>;
  clusterSeries(
    target: TargetId,
    range: Range,
    pick: { readonly keys: readonly string[] } | { readonly top: number },
  ): Promise<KeyedSeries[]>;

  /** At full resolution, oldest first; the newest `limit` of the range. What learning and checking go on from. */
  syscallWindows(target: TargetId, range: Range, limit: number): Promise<SyscallWindow[]>;
  /** Every syscall of the range. At most `points` windows: neighbours are put together where there are more. */
  syscallColumns(target: TargetId, range: Range, points: number): Promise<SyscallColumns>;
  /** End of the newest window of each target that has any, ms. */
  newestSyscalls(): Promise<Map<TargetId, number>>;
  learnedProfiles(): Promise<LearnedProfile[]>;

  marks(targets: readonly TargetId[], range: Range): Promise<Mark[]>;

  findings(): Promise<FindingRecord[]>;
  finding(id: FindingId): Promise<FindingRecord | null>;
  /** Oldest first. */
  events(finding: FindingId): Promise<FindingEvent[]>;

  /** All there are, in the order in which they were appended. */
  responses(): Promise<ResponseEvent[]>;

  /** Pending ones, oldest due first. */
  pendingDeliveries(): Promise<Delivery[]>;
  /** Newest first, whatever their state. */
  deliveries(limit: number): Promise<Delivery[]>;
  silences(now: number): Promise<Silence[]>;

  /** Drops and thins what is older than the policy says; then removes blobs that nothing refers to. */
  retain(policy: RetentionPolicy, now: number): Promise<void>;
  /** A consistent copy, taken while the server runs; `dir` must not exist or be empty. */
  backup(dir: string): Promise<void>;
  stats(): Promise<StoreStats>;
  close(): Promise<void>;
}
