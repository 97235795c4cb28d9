/** What `make e2e-guard` tries: one attack (or one honest thing) a case, against real parts, through the command line as users have it. */

/** What hemostat said and did. */
export interface Outcome {
  /** Exit code of hemostat, or the HTTP status of a refused admission. */
  readonly exit: number;
  /** The one sentence that a person reads first about it. */
  readonly said: string;
  /** Whatever else has to hold (a tag unmoved, a file unchanged): a sentence for each thing that does not. */
  readonly wrong: readonly string[];
}

export interface Case {
  /** e.g. `lock file pointed at another tarball` */
  readonly name: string;
  readonly group: 'honest' | 'npm' | 'go' | 'image' | 'admission' | 'config';
  /** Exit code, or HTTP status, that is right. */
  readonly exit: number;
  /** What the sentence must contain: the names that tell this attack from every other. */
  readonly says: RegExp;
  /** What a peer said about the very same input, where there is one (`npm audit signatures`, `go mod verify`). */
  readonly peer?: () => Promise<{ readonly name: string; readonly exit: number; readonly said: string }>;
  run(): Promise<Outcome>;
}

/** A group of cases around parts that are started once. */
export interface Stage {
  readonly name: string;
  /** What it was run against, with versions, for the report. */
  readonly parts: readonly string[];
  readonly cases: readonly Case[];
  /** Ends every process and removes every file. */
  close(): Promise<void>;
}
