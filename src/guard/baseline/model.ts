/**
 * The nouns of syscall baselines: what is normal for one container of one image, what a window says against it. Rates are
 * calls per minute of one process set (all processes of one container instance together), whatever the window's length.
 */

/** What a baseline is of. An image without a digest is keyed by its executable; then it is said to be weaker. */
export interface BaselineKey {
  /** `sha256:…`, or `exe:NAME` where there is no image. */
  readonly digest: string;
  readonly container: string;
}

export interface Band {
  /** Calls per minute that are normal, both inclusive. */
  readonly normal: readonly [number, number];
  /** Calls per minute from which on a minute is an anomaly. */
  readonly anomalous: number;
  /** Which source counted: `tracepoint`, `perf-trace`, `strace`, `import`. */
  readonly source: string;
  /** `quantile`: of the minutes learned. `poisson`: too rare for quantiles; a bound on its mean rate. `manual`: a person wrote it. */
  readonly by: 'quantile' | 'poisson' | 'manual';
  /** Calls per unit of load (with the calls per minute at no load), where load explains the rate; absent: it does not. */
  readonly load?: { readonly base: number; readonly perUnit: number };
}

export interface BaselineProfile {
  readonly key: BaselineKey;
  /** `registry/shop:1.4`; may be empty. */
  readonly image: string;
  /** The release that this one is compared with; null: none. */
  readonly parent: BaselineKey | null;
  readonly learned: {
    /** ms since the epoch. */
    readonly from: number;
    readonly to: number;
    /** Minutes (container-minutes) that the bands are made of. */
    readonly minutes: number;
    /** Left out: warm-up after a start, windows that are incomplete or lost events. */
    readonly excluded: number;
    /** Instances (containers or processes) seen. */
    readonly instances: number;
    /** Whether there were enough minutes; a profile that is still learning raises no rate anomalies. */
    readonly ready: boolean;
  };
  /** Name of the load metric that `load` of bands is per unit of; null: bands know no load. */
  readonly loadMetric: string | null;
  /** By syscall name. What is not here was never seen. */
  readonly bands: Readonly<Record<string, Band>>;
  /** Syscalls that a person allows though they were never seen. */
  readonly allowed: readonly string[];
  readonly notes: readonly string[];
}

/** What one window of one instance says against a profile. */
export interface Deviation {
  readonly kind: 'rate-high' | 'never-seen' | 'parent-rate-high' | 'parent-never-seen';
  readonly key: BaselineKey;
  /** Container instance: container id, or host process. */
  readonly instance: string;
  readonly syscall: string;
  /** The process that called it most, and its share of the calls. */
  readonly process: {
    readonly pid: number;
    readonly comm: string;
    readonly executable: string;
    readonly share: number;
  };
  /** ms since the epoch: the first and last window that deviate, [from, to). */
  readonly from: number;
  readonly to: number;
  /** Windows in a row. */
  readonly windows: number;
  /** Calls per minute, the worst window's. */
  readonly rate: number;
  readonly band: Band | null;
  /** Probability of a rate this high if nothing had changed; null where none can be given. */
  readonly pValue: number | null;
}
