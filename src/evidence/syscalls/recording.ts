/**
 * What processes asked of the kernel, counted per window: the evidence that bands are learned from and leaks of descriptors
 * and mappings are joined with. Whatever counted it (bpftrace, perf trace, strace, an import), this is what it becomes.
 *
 * Counts are of calls that were entered; flows are of calls that succeeded. What a source could not see is in `sources`
 * with its reason and is never a zero: readers ask `sourceOf` before they take an absent count for none.
 */

import type { PerFlow } from './flows.ts';

/** What can be counted, each by whatever the kernel offers. */
export type Aspect =
  /** Calls per syscall. */
  | 'calls'
  /** Descriptors opened and closed by successful calls. */
  | 'descriptors'
  /** Bytes mapped and unmapped by successful calls. */
  | 'mappings'
  /** connect, and how it failed. */
  | 'connects'
  /** Bytes that went through sockets of the network. */
  | 'sockets'
  /** Packets of the network. */
  | 'packets';

export interface SourceState {
  readonly aspect: Aspect;
  readonly collected: boolean;
  /** `tracepoint raw_syscalls:sys_enter`, `perf trace`, `strace`, `inspektor-gadget`, …; empty where not collected. */
  readonly source: string;
  /** Why not, or what is not exact about it; one sentence; may be empty where collected. */
  readonly says: string;
}

/** Who runs in a cgroup. Strings are empty where nothing told them. */
export interface ContainerIdentity {
  /** Path below the cgroup file system's root, e.g. `/kubepods.slice/…/cri-containerd-….scope`; `/` for the host's own. */
  readonly cgroup: string;
  /** The container runtime's id, 64 hex digits. */
  readonly id: string;
  /** As in the pod's specification, or the runtime's name. */
  readonly name: string;
  readonly pod: string;
  readonly namespace: string;
  /** As it was asked for: `registry/shop:1.4`. */
  readonly image: string;
  /** `sha256:…` of the image's manifest: what a baseline is keyed by. */
  readonly digest: string;
  /** What told it: `cgroup path`, `kubernetes`, `cri`, `docker`, `executable`, `import`. */
  readonly from: string;
}

export interface TracedProcess {
  /** In the collector's pid namespace. */
  readonly pid: number;
  /** ms since the epoch; NaN where unknown. A pid with another start is another process. */
  readonly startedAt: number;
  /** /proc/PID/comm: at most 15 characters. */
  readonly comm: string;
  /** Base name of the executable; empty where unreadable. */
  readonly executable: string;
  /** Index into `containers`. */
  readonly container: number;
}

/** Half open in time: [from, to), ms since the epoch. Windows of one recording do not overlap and are in order. */
export interface WindowColumns {
  readonly from: Float64Array;
  readonly to: Float64Array;
  /** 1: counted from its start to its end. 0: the collector began, ended or paused inside it; rates are lower bounds. */
  readonly complete: Uint8Array;
  /** Events that the kernel said were dropped, and keys that found no room; counts are lower bounds where not 0. */
  readonly lost: Float64Array;
}

/** One row per window, process and syscall that was called in it, ordered by window. */
export interface CountColumns {
  readonly window: Uint32Array;
  readonly process: Uint32Array;
  /** Index into `syscalls`. */
  readonly syscall: Uint16Array;
  readonly calls: Float64Array;
}

/** One row per window and process that was alive in it, ordered by window; NaN where the aspect was not collected. */
export interface FlowColumns extends PerFlow<Float64Array> {
  readonly window: Uint32Array;
  readonly process: Uint32Array;
}

export interface SyscallRecording {
  readonly host: { readonly name: string; readonly kernel: string; readonly arch: string };
  readonly sources: readonly SourceState[];
  readonly containers: readonly ContainerIdentity[];
  readonly processes: readonly TracedProcess[];
  /** Names as the kernel's table has them: `openat`. A number that the table lacks is `syscall_451`. */
  readonly syscalls: readonly string[];
  readonly windows: WindowColumns;
  readonly counts: CountColumns;
  readonly flows: FlowColumns;
  /** One sentence each: what was lost, cut off, or is not exact. */
  readonly notes: readonly string[];
}

/** Of whom nothing is known; what is known is put over it. */
export const UNKNOWN_CONTAINER: ContainerIdentity = {
  ...{ cgroup: '', id: '', name: '', pod: '', namespace: '', image: '', digest: '', from: '' },
};

export function sourceOf(recording: Pick<SyscallRecording, 'sources'>, aspect: Aspect): SourceState | null {
  return recording.sources.find((state) => state.aspect === aspect && state.collected) ?? null;
}
