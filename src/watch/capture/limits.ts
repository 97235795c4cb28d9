/** What a visit may take, and what it stops the service for at most. */
import type { Limits } from '../../collect/discover.ts';
import { dumpPauseMs, METRICS_PAUSE_MS, PROFILES_PAUSE_MS } from '../config/cost.ts';
import type { PartKind } from '../model.ts';

const MIB = 2 ** 20;

/**
 * Bytes as received. Smaller than those of a single diagnosis: several may be in memory at one time, and nobody sits before
 * it to see that something is wrong. A heap profile of half a million samples is 10 MiB.
 */
export const WATCH_LIMITS: Limits = { index: MIB, profile: 64 * MIB, dump: 64 * MIB, text: 16 * MIB, trace: 0 };

/** Unpacked size up to which a profile is looked at on the thread that keeps the schedule. */
export const LOOK_BYTES = 32 * MIB;

/** Upper bound of what one part stops the service for, ms. `goroutines`: how many there are, as far as is known. */
export function pauseOf(kind: PartKind, goroutines: number): number {
  switch (kind) {
    case 'heap':
    case 'goroutine':
      return PROFILES_PAUSE_MS / 2;
    case 'goroutineleak':
      return PROFILES_PAUSE_MS;
    case 'goroutine-debug2':
      return dumpPauseMs(goroutines);
    case 'expvar':
    case 'prometheus':
    case 'heap-debug1':
      return METRICS_PAUSE_MS;
    default:
      return 0;
  }
}

/** All of a visit, discovery included, ms; for one that takes profiles three times as long as one answer may be silent. */
export function deadlineOf(work: 'metrics' | 'profiles' | 'deep', timeoutMs: number): number {
  if (work === 'metrics') return Math.min(10_000, timeoutMs);
  return (work === 'deep' ? 6 : 3) * Math.min(timeoutMs, 60_000);
}
