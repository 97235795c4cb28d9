/** What `hemostat prove` prints: the proof as a diagnosis of one snapshot, and as JSON with the censuses beside it. */
import { basename } from 'node:path';
import type { HeapReport } from '../diagnose/heap/analyse.ts';
import { heapLedger, ledgerSentence } from '../diagnose/heap/heap-ledger.ts';
import { channelRows, holderRows, poolRows } from '../diagnose/heap/tables.ts';
import { canonical } from '../findings/canonical.ts';
import type { Diagnosis } from '../findings/model.ts';

/** Goroutines of unknown fate that the JSON lists. */
const LISTED = 1000;

export function proofDiagnosis(report: HeapReport, path: string): Diagnosis {
  const ledger = ledgerSentence(report.dump, report.heap);
  return {
    schema: 'hemostat/diagnosis@1',
    verdict: report.verdict,
    target: { service: basename(path), instance: '', goVersion: report.dump.params.goVersion },
    // A dump does not say when it was written.
    window: { start: '', seconds: 0, snapshots: 0 },
    findings: report.findings,
    series: [],
    ledger: null,
    notes: ledger === null ? report.notes : [...report.notes, ledger],
  };
}

export function writeProofJson(report: HeapReport, diagnosis: Diagnosis): string {
  const clean = canonical(diagnosis);
  const { dump, channels, leaked, proof } = report;
  const { strings, goroutines } = dump;
  const document = {
    schema: 'hemostat/proof@1',
    verdict: clean.verdict,
    target: clean.target,
    goroutines: report.goroutines,
    heap: report.heap,
    findings: clean.findings,
    held: leaked.held,
    unknown: proof.verdicts
      .flatMap((verdict, g) =>
        verdict === 'unknown'
          ? [
              {
                id: goroutines.id[g] ?? 0,
                waitReason: strings[goroutines.waitReason[g] ?? -1] ?? '',
                why: proof.why[g] ?? '',
              },
            ]
          : [],
      )
      .slice(0, LISTED),
    channels: {
      total: channels.total,
      full: channels.full,
      list: channelRows(report),
    },
    pools: poolRows(report),
    retained: holderRows(report),
    ledger: heapLedger(dump, report.heap),
    notes: clean.notes,
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}
