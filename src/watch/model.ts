/**
 * The nouns of continuous monitoring. Times are ms since the epoch; sizes are bytes; everything is plain data that can be
 * stored, sent to a worker, or served.
 */
import type { GoroutineSummary, HeapSummary } from '../diagnose/summary.ts';
import type { PerFlow } from '../evidence/syscalls/flows.ts';
import type { SyscallRecording } from '../evidence/syscalls/recording.ts';
import type { Finding, Severity, Verdict } from '../findings/model.ts';
import type { BaselineKey, BaselineProfile } from '../guard/baseline/model.ts';

/** 16 hex digits: a hash of environment, service and address. Stable over restarts of either side. */
export type TargetId = string;
/** `at` in base 36, a dash, 8 hex digits: sorts by time. */
export type CaptureId = string;
/** SHA-256 of the uncompressed bytes, 64 hex digits. */
export type BlobHash = string;
/** 16 hex digits: a hash of environment, service and the finding's fingerprint. */
export type FindingId = string;

/** One instance of one service, as configuration and discovery say it. */
export interface TargetInfo {
  readonly id: TargetId;
  readonly environment: string;
  /** Empty until the first capture tells, where nobody configured it. */
  readonly service: string;
  readonly instance: string;
  /** Without credentials or query. */
  readonly url: string;
  /**
   * What found it: `static`, `file_sd PATH`, `http_sd URL`, `kubernetes NAMESPACE/POD`, `command line`, `lab NAME`; or
   * `recording PATH`: no service that is asked, but a container whose syscalls somebody counts.
   */
  readonly from: string;
  readonly labels: Readonly<Record<string, string>>;
}

/**
 * What cheap evidence measures, one column each in the store. Names say the unit; those of the runtime are
 * runtime.MemStats in lower case. `_total` counts since the process started.
 */
export const METRICS = [
  'rss_bytes',
  'live_heap_bytes', // marked live by the last GC, or HeapAlloc right after a forced one
  'heap_alloc_bytes',
  'heap_inuse_bytes',
  'heap_idle_bytes',
  'heap_released_bytes',
  'heap_sys_bytes',
  'stack_inuse_bytes',
  'runtime_bytes', // MSpanSys + MCacheSys + BuckHashSys + GCSys + OtherSys
  'sys_bytes',
  'next_gc_bytes',
  'alloc_bytes_total',
  'gc_cycles_total',
  'gc_pause_ns_total',
  'goroutines',
  'open_fds',
  'limit_bytes', // cgroup or GOMEMLIMIT, the nearer
  'load', // the load metric as it reads; `load_kind` of the target says whether it counts
  'start_time_seconds', // of the process
] as const;
export type Metric = (typeof METRICS)[number];

export interface MetricPoint {
  readonly target: TargetId;
  readonly at: number;
  readonly values: Readonly<Partial<Record<Metric, number>>>;
}

/**
 * Columns of one or more metrics: `values[m][i]` at `at[i]`, NaN where missing. Downsampled points are means (of `_total`
 * the last value), `at` is the middle of the step; `max` has the largest value of each step for RSS, live heap and
 * goroutines where these were asked for.
 */
export interface MetricColumns {
  readonly at: Float64Array;
  readonly values: Readonly<Partial<Record<Metric, Float64Array>>>;
  readonly max?: Readonly<Partial<Record<Metric, Float64Array>>>;
}

export const PART_KINDS = [
  'heap',
  'heap-debug1',
  'expvar',
  'prometheus',
  'goroutine',
  'goroutine-debug2',
  'goroutineleak',
  'process',
  'symbols',
  'heapdump', // only of files that a person opened and saved
  'gctrace',
  'profile', // any other pprof profile that a person opened and saved
] as const;
export type PartKind = (typeof PART_KINDS)[number];

export interface CapturePart {
  readonly kind: PartKind;
  readonly blob: BlobHash | null;
  /** As received. */
  readonly bytes: number;
  /** From asking to having it, ms. */
  readonly ms: number;
  /** What it stopped the service for, ms: an upper bound (budget), see schedule/. */
  readonly pauseMs: number;
  /** One sentence where there is no blob. */
  readonly error?: string;
}

/** Why a capture was taken. `opened`: a person dropped a file and saved it. */
export type Reason = 'schedule' | 'signal' | 'opened';

export interface Capture {
  readonly id: CaptureId;
  readonly target: TargetId;
  readonly at: number;
  readonly reason: Reason;
  /** Build of the process, see Deploy. Null where nothing tells. */
  readonly build: string | null;
  readonly parts: readonly CapturePart[];
  /** File name of an opened capture. */
  readonly name?: string;
}

/** What the diagnosis needs of one capture. Kept longer than the capture itself. */
export interface CaptureSummary {
  readonly capture: CaptureId;
  readonly target: TargetId;
  readonly at: number;
  readonly build: string | null;
  /** Start of the process, s since the epoch; null where unknown. Another one is another life. */
  readonly startedAt: number | null;
  readonly heap: HeapSummary | null;
  readonly goroutines: GoroutineSummary | null;
  /** Clusters of the runtime's goroutineleak profile. */
  readonly leaks: GoroutineSummary | null;
  /** The counters of that moment (METRICS). */
  readonly metrics: MetricPoint['values'];
}

/** What the kernel counted of one target in one window. The same target and time is the same window. */
export interface SyscallWindow {
  readonly target: TargetId;
  /** [at, until), ms since the epoch. */
  readonly at: number;
  readonly until: number;
  /** Of this window and this target alone. */
  readonly recording: SyscallRecording;
}

/** Windows of one target over a range, oldest first; older ones are put together over steps. */
export interface SyscallColumns {
  /** ms since the epoch: windows are [at[i], until[i]). */
  readonly at: Float64Array;
  readonly until: Float64Array;
  /** Time that was counted of them, ms: less than their length where windows of a step are missing. */
  readonly countedMs: Float64Array;
  /** 1: counted from beginning to end, and nothing lost. Else counts are lower bounds. */
  readonly whole: Uint8Array;
  readonly syscalls: readonly string[];
  /** Calls per minute, one column for each of `syscalls`; 0 where it was not called. */
  readonly rate: readonly Float64Array[];
  /** Of the windows that were put together, the highest rate. */
  readonly peak: readonly Float64Array[];
  /** Counts and bytes of the window; NaN where not collected. */
  readonly flows: PerFlow<Float64Array>;
}

/** A profile that the server learned by itself. */
export interface LearnedProfile {
  /** `digest container`; one each. */
  readonly id: string;
  readonly key: BaselineKey;
  readonly at: number;
  readonly profile: BaselineProfile;
}

/** A process with another build, or the same one started again. */
export interface Mark {
  readonly kind: 'deploy' | 'restart';
  readonly target: TargetId;
  readonly at: number;
  /** vcs revision, module version or build id: what names the build best. */
  readonly build: string | null;
  readonly goVersion: string | null;
  /** One sentence: how it was noticed. */
  readonly says: string;
}

export const WINDOWS = { '1h': 3_600_000, '6h': 21_600_000, '24h': 86_400_000, '7d': 604_800_000 } as const;
export type WindowName = keyof typeof WINDOWS;

export type LifeState = 'open' | 'acknowledged' | 'resolved' | 'regressed';

/** A finding and its life. One per environment, service and fingerprint, however many instances have it. */
export interface FindingRecord {
  readonly id: FindingId;
  readonly environment: string;
  readonly service: string;
  readonly fingerprint: string;
  readonly rule: string;
  readonly state: LifeState;
  readonly verdict: Verdict;
  readonly severity: Severity;
  /** As measured last where it was worst. */
  readonly finding: Finding;
  /** In which window `finding` was measured, and between which captures. */
  readonly window: WindowName;
  readonly from: number;
  readonly to: number;
  readonly base: CaptureId | null;
  readonly head: CaptureId | null;
  /** Instances that have it now, worst first. */
  readonly instances: readonly TargetId[];
  readonly firstSeen: number;
  readonly firstBuild: string | null;
  /** Last measured, with whatever outcome. */
  readonly lastMeasured: number;
  /** Last measured to be there. */
  readonly lastSeen: number;
  readonly lastBuild: string | null;
  readonly resolvedAt: number | null;
  /** One sentence: what was measured that resolved it. */
  readonly resolvedBy: string | null;
  readonly acknowledged: { readonly by: string; readonly note: string; readonly at: number } | null;
  readonly silencedUntil: number | null;
  /** What life/ has to remember to go on; nobody else reads it, the store keeps it as it is. */
  readonly memory?: LifeMemory;
}

/** See life/life.ts. */
export interface LifeMemory {
  /** The worst that an event has told of since the finding opened last; null while no event has. */
  readonly told: { readonly verdict: Verdict; readonly severity: Severity; readonly perHour: number } | null;
  /** One for each instance that has it, worst first. */
  readonly sightings: readonly Sighting[];
}

/** One instance that has a finding, as last measured to be there. */
export interface Sighting {
  readonly target: TargetId;
  readonly build: string | null;
  /** The measurement that this was made from: the same one twice changes nothing. */
  readonly measuredAt: number;
  readonly seenAt: number;
  readonly verdict: Verdict;
  /** Bytes per hour; 0 where unknown. */
  readonly perHour: number;
  /** Shortest window that showed it with this verdict, ms, and the snapshots in it: fewer cannot show that it is gone. */
  readonly spanMs: number;
  readonly snapshots: number;
  /** Mean load in that window; null where it was not measured. */
  readonly load: number | null;
  /** Measurements in a row that confirmed it, and how long the window of the first of them was, ms. */
  readonly inRow: number;
  readonly firstSpanMs: number;
  /** Measurements in a row that were worse than what was told. */
  readonly worse: number;
  /** Measurements in a row that looked as closely and did not show it; absent: none. */
  readonly missed?: number;
}

/** A step of a finding's life; never changed, only added to. */
export interface FindingEvent {
  /** Deterministic: a replay after a crash makes the same id. */
  readonly id: string;
  readonly finding: FindingId;
  readonly at: number;
  readonly kind: 'opened' | 'worsened' | 'acknowledged' | 'unacknowledged' | 'silenced' | 'resolved' | 'regressed';
  readonly says: string;
}

/** One message to one receiver. Stored in the same transaction as the event that it tells of. */
export interface Delivery {
  /** Hash of receiver, group and the events in it: the same after a crash. Sent as Idempotency-Key. */
  readonly id: string;
  readonly receiver: string;
  readonly findings: readonly FindingId[];
  readonly events: readonly string[];
  /** Of the response clock, where that is what it tells of; then `events` are their ids. */
  readonly reminders?: readonly { readonly id: string; readonly incident: string }[];
  readonly createdAt: number;
  /** Not before. */
  readonly dueAt: number;
  readonly attempts: number;
  readonly state: 'pending' | 'delivered' | 'dropped';
  readonly deliveredAt: number | null;
  /** One sentence of the last failed try, or why it was dropped; no secrets. */
  readonly lastError: string | null;
  /** What is sent, ready made: a retry sends the same bytes. */
  readonly body: string;
}

/** Findings that match are not told of. Empty strings match everything. */
export interface Silence {
  readonly id: string;
  readonly environment: string;
  readonly service: string;
  readonly fingerprint: string;
  readonly until: number;
  readonly by: string;
  readonly why: string;
}

/** Something about the watching itself that a person should know: shown on the page, counted in /metrics. */
export interface Problem {
  /** What it is about: a target's id, `store`, `blobs`, `alerts`, `config`, `discovery NAME`, `clock`, `source DIR`, `syscalls`. */
  readonly about: string;
  readonly since: number;
  readonly says: string;
}
