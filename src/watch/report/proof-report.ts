/** The answers that the page asks for, of one heap dump: what `prove --html` shows. */
import type { HeapReport } from '../../diagnose/heap/analyse.ts';
import type { FindingRecord } from '../model.ts';
import { findingView } from '../views/finding.ts';
import { findingDetailView } from '../views/finding-detail.ts';
import { heapGraphView } from '../views/heap-graph.ts';
import type { ReportData } from './page.ts';

const START = '#/heap?capture=dump';

/** @param name file name of the dump; its files must be open still */
export function proofReport(report: HeapReport, name: string): ReportData {
  const nameOf = (): string => name;
  const answers: Record<string, unknown> = { 'api/heap?capture=dump': heapGraphView(report, name) };
  const views = report.findings.map((finding) => {
    const record = recordOf(finding, name);
    const view = { ...findingView(record, nameOf), window: 'whole' as const };
    const context = { record, events: [], process: [], sites: [], clusters: [], source: null, nameOf };
    answers[`api/findings/${record.id}`] = { ...findingDetailView(context), finding: view };
    return view;
  });
  answers['api/findings'] = { schema: 'hemostat/findings@1', findings: views };
  return { start: START, says: [], range: null, pages: [{ name: 'Heap graph', href: START }], answers, same: {} };
}

/** A dump does not say when it was written: all times are 0, which the page does not show. */
function recordOf(finding: HeapReport['findings'][number], name: string): FindingRecord {
  return {
    id: finding.fingerprint,
    environment: '',
    service: name,
    fingerprint: finding.fingerprint,
    rule: finding.rule,
    state: 'open',
    verdict: finding.verdict,
    severity: finding.severity,
    finding,
    window: '1h',
    from: 0,
    to: 0,
    base: null,
    head: null,
    instances: [],
    firstSeen: 0,
    firstBuild: null,
    lastMeasured: 0,
    lastSeen: 0,
    lastBuild: null,
    resolvedAt: null,
    resolvedBy: null,
    acknowledged: null,
    silencedUntil: null,
  };
}
