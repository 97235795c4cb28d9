/** MemStats against the objects of the dump (S13): what the two count differently, in numbers. */
import type { HeapDump } from '../../evidence/heapdump/dump.ts';
import { formatBytes, formatCount } from '../../findings/units.ts';

export interface HeapLedger {
  /** MemStats.HeapAlloc: objects in use and dead ones that were not swept yet. */
  readonly heapAlloc: number;
  /** MemStats.HeapInuse: spans with at least one object. */
  readonly heapInuse: number;
  /** Bytes of the objects in the dump, without the slots that are none (phantoms.ts). */
  readonly dumped: number;
  /** Of those, what nothing leads to: garbage since the last collection. */
  readonly garbage: number;
  /** heapAlloc − dumped: dead objects that were swept while the dump was written. */
  readonly swept: number;
  /** heapInuse − heapAlloc: free slots in spans that are in use. */
  readonly freeSlots: number;
  readonly nextGc: number;
}

/** Null where the dump has no MemStats: it was cut. */
export function heapLedger({ memstats }: HeapDump, heap: { bytes: number; reachable: number }): HeapLedger | null {
  const heapAlloc = memstats?.get('HeapAlloc');
  const heapInuse = memstats?.get('HeapInuse');
  if (memstats === null || heapAlloc === undefined || heapInuse === undefined) return null;
  return {
    heapAlloc,
    heapInuse,
    dumped: heap.bytes,
    garbage: heap.bytes - heap.reachable,
    swept: heapAlloc - heap.bytes,
    freeSlots: heapInuse - heapAlloc,
    nextGc: memstats.get('NextGC') ?? 0,
  };
}

export function ledgerSentence(
  dump: HeapDump,
  heap: { objects: number; bytes: number; reachable: number },
): string | null {
  const ledger = heapLedger(dump, heap);
  if (ledger === null) return null;
  const differs =
    ledger.swept === 0
      ? ''
      : ` (${formatBytes(Math.abs(ledger.swept))} ${ledger.swept > 0 ? 'less' : 'more'} than MemStats.HeapAlloc, ${formatBytes(ledger.heapAlloc)})`;
  return `The dump has ${formatCount(heap.objects)} objects of ${formatBytes(ledger.dumped)}${differs}; ${formatBytes(heap.reachable)} are reachable, ${formatBytes(ledger.garbage)} are garbage, and ${formatBytes(ledger.freeSlots)} more are free slots in spans.`;
}
