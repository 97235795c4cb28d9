/**
 * One window of `diagnose` in the nouns of watching: what the server reads from its store, a report makes from the
 * timeline, so that both are shown by the same views.
 */
import { withWaits } from '../../diagnose/goroutine-summary.ts';
import { summarise } from '../../diagnose/summarise.ts';
import type { SummarisedSnapshot } from '../../diagnose/summary.ts';
import type { Timeline } from '../../evidence/timeline.ts';
import type { Diagnosis, Finding } from '../../findings/model.ts';
import { metricsOf } from '../analyse/metrics.ts';
import type { KeyedSeries } from '../history/store.ts';
import { type Capture, type CaptureSummary, type FindingRecord, METRICS, type MetricColumns } from '../model.ts';

/** The one target of a report. */
export const TARGET = 'report';
/** Ids of a cluster's goroutines are not shown. */
const NO_IDS = 0;

export interface Material {
  readonly timeline: Timeline;
  readonly captures: readonly Capture[];
  readonly summaries: readonly CaptureSummary[];
  readonly columns: MetricColumns;
  readonly records: readonly FindingRecord[];
  /** Indices of the snapshots that have one: first and last; equal where there is one only, null without any. */
  readonly heap: Ends | null;
  readonly goroutines: Ends | null;
}

export interface Ends {
  readonly first: number;
  readonly last: number;
}

export function materialOf(timeline: Timeline, diagnosis: Diagnosis): Material {
  const { snapshots } = summarise(timeline);
  const summaries = snapshots.map((snapshot, i) => summaryOf(snapshot, i));
  const heap = endsOf(snapshots.map((snapshot) => snapshot.heap !== undefined));
  const goroutines = endsOf(snapshots.map((snapshot) => snapshot.goroutines !== undefined));
  const measured: Measured = {
    service: timeline.service,
    instance: TARGET,
    from: timeline.start,
    to: timeline.end,
    base: heap === null || heap.first === heap.last ? null : captureId(heap.first),
    head: heap === null ? null : captureId(heap.last),
  };
  return {
    timeline,
    captures: snapshots.map(captureOf),
    summaries,
    columns: columnsOf(summaries),
    records: named(diagnosis.findings).map(([id, finding]) => recordOf(id, finding, measured)),
    heap,
    goroutines,
  };
}

/** Sorts by time, and says which visit it was. */
export function captureId(index: number): string {
  return `visit-${String(index + 1).padStart(3, '0')}`;
}

/** The series of the sites with these keys, from summaries that have them. */
export function siteSeries(summaries: readonly CaptureSummary[], keys: readonly string[]): KeyedSeries[] {
  return keyed(summaries, keys, ({ heap }, key) => {
    const row = heap?.sites.findIndex((site) => site.key === key) ?? -1;
    return heap === null ? null : row < 0 ? 0 : (heap.bytes[row] ?? 0);
  });
}

/** The same of goroutine clusters. */
export function clusterSeries(summaries: readonly CaptureSummary[], keys: readonly string[]): KeyedSeries[] {
  return keyed(summaries, keys, ({ goroutines }, key) => {
    const row = goroutines?.clusters.findIndex((cluster) => cluster.key === key) ?? -1;
    return goroutines === null ? null : row < 0 ? 0 : (goroutines.count[row] ?? 0);
  });
}

function keyed(
  summaries: readonly CaptureSummary[],
  keys: readonly string[],
  read: (summary: CaptureSummary, key: string) => number | null,
): KeyedSeries[] {
  return keys.map((key) => {
    const points = summaries.flatMap((summary) => {
      const value = read(summary, key);
      return value === null ? [] : [{ at: summary.at, value }];
    });
    return {
      key,
      at: Float64Array.from(points, ({ at }) => at),
      value: Float64Array.from(points, ({ value }) => value),
    };
  });
}

function summaryOf(snapshot: SummarisedSnapshot, index: number): CaptureSummary {
  const { at, memstats, process, heap, goroutines, waits, leaks, load } = snapshot;
  const clusters = goroutines?.data ?? null;
  return {
    capture: captureId(index),
    target: TARGET,
    at,
    build: null,
    startedAt: memstats?.data.ProcessStart ?? null,
    heap: heap?.data ?? null,
    goroutines: clusters !== null && waits !== undefined ? withWaits(clusters, waits.data, NO_IDS) : clusters,
    leaks: leaks?.data ?? null,
    metrics: {
      // collect asks for the heap with ?gc=1 and reads the counters right after.
      ...metricsOf(memstats?.data ?? null, process?.data ?? null, { forced: heap !== undefined }),
      ...(load === undefined ? {} : { load: load.data }),
      ...(clusters === null ? {} : { goroutines: clusters.total }),
    },
  };
}

/** Sizes and times of the parts are in the bundle's manifest; the report does not list them. */
function captureOf({ at }: SummarisedSnapshot, index: number): Capture {
  return { id: captureId(index), target: TARGET, at, reason: 'schedule', build: null, parts: [] };
}

function columnsOf(summaries: readonly CaptureSummary[]): MetricColumns {
  const values: { -readonly [Name in keyof MetricColumns['values']]: Float64Array } = {};
  for (const metric of METRICS) {
    const column = Float64Array.from(summaries, ({ metrics }) => metrics[metric] ?? Number.NaN);
    if (column.some(Number.isFinite)) values[metric] = column;
  }
  return { at: Float64Array.from(summaries, ({ at }) => at), values };
}

/** Findings by their fingerprint, which two of one report may share: the second is then called `…-2`. */
export function named<T extends { readonly fingerprint: string }>(findings: readonly T[]): [id: string, finding: T][] {
  const seen = new Map<string, number>();
  return findings.map((finding) => {
    const count = (seen.get(finding.fingerprint) ?? 0) + 1;
    seen.set(finding.fingerprint, count);
    return [count === 1 ? finding.fingerprint : `${finding.fingerprint}-${count}`, finding];
  });
}

/** Where and when a finding of a report was measured. */
export interface Measured {
  readonly service: string;
  readonly instance: string;
  /** ms since the epoch. */
  readonly from: number;
  readonly to: number;
  readonly base: string | null;
  readonly head: string | null;
}

/** A finding without a life before or after it. */
export function recordOf(id: string, finding: Finding, at: Measured): FindingRecord {
  return {
    id,
    environment: '',
    service: at.service,
    fingerprint: finding.fingerprint,
    rule: finding.rule,
    state: 'open',
    verdict: finding.verdict,
    severity: finding.severity,
    finding,
    // The nearest that the type has; views of a report say `whole` instead.
    window: '1h',
    from: at.from,
    to: at.to,
    base: at.base,
    head: at.head,
    instances: [at.instance],
    firstSeen: at.from,
    firstBuild: null,
    lastMeasured: at.to,
    lastSeen: at.to,
    lastBuild: null,
    resolvedAt: null,
    resolvedBy: null,
    acknowledged: null,
    silencedUntil: null,
  };
}

function endsOf(has: readonly boolean[]): Ends | null {
  const first = has.indexOf(true);
  return first < 0 ? null : { first, last: has.lastIndexOf(true) };
}
