/**
 * The nouns of syscall baselines: what is normal for one container of one image, what a window says against it. Rates are
 * calls per minute of one process set (all processes of one container instance together), whatever the window's length. Load is
 * per minute, too.
 */

import type { ContainerIdentity } from '../../evidence/syscalls/recording.ts';

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
  /**
   * Calls per minute at no load and per unit of load per minute, where load explains the rate; absent: it does not. `noise`:
   * standard deviation over mean of what load leaves unexplained, beyond Poisson noise.
   */
  readonly load?: { readonly base: number; readonly perUnit: number; readonly noise: number };
  /**
   * How the rate leaves the level of the windows just before (31 of them), where enough was learned: `times` that level is an
   * anomaly even below `anomalous`, as at night, unless chance explains it. `noise`: standard deviation over mean of a window
   * beside that level, beyond Poisson noise.
   */
  readonly recent?: { readonly times: number; readonly noise: number };
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
    /** Length of a window. Rates of longer and shorter windows spread differently, so they are checked at this length. */
    readonly windowMs: number;
    /** Windows that the bands are made of, and how many syscalls were seen in just one of them: how likely the next is new. */
    readonly windows: number;
    readonly onlyOnce: number;
    /** Hours of the day (UTC) of which something was learned, 0 … 24: bands of fewer have not seen a whole day. */
    readonly hoursOfDay: number;
    /** Whether there were enough minutes; a profile that is still learning raises no rate anomalies. */
    readonly ready: boolean;
  };
  /** Name of the load metric that `load` of bands is per unit of; null: bands know no load. */
  readonly loadMetric: string | null;
  /** By syscall name. */
  readonly bands: Readonly<Record<string, Band>>;
  /**
   * Syscalls that are known to belong here but were not counted while bands were learned, by name, with what saw them:
   * `start-up` (in the warm-up after a start), or the tool of an imported set. They have no band, which is not a band of zero:
   * they are never `never-seen`, and nothing is said of their rate. What is neither here nor in `bands` was never seen.
   */
  readonly known: Readonly<Record<string, string>>;
  /** Syscalls that a person allows though they were never seen. */
  readonly allowed: readonly string[];
  readonly notes: readonly string[];
}

/** What one window of one instance says against a profile. */
export interface Deviation {
  readonly kind: 'rate-high' | 'never-seen' | 'parent-rate-high' | 'parent-never-seen';
  readonly key: BaselineKey;
  /** Container instance: container id, or `pid:PID@START` of a host process. */
  readonly instance: string;
  readonly container: ContainerIdentity | null;
  readonly syscall: string;
  /** The process with the largest share of what is too much, over the processes of the windows that deviate. */
  readonly process: {
    /** In the collector's pid namespace. */
    readonly pid: number;
    readonly comm: string;
    readonly executable: string;
    readonly share: number;
  };
  /** ms since the epoch: the first and last window that deviate, [from, to). */
  readonly from: number;
  readonly to: number;
  /** Windows that deviate; one or two that do not may lie between them. */
  readonly windows: number;
  /** Calls per minute, the worst window's. */
  readonly rate: number;
  readonly band: Band | null;
  /** Calls per minute that the worst window had to stay below: `band.anomalous`, or what its load, the level of the last half hour or a parent's band made of it. 0 for a syscall that was never seen. */
  readonly limit: number;
  /** Probability of a rate this high if nothing had changed; null where none can be given. */
  readonly pValue: number | null;
}
