/**
 * Which process it is that answers: told apart from the one before by its start, or by counters that went backwards, and
 * named by its build. A restart and a deploy are marks on the time axis, and windows do not reach over them.
 */
import type { CaptureSummary, Mark, MetricPoint } from '../model.ts';

/** What is known of the process that answered last. */
export interface Known {
  /** s since the epoch; null where nothing tells. */
  readonly startedAt: number | null;
  readonly build: string | null;
  readonly goVersion: string | null;
  readonly values: MetricPoint['values'];
  /** When it answered, ms since the epoch. */
  readonly at: number;
}

/** Counters that only ever rise in one life. Exporters round large ones: what fell by a millionth did not fall. */
const COUNTERS = ['gc_cycles_total', 'alloc_bytes_total', 'gc_pause_ns_total'] as const;
const ROUNDING = 1e-6;
/** Exporters compute the start from the time since boot, which jitters by a clock tick. */
const START_JITTER_S = 1.5;

/** One sentence how it shows that another process answers now; null where it is the same as far as can be seen. */
export function restartOf(before: Known, startedAt: number | null, values: MetricPoint['values']): string | null {
  if (before.startedAt !== null && startedAt !== null) {
    if (Math.abs(before.startedAt - startedAt) <= START_JITTER_S) return null;
    return `the process started at ${iso(startedAt * 1000)}, the one before at ${iso(before.startedAt * 1000)}`;
  }
  for (const name of COUNTERS) {
    const was = before.values[name];
    const is = values[name];
    if (was === undefined || is === undefined || is >= was * (1 - ROUNDING)) continue;
    return `${name} fell from ${was} to ${is}, which it does in no process`;
  }
  return null;
}

export function knownOf(summary: CaptureSummary): Known {
  const { startedAt, build, metrics, at } = summary;
  return { startedAt, build, goVersion: null, values: metrics, at };
}

/** Null where nothing changed that a person would want to see. `restarted` is what `restartOf` said. */
export function markOf(
  target: string,
  at: number,
  before: Known,
  now: { readonly build: string | null; readonly goVersion: string | null },
  restarted: string | null,
): Mark | null {
  const { build, goVersion } = now;
  if (build !== null && before.build !== null && build !== before.build) {
    const why = restarted === null ? '' : `; ${restarted}`;
    return { kind: 'deploy', target, at, build, goVersion, says: `build ${build} in place of ${before.build}${why}` };
  }
  if (restarted === null) return null;
  return { kind: 'restart', target, at, build, goVersion, says: restarted };
}

function iso(ms: number): string {
  return Number.isFinite(ms) && Math.abs(ms) < 8.64e15 ? `${new Date(ms).toISOString().slice(0, 19)}Z` : String(ms);
}
