/**
 * For how long captures may stop a service, ms: upper bounds for the budget, not measurements. A goroutine profile stops
 * the world while it looks at every goroutine once to begin (about 0.1 ms, since Go 1.19 it goes on concurrently); a heap
 * profile and runtime.ReadMemStats stop it for tens of microseconds; a debug=2 dump for all of its writing, some 20 µs a
 * goroutine.
 */
export const PROFILES_PAUSE_MS = 2;
export const METRICS_PAUSE_MS = 0.5;
const DUMP_PAUSE_MS_PER_GOROUTINE = 0.02;

export function dumpPauseMs(goroutines: number): number {
  return 1 + goroutines * DUMP_PAUSE_MS_PER_GOROUTINE;
}

/** A visit that takes profiles: the two profiles, /metrics, /debug/vars and the counters below a heap profile. */
export function visitPauseMs(): number {
  return PROFILES_PAUSE_MS + 3 * METRICS_PAUSE_MS;
}
