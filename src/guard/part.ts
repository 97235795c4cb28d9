/** The seam between the parts of guard and what runs and prints them (`hemostat guard …`, `hemostat gate`). */
import type { Finding } from '../findings/model.ts';
import type { Http } from './http/http.ts';

/** What `hemostat gate` can run. */
export type GatePart = 'review' | 'deps' | 'image' | 'config' | 'surface';

/** `run` is what `guard baseline check` says of containers that run. */
export type PartName = GatePart | 'run';

/** A count of a set that was looked at whole, e.g. the five verdicts on a lock file's entries. */
export interface Tally {
  readonly name: string;
  readonly count: number;
}

/** What a part found. Plain data: it goes into JSON as it is. */
export interface PartResult<Facts extends object = object> {
  readonly part: PartName;
  /** What was looked at: a file, a directory, `registry/name@sha256:…`, the address of a cluster. No credentials. */
  readonly subject: string;
  /** The answer in one sentence, numbers included. */
  readonly summary: string;
  /** Worst first (src/findings/sort.ts and severity). */
  readonly findings: readonly Finding[];
  /** Disjoint, and they sum to what was looked at; empty where nothing is counted. */
  readonly tally: readonly Tally[];
  /** What was not done or claimed, and why; one sentence each. Does not fail a gate. */
  readonly notes: readonly string[];
  /** What had to be read or reached and could not be; one sentence each. A gate does not pass over these: exit code 3. */
  readonly failures: readonly string[];
  /** What this part has to say beyond findings; part of its JSON. */
  readonly facts: Facts;
}

/** What was decided of everything that ran, for what is signed about it afterwards. */
export interface Decision {
  /** `gate`, or `guard image` and its like. */
  readonly command: string;
  /** As in the report: a part that blocks or could not look decides for all. */
  readonly outcome: 'passed' | 'blocked' | 'unknown';
  /** What was asked besides the part's own settings (limits, exceptions, baseline, other parts). Plain data, the same for the same settings. */
  readonly asked: unknown;
  /** Why this may not be called a verdict of `command`, as the end of a sentence; null: it may. */
  readonly partial: string | null;
}

/** What every part is given: the effects, so that the rest is pure and tests can hold a clock. */
export interface GuardContext {
  readonly http: Http;
  /** Absolute; relative paths of settings are relative to it. */
  readonly cwd: string;
  /** hemostat's own directory for what was verified before (0700); made when first written to. */
  readonly cacheDir: string;
  readonly now: () => Date;
  /** No network: what would need it is said in notes, and is never counted as verified unless the cache knows it. */
  readonly offline: boolean;
  /** One line on stderr, on a terminal only. */
  readonly progress: (says: string) => void;
  readonly signal?: AbortSignal;
  readonly env: Readonly<Record<string, string | undefined>>;
}
