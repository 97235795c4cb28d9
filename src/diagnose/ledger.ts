/**
 * The memory ledger (S13): RSS taken apart, term by term, at the first and the last snapshot. Go's counters are of
 * address space that it obtained; the kernel's RSS is of pages that were touched. The remainder is where the two differ,
 * and it is shown, never spread over the other terms.
 */
import type { Diagnosis, LedgerTerm } from '../findings/model.ts';
import { rssOf } from './signals.ts';
import type { SummarisedSnapshot } from './summary.ts';

/** Names of the terms and where their numbers come from: the same in a diagnosis and in the ledger over time. */
export const TERMS = {
  live: { name: 'live heap and garbage since the last GC', how: 'HeapAlloc right after a forced GC' },
  freeSlots: { name: 'free slots in used spans', how: 'HeapInuse − HeapAlloc' },
  idleKept: { name: 'idle pages not given back', how: 'HeapIdle − HeapReleased' },
  stacks: { name: 'goroutine stacks', how: 'StackInuse' },
  runtime: {
    name: 'runtime structures',
    how: 'MSpanSys + MCacheSys + BuckHashSys + GCSys + OtherSys, at most what is resident outside the heap',
  },
  notGo: {
    name: 'not Go’s: cgo, mmap, thread stacks',
    how: 'smaps: anonymous mappings outside Go’s heap, less the runtime structures',
  },
  files: { name: 'binary and mapped files', how: 'RssFile + RssShmem of /proc/PID/status' },
  remainder: {
    name: 'remainder: not Go’s (cgo, mmap), less what Go counts and never touched',
    how: 'RSS − the terms above',
  },
  measuredRemainder: {
    name: 'remainder: heap counted and not resident, or read at another instant',
    how: 'RSS − the terms above',
  },
} as const;

interface Row {
  readonly name: string;
  readonly how: string;
  /** Bytes, or undefined where the snapshot does not have it. */
  readonly of: (snapshot: SummarisedSnapshot) => number | undefined;
}

const ROWS: readonly Row[] = [
  { ...TERMS.live, of: (s) => s.memstats?.data.HeapAlloc },
  { ...TERMS.freeSlots, of: (s) => minus(s.memstats?.data.HeapInuse, s.memstats?.data.HeapAlloc) },
  { ...TERMS.idleKept, of: (s) => minus(s.memstats?.data.HeapIdle, s.memstats?.data.HeapReleased) },
  { ...TERMS.stacks, of: (s) => s.memstats?.data.StackInuse },
  {
    ...TERMS.runtime,
    of: (s) => {
      const counted = runtimeStructures(s);
      const resident = outsideArenas(s);
      return counted === undefined || resident === undefined ? counted : Math.min(counted, resident);
    },
  },
  {
    ...TERMS.notGo,
    of: (s) => minus(outsideArenas(s), Math.min(runtimeStructures(s) ?? 0, outsideArenas(s) ?? 0)),
  },
  { ...TERMS.files, of: (s) => plus(s.process?.data.rssFile, s.process?.data.rssShmem ?? 0) },
];

/** Null where RSS or the runtime's counters are missing at either end. */
export function ledgerOf(snapshots: readonly SummarisedSnapshot[]): Diagnosis['ledger'] {
  const complete = snapshots.filter(
    (snapshot) => rssOf(snapshot) !== null && snapshot.memstats?.data.HeapAlloc !== undefined,
  );
  const first = complete[0];
  const last = complete.at(-1);
  if (first === undefined || last === undefined) return null;
  const rss: [number, number] = [rssOf(first)?.value ?? 0, rssOf(last)?.value ?? 0];
  const terms: LedgerTerm[] = [];
  for (const row of ROWS) {
    const a = row.of(first);
    const b = row.of(last);
    if (a !== undefined && b !== undefined) terms.push({ name: row.name, first: a, last: b, how: row.how });
  }
  const measured = outsideArenas(first) !== undefined && outsideArenas(last) !== undefined;
  const rest = measured ? TERMS.measuredRemainder : TERMS.remainder;
  terms.push({
    name: rest.name,
    first: rss[0] - sum(terms, 'first'),
    last: rss[1] - sum(terms, 'last'),
    how: rest.how,
  });
  return { terms, rss };
}

function sum(terms: readonly LedgerTerm[], end: 'first' | 'last'): number {
  return terms.reduce((total, term) => total + term[end], 0);
}

/** Address space that the runtime obtained for itself, bytes; not all of it is resident. */
function runtimeStructures(snapshot: SummarisedSnapshot): number | undefined {
  const m = snapshot.memstats?.data;
  if (m === undefined) return undefined;
  const parts = [m.MSpanSys, m.MCacheSys, m.BuckHashSys, m.GCSys, m.OtherSys];
  return parts.every((part) => part === undefined) ? undefined : parts.reduce<number>((a, b) => a + (b ?? 0), 0);
}

/** Resident anonymous memory outside Go's heap arenas, bytes; undefined where smaps could not tell them apart. */
function outsideArenas(snapshot: SummarisedSnapshot): number | undefined {
  const backing = snapshot.process?.data.byBacking;
  if (backing === undefined || snapshot.process?.data.goArenaRss === undefined) return undefined;
  let bytes = 0;
  for (const { name, rss } of backing) {
    const anonymous =
      name === '[heap]' || name === '[anon]' || (name.startsWith('[anon') && name !== '[anon: Go: heap]');
    if (anonymous) bytes += rss;
  }
  return bytes;
}

function minus(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? undefined : a - b;
}

function plus(a: number | undefined, b: number): number | undefined {
  return a === undefined ? undefined : a + b;
}
