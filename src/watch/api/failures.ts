/** Counts failed logins by address, so that nobody tries tokens by the thousand. */

/** Wrong tokens that one address may send in a window; after that nothing that it sends is looked at. */
const ALLOWED = 10;
const WINDOW_MS = 60_000;
/** Addresses remembered at one time; the oldest goes. */
const MAX_ADDRESSES = 10_000;

export interface Failures {
  /** Seconds for which the address has to wait, or 0. */
  blockedFor(address: string, now: number): number;
  add(address: string, now: number): void;
}

export function createFailures(): Failures {
  const seen = new Map<string, { since: number; count: number }>();
  return {
    blockedFor(address, now) {
      const entry = seen.get(address);
      // A clock that stepped back must not lock anybody out.
      if (entry === undefined || now >= entry.since + WINDOW_MS || now < entry.since) return 0;
      return entry.count < ALLOWED ? 0 : Math.ceil((entry.since + WINDOW_MS - now) / 1000);
    },
    add(address, now) {
      const entry = seen.get(address);
      if (entry !== undefined && now < entry.since + WINDOW_MS && now >= entry.since) {
        entry.count++;
        return;
      }
      seen.delete(address);
      seen.set(address, { since: now, count: 1 });
      if (seen.size > MAX_ADDRESSES) for (const oldest of seen.keys()) return void seen.delete(oldest);
    },
  };
}
