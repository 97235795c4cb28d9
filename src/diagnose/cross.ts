/**
 * Cross localisation (S16): the three legs side by side, and which row of the table they make. The row is the
 * second sentence of every diagnosis: it says why the answer is what it is.
 */
import type { Case } from './case.ts';
import { CHURN_RATE } from './cleared.ts';

export type Leg3 = 'rises' | 'level' | 'not measured';

export interface Cross {
  readonly liveHeap: Leg3;
  readonly goroutines: Leg3;
  readonly sites: Leg3;
  readonly rss: Leg3;
  readonly verdict: string;
}

export function crossOf(found: Case): Cross {
  const { signals } = found;
  const liveHeap = leg(signals.liveHeap.trend.shape, signals.liveHeap.value.length);
  const rss = leg(signals.rss.trend.shape, signals.rss.value.length);
  const hasGoroutines = found.snapshots.some((snapshot) => snapshot.goroutines !== undefined);
  const hasHeap = found.snapshots.some((snapshot) => snapshot.heap !== undefined);
  const goroutines: Leg3 = !hasGoroutines ? 'not measured' : found.growingClusters.length > 0 ? 'rises' : 'level';
  const sites: Leg3 = !hasHeap ? 'not measured' : found.growingSites.length > 0 ? 'rises' : 'level';
  return { liveHeap, goroutines, sites, rss, verdict: rowOf(found, liveHeap, goroutines, sites, rss) };
}

function leg(shape: string, points: number): Leg3 {
  if (points < 2) return 'not measured';
  return shape === 'rising' ? 'rises' : 'level';
}

function rowOf(found: Case, liveHeap: Leg3, goroutines: Leg3, sites: Leg3, rss: Leg3): string {
  if (liveHeap === 'rises') {
    if (goroutines === 'rises' && sites === 'rises') return 'goroutines pile up and drag heap with them';
    if (goroutines === 'rises') return 'goroutines pile up; the heap grows with them below what sampling resolves';
    if (sites === 'rises') return 'memory is retained by something long-lived (a global, a cache, a map)';
    return 'the live heap grows where the profile is blind (sampling, pools, fragmentation); see the ledger';
  }
  if (goroutines === 'rises') return 'goroutines pile up; so far it is their stacks that cost';
  if (rss === 'rises') {
    if (found.signals.outsideGo.trend.shape === 'rising') return 'memory grows outside the Go heap (cgo or mmap)';
    if (found.signals.idleKept.trend.shape === 'rising') return 'Go keeps pages that it does not use (scavenger lag)';
    if (found.signals.freeSlots.trend.shape === 'rising') return 'free slots pile up in used spans (fragmentation)';
    return 'RSS grows and the Go heap does not; the ledger shows which term';
  }
  if (found.signals.allocRate.value.some((rate) => rate > CHURN_RATE))
    return 'garbage only: allocation pressure, not a leak';
  return 'nothing grows that should not';
}
