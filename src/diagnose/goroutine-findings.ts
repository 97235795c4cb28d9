/**
 * Findings about goroutines that pile up (S10–S12, S15, S16): where they are parked, who started them, what they drag
 * along, and whether the legs agree.
 */
import type { ChainStep, EvidenceItem, Finding, Where } from '../findings/model.ts';
import { formatBytes, formatCount, formatDuration, formatRate } from '../findings/units.ts';
import type { Case } from './case.ts';
import {
  clearedByLoad,
  finding,
  gcEvidence,
  placeName,
  plural,
  pressureEvidence,
  pText,
  quantity,
  verdictOf,
} from './case.ts';
import type { Cluster } from './clusters.ts';
import { explainedByLoad, growthOf, trendOf } from './growth.ts';
import { type HttpCaller, httpCaller } from './http-caller.ts';
import { type GrowingCluster, type GrowingSite, type LinkedSite, linkSites } from './link.ts';
import { outerFunction } from './packages.ts';
import { RULE_OF_STATE } from './rules.ts';
import { PARKED } from './stacks.ts';

export interface GoroutineFindings {
  readonly findings: readonly Finding[];
  /** Heap sites that these findings account for; they are not reported again on their own. */
  readonly explained: ReadonlySet<GrowingSite>;
  /** What each finding is about, by its fingerprint. */
  readonly leaders: ReadonlyMap<string, LeadingCluster>;
}

export interface LeadingCluster {
  readonly growing: GrowingCluster;
  /** Neither may the load explain it, nor is it a queue that moves: a second leg confirms what is parked for good. */
  readonly steady: boolean;
  /** And its way of waiting is not what busy goroutines do, too. */
  readonly sure: boolean;
}

/** Fewer new goroutines than this in a window are only a finding where heap that is allocated in user code grows in step with them. */
const FEW_GOROUTINES = 4;

export function goroutineFindings(found: Case): GoroutineFindings {
  const findings: Finding[] = [];
  const explained = new Set<GrowingSite>();
  const about = new Map<string, LeadingCluster>();
  const { leaders, followers } = leadersOf(found.growingClusters);
  // The largest leak claims the heap first; what it claims is not claimed twice.
  for (const leader of leaders) {
    const free = found.growingSites.filter((site) => !explained.has(site));
    const sender = leader.cluster.state === 'body' ? httpCaller(found.snapshots) : null;
    const linked = linkSites(leader, free, found.common, sender?.where.function);
    if (leader.grown < FEW_GOROUTINES && !linked.some((link) => link.inStep && link.site.site.owned)) continue;
    const caller = sender ?? (leader.cluster.state === 'body' ? callerInStep(linked) : null);
    for (const { site } of linked) explained.add(site);
    const { item, steady } = clusterFinding(found, leader, followers.get(leader) ?? [], linked, caller);
    findings.push(item);
    if (!about.has(item.fingerprint))
      about.set(item.fingerprint, { growing: leader, steady, sure: steady && !isHarmless(leader.cluster) });
  }
  return { findings, explained, leaders: about };
}

/** Without a sampled allocation on the way to the connection, the user line that allocates once per open body. */
function callerInStep(linked: readonly LinkedSite[]): HttpCaller | null {
  const site = linked.find((link) => link.site.site.owned)?.site.site;
  if (site === undefined) return null;
  return {
    where: site.where,
    evidence: {
      leg: 'heap',
      says: `no allocation on the way to a connection was sampled; ${placeName(site.where)} allocates in step with the open bodies`,
      numbers: [],
      captures: [],
    },
  };
}

/**
 * One leaked request often leaves several goroutines: the user's own and net/http's connection loops on both sides.
 * Those without user code follow the one that explains them; user code always speaks for itself.
 */
function leadersOf(clusters: readonly GrowingCluster[]): {
  leaders: GrowingCluster[];
  followers: Map<GrowingCluster, GrowingCluster[]>;
} {
  const strong = clusters.filter(({ cluster }) => cluster.state === 'body' || (cluster.owned && isBlocked(cluster)));
  const leaders: GrowingCluster[] = [...strong];
  const followers = new Map<GrowingCluster, GrowingCluster[]>();
  for (const candidate of clusters) {
    if (strong.includes(candidate)) continue;
    const leader = strong.find(
      ({ grown, cluster }) =>
        !sameCode(cluster, candidate.cluster) && candidate.grown <= 2.5 * grown && candidate.grown >= 0.2 * grown,
    );
    if (leader === undefined || (candidate.cluster.owned && isBlocked(candidate.cluster))) {
      leaders.push(candidate);
      continue;
    }
    const list = followers.get(leader) ?? [];
    list.push(candidate);
    followers.set(leader, list);
  }
  return { leaders, followers };
}

function isBlocked(cluster: Cluster): boolean {
  return ['chan send', 'chan receive', 'select', 'lock', 'wait'].includes(cluster.state);
}

function sameCode(a: Cluster, b: Cluster): boolean {
  return a.where.function === b.where.function && a.where.line === b.where.line;
}

function clusterFinding(
  found: Case,
  leader: GrowingCluster,
  followers: readonly GrowingCluster[],
  linked: readonly LinkedSite[],
  caller: HttpCaller | null,
): { item: Finding; steady: boolean } {
  const { cluster, trend, grown } = leader;
  const rule = RULE_OF_STATE[cluster.state];
  const where = caller?.where ?? cluster.where;
  const bytes = bytesHeld(found, leader, linked);
  const heldTrend = trendOf(found.at, bytes, 0);
  const noise = Math.hypot(...linked.map(({ site }) => site.noise), 0);
  const growth = growthOf(heldTrend, found.seconds, noise, found.used, found.limit);
  const goroutineItem = goroutineEvidence(found, leader);
  const evidence: EvidenceItem[] = [goroutineItem];
  const heapItem = heapEvidence(found, linked);
  if (heapItem !== null) evidence.push(heapItem);
  const gc = gcEvidence(found);
  const heapRises = found.signals.liveHeap.trend.shape === 'rising';
  if (gc !== null) evidence.push(gc);
  const pressure = pressureEvidence(found);
  if (pressure !== null) evidence.push(pressure);
  const stacks = stackEvidence(found, leader);
  if (stacks !== null) evidence.push(stacks);
  if (caller !== null) evidence.push(caller.evidence);
  const load = explainedByLoad(found.signals.load, found.at, cluster.count);
  if (load.kind !== 'no' || !found.signals.loadFrom.standIn)
    evidence.push({
      leg: 'load',
      says: `${found.signals.loadFrom.metric}: ${load.says}`,
      numbers: [],
      captures: found.signals.load.captures,
    });
  const agreeing = new Set<EvidenceItem['leg']>(['goroutine']);
  if (heapRises) agreeing.add('gc');
  if (heapItem !== null) agreeing.add('heap');
  if (stacks !== null) agreeing.add('process');
  let verdict = verdictOf(found, evidence, agreeing);
  if (clearedByLoad(found, load, growth)) verdict = 'cleared';
  const steady = load.kind !== 'confounded' && !backlogMoves(leader);
  if (verdict === 'confirmed' && (!steady || isHarmless(cluster))) verdict = 'suspected';
  const count = trend.last;
  const perGoroutine =
    heldTrend.last - heldTrend.first > 0 && grown > 0 ? (heldTrend.last - heldTrend.first) / grown : 0;
  const item = finding(found, verdict === 'cleared' ? 'load-follows' : rule, outerFunction(cluster.where.function), {
    verdict,
    title: `${plural(count, 'goroutine')} ${PARKED[cluster.state]} ${caller === null ? 'at' : 'of a request made in'} ${placeName(where)}, ${formatCount(grown)} more in ${formatDuration(found.seconds)}${perGoroutine > 0 ? `, each with about ${formatBytes(perGoroutine)}` : ''}`,
    where,
    count,
    growth,
    holds: {
      bytes: Math.max(0, Math.round(heldTrend.last)),
      objects: Math.round(linked.reduce((sum, { site }) => sum + (site.site.objects.at(-1) ?? 0), 0)),
    },
    chain: chainOf(cluster, where, followers, linked),
    evidence,
  });
  return { item, steady };
}

/** Waiting for the network, sleeping or running is what busy goroutines do: growth alone does not make it a leak. */
function isHarmless(cluster: Cluster): boolean {
  return !isBlocked(cluster) && cluster.state !== 'body';
}

/**
 * Most goroutines of the first dump have left by the last one, and there are not many more than there were: a queue that
 * is busy but moves. One that moves and still doubles takes in more than it gets rid of; that is a leak all the same.
 */
function backlogMoves({ cluster, trend }: GrowingCluster): boolean {
  const { dump } = cluster;
  return dump !== null && dump.first >= 3 && dump.survivors < dump.first * 0.5 && trend.last < 2 * trend.first;
}

/** Bytes per snapshot that go with the cluster: its linked heap sites and its share of the stacks. */
function bytesHeld(found: Case, leader: GrowingCluster, linked: readonly LinkedSite[]): Float64Array {
  const stack = stackBytesPerGoroutine(found);
  return Float64Array.from(found.at, (_, i) => {
    let sum = (leader.cluster.count[i] ?? Number.NaN) * stack;
    for (const { site } of linked) sum += site.site.bytes[i] ?? 0;
    return sum;
  });
}

/** New stack bytes per new goroutine, all goroutines alike; at least the runtime's 2 KiB minimum. */
function stackBytesPerGoroutine(found: Case): number {
  const { stackInuse, goroutines } = found.signals;
  const goroutinesGrown = goroutines.trend.last - goroutines.trend.first;
  const stackGrown = stackInuse.trend.last - stackInuse.trend.first;
  return goroutinesGrown > 0 && stackGrown > 0 ? Math.max(2048, stackGrown / goroutinesGrown) : 2048;
}

function goroutineEvidence(found: Case, { cluster, trend, grown }: GrowingCluster): EvidenceItem {
  const captures = found.snapshots.flatMap((snapshot) =>
    snapshot.goroutines === undefined ? [] : [snapshot.goroutines.file],
  );
  const dump = cluster.dump;
  const stay =
    dump !== null && dump.first > 0
      ? `; of ${formatCount(dump.first)} that were there at the start ${dump.survivors === dump.first ? 'all' : formatCount(dump.survivors)} still are (same goroutine ids)`
      : '';
  const minutes = dump !== null && dump.maxWaitMinutes > 0 ? `; the longest has waited ${dump.maxWaitMinutes} min` : '';
  return {
    leg: 'goroutine',
    says: `${formatCount(trend.first)} → ${formatCount(trend.last)} goroutines ${PARKED[cluster.state]} there${pText(trend.p)}${stay}${minutes}`,
    numbers: [
      quantity('goroutines, first', trend.first, 'count'),
      quantity('goroutines, last', trend.last, 'count'),
      quantity('new goroutines', found.seconds > 0 ? (grown / found.seconds) * 3600 : 0, 'count/h'),
    ],
    captures,
  };
}

function heapEvidence(found: Case, linked: readonly LinkedSite[]): EvidenceItem | null {
  const strong = linked.filter((link) => link.sharesCode);
  const first = (strong.length > 0 ? strong : linked)[0];
  if (first === undefined) return null;
  const total = linked.reduce((sum, { site }) => sum + site.grown, 0);
  const noise = Math.hypot(...linked.map(({ site }) => site.noise), 0);
  return {
    leg: 'heap',
    says: `${linked.length === 1 ? '1 heap site grows' : `${formatCount(linked.length)} heap sites grow`} in step with them (+${formatBytes(total)}${noise > 0 ? ` ± ${formatBytes(1.96 * noise)} sampling` : ''}), first ${placeName(first.site.site.where)}: about ${perGoroutine(first)} new per new goroutine`,
    numbers: [quantity('heap growth linked', total, 'bytes', [total - 1.96 * noise, total + 1.96 * noise])],
    captures: found.snapshots.flatMap((snapshot) => (snapshot.heap === undefined ? [] : [snapshot.heap.file])),
  };
}

/** Stacks are the one thing that every parked goroutine keeps; StackInuse is counted apart from the profile. */
function stackEvidence(found: Case, { grown }: GrowingCluster): EvidenceItem | null {
  const { stackInuse } = found.signals;
  const { first, last, shape } = stackInuse.trend;
  // The new goroutines' minimum stacks must be there; a rise below that has another reason.
  if (shape !== 'rising' || last - first < 0.5 * grown * 2048) return null;
  return {
    leg: 'process',
    says: `goroutine stacks in use rise: ${formatBytes(first)} → ${formatBytes(last)}`,
    numbers: [quantity('StackInuse, first', first, 'bytes'), quantity('StackInuse, last', last, 'bytes')],
    captures: stackInuse.captures,
  };
}

/** `1`, `0.8`, `12`: sampled, so two digits say all. */
function perGoroutine(link: LinkedSite): string {
  return formatCount(Number(link.perGoroutine.toPrecision(2)));
}

/** Each step's text is followed by its place. */
function chainOf(
  cluster: Cluster,
  where: Where,
  followers: readonly GrowingCluster[],
  linked: readonly LinkedSite[],
): ChainStep[] {
  const example = cluster.dump === null ? 'goroutines' : `goroutines (one is ${cluster.dump.example})`;
  const chain: ChainStep[] = [{ kind: 'goroutine', text: `${example} started with`, where: cluster.entry }];
  if (cluster.dump?.creator) chain.push({ kind: 'created-by', text: 'created by', where: cluster.dump.creator });
  chain.push({ kind: 'blocked-at', text: PARKED[cluster.state], where: cluster.where });
  if (where !== cluster.where) chain.push({ kind: 'frame', text: 'the request was made in', where });
  for (const link of linked.slice(0, 3))
    chain.push({
      kind: 'allocated-at',
      text: `each keeps about ${perGoroutine(link)} allocated at`,
      where: link.site.site.where,
      bytes: Math.round(link.site.grown),
    });
  for (const follower of followers.slice(0, 3))
    chain.push({
      kind: 'goroutine',
      text: `with them ${formatCount(follower.trend.last)} goroutines ${PARKED[follower.cluster.state]} in`,
      where: follower.cluster.where,
    });
  return chain;
}

/** `+412 MiB/h` for the verdict sentence. */
export function rateText(perHour: number): string {
  return `${perHour >= 0 ? '+' : ''}${formatRate(perHour)}`;
}
