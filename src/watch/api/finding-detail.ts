/** Gathers from the store what the page of one finding shows. */
import type { MetricColumns } from '../model.ts';
import { incidentOf } from '../respond/life.ts';
import { MAX_POINTS } from '../views/columns.ts';
import { clusterKeysOf, findingDetailView, siteKeysOf } from '../views/finding-detail.ts';
import { incidentView } from '../views/incident.ts';
import { processSeries, SERIES_METRICS } from '../views/process-series.ts';
import { sourceLines } from '../views/source-lines.ts';
import type { Backend } from './backend.ts';
import type { FindingDetail } from './contract.ts';
import { instanceName } from './routes/shared.ts';

/** Null where there is no such finding. */
export async function findingDetail(backend: Backend, id: string): Promise<FindingDetail | null> {
  const { store } = backend;
  const record = backend.findings().find((finding) => finding.id === id) ?? (await store.finding(id));
  if (record === null || record === undefined) return null;
  const head = record.head === null ? null : await store.summary(record.head);
  // Where it was measured to be worst; a resolved finding has no instance any more.
  const target = head?.target ?? record.instances[0] ?? null;
  const range = { from: record.from, to: Math.max(record.to, record.from + 1) };
  const siteKeys = siteKeysOf(record.finding, head?.heap ?? null);
  const clusterKeys = clusterKeysOf(record.finding, head?.goroutines ?? null);
  const source = target === null ? null : (backend.target(target)?.source ?? null);
  const [events, columns, sites, clusters, lines] = await Promise.all([
    store.events(id),
    target === null ? null : store.metrics([target], SERIES_METRICS, range, MAX_POINTS),
    target === null || siteKeys.length === 0 ? [] : store.siteSeries(target, range, { keys: siteKeys }),
    target === null || clusterKeys.length === 0 ? [] : store.clusterSeries(target, range, { keys: clusterKeys }),
    source === null ? null : sourceLines(source, record.finding.where),
  ]);
  const own: MetricColumns | undefined = target === null ? undefined : columns?.get(target);
  const loadKind = target === null ? null : (backend.target(target)?.loadKind ?? null);
  const view = findingDetailView({
    record,
    events,
    process: own === undefined ? [] : processSeries(own, loadKind),
    sites,
    clusters,
    source: lines,
    nameOf: instanceName(backend),
  });
  const incident = backend.respond.incident(incidentOf(record));
  return incident === null ? view : { ...view, incident: incidentView(incident, record) };
}
