/**
 * The memory ledger (S13): RSS taken apart, term by term, at the first and the last snapshot. Go's counters are of
 * address space that it obtained; the kernel's RSS is of pages that were touched. The remainder is where the two differ,
 * and it is shown, never spread over the other terms.
 */
import type { Snapshot } from '../evidence/timeline.ts';
import type { Diagnosis, LedgerTerm } from '../findings/model.ts';
import { rssOf } from './signals.ts';

interface Row {
  readonly name: string;
  readonly how: string;
  readonly of: (snapshot: Snapshot) => number | undefined;
}

const ROWS: readonly Row[] = [
  {
    name: 'live heap and garbage since the last GC',
    how: 'HeapAlloc right after a forced GC',
    of: (s) => s.memstats?.data.HeapAlloc,
  },
  {
    name: 'free slots in used spans',
    how: 'HeapInuse − HeapAlloc',
    of: (s) => minus(s.memstats?.data.HeapInuse, s.memstats?.data.HeapAlloc),
  },
  {
    name: 'idle pages not given back',
    how: 'HeapIdle − HeapReleased',
    of: (s) => minus(s.memstats?.data.HeapIdle, s.memstats?.data.HeapReleased),
  },
  { name: 'goroutine stacks', how: 'StackSys', of: (s) => s.memstats?.data.StackSys ?? s.memstats?.data.StackInuse },
  {
    name: 'runtime structures',
    how: 'MSpanSys + MCacheSys + BuckHashSys + GCSys + OtherSys',
    of: (s) => {
      const m = s.memstats?.data;
      if (m === undefined) return undefined;
      const parts = [m.MSpanSys, m.MCacheSys, m.BuckHashSys, m.GCSys, m.OtherSys];
      return parts.every((part) => part === undefined) ? undefined : parts.reduce<number>((a, b) => a + (b ?? 0), 0);
    },
  },
  {
    name: 'binary and mapped files',
    how: 'RssFile + RssShmem of /proc/PID/status',
    of: (s) => {
      const p = s.process?.data;
      return p?.rssFile === undefined ? undefined : p.rssFile + (p.rssShmem ?? 0);
    },
  },
];

/** Null where RSS or the runtime's counters are missing at either end. */
export function ledgerOf(snapshots: readonly Snapshot[]): Diagnosis['ledger'] {
  const complete = snapshots.filter(
    (snapshot) => rssOf(snapshot) !== null && snapshot.memstats?.data.HeapAlloc !== undefined,
  );
  const first = complete[0];
  const last = complete.at(-1);
  if (first === undefined || last === undefined) return null;
  const rss: [number, number] = [rssOf(first)?.value ?? 0, rssOf(last)?.value ?? 0];
  const terms: LedgerTerm[] = [];
  let sumFirst = 0;
  let sumLast = 0;
  for (const row of ROWS) {
    const a = row.of(first);
    const b = row.of(last);
    if (a === undefined || b === undefined) continue;
    terms.push({ name: row.name, first: a, last: b, how: row.how });
    sumFirst += a;
    sumLast += b;
  }
  const outside = outsideGo(first, last);
  if (outside !== null) {
    terms.push(outside);
    sumFirst += outside.first;
    sumLast += outside.last;
  }
  terms.push({
    name:
      outside === null
        ? 'remainder: not Go’s (cgo, mmap), less what Go reserved and never touched'
        : 'remainder: reserved by Go and not touched, or read at another instant',
    first: rss[0] - sumFirst,
    last: rss[1] - sumLast,
    how: 'RSS − the terms above',
  });
  return { terms, rss };
}

/** Anonymous memory that is not in Go's own mappings, where smaps could be read and tells them apart. */
function outsideGo(first: Snapshot, last: Snapshot): LedgerTerm | null {
  const a = notGoAnonymous(first);
  const b = notGoAnonymous(last);
  if (a === null || b === null) return null;
  return {
    name: 'not Go’s: anonymous mappings of cgo, mmap',
    first: a,
    last: b,
    how: 'smaps: anonymous mappings that Go did not make',
  };
}

function notGoAnonymous(snapshot: Snapshot): number | null {
  const backing = snapshot.process?.data.byBacking;
  // Only a kernel that names Go's mappings (Go ≥ 1.25, PR_SET_VMA_ANON_NAME) lets us tell them apart.
  if (backing === undefined || !backing.some((entry) => entry.name.startsWith('[anon: Go'))) return null;
  let bytes = 0;
  for (const entry of backing) if (entry.name === '[anon]' || entry.name === '[heap]') bytes += entry.rss;
  return bytes;
}

function minus(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? undefined : a - b;
}
