/** A process of this machine, from /proc. */

import { memoryLimit } from '../../collect/bundle.ts';
import { captureProcess, countFds } from '../../collect/process-capture.ts';
import { goEnvironment, readProc, residentBytes } from '../../collect/procfs.ts';
import { readable, round } from '../../collect/take.ts';
import type { ProcessStats } from '../../evidence/process/process.ts';
import { readProcess } from '../../evidence/process/read.ts';
import { metricsOf } from '../analyse/metrics.ts';
import type { TakenPart, Values } from './visitor.ts';

/** s since the epoch at which this machine was booted; what `startTicks` counts from, in hundredths of a second. */
export function bootTime(): number {
  return Number(/^btime (\d+)$/m.exec(readProc('/proc/stat') ?? '')?.[1] ?? 0);
}

/** Cheap enough for every few seconds. */
export function quickProcess(pid: number, startedAt: number | null): Values {
  const rss = residentBytes(pid);
  const fds = countFds(pid);
  return processValues({ pid, ...(rss === null ? {} : { rss }), ...(fds === null ? {} : { fds }) }, startedAt);
}

/** With every mapping; the part is null where the process is gone. */
export function wholeProcess(pid: number, startedAt: number | null): { values: Values; part: TakenPart | null } {
  const began = performance.now();
  const raw = captureProcess(pid);
  const stats = raw === null ? null : readable(() => readProcess(raw));
  if (raw === null || stats === null) return { values: {}, part: null };
  const body = Buffer.from(JSON.stringify(raw));
  const ms = round(performance.now() - began);
  return {
    values: { ...processValues(stats, startedAt), ...nearestLimit(pid, stats) },
    part: { kind: 'process', bytes: body.byteLength, ms, pauseMs: 0, body },
  };
}

function processValues(stats: ProcessStats, startedAt: number | null): Values {
  const values = metricsOf(null, stats, { forced: false });
  return startedAt === null ? values : { ...values, start_time_seconds: startedAt };
}

/** Without `/metrics` no page of the service tells its GOMEMLIMIT; its environment does. */
function nearestLimit(pid: number, stats: ProcessStats): Values {
  const set = memoryLimit(goEnvironment(pid).GOMEMLIMIT) ?? Infinity;
  const limit = Math.min(set, stats.cgroup?.limit ?? Infinity);
  return Number.isFinite(limit) ? { limit_bytes: limit } : {};
}
