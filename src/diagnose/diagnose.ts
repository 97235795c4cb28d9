/**
 * Evidence → findings. Pure: the same timeline gives the same diagnosis, byte for byte.
 */
import type { Timeline } from '../evidence/timeline.ts';
import type { Diagnosis, Finding, Series } from '../findings/model.ts';
import { sortFindings } from '../findings/sort.ts';
import type { SourceReview } from '../findings/source-review.ts';
import { formatBytes, formatCount, formatDuration } from '../findings/units.ts';
import { POINTS_FOR_TREND } from '../stats/shape.ts';
import { buildCase, type Case, isUrgent, placeName } from './case.ts';
import { clearedFindings } from './cleared.ts';
import { crossOf } from './cross.ts';
import { fdRateText } from './fd-findings.ts';
import { goroutineFindings, rateText } from './goroutine-findings.ts';
import type { HeapReport } from './heap/analyse.ts';
import { heapFindings } from './heap-findings.ts';
import { ledgerOf } from './ledger.ts';
import { processFindings } from './process-findings.ts';
import { provenFindings } from './runtime-leaks.ts';
import { summarise } from './summarise.ts';
import type { SummarisedSnapshot, SummarisedTimeline } from './summary.ts';
import { joinSyscalls } from './syscall-join.ts';
import { withProof } from './with-proof.ts';
import { withSource } from './with-source.ts';

/**
 * `heap`: what the timeline's heap dump says, where one was taken. `source`: a review of the source that the service is
 * said to be built from.
 */
export function diagnose(
  timeline: Timeline,
  heap: HeapReport | null = null,
  source: SourceReview | null = null,
): Diagnosis {
  return diagnoseSummaries(summarise(timeline), heap, source);
}

/** As `diagnose`, from captures that were summarised when they were taken. */
export function diagnoseSummaries(
  timeline: SummarisedTimeline,
  heap: HeapReport | null = null,
  source: SourceReview | null = null,
): Diagnosis {
  const { snapshots, note } = longestLife(timeline);
  const found = buildCase(timeline, snapshots);
  const live = allFindings(found);
  const joined = heap === null ? null : withProof(found, live, heap, timeline.heapDump?.dump ?? 'heap dump');
  const proved = joined === null ? live : sortFindings(joined.findings);
  const reviewed = source === null ? null : withSource(proved, source, timeline.warmingUp !== true);
  const findings = reviewed?.findings ?? proved;
  const notes = [...timeline.notes, ...(joined?.notes ?? []), ...(reviewed?.notes ?? [])];
  if (note !== '') notes.push(note);
  if (snapshots.length < POINTS_FOR_TREND)
    notes.push(
      `${snapshots.length === 1 ? 'One snapshot is' : `${snapshots.length} snapshots are`} too few to claim a trend; take at least ${POINTS_FOR_TREND} (--snapshots).`,
    );
  if (found.signals.loadFrom.standIn && findings.some((item) => item.verdict === 'confirmed'))
    notes.push('No load metric: allocations per second stand in for the load. --load-metric NAME names the real one.');
  return {
    schema: 'hemostat/diagnosis@1',
    verdict: verdictSentence(found, findings),
    target: { service: timeline.service, instance: timeline.instance, goVersion: timeline.goVersion },
    window: {
      start: new Date(timeline.start).toISOString(),
      seconds: Math.round((timeline.end - timeline.start) / 100) / 10,
      snapshots: timeline.snapshots.length,
    },
    findings,
    series: seriesOf(found),
    ledger: ledgerOf(snapshots),
    notes,
  };
}

function allFindings(found: Case): Finding[] {
  const { findings: goroutines, explained, leaders } = goroutineFindings(found);
  const { findings: proven, held } = joinSyscalls(found, provenFindings(found, goroutines), leaders);
  const heap = heapFindings(
    found,
    found.growingSites.filter((site) => !explained.has(site)),
  );
  const leaks = [...proven, ...heap];
  const process = processFindings(found, leaks, held);
  const all = [...leaks, ...process].filter((item) => !mustWait(found, item));
  const worse = all.some((item) => item.verdict !== 'cleared');
  return sortFindings(worse ? all : [...all, ...withoutRepeats(all, clearedFindings(found))]);
}

/** Chance and passing load show in one window; a leak shows in another one, too, or runs into the limit before it can. */
function mustWait(found: Case, { verdict, fingerprint, growth }: Finding): boolean {
  if (found.timeline.patient === undefined || verdict === 'cleared') return false;
  const agreed = found.timeline.patient.agreed(fingerprint);
  return !agreed && verdict !== 'proven' && !isUrgent(found, growth);
}

function withoutRepeats(have: readonly Finding[], more: readonly Finding[]): Finding[] {
  return more.filter((item) => !have.some((other) => other.rule === item.rule));
}

/** A restart resets every counter and empties the heap: only snapshots of one life can be compared. */
function longestLife(timeline: SummarisedTimeline): { snapshots: readonly SummarisedSnapshot[]; note: string } {
  const cuts = [0, ...timeline.restarts, timeline.snapshots.length];
  let best: readonly SummarisedSnapshot[] = [];
  for (let i = 0; i + 1 < cuts.length; i++) {
    const life = timeline.snapshots.slice(cuts[i], cuts[i + 1]);
    if (life.length >= best.length) best = life;
  }
  const note =
    timeline.restarts.length === 0
      ? ''
      : `The target restarted ${timeline.restarts.length === 1 ? 'once' : `${timeline.restarts.length} times`} in the window; the ${best.length} snapshots of its longest life are compared.`;
  return { snapshots: best, note };
}

/** The answer in one sentence: what leaks, where, how fast, until when. */
function verdictSentence(found: Case, findings: readonly Finding[]): string {
  const first = findings[0];
  const over = formatDuration(found.seconds);
  if (first !== undefined && first.verdict !== 'cleared') {
    const rate = first.growth !== null && first.growth.perHour > 0 ? `, ${rateText(first.growth.perHour)}` : '';
    const limit =
      first.growth?.timeToLimit !== null && first.growth?.timeToLimit !== undefined
        ? `, ${formatDuration(first.growth.timeToLimit)} until the ${first.growth.limit?.source ?? 'limit'}`
        : '';
    const place = first.where.function === '' ? '' : ` in ${placeName(first.where)}`;
    const more = findings.filter((item) => item.verdict !== 'cleared').length - 1;
    return `${capital(first.verdict)}: ${WHAT[kindOfRule(first.rule)]}${place}${rate}${limit}${fdRateText(first)}${more > 0 ? ` (and ${more} more ${more === 1 ? 'finding' : 'findings'})` : ''}.`;
  }
  if (found.snapshots.length < POINTS_FOR_TREND)
    return `Not enough evidence: ${formatCount(found.snapshots.length)} ${found.snapshots.length === 1 ? 'snapshot' : 'snapshots'} over ${over} cannot show a trend.`;
  const { liveHeap, goroutines } = found.signals;
  const seen: string[] = [];
  if (liveHeap.value.length > 0)
    seen.push(`live heap ${formatBytes(liveHeap.trend.first)} → ${formatBytes(liveHeap.trend.last)}`);
  if (goroutines.value.length > 0)
    seen.push(`goroutines ${formatCount(goroutines.trend.first)} → ${formatCount(goroutines.trend.last)}`);
  const why = first === undefined ? '' : ` ${capital(first.title)}.`;
  return `No leak found in ${over}${seen.length === 0 ? '' : `: ${seen.join(', ')}`}.${why}`;
}

type What = 'goroutine' | 'body' | 'timer' | 'context' | 'outside' | 'runtime' | 'fd' | 'clients' | 'memory';

const WHAT: Readonly<Record<What, string>> = {
  goroutine: 'goroutine leak',
  body: 'HTTP response bodies left open',
  timer: 'timers pile up',
  context: 'contexts not cancelled',
  outside: 'memory leak outside the Go heap',
  runtime: 'memory kept by the runtime',
  fd: 'descriptors leak',
  clients: 'outgoing calls that do not come back',
  memory: 'memory leak',
};

function kindOfRule(rule: string): What {
  if (rule.startsWith('goroutine-')) return 'goroutine';
  if (rule === 'http-body-not-closed') return 'body';
  if (rule === 'timer-pile-up') return 'timer';
  if (rule === 'context-not-cancelled') return 'context';
  if (rule === 'offheap-growth') return 'outside';
  if (rule === 'heap-fragmentation' || rule === 'scavenger-lag') return 'runtime';
  if (rule === 'blocked-clients') return 'clients';
  return rule === 'fd-growth' || rule === 'fd-leak' ? 'fd' : 'memory';
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function seriesOf(found: Case): Series[] {
  const { signals } = found;
  const series: Series[] = [];
  const add = (
    name: Series['name'],
    unit: Series['unit'],
    source: { at: readonly number[]; value: readonly number[] },
  ): void => {
    if (source.value.length > 0)
      series.push({ name, unit, at: source.at.map((at) => Math.round(at * 1000)), value: source.value });
  };
  add('rss', 'bytes', withSamples(found));
  add('live-heap', 'bytes', signals.liveHeap);
  add('goroutines', 'count', signals.goroutines);
  if (!signals.loadFrom.standIn) add('load', '1/s', signals.load);
  add('gc-rate', '1/s', signals.gcRate);
  add('gc-pause', 'ns', signals.gcPause);
  return series;
}

/** RSS of the snapshots, and between them where the collector was on the same machine; in the order of time. */
function withSamples(found: Case): { at: readonly number[]; value: readonly number[] } {
  const { rss } = found.signals;
  const samples = found.timeline.rssSamples;
  const points = rss.at.map((at, i) => ({ at, value: rss.value[i] ?? 0 }));
  for (const [i, at] of (samples?.at ?? []).entries())
    points.push({ at: (at - found.timeline.start) / 1000, value: samples?.rss[i] ?? 0 });
  points.sort((a, b) => a.at - b.at);
  return { at: points.map((point) => point.at), value: points.map((point) => point.value) };
}

/** Why the answer is what it is, for --verbose: the row of the cross-localisation table. */
export function crossSentence(timeline: Timeline): string {
  const summarised = summarise(timeline);
  const found = buildCase(summarised, longestLife(summarised).snapshots);
  const cross = crossOf(found);
  return `live heap ${cross.liveHeap}, goroutine clusters ${cross.goroutines}, heap sites ${cross.sites}, RSS ${cross.rss}: ${cross.verdict}`;
}
