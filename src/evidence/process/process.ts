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
  /** What the descriptors are: `socket`, `pipe`, `anon_inode:[eventpoll]`, `/var/lib/shop/*`; largest first. */
  readonly fdKinds?: readonly { readonly name: string; readonly count: number }[];
  /** RLIMIT_NOFILE, the soft one, which opening runs into; absent where unlimited or unknown. */
  readonly fdLimit?: number;
  /** Number of mappings in /proc/PID/maps, and those grouped by what backs them. */
  readonly mappings?: number;
  /**
   * Resident bytes and number of mappings by backing: a file path, `[heap]`, `[stack]`, `[anon]`, `[anon: Go: heap]` …;
   * largest first. Go's heap has that last name also where the kernel keeps no names, see `goArenaBy`.
   */
  readonly byBacking?: readonly { readonly name: string; readonly count: number; readonly rss: number }[];
  /** Resident bytes of Go's heap arenas; what else is in `[anon]` is runtime metadata, thread stacks, cgo and mmap. */
  readonly goArenaRss?: number;
  /** How they were told apart: by the name that Go ≥ 1.25 gives its mappings, or by alignment and address (arenas.ts). */
  readonly goArenaBy?: 'name' | 'address';
  readonly cgroup?: {
    readonly version: 1 | 2;
    readonly path: string;
    readonly usage?: number;
    /** Absent where unlimited. */
    readonly limit?: number;
    readonly oomKills?: number;
  };
}
