/**
 * What the last visit asks beyond the profiles: the names of hidden allocators always (one small request), an execution
 * trace only where memory grows outside the Go heap or descriptors do, since it costs the program something.
 */
import { hiddenAllocators } from '../evidence/pprof/allocators.ts';

/** Heaviest first; about 5 KiB of request line, well below net/http's limit of 1 MiB for headers. */
const MOST_SYMBOLS = 400;

/** Query of /debug/pprof/symbol for the runtime functions that allocate at the leaf of heap?debug=1; null where there are none. */
export function symbolQuery(heapText: Uint8Array): string | null {
  const addresses = new Set(hiddenAllocators(heapText).map((entry) => entry.address));
  return addresses.size === 0 ? null : [...addresses].slice(0, MOST_SYMBOLS).join('+');
}

/** Growth outside Go below this is noise of page accounting. */
const OFFHEAP_FLOOR = 4 * 1024 * 1024;

/** Descriptors come and go; fewer new ones than this are nothing to ask about (signals.ts of the diagnosis has the same). */
const FDS_FLOOR = 10;

/** What the visits say that a trace could explain; bytes and counts, absent where it was not read. */
export interface Footprint {
  readonly rss?: number;
  readonly outsideGo?: number;
  readonly fds?: number;
}

/** Did RSS rise since the first visit, at least half of it beside what the runtime manages, or the number of descriptors? */
export function worthTracing(first: Footprint | null, now: Footprint): boolean {
  if (first === null) return false;
  if (first.fds !== undefined && now.fds !== undefined && now.fds - first.fds >= FDS_FLOOR) return true;
  if (first.rss === undefined || first.outsideGo === undefined) return false;
  if (now.rss === undefined || now.outsideGo === undefined) return false;
  const grown = now.outsideGo - first.outsideGo;
  return grown > OFFHEAP_FLOOR && grown > 0.5 * (now.rss - first.rss);
}
