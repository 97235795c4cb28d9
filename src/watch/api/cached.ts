/** One answer for all who ask within a moment: ten open pages cost what one costs. */

export interface Cached<T> {
  get(): Promise<T>;
  /** What is kept is not true any more. */
  clear(): void;
}

/** `make` runs once at a time; what it gave is kept for `ms`. A failure is not kept. */
export function cached<T>(ms: number, make: () => Promise<T>): Cached<T> {
  let kept: { promise: Promise<T>; until: number } | null = null;
  return {
    get() {
      if (kept !== null && performance.now() < kept.until) return kept.promise;
      const entry = { promise: make(), until: Number.POSITIVE_INFINITY };
      kept = entry;
      entry.promise.then(
        () => {
          entry.until = performance.now() + ms;
        },
        () => {
          if (kept === entry) kept = null;
        },
      );
      return entry.promise;
    },
    clear() {
      kept = null;
    },
  };
}
