import type { Snapshot } from '../evidence/timeline.ts';

/** Counters that only ever rise within one life of a process. */
const COUNTERS = ['NumGC', 'TotalAlloc', 'Mallocs', 'PauseTotalNs'] as const;

/** Index of the first snapshot of each new life: another process or start time, or counters that went backwards. */
export function findRestarts(snapshots: readonly Snapshot[]): number[] {
  const restarts: number[] = [];
  let before: Snapshot = { at: 0 };
  for (const [index, snapshot] of snapshots.entries()) {
    if (isNewLife(before, snapshot)) {
      restarts.push(index);
      before = snapshot;
    } else {
      // A visit that brought little must not hide what the one before it said.
      before = { ...before, ...snapshot };
    }
  }
  return restarts;
}

function isNewLife(before: Snapshot, now: Snapshot): boolean {
  const a = before.process?.data;
  const b = now.process?.data;
  if (a !== undefined && b !== undefined) {
    if (a.pid !== b.pid) return true;
    if (a.startTicks !== undefined && b.startTicks !== undefined) return a.startTicks !== b.startTicks;
  }
  const old = before.memstats?.data;
  const fresh = now.memstats?.data;
  if (old === undefined || fresh === undefined) return false;
  if (old.ProcessStart !== undefined && fresh.ProcessStart !== undefined) {
    // The exporter computes it from boot time, which may jitter by a clock tick.
    return Math.abs(old.ProcessStart - fresh.ProcessStart) > 1;
  }
  // Prometheus rounds large numbers; only the same source is compared.
  if (old.source !== fresh.source) return false;
  return COUNTERS.some((name) => (fresh[name] ?? Infinity) < (old[name] ?? -Infinity));
}
