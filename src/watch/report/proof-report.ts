/** The answers that the page asks for, of one heap dump: what `prove --html` shows. */
import type { HeapReport } from '../../diagnose/heap/analyse.ts';
import { findingView } from '../views/finding.ts';
import { findingDetailView } from '../views/finding-detail.ts';
import { heapGraphView } from '../views/heap-graph.ts';
import { named, recordOf } from './material.ts';
import type { ReportData } from './page.ts';

const START = '#/heap?capture=dump';

/**
 * @param name file name of the dump; its files must be open still
 * @param at when the file was written, ms since the epoch: a dump does not say when it was taken
 */
export function proofReport(report: HeapReport, name: string, at: number): ReportData {
  const nameOf = (): string => name;
  const measured = { service: name, instance: name, from: at, to: at, base: null, head: null };
  const answers: Record<string, unknown> = { 'api/heap?capture=dump': heapGraphView(report, name) };
  const views = named(report.findings).map(([id, finding]) => {
    const record = recordOf(id, finding, measured);
    const view = { ...findingView(record, nameOf), window: 'whole' as const };
    const context = { record, events: [], process: [], sites: [], clusters: [], source: null, nameOf };
    answers[`api/findings/${record.id}`] = { ...findingDetailView(context), finding: view };
    return view;
  });
  answers['api/findings'] = { schema: 'hemostat/findings@1', findings: views };
  return { start: START, says: [], range: null, pages: [{ name: 'Heap graph', href: START }], answers, same: {} };
}
