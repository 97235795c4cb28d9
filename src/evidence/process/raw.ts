/**
 * What a collector copies out of /proc and the cgroup file system, unread: one JSON document per visit in the bundle.
 * Keeping the raw texts means that a better reader can be run over old bundles. A text that could not be read is absent.
 */
export interface ProcessRaw {
  readonly pid: number;
  /** /proc/PID/status */
  readonly status?: string;
  /** /proc/PID/stat */
  readonly stat?: string;
  /** /proc/PID/smaps: asks the kernel to walk every page table entry; milliseconds per GB resident. */
  readonly smaps?: string;
  /** /proc/PID/smaps_rollup: the same walk, one answer. */
  readonly smapsRollup?: string;
  /** /proc/PID/maps; not needed where `smaps` is there. */
  readonly maps?: string;
  /** Number of entries in /proc/PID/fd. */
  readonly fdCount?: number;
  /** What they point to, reduced to kinds (`socket`, `/var/lib/shop/*`), largest first. */
  readonly fdKinds?: readonly { readonly name: string; readonly count: number }[];
  /** The line `Max open files` of /proc/PID/limits. */
  readonly fdLimit?: string;
  readonly cgroup?: CgroupRaw;
}

export interface CgroupRaw {
  /** /proc/PID/cgroup */
  readonly membership: string;
  /** /proc/self/mountinfo of the collector: says where that hierarchy is mounted for whoever reads the files. */
  readonly mountinfo?: string;
  /** Texts by absolute path; `cgroupFiles()` in cgroup.ts says which paths to read. */
  readonly files: Readonly<Record<string, string>>;
}
