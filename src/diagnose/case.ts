/**
 * Everything that the finding makers share about one window: signals, what grows, and the words for it. Built once.
 */
import { fingerprint } from '../findings/fingerprint.ts';
import type { EvidenceItem, Finding, Growth, Quantity, Verdict, Where } from '../findings/model.ts';
import { formatBytes, formatBytesChange, formatCount, formatDuration, formatValue } from '../findings/units.ts';
import { type Looks, POINTS_FOR_TREND, type SeriesTrend } from '../stats/shape.ts';
import { type Cluster, joinClusters } from './clusters.ts';
import { ALWAYS_COMMON } from './common.ts';
import { type Limit, type LoadVerdict, trendOf } from './growth.ts';
import { type GrowingCluster, type GrowingSite, linkSites } from './link.ts';
import { baseName, shortFunction } from './packages.ts';
import { FIX, operationOf, type RuleId, severityOf } from './rules.ts';
import { looksOf, rssOf, type Signal, type Signals, signalsOf } from './signals.ts';
import { type AllocatorOf, joinSites, type Site } from './sites.ts';
import type { HeapSummary, SummarisedSnapshot, SummarisedTimeline } from './summary.ts';
import { between } from './syscall-series.ts';
import { type SyscallSignals, syscallSignals } from './syscall-signals.ts';
import { isMapAllocator } from './traits.ts';
import { mayWander } from './wander.ts';

export interface Case {
  readonly timeline: SummarisedTimeline;
  readonly snapshots: readonly SummarisedSnapshot[];
  /** Seconds since the start of the window, per snapshot. */
  readonly at: readonly number[];
  readonly seconds: number;
  readonly signals: Signals;
  /** What the kernel counted of the process; null where nothing did. */
  readonly syscalls: SyscallSignals | null;
  readonly sites: readonly Site[];
  readonly clusters: readonly Cluster[];
  /** Heaviest growth first. */
  readonly growingSites: readonly GrowingSite[];
  readonly growingClusters: readonly GrowingCluster[];
  readonly common: ReadonlySet<string>;
  readonly limit: Limit | null;
  /** RSS, or failing that the live heap, at the last snapshot: what counts against the limit. */
  readonly used: number;
  readonly subject: Finding['subject'];
}

/** A site's growth below this is not looked at: one sample of the default rate is half a megabyte. */
const SITE_FLOOR = 512 * 1024;
/** Growth must stand out of the sampling noise by this many standard deviations. */
const SITE_SIGMAS = 2;
/** For one who looks at fifty sites of a thousand services hundreds of times a week. */
const PATIENT_SIGMAS = 3;
/** Two new goroutines are looked at: each may hold megabytes. Below `FEW_GOROUTINES` they must, to be a finding. */
const CLUSTER_FLOOR = 2;

/** `snapshots` are those of one life of the process: a restart begins a new case. */
export function buildCase(timeline: SummarisedTimeline, snapshots: readonly SummarisedSnapshot[]): Case {
  const own: SummarisedTimeline = { ...timeline, snapshots };
  const at = snapshots.map((snapshot) => (snapshot.at - timeline.start) / 1000);
  const heaps = snapshots.map((snapshot) => snapshot.heap?.data);
  const sites = joinSites(heaps, allocatorsOf(timeline));
  const signals = signalsOf(own, heaps.map(allocatedBy));
  const clusters = joinClusters(
    snapshots.map((snapshot) => snapshot.goroutines?.data),
    snapshots.flatMap((snapshot) => snapshot.waits?.data ?? []),
  );
  const last = snapshots.at(-1);
  const seconds = (at.at(-1) ?? 0) - (at[0] ?? 0);
  const growingClusters = growingClustersOf(at, clusters, looksOf(timeline));
  const common = new Set(heaps.findLast((heap) => heap !== undefined)?.common ?? ALWAYS_COMMON);
  return {
    timeline: own,
    snapshots,
    at,
    seconds,
    signals,
    syscalls: syscallsOf(own),
    sites,
    clusters,
    growingSites: growingSitesOf(at, sites, looksOf(timeline), (site) =>
      growingClusters.some((cluster) => linkSites(cluster, [site], common).length > 0),
    ),
    growingClusters,
    common,
    limit: limitOf(last),
    used: (last === undefined ? null : rssOf(last)?.value) ?? signals.liveHeap.value.at(-1) ?? 0,
    subject: { service: timeline.service, instance: timeline.instance },
  };
}

/** Of one life: a descriptor that was open when the process ended was not leaked. */
function syscallsOf(timeline: SummarisedTimeline): SyscallSignals | null {
  const { syscallSeries, snapshots, restarts, start } = timeline;
  if (syscallSeries === undefined) return null;
  const { data, file } = syscallSeries;
  const life = restarts.length === 0 ? data : between(data, snapshots[0]?.at ?? 0, snapshots.at(-1)?.at ?? 0);
  return syscallSignals(life, file, start, looksOf(timeline));
}

/** Bytes allocated so far by all sites; NaN without a profile. */
function allocatedBy(heap: HeapSummary | undefined): number {
  return heap === undefined ? Number.NaN : heap.allocBytes.reduce((sum, bytes) => sum + bytes, heap.rest.allocBytes);
}

/** The allocator of a site is known where the symbols of a heap?debug=1 capture were resolved; a map outranks the rest. */
function allocatorsOf({ allocators }: SummarisedTimeline): AllocatorOf {
  return ({ owned, kind, where, allocator }) => {
    if (allocators === undefined || !owned || kind !== 'heap') return allocator;
    const symbols = allocators.get(`${where.function}\0${where.line}`) ?? [];
    return symbols.find(isMapAllocator) ?? symbols[0] ?? allocator;
  };
}

/** A site whose memory a map's growth allocates is that map. */
export function kindOf(site: Site): Site['kind'] {
  return site.kind === 'heap' && isMapAllocator(site.allocator) ? 'map' : site.kind;
}

/** Two or three snapshots show a difference and no trend: it is reported, as a suspicion (verdictOf). */
function grew(trend: SeriesTrend): boolean {
  return trend.shape === 'rising' || (trend.shape === 'unknown' && trend.last > trend.first);
}

/** `held`: goroutines grow with it, which no walk by chance has. */
function growingSitesOf(
  at: readonly number[],
  sites: readonly Site[],
  looks: Looks,
  held: (site: GrowingSite) => boolean,
): GrowingSite[] {
  const growing: GrowingSite[] = [];
  for (const site of sites) {
    // Most sites do not grow; the trend of those is not worth computing.
    if ((lastOf(site.bytes) ?? 0) - (firstOf(site.bytes) ?? 0) < SITE_FLOOR) continue;
    const trend = trendOf(at, site.bytes, SITE_FLOOR, looks);
    const grown = trend.last - trend.first;
    const grownObjects = (lastOf(site.objects) ?? 0) - (firstOf(site.objects) ?? 0);
    // What was there at the start is the same sample at the end; only what is new was sampled anew.
    const newVariance = Math.max(0, (lastOf(site.variance) ?? 0) - (firstOf(site.variance) ?? 0));
    const noise = Math.sqrt(newVariance);
    if (!grew(trend) || grown <= (looks === 'once' ? SITE_SIGMAS : PATIENT_SIGMAS) * noise) continue;
    const entry = { site, trend, noise, grown, grownObjects };
    const wanders = looks !== 'once' && mayWander(site, indexOfFirst(site.bytes), indexOfLast(site.bytes));
    if (!wanders || held(entry)) growing.push(entry);
  }
  return growing.sort((a, b) => b.grown - a.grown);
}

/**
 * Sites of maps, timers, contexts … that have more in use at the end than at the start, though too few samples to say
 * so on their own: a timer is 200 bytes, and one in 2,600 is sampled. They can only say what holds a site that grows.
 */
export function possibleHolders(found: Case): GrowingSite[] {
  const holders: GrowingSite[] = [];
  const growing = new Map(found.growingSites.map((entry) => [entry.site, entry]));
  for (const site of found.sites) {
    if (!site.owned || kindOf(site) === 'heap') continue;
    const known = growing.get(site);
    if (known !== undefined) {
      holders.push(known);
      continue;
    }
    const trend = trendOf(found.at, site.bytes, 0);
    const grown = trend.last - trend.first;
    if (grown <= 0 || trend.last < trend.first) continue;
    const noise = Math.sqrt(Math.max(0, (lastOf(site.variance) ?? 0) - (firstOf(site.variance) ?? 0)));
    const objects = (lastOf(site.objects) ?? 0) - (firstOf(site.objects) ?? 0);
    holders.push({ site, trend, noise, grown, grownObjects: objects });
  }
  return holders.sort((a, b) => b.grown - a.grown);
}

function growingClustersOf(at: readonly number[], clusters: readonly Cluster[], looks: Looks): GrowingCluster[] {
  const growing: GrowingCluster[] = [];
  for (const cluster of clusters) {
    if ((lastOf(cluster.count) ?? 0) - (firstOf(cluster.count) ?? 0) < CLUSTER_FLOOR) continue;
    const trend = trendOf(at, cluster.count, CLUSTER_FLOOR, looks);
    const grown = trend.last - trend.first;
    if (grew(trend) && grown >= CLUSTER_FLOOR) growing.push({ cluster, trend, grown });
  }
  return growing.sort((a, b) => b.grown - a.grown);
}

function firstOf(column: Float64Array): number | undefined {
  return column[indexOfFirst(column)];
}

function lastOf(column: Float64Array): number | undefined {
  return column[indexOfLast(column)];
}

function indexOfFirst(column: Float64Array): number {
  return column.findIndex((value) => !Number.isNaN(value));
}

function indexOfLast(column: Float64Array): number {
  return column.findLastIndex((value) => !Number.isNaN(value));
}

/** The cgroup's limit kills; GOMEMLIMIT makes the GC burn the CPU first. The nearer one counts. */
function limitOf(last: SummarisedSnapshot | undefined): Limit | null {
  const limits: Limit[] = [];
  const cgroup = last?.process?.data.cgroup?.limit;
  if (cgroup !== undefined) limits.push({ bytes: cgroup, source: 'cgroup limit' });
  const gomemlimit = last?.memstats?.data.MemLimit;
  // math.MaxInt64 is "no limit".
  if (gomemlimit !== undefined && gomemlimit < 2 ** 62) limits.push({ bytes: gomemlimit, source: 'GOMEMLIMIT' });
  if (last?.limit !== undefined) limits.push(last.limit);
  return limits.sort((a, b) => a.bytes - b.bytes)[0] ?? null;
}

/** `checkout (orders.go:88)`, or what there is. */
export function placeName(where: Where): string {
  const name = where.function === '' ? 'an unknown function' : shortFunction(where.function);
  if (where.file === '') return name;
  return where.line > 0 ? `${name} (${baseName(where.file)}:${where.line})` : `${name} (${baseName(where.file)})`;
}

export function quantity(
  name: string,
  value: number,
  unit: Quantity['unit'],
  interval?: readonly [number, number],
): Quantity {
  return interval === undefined ? { name, value, unit } : { name, value, unit, low: interval[0], high: interval[1] };
}

/** Seconds from the first to the last point: a GC trace begins before the window. */
export function spanOf(source: Signal): number {
  return (source.at.at(-1) ?? 0) - (source.at[0] ?? 0);
}

/** The gc leg: what the live heap did. Null where it was not measured. */
export function gcEvidence(found: Case): EvidenceItem | null {
  const { liveHeap } = found.signals;
  if (liveHeap.value.length < 2) return null;
  const { first, last, shape, p } = liveHeap.trend;
  return {
    leg: 'gc',
    says: `live heap after ${found.signals.traced ? 'each GC (gctrace)' : 'a forced GC'} ${verb(shape)}: ${formatBytes(first)} → ${formatBytes(last)} (${formatBytesChange(last - first)} in ${formatDuration(spanOf(liveHeap))}${pText(p)})`,
    numbers: [quantity('live heap, first', first, 'bytes'), quantity('live heap, last', last, 'bytes')],
    captures: liveHeap.captures,
  };
}

/** S1: the GC works harder. Null where its cycles are neither more frequent nor longer. */
export function pressureEvidence(found: Case): EvidenceItem | null {
  const { gcRate, gcPause } = found.signals;
  const says: string[] = [];
  const numbers: Quantity[] = [];
  if (gcRate.trend.shape === 'rising') {
    says.push(
      `GC cycles per second rise: ${formatValue(gcRate.trend.first, '1/s')} → ${formatValue(gcRate.trend.last, '1/s')}`,
    );
    numbers.push(quantity('GC cycles, last', gcRate.trend.last, '1/s'));
  }
  if (gcPause.trend.shape === 'rising') {
    says.push(
      `GC pauses get longer: ${formatValue(gcPause.trend.first, 'ns')} → ${formatValue(gcPause.trend.last, 'ns')}`,
    );
    numbers.push(quantity('GC pause, last', gcPause.trend.last, 'ns'));
  }
  if (says.length === 0) return null;
  return {
    leg: 'gc',
    says: says.join('; '),
    numbers,
    captures: [...new Set([...gcRate.captures, ...gcPause.captures])],
  };
}

/** The process leg: what RSS did. Null where it was not measured. */
export function rssEvidence(found: Case): EvidenceItem | null {
  const { rss } = found.signals;
  if (rss.value.length < 2) return null;
  const { first, last, shape } = rss.trend;
  return {
    leg: 'process',
    says: `RSS ${verb(shape)}: ${formatBytes(first)} → ${formatBytes(last)}`,
    numbers: [quantity('RSS, first', first, 'bytes'), quantity('RSS, last', last, 'bytes')],
    captures: rss.captures,
  };
}

export function verb(shape: string): string {
  switch (shape) {
    case 'rising':
      return 'rises';
    case 'plateau':
      return 'rose and levelled off';
    case 'drained':
      return 'rose and came back';
    case 'level':
      return 'stays level';
    default:
      return 'changed (too few points for a trend)';
  }
}

export function pText(p: number | null): string {
  if (p === null) return '';
  return p < 0.001 ? ', p < 0.001' : `, p = ${p.toFixed(3)}`;
}

/** Fills in what follows from the rest: severity, fix, fingerprint, subject. */
export function finding(
  found: Case,
  rule: RuleId,
  via: string,
  parts: Pick<Finding, 'verdict' | 'title' | 'where' | 'count' | 'growth' | 'holds' | 'chain' | 'evidence'>,
): Finding {
  return {
    rule,
    verdict: parts.verdict,
    severity: severityOf(parts.verdict, parts.growth?.perHour ?? 0, parts.growth?.timeToLimit ?? null),
    title: parts.title,
    where: parts.where,
    subject: found.subject,
    count: parts.count,
    growth: parts.growth,
    holds: parts.holds,
    chain: parts.chain,
    evidence: parts.evidence,
    fix: { text: FIX[rule] },
    fingerprint: fingerprint(rule, parts.where.function, operationOf(rule, via)),
  };
}

/** `confirmed` needs two independent legs and enough snapshots for a trend; anything less is `suspected`. */
export function verdictOf(
  found: Case,
  evidence: readonly EvidenceItem[],
  agreeing: ReadonlySet<EvidenceItem['leg']>,
): Verdict {
  if (found.snapshots.length < POINTS_FOR_TREND || found.timeline.warmingUp === true) return 'suspected';
  const legs = new Set(evidence.map((item) => item.leg).filter((leg) => agreeing.has(leg)));
  return legs.size >= 2 ? 'confirmed' : 'suspected';
}

/** Growth that ends in the limit, or doubles everything, sooner than this is told even where a later window would know more, s. */
const TOO_SOON = 6 * 3600;

/** From this correlation with the load on, growth is left to a window in which the load falls. */
const GOES_WITH_LOAD = 0.8;

/** Does the finding's growth reach the limit, or what is in use now once more, within hours? */
export function isUrgent(found: Case, growth: Growth | null): boolean {
  if (growth === null) return false;
  return (growth.timeToLimit ?? Infinity) < TOO_SOON || (found.used > 0 && (growth.low * TOO_SOON) / 3600 > found.used);
}

/** Is it the load that grows? One who looks again later can wait where a window cannot tell load from time. */
export function clearedByLoad(found: Case, load: LoadVerdict, growth: Growth | null): boolean {
  if (load.kind === 'explains') return true;
  if (found.timeline.patient === undefined) return false;
  if (load.kind === 'no' && (load.r ?? 0) < GOES_WITH_LOAD) return false;
  return !isUrgent(found, growth);
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${Math.abs(count) === 1 ? one : many}`;
}
