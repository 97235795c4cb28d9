/** A heap dump as the page shows it: who holds what, pools, channels, and what the proof says of the goroutines. */
import type { HeapReport } from '../../diagnose/heap/analyse.ts';
import { ledgerSentence } from '../../diagnose/heap/heap-ledger.ts';
import { channelRows, holderRows, poolRows } from '../../diagnose/heap/tables.ts';
import type { HeapGraphView } from '../api/contract.ts';

/**
 * Reads names from the dump and its executable: before they are closed.
 *
 * @param name file name of the dump, or what else it is known by
 */
export function heapGraphView(report: HeapReport, name: string): HeapGraphView {
  const { verdict, heap, goroutines } = report;
  const ledger = ledgerSentence(report.dump, heap);
  return {
    name,
    goVersion: report.dump.params.goVersion,
    verdict,
    heap: { objects: heap.objects, bytes: heap.bytes, reachable: heap.reachable },
    goroutines: { total: goroutines.total, parked: goroutines.parked, proven: goroutines.proven },
    holders: holderRows(report).map((row) => ({ ...row, path: [...row.path] })),
    pools: poolRows(report).map(({ finalized, ...row }) => row),
    channels: channelRows(report).map(({ address, ...row }) => row),
    notes: ledger === null ? [...report.notes] : [...report.notes, ledger],
  };
}
