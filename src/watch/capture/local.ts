/**
 * Looking for the process behind a local port reads all of /proc. Targets that share a port (a proxy, a farm of test
 * services) are not looked for one after the other: once in a while is enough where the answer was no.
 */
import type { Address } from '../../collect/target.ts';

const FORGET_MS = 10 * 60_000;
const MOST = 1000;
/** When the look at an origin found nothing; monotonic ms. */
const inVain = new Map<string, number>();

/** The pid that `look` finds, or null; does not look again soon after it was in vain. */
export async function looksAtPort(
  { origin, socketPath }: Address,
  look: () => Promise<{ readonly pid: number | null }>,
): Promise<number | null> {
  const key = socketPath ?? origin;
  const last = inVain.get(key);
  const now = performance.now();
  if (last !== undefined && now - last < FORGET_MS) return null;
  const { pid } = await look();
  if (pid !== null) inVain.delete(key);
  else {
    if (inVain.size >= MOST) inVain.clear();
    inVain.set(key, now);
  }
  return pid;
}
