/**
 * A configuration as the rest of the server sees it: checked, defaults filled in, durations in ms, sizes in bytes. How it
 * is written (YAML) is read.ts; what `hemostat watch URL…` makes of its words, too.
 */
import type { HttpOptions } from '../../collect/http.ts';
import type { Address } from '../../collect/target.ts';
import type { RetentionPolicy } from '../history/store.ts';
import type { TargetInfo } from '../model.ts';
import type { RespondSettings } from '../respond/settings.ts';

/** How often evidence is taken and what it may cost a target. */
export interface Schedule {
  /** Cheap evidence (/metrics, /debug/vars, /proc), ms. */
  readonly metricsEveryMs: number;
  /** Heap and goroutine profiles, ms, with ±10 % jitter. */
  readonly profilesEveryMs: number;
  /** The first captures of a new target or a new life come faster: this many, this far apart. 0: none. */
  readonly firstLook: { readonly captures: number; readonly everyMs: number };
  /** Per target and hour; never exceeded, first look and deeper captures included. */
  readonly budget: { readonly captures: number; readonly bytes: number; readonly pauseMs: number };
  /**
   * A process younger than this may still fill its caches: growth in it alone confirms nothing, and what was captured before
   * is left out as soon as there is enough else. ms.
   */
  readonly warmUpMs: number;
  /** debug=2 dumps are only taken below this many goroutines. */
  readonly goroutineLimit: number;
}

export interface LoadQuery {
  /** Prometheus server and PromQL; `{{instance}}`, `{{service}}` and labels are filled in, quoted. */
  readonly prometheus: { readonly address: Address; readonly http: HttpOptions; readonly query: string } | null;
  /** Or a metric of the target's own pages. */
  readonly metric: string | null;
}

/** A target with all that is needed to visit it; credentials stay in here. */
export interface WatchTarget {
  readonly info: TargetInfo;
  readonly address: Address;
  readonly http: HttpOptions;
  readonly schedule: Schedule;
  readonly load: LoadQuery;
  readonly source: string | null;
  /** Where Prometheus text is, where it is not to be looked for beside pprof: a path of the same server. */
  readonly metricsPath?: string;
  /** A process on this machine whose /proc may be read, where known beforehand (lab). */
  readonly pid: number | null;
}

export interface Receiver {
  readonly name: string;
  readonly kind: 'slack' | 'webhook' | 'alertmanager';
  /** The whole URL is a secret for Slack. */
  readonly url: string;
  readonly http: HttpOptions;
  /** Findings below are not told. */
  readonly minSeverity: 'critical' | 'high' | 'medium' | 'low' | 'info';
  readonly minVerdict: 'proven' | 'confirmed' | 'suspected';
  /** Only these; empty: all. */
  readonly environments: readonly string[];
  readonly services: readonly string[];
}

export interface AlertsConfig {
  readonly receivers: readonly Receiver[];
  /** Findings of one service that appear within this time go into one message, ms. */
  readonly groupWaitMs: number;
  /** An open finding is told again after this long, ms; 0: never. */
  readonly repeatMs: number;
  /** Messages per receiver and hour; more are put together into one. */
  readonly perHour: number;
  /** For links in messages; null: no link. */
  readonly pageUrl: string | null;
  readonly silences: readonly {
    readonly environment: string;
    readonly service: string;
    readonly fingerprint: string;
    readonly until: number;
    readonly why: string;
  }[];
}

/** Where targets come from. `static` are listed; the others are asked again and again. */
export type Discovery =
  | { readonly kind: 'static'; readonly targets: readonly WatchTarget[] }
  | {
      readonly kind: 'file_sd';
      readonly job: string;
      /** Absolute paths and globs. */
      readonly files: readonly string[];
      readonly everyMs: number;
      readonly template: TargetTemplate;
    }
  | {
      readonly kind: 'http_sd';
      readonly job: string;
      readonly address: Address;
      readonly http: HttpOptions;
      readonly everyMs: number;
      readonly template: TargetTemplate;
    }
  | {
      readonly kind: 'kubernetes';
      readonly job: string;
      /** https://host:port of the API server; null: from the pod's environment. */
      readonly apiServer: string | null;
      /** Read again for each request: the kubelet rotates it. */
      readonly tokenFile: string;
      readonly caFile: string | null;
      /** Empty: all that the token may list. */
      readonly namespaces: readonly string[];
      readonly labelSelector: string;
      /** Pods with `prometheus.io/scrape` count, too. */
      readonly prometheusAnnotations: boolean;
      readonly template: TargetTemplate;
    };

/** What a discovered target gets besides its address. */
export interface TargetTemplate {
  /** Where no label tells. */
  readonly environment: string;
  readonly service: string;
  /** Labels (also `__meta_…` ones) that tell environment, service and instance. */
  readonly environmentLabel: string;
  readonly serviceLabel: string;
  readonly instanceLabel: string;
  /** For every target; labels of discovery come on top. */
  readonly labels: Readonly<Record<string, string>>;
  readonly scheme: 'http' | 'https';
  /** Where pprof is, `/` where it is to be looked for. */
  readonly path: string;
  readonly metricsPath?: string;
  readonly http: HttpOptions;
  readonly schedule: Schedule;
  readonly load: LoadQuery;
  readonly source: string | null;
}

/** What the kernel counted of targets: who counts it, and what it is held against. */
export interface SyscallsConfig {
  /** Count in this server, where it can: root and bpftrace. */
  readonly collect: boolean;
  /** Absolute paths of recordings that another process appends to, or directories of them. */
  readonly recordings: readonly string[];
  /** Directory of profiles that people keep; null: none. */
  readonly profiles: string | null;
  /** Where there is no profile, one is learned over this time, ms; null: none is. */
  readonly learnMs: number | null;
  /** After the start of a process its counts are no measure, ms. */
  readonly warmUpMs: number;
  /** Of what this server counts itself, ms. */
  readonly windowMs: number;
}

export interface WatchConfig {
  /** Path it was read from, for messages; null for the command line. */
  readonly file: string | null;
  readonly dataDir: string;
  readonly listen: { readonly host: string; readonly port: number };
  /** Needed for any bind but loopback. */
  readonly token: string | null;
  readonly discovery: readonly Discovery[];
  /** Lab scenarios to be started first; each becomes a static target (labTarget of words.ts) once it listens. */
  readonly labs: readonly string[];
  readonly syscalls: SyscallsConfig;
  readonly retention: RetentionPolicy;
  readonly alerts: AlertsConfig;
  readonly respond: RespondSettings;
  /** Captures at one time over all targets. */
  readonly concurrency: number;
  readonly log: { readonly level: 'debug' | 'info' | 'warn' | 'error' };
}
