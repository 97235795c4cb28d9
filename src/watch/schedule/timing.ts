/** When the next one is due: pure functions of the clock and of chance. All times are ms, `random` is in [0, 1). */

/** Profiles are taken this much earlier or later than planned, so that targets do not fall into step. */
const JITTER = 0.1;
const BACKOFF_CAP_MS = 5 * 60_000;
const BACKOFF_JITTER = 0.2;
/** New targets are begun with at this distance, so that a thousand of them do not come at once. */
const STAGGER_MS = 60;
/** First looks of all targets together come no closer than this. */
const LOOK_SPACING_MS = 100;
const GOLDEN = (Math.sqrt(5) - 1) / 2;

/** The `index`-th of a sequence that fills [0, 1) evenly however many are taken of it. */
export function phase(index: number): number {
  return (index * GOLDEN) % 1;
}

/** Until the first visit of the `index`-th of `count` targets that came at once. */
export function firstDelay(index: number, count: number, everyMs: number): number {
  return phase(index) * Math.min(everyMs, count * STAGGER_MS);
}

/** The next profile after one that was due at `due`: never a second one for a turn that was missed. */
export function nextProfile(due: number, now: number, everyMs: number, random: number): number {
  const next = due + everyMs * (1 - JITTER + 2 * JITTER * random);
  return next > now ? next : now + everyMs * (1 - JITTER + JITTER * random);
}

/** The next turn of a target's own grid that is at least half an interval away. */
export function nextMetrics(due: number, now: number, everyMs: number): number {
  const missed = Math.max(0, Math.ceil((now + everyMs / 2 - due) / everyMs));
  return due + missed * everyMs;
}

/** After `failures` in a row. */
export function backOff(failures: number, everyMs: number, random: number): number {
  const plain = Math.min(everyMs * 2 ** Math.min(failures - 1, 20), Math.max(BACKOFF_CAP_MS, everyMs));
  return plain * (1 - BACKOFF_JITTER + 2 * BACKOFF_JITTER * random);
}

/** Between the captures of a first look, where `looking` targets have one. */
export function lookEvery(everyMs: number, looking: number): number {
  return Math.max(everyMs, looking * LOOK_SPACING_MS);
}
