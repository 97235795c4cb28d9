/**
 * The one result model. Detectors make findings, writers print them; nothing else crosses that line.
 * The published JSON Schema is docs/schema/diagnosis.schema.json; a test holds the two together.
 */

/** How sure we are. The order is the order of certainty; `cleared` looks like a leak and is not. */
export type Verdict = 'proven' | 'confirmed' | 'suspected' | 'cleared';

export type Severity = 'critical' | 'high' | 'medium' | 'low' | 'info';

/** Which independent observation speaks. Two different legs that agree make a finding `confirmed`. */
export type Leg =
  | 'gc'
  | 'goroutine'
  | 'heap'
  | 'process'
  | 'load'
  | 'graph'
  | 'runtime'
  | 'source'
  /** Guard: what a registry, a signature or a transparency log says. */
  | 'supply'
  /** Guard: what a scanner reported. */
  | 'scan'
  /** Guard: what a manifest, a role or a setting says. */
  | 'config'
  /** What the kernel counted of a process: syscalls, descriptors, mappings. */
  | 'syscall';

/** A place in the user's code; never the runtime's. Unknown parts are empty or 0. */
export interface Where {
  /** Fully qualified Go function, e.g. `main.(*Store).Put`. Empty when no code can be named. */
  readonly function: string;
  /** As the compiler recorded it (absolute, or module-relative with -trimpath). */
  readonly file: string;
  /** 1-based; 0 is unknown. */
  readonly line: number;
}

/** How sure a source rule is of one report. `high` fails CI by default. */
export type Confidence = 'high' | 'medium' | 'low';

/** A piece of a source file. Lines and columns are 1-based, columns in bytes as Go counts; the end is exclusive. */
export interface Region {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

/** Bytes [start, end) of a source file become `text`. */
export interface TextEdit {
  readonly file: string;
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** A comment in the source that silences a finding. */
export interface Suppression {
  readonly file: string;
  readonly line: number;
  /** What the comment gives as its reason; may be empty. */
  readonly why: string;
}

/** A number with its unit; `low`/`high` are the bounds of its 95 % interval where it is an estimate. */
export interface Quantity {
  readonly name: string;
  readonly value: number;
  readonly unit: 'bytes' | 'bytes/h' | 'count' | 'count/h' | 'count/min' | 'ns' | 's' | 'ratio' | 'ms' | '1/s';
  readonly low?: number;
  readonly high?: number;
}

export interface EvidenceItem {
  readonly leg: Leg;
  /** One sentence, numbers included, readable on its own. */
  readonly says: string;
  readonly numbers: readonly Quantity[];
  /** The capture files in the bundle that it was read from. */
  readonly captures: readonly string[];
  /** Leg `source`: the report of the source review that it speaks of. */
  readonly source?: {
    readonly rule: string;
    readonly confidence: 'high' | 'medium' | 'low';
    readonly where: Where;
  };
}

export interface Growth {
  /** Bytes per hour (Theil–Sen slope), with its 95 % interval. */
  readonly perHour: number;
  readonly low: number;
  readonly high: number;
  /** Mann–Kendall, two-sided; null where there are too few points to claim a trend. */
  readonly pValue: number | null;
  /** Seconds until the limit that is named in `limit`; null where no limit is known or growth may be 0. */
  readonly timeToLimit: number | null;
  readonly limit: { readonly bytes: number; readonly source: string } | null;
}

/** One step of an explanation: goroutine → frame → object, creator → blocked line, or source steps. */
export interface ChainStep {
  readonly kind:
    | 'goroutine'
    | 'created-by'
    | 'blocked-at'
    | 'allocated-at'
    | 'frame'
    | 'object'
    | 'root'
    | 'mapping'
    | 'source'
    /** Guard: one subject may act on the next (a binding, a role, an impersonation, an open network path). */
    | 'grant'
    /** Guard: one record vouches for the next (lock entry, registry record, signature, key; tag, digest, signature). */
    | 'link';
  readonly text: string;
  readonly where?: Where;
  readonly bytes?: number;
  /** Steps of source review say which piece of the line they are about. */
  readonly region?: Region;
}

export interface Fix {
  readonly text: string;
  /** What the edits do, in a few words. */
  readonly title?: string;
  /** Whether `hemostat review --fix` applies the edits; others are suggestions. */
  readonly safe?: boolean;
  readonly edits?: readonly TextEdit[];
}

export interface Finding {
  /** kebab-case, one page each in docs/rules/<rule>.md. */
  readonly rule: string;
  readonly verdict: Verdict;
  readonly severity: Severity;
  /** One sentence a person can act on. */
  readonly title: string;
  readonly where: Where;
  readonly subject: { readonly service: string; readonly instance: string };
  /** How many goroutines, timers, mappings … there are now; null where counting makes no sense. */
  readonly count: number | null;
  readonly growth: Growth | null;
  readonly holds: { readonly bytes: number; readonly objects: number } | null;
  readonly chain: readonly ChainStep[];
  readonly evidence: readonly EvidenceItem[];
  readonly fix: Fix;
  /** Stable across deploys: rule + function + operation; no line numbers, no addresses. 16 hex digits. */
  readonly fingerprint: string;
  /** Source review only: how sure the rule is. */
  readonly confidence?: Confidence;
  /** Source review and guard: the operation in the source, the value in a manifest, the entry in a lock file. */
  readonly region?: Region;
  /** Source review only: the comment that silences the finding. */
  readonly suppression?: Suppression;
}

/** A series for sparklines and the page: `at` in ms since the start of the window. Missing points are absent. */
export interface Series {
  readonly name: 'rss' | 'live-heap' | 'goroutines' | 'load' | 'gc-rate' | 'gc-pause';
  readonly unit: Quantity['unit'];
  readonly at: readonly number[];
  readonly value: readonly number[];
}

/** One line of the memory ledger; the terms sum to RSS, the remainder is a term of its own. */
export interface LedgerTerm {
  readonly name: string;
  readonly first: number;
  readonly last: number;
  /** Where the number comes from: measured by X, or derived as A − B. */
  readonly how: string;
}

export interface Diagnosis {
  readonly schema: 'hemostat/diagnosis@1';
  /** The verdict in one sentence, with bytes per hour and the function; the first line of every output. */
  readonly verdict: string;
  readonly target: {
    readonly service: string;
    readonly instance: string;
    readonly goVersion: string | null;
  };
  readonly window: { readonly start: string; readonly seconds: number; readonly snapshots: number };
  /** Most certain and most costly first; the first is the answer. */
  readonly findings: readonly Finding[];
  readonly series: readonly Series[];
  readonly ledger: { readonly terms: readonly LedgerTerm[]; readonly rss: readonly [number, number] } | null;
  /** What could not be collected or claimed, and why; one sentence each. */
  readonly notes: readonly string[];
}
