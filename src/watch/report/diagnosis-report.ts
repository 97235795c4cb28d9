/** The answers that the page asks for, of one window of `diagnose`. */
import type { HeapReport } from '../../diagnose/heap/analyse.ts';
import { retainedHolders } from '../../diagnose/heap/retained.ts';
import type { Profile } from '../../evidence/pprof/profile.ts';
import type { Timeline } from '../../evidence/timeline.ts';
import type { Diagnosis } from '../../findings/model.ts';
import { formatDuration } from '../../findings/units.ts';
import type { FindingDetail, FindingsView, FindingView, FlameView, SeriesView } from '../api/contract.ts';
import type { CaptureSummary, FindingRecord } from '../model.ts';
import { captureInfo } from '../views/capture.ts';
import { seriesView } from '../views/columns.ts';
import { compareView } from '../views/compare.ts';
import { findingView } from '../views/finding.ts';
import { clusterKeysOf, findingDetailView, siteKeysOf } from '../views/finding-detail.ts';
import { flameView } from '../views/flame.ts';
import { clusterKeys, goroutinesView } from '../views/goroutines.ts';
import { heapGraphView } from '../views/heap-graph.ts';
import { serviceView } from '../views/service.ts';
import { sourceLines } from '../views/source-lines.ts';
import { captureId, clusterSeries, type Ends, type Material, materialOf, siteSeries, TARGET } from './material.ts';
import type { ReportData } from './page.ts';

/** What can be chosen on the page of the heap. */
const HEAP_TYPES = ['inuse_space', 'inuse_objects', 'alloc_space'];
/** Rows of one flame graph: five of them stay below 3 MB. */
const FLAME_ROWS = 10_000;
const CLUSTERS = 200;
const HOLDERS = 20;
/** How the page names the dump of a report. */
const DUMP = 'dump';

export interface DiagnosisReport {
  readonly timeline: Timeline;
  readonly diagnosis: Diagnosis;
  /** With what its dump says; its files still open. */
  readonly heap: HeapReport | null;
  /** Directory of the source, where it was given. */
  readonly source: string | null;
}

type Answers = Record<string, unknown>;

export async function diagnosisReport({ timeline, diagnosis, heap, source }: DiagnosisReport): Promise<ReportData> {
  const material = materialOf(timeline, diagnosis);
  const name = nameOf(timeline);
  const place = `api/services/-/${segment(timeline.service)}`;
  const answers: Answers = {};
  const same: Record<string, string> = {};
  const service = serviceAnswer(material, name);
  answers[place] = service;
  const findings: FindingsView = { schema: 'hemostat/findings@1', findings: service.findings };
  answers['api/findings'] = findings;
  for (const record of material.records)
    answers[`api/findings/${record.id}`] = await findingAnswer(record, material, service.series, source, name);
  heapFlames(material, answers, same);
  goroutineFlames(material, answers);
  answers[`${place}/goroutines`] = goroutinesView({
    range: rangeOf(timeline),
    instance: TARGET,
    summaries: material.summaries,
    series: clusterSeries(material.summaries, clusterKeys(material.summaries, CLUSTERS)),
  });
  compareAnswer(material, diagnosis, name, answers);
  const start = `#/service/-/${segment(timeline.service)}`;
  const pages = [{ name: 'Findings', href: start }];
  const { heap: ends, goroutines } = material;
  if (ends !== null) pages.push({ name: 'Heap profile', href: `#/flame?${flameQuery(ends)}` });
  if (goroutines !== null) {
    pages.push({ name: 'Goroutines', href: `#/goroutines/-/${segment(timeline.service)}` });
    pages.push({ name: 'Goroutine graph', href: `#/flame?${flameQuery(goroutines)}&part=goroutine` });
  }
  if (heap !== null) {
    // The diagnosis does without: it costs some seconds for a large heap.
    const holders = heap.holders.length > 0 ? heap.holders : await retainedHolders(heap.proof, heap.names, HOLDERS);
    const graph = heapGraphView({ ...heap, holders }, timeline.heapDump?.dump ?? 'heap dump');
    answers[`api/heap?capture=${DUMP}`] = graph;
    pages.push({ name: 'Heap graph', href: `#/heap?capture=${DUMP}` });
  }
  const says = [diagnosis.verdict, ...diagnosis.notes];
  return { start, says, range: rangeOf(timeline), pages, answers, same };
}

function nameOf(timeline: Timeline): () => string {
  return () => (timeline.instance === '' ? timeline.service : timeline.instance);
}

/** As the page writes a name in a path; a service without one is `-`. */
function segment(text: string): string {
  return text === '' ? '-' : encodeURIComponent(text);
}

/** A window of a single visit has no width, which no axis can show. */
function rangeOf({ start, end }: Timeline): { from: number; to: number } {
  return { from: start, to: Math.max(end, start + 1000) };
}

/** The window of a report is none of those that the server looks over. */
function whole(view: FindingView): FindingView {
  return { ...view, window: 'whole' };
}

function serviceAnswer(material: Material, name: () => string) {
  const { timeline, columns } = material;
  const view = serviceView({
    environment: '',
    service: timeline.service,
    range: rangeOf(timeline),
    targets: [
      {
        info: {
          id: TARGET,
          environment: '',
          service: timeline.service,
          instance: name(),
          url: '',
          from: 'report',
          labels: {},
        },
        build: null,
        goVersion: timeline.goVersion,
        loadKind: timeline.load?.kind ?? null,
        up: true,
        problem: null,
        lastCapture: timeline.snapshots.at(-1)?.at ?? null,
      },
    ],
    instance: TARGET,
    columns,
    marks: timeline.restarts.flatMap((index) => {
      const at = timeline.snapshots[index]?.at;
      const says = 'The target was started again: its counters began anew.';
      return at === undefined
        ? []
        : [{ kind: 'restart' as const, target: TARGET, at, build: null, goVersion: null, says }];
    }),
    findings: material.records,
    captures: material.captures,
    nameOf: name,
  });
  return { ...view, findings: view.findings.map(whole), series: withSamples(view.series, timeline) };
}

/** RSS between the visits, where the collector was on the same machine; in the order of time. */
function withSamples(series: readonly SeriesView[], { rssSamples }: Timeline): SeriesView[] {
  if (rssSamples === undefined || rssSamples.at.length === 0) return [...series];
  const own = series.find(({ name }) => name === 'rss');
  const points = [
    ...(own?.at ?? []).map((at, i) => ({ at, value: own?.value[i] ?? Number.NaN })),
    ...rssSamples.at.map((at, i) => ({ at, value: rssSamples.rss[i] ?? Number.NaN })),
  ].sort((a, b) => a.at - b.at);
  const columns = { at: points.map(({ at }) => at), value: points.map(({ value }) => value) };
  return [...series.filter(({ name }) => name !== 'rss'), seriesView('rss', 'bytes', columns)];
}

async function findingAnswer(
  record: FindingRecord,
  { summaries }: Material,
  process: readonly SeriesView[],
  source: string | null,
  name: () => string,
): Promise<FindingDetail> {
  const heap = summaries.findLast((summary) => summary.heap !== null)?.heap ?? null;
  const goroutines = summaries.findLast((summary) => summary.goroutines !== null)?.goroutines ?? null;
  const detail = findingDetailView({
    record,
    events: [],
    process,
    sites: siteSeries(summaries, siteKeysOf(record.finding, heap)),
    clusters: clusterSeries(summaries, clusterKeysOf(record.finding, goroutines)),
    source: source === null ? null : await sourceLines(source, record.finding.where),
    nameOf: name,
  });
  return { ...detail, finding: whole(findingView(record, name)) };
}

function flameQuery({ first, last }: Ends): string {
  const query = new URLSearchParams({ head: captureId(last) });
  if (first !== last) query.set('base', captureId(first));
  return query.toString();
}

/** Paths are spelled as the page spells them (ui/src/endpoints.ts). */
function heapFlames({ timeline, heap: ends }: Material, answers: Answers, same: Record<string, string>): void {
  if (ends === null) return;
  const head = timeline.snapshots[ends.last]?.heap?.data;
  const base = ends.first === ends.last ? null : (timeline.snapshots[ends.first]?.heap?.data ?? null);
  if (head === undefined) return;
  const there = HEAP_TYPES.filter((type) => head.sampleTypes.some((own) => own.type === type));
  const path = `api/flame?${flameQuery(ends)}`;
  for (const type of there) {
    const view = flame(timeline, ends, head, base, type);
    answers[`${path}&type=${type}`] = {
      ...view,
      sampleTypes: view.sampleTypes.filter((own) => there.includes(own.type)),
    };
  }
  const [first] = there;
  if (first !== undefined) same[path] = `${path}&type=${first}`;
}

function goroutineFlames({ timeline, goroutines: ends }: Material, answers: Answers): void {
  if (ends === null) return;
  const head = timeline.snapshots[ends.last]?.goroutines?.data;
  if (head === undefined) return;
  const alone = { first: ends.last, last: ends.last };
  answers[`api/flame?${flameQuery(alone)}&part=goroutine`] = flame(timeline, alone, head, null, '');
  if (ends.first === ends.last) return;
  const base = timeline.snapshots[ends.first]?.goroutines?.data ?? null;
  answers[`api/flame?${flameQuery(ends)}&part=goroutine`] = flame(timeline, ends, head, base, '');
}

function flame(timeline: Timeline, ends: Ends, head: Profile, base: Profile | null, sampleType: string): FlameView {
  const at = (index: number): number => timeline.snapshots[index]?.at ?? timeline.start;
  const after = `${formatDuration((at(ends.last) - timeline.start) / 1000)} into the window`;
  const apart = formatDuration((at(ends.last) - at(ends.first)) / 1000);
  return flameView(head, base, {
    headId: captureId(ends.last),
    baseId: captureId(ends.first),
    title: `${timeline.service}: ${base === null ? after : `two profiles, ${apart} apart`}`,
    sampleType,
    maxRows: FLAME_ROWS,
  });
}

/** The two ends of the window beside each other. */
function compareAnswer(material: Material, diagnosis: Diagnosis, name: () => string, answers: Answers): void {
  const { heap: ends, captures, summaries } = material;
  if (ends === null || ends.first === ends.last) return;
  const [base, head] = [captures[ends.first], captures[ends.last]];
  const [before, after]: (CaptureSummary | undefined)[] = [summaries[ends.first], summaries[ends.last]];
  if (base === undefined || head === undefined || before === undefined || after === undefined) return;
  answers[`api/compare?${new URLSearchParams({ base: base.id, head: head.id })}`] = compareView({
    base: captureInfo(base, name),
    head: captureInfo(head, name),
    before,
    after,
    diagnosis,
  });
}
