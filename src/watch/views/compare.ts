/** What changed between two captures: sites and clusters from their summaries, and the counters of both moments. */
import type { HeapSummary } from '../../diagnose/summary.ts';
import type { Diagnosis } from '../../findings/model.ts';
import type { CaptureInfo, CompareView } from '../api/contract.ts';
import { type CaptureSummary, METRICS, type Metric } from '../model.ts';
import { orNull } from './columns.ts';

const MAX_SITES = 200;
const MAX_CLUSTERS = 200;

export interface CompareInput {
  readonly base: CaptureInfo;
  readonly head: CaptureInfo;
  readonly before: CaptureSummary;
  readonly after: CaptureSummary;
  /** Of the captures from base to head; null where they are of two processes. */
  readonly diagnosis: Diagnosis | null;
}

export function compareView({ base, head, before, after, diagnosis }: CompareInput): CompareView {
  return {
    base,
    head,
    sites: sitesOf(before.heap, after.heap),
    clusters: clustersOf(before, after),
    metrics: METRICS.filter((name) => name !== 'start_time_seconds').flatMap((name) => {
      const row = {
        name,
        unit: unitOf(name),
        before: orNull(before.metrics[name]),
        after: orNull(after.metrics[name]),
      };
      return row.before === null && row.after === null ? [] : [row];
    }),
    verdict: diagnosis?.verdict ?? null,
    findings: (diagnosis?.findings ?? []).map(({ rule, verdict, severity, title, where }) => ({
      rule,
      verdict,
      severity,
      title,
      where: { ...where },
    })),
  };
}

/** The largest changes first. A site that a summary leaves out counts 0 there: it was among the small ones. */
function sitesOf(before: HeapSummary | null, after: HeapSummary | null): CompareView['sites'] {
  const rows = new Map<string, CompareView['sites'][number] & { variance: number }>();
  for (const [summary, end] of [
    [before, 'before'],
    [after, 'after'],
  ] as const) {
    for (const [i, site] of (summary?.sites ?? []).entries()) {
      let row = rows.get(site.key);
      if (row === undefined) {
        const none = { before: 0, after: 0, objectsBefore: 0, objectsAfter: 0, noise: 0, variance: 0 };
        row = { where: { ...site.where }, kind: site.kind, ...none };
        rows.set(site.key, row);
      }
      row[end] = summary?.bytes[i] ?? 0;
      row[end === 'before' ? 'objectsBefore' : 'objectsAfter'] = summary?.objects[i] ?? 0;
      row.variance += summary?.variance[i] ?? 0;
    }
  }
  // A site that only allocated in the past, with nothing in use at either end, is no part of the answer.
  return [...rows.values()]
    .filter((row) => row.before !== 0 || row.after !== 0)
    .sort((a, b) => Math.abs(b.after - b.before) - Math.abs(a.after - a.before))
    .slice(0, MAX_SITES)
    .map(({ variance, ...row }) => ({ ...row, noise: Math.sqrt(variance) }));
}

function clustersOf(before: CaptureSummary, after: CaptureSummary): CompareView['clusters'] {
  const rows = new Map<string, CompareView['clusters'][number]>();
  for (const [summary, end] of [
    [before.goroutines, 'before'],
    [after.goroutines, 'after'],
  ] as const) {
    for (const [i, cluster] of (summary?.clusters ?? []).entries()) {
      const row = rows.get(cluster.key) ?? { where: { ...cluster.where }, state: cluster.state, before: 0, after: 0 };
      row[end] = summary?.count[i] ?? 0;
      rows.set(cluster.key, row);
    }
  }
  return [...rows.values()]
    .sort((a, b) => Math.abs(b.after - b.before) - Math.abs(a.after - a.before))
    .slice(0, MAX_CLUSTERS);
}

function unitOf(metric: Metric): string {
  if (metric.endsWith('_ns_total')) return 'ns';
  return metric.includes('_bytes') ? 'bytes' : 'count';
}
