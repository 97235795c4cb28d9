/**
 * Which process a number was, from /proc: start time, name and executable. Asked once per window, so that a process costs
 * a few reads a minute; what ended before it was ever seen has the name that the kernel gave with its end.
 */
import { readFileSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';
import type { TracedProcess } from '../../evidence/syscalls/recording.ts';
import { allPids, isZombie, parentOf, readProc, startTicks } from '../procfs.ts';

export type ProcessName = Omit<TracedProcess, 'container'>;

/** USER_HZ, which /proc counts in on every Linux that Go and Node run on. */
const TICKS_PER_SECOND = 100;
const MAX_NAME = 200;

export class Processes {
  readonly #bootedAt: number;
  readonly #known = new Map<number, { readonly ticks: number; readonly name: ProcessName }>();

  constructor() {
    const seconds = /^btime (\d+)$/m.exec(readProc('/proc/stat') ?? '')?.[1];
    this.#bootedAt = seconds === undefined ? Number.NaN : Number(seconds) * 1000;
  }

  /** Looks at /proc now; for one that has ended, what is known of it from before; null where it was never seen. */
  look(pid: number): ProcessName | null {
    const ticks = startTicks(pid);
    const before = this.#known.get(pid);
    if (ticks === null) return before?.name ?? null;
    const executable = executableOf(pid);
    // One that has just ended has no executable any more.
    const same = before !== undefined && before.ticks === ticks;
    if (same && (executable === '' || before.name.executable === executable)) return before.name;
    const name: ProcessName = {
      pid,
      startedAt: Math.round(this.#bootedAt + (ticks / TICKS_PER_SECOND) * 1000),
      comm: (readProc(`/proc/${pid}/comm`) ?? '').trimEnd().slice(0, MAX_NAME),
      executable,
    };
    this.#known.set(pid, { ticks, name });
    return name;
  }

  /** Whether the process that `look` gave still runs; zombies do not. */
  alive(pid: number): boolean {
    const known = this.#known.get(pid);
    return known !== undefined && startTicks(pid) === known.ticks && !isZombie(pid);
  }

  forget(pid: number): void {
    this.#known.delete(pid);
  }
}

function executableOf(pid: number): string {
  try {
    return basename(readlinkSync(`/proc/${pid}/exe`).replace(/ \(deleted\)$/, '')).slice(0, MAX_NAME);
  } catch {
    return ''; // a kernel thread, another user's, or gone
  }
}

/** The process and all that it has started and that still run. */
export function withDescendants(pid: number): number[] {
  const children = new Map<number, number[]>();
  for (const child of allPids()) {
    const parent = parentOf(child);
    if (parent !== null) children.set(parent, [...(children.get(parent) ?? []), child]);
  }
  const found = [pid];
  for (let i = 0; i < found.length; i++) found.push(...(children.get(found[i] ?? 0) ?? []));
  return [...new Set(found)];
}

/** True where /proc shows the same numbers as the kernel's own: bpftrace tells those of the first pid namespace. */
export function inFirstPidNamespace(): boolean {
  try {
    return readlinkSync('/proc/self/ns/pid') === 'pid:[4026531836]'; // PROC_PID_INIT_INO, include/linux/proc_ns.h
  } catch {
    return true;
  }
}

/** Bytes of a page: 4096 but for some arm64 kernels. From the auxiliary vector, AT_PAGESZ (6). */
export function pageSize(): number {
  try {
    const vector = readFileSync('/proc/self/auxv');
    for (let at = 0; at + 16 <= vector.length; at += 16) {
      if (vector.readBigUInt64LE(at) === 6n) return Number(vector.readBigUInt64LE(at + 8));
    }
  } catch {
    // no /proc
  }
  return 4096;
}
