/** One finding with its life, a small plot per leg of its evidence, and the lines around it. */
import type { GoroutineSummary, HeapSummary } from '../../diagnose/summary.ts';
import type { Finding, Where } from '../../findings/model.ts';
import type { FindingDetail, SeriesView } from '../api/contract.ts';
import type { KeyedSeries } from '../history/store.ts';
import type { FindingEvent, FindingRecord, TargetId } from '../model.ts';
import { seriesView } from './columns.ts';
import { findingView } from './finding.ts';
import type { ProcessSeries } from './process-series.ts';

export interface FindingDetailInput {
  readonly record: FindingRecord;
  readonly events: readonly FindingEvent[];
  /** Of the instance where it is worst, over the finding's window (processSeries). */
  readonly process: readonly SeriesView[];
  /** Of the sites and clusters that the finding is about (keysOf). */
  readonly sites: readonly KeyedSeries[];
  readonly clusters: readonly KeyedSeries[];
  readonly source: FindingDetail['source'];
  readonly nameOf: (id: TargetId) => string;
}

export function findingDetailView(input: FindingDetailInput): FindingDetail {
  const { record, events } = input;
  return {
    finding: findingView(record, input.nameOf),
    events: events.map(({ at, kind, says }) => ({ at, kind, says })),
    plots: plotsOf(record.finding, input),
    source: input.source,
    incident: null,
  };
}

/** Which series of the process speaks for a leg of evidence. */
const PROCESS_OF_LEG: Readonly<Partial<Record<string, readonly ProcessSeries[]>>> = {
  gc: ['live-heap'],
  process: ['rss', 'limit'],
  load: ['load'],
  runtime: ['goroutines'],
};

function plotsOf(finding: Finding, { process, sites, clusters }: FindingDetailInput): FindingDetail['plots'] {
  const plots: FindingDetail['plots'] = [];
  for (const leg of new Set(finding.evidence.map((item) => item.leg))) {
    if (leg === 'heap') plots.push(...sites.map((site) => ({ leg, series: keyed(site, 'bytes') })));
    if (leg === 'goroutine') plots.push(...clusters.map((cluster) => ({ leg, series: keyed(cluster, 'count') })));
    for (const name of PROCESS_OF_LEG[leg] ?? []) {
      const series = process.find((one) => one.name === name);
      if (series !== undefined) plots.push({ leg, series });
    }
  }
  return plots;
}

/** A key has the kind or state first, then function, file and line (see sites.ts, clusters.ts). */
function keyed(series: KeyedSeries, unit: string): SeriesView {
  const [kind = '', name = '', , line = ''] = series.key.split('\0');
  return seriesView(`${name}${line === '' ? '' : `:${line}`} (${kind})`, unit, series);
}

const MOST_KEYS = 3;

/** Keys of the heap sites that a finding is about: at its lines, else in its functions; most bytes first. */
export function siteKeysOf(finding: Finding, heap: HeapSummary | null): string[] {
  if (heap === null) return [];
  const rows = heap.sites.map((site, row) => ({ key: site.key, at: [site.where], size: heap.bytes[row] ?? 0 }));
  return keysOf(finding, rows);
}

/** The same of goroutine clusters: where they wait, and what they were started with. */
export function clusterKeysOf(finding: Finding, goroutines: GoroutineSummary | null): string[] {
  if (goroutines === null) return [];
  const rows = goroutines.clusters.map((cluster, row) => ({
    key: cluster.key,
    at: [cluster.where, cluster.entry],
    size: goroutines.count[row] ?? 0,
  }));
  return keysOf(finding, rows);
}

function keysOf(finding: Finding, rows: readonly { key: string; at: readonly Where[]; size: number }[]): string[] {
  // Frames are only on the way: half of the program is called from main.main.
  const steps = finding.chain.flatMap(({ kind, where }) => (kind === 'frame' ? [] : (where ?? [])));
  const places = [finding.where, ...steps].filter((where) => where.function !== '');
  const matching = (same: (a: Where, b: Where) => boolean) =>
    rows
      .filter(({ at }) => at.some((where) => places.some((place) => same(where, place))))
      .sort((a, b) => b.size - a.size)
      .slice(0, MOST_KEYS)
      .map(({ key }) => key);
  const exact = matching((a, b) => a.function === b.function && a.line === b.line);
  return exact.length > 0 ? exact : matching((a, b) => a.function === b.function);
}
