/** What the operating system says of one process. Bytes and counts; a field that could not be read is absent. */
export interface ProcessStats {
  readonly pid: number;
  /** Clock ticks since boot at which the process started (/proc/PID/stat field 22): a change means a restart. */
  readonly startTicks?: number;
  readonly rss?: number;
  readonly pss?: number;
  readonly rssAnon?: number;
  readonly rssFile?: number;
  readonly rssShmem?: number;
  readonly swap?: number;
  readonly vmSize?: number;
  readonly threads?: number;
  readonly fds?: number;
  /** Number of mappings in /proc/PID/maps, and those grouped by what backs them. */
  readonly mappings?: number;
  /** Resident bytes and number of mappings by backing: a file path, `[heap]`, `[stack]`, `[anon]`, `[anon: Go: heap]` … */
  readonly byBacking?: readonly { readonly name: string; readonly count: number; readonly rss: number }[];
  readonly cgroup?: {
    readonly version: 1 | 2;
    readonly path: string;
    readonly usage?: number;
    /** Absent where unlimited. */
    readonly limit?: number;
    readonly oomKills?: number;
  };
}
