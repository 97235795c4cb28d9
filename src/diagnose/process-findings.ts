/**
 * Findings about the process as a whole: memory outside the Go heap, fragmentation, pages not given back, descriptors,
 * and growth that the profiles do not show (the lower rows of the table in cross.ts).
 */
import type { ChainStep, EvidenceItem, Finding, Where } from '../findings/model.ts';
import { formatBytes, formatCount, formatDuration } from '../findings/units.ts';
import {
  type Case,
  clearedByLoad,
  finding,
  gcEvidence,
  quantity,
  rssEvidence,
  spanOf,
  verb,
  verdictOf,
} from './case.ts';
import { explainedByLoad, growthOf } from './growth.ts';
import { offheapCaller } from './offheap-caller.ts';
import type { RuleId } from './rules.ts';
import type { Signal } from './signals.ts';

const NOWHERE: Where = { function: '', file: '', line: 0 };

export function processFindings(found: Case, others: readonly Finding[]): Finding[] {
  const findings: Finding[] = [];
  const { signals } = found;
  const rssRises = signals.rss.trend.shape === 'rising';
  const liveRises = signals.liveHeap.trend.shape === 'rising';
  const explained = others.some((other) => other.verdict === 'confirmed' || other.verdict === 'proven');
  const outside = offheap(found);
  if (outside !== null) findings.push(outside);
  if (!liveRises && !explained) {
    if (rises(found, signals.freeSlots))
      findings.push(
        simple(found, 'heap-fragmentation', signals.freeSlots, 'free slots in used spans (HeapInuse − HeapAlloc)'),
      );
    if (rssRises && rises(found, signals.idleKept))
      findings.push(
        simple(found, 'scavenger-lag', signals.idleKept, 'idle pages not given back (HeapIdle − HeapReleased)'),
      );
  }
  if (rises(found, signals.liveHeap) && others.length === 0 && isWorthNaming(found)) findings.push(blindSpot(found));
  const fds = descriptors(found);
  if (fds !== null && !explained) findings.push(fds);
  return findings;
}

/** A share of the live heap that growth without a site must reach for one who looks again later: by then a site may show. */
const BLIND_SHARE = 0.25;
/** A site with this share of the growth shows it, though not yet surely enough to be a finding: that is not blindness. */
const SEEN_SHARE = 0.5;

function isWorthNaming({ timeline, signals, sites }: Case): boolean {
  const { first, last } = signals.liveHeap.trend;
  if (timeline.patient === undefined) return true;
  const grown = last - first;
  return grown >= BLIND_SHARE * first && !sites.some(({ bytes }) => changeOf(bytes) >= SEEN_SHARE * grown);
}

/** From the first to the last point that was captured; NaN without one. */
function changeOf(column: Float64Array): number {
  const captured = (value: number): boolean => !Number.isNaN(value);
  return (column.findLast(captured) ?? Number.NaN) - (column.find(captured) ?? Number.NaN);
}

/** Descriptors, too, come and go with the load: one who looks again later does not take that for a leak. */
function rises(found: Case, { at, value, trend }: Signal): boolean {
  if (trend.shape !== 'rising') return false;
  return (
    found.timeline.patient === undefined || !clearedByLoad(found, explainedByLoad(found.signals.load, at, value), null)
  );
}

/**
 * RSS − (Sys − HeapReleased) rises: the kernel counts pages that Go's runtime does not know of. Sys also counts what
 * was reserved and never touched, so the level means little; its rise does.
 */
function offheap(found: Case): Finding | null {
  const { outsideGo, rss } = found.signals;
  const { first, last } = outsideGo.trend;
  if (!rises(found, outsideGo)) return null;
  const grown = last - first;
  const rssGrown = rss.trend.last - rss.trend.first;
  // Touching memory that Go reserved long ago also raises RSS beside Sys; then the heap's own growth is the larger part.
  if (rss.trend.shape !== 'rising' || grown < 0.5 * rssGrown) return null;
  const evidence: EvidenceItem[] = [
    {
      leg: 'process',
      says: `RSS beside what Go manages rises: ${formatBytes(first)} → ${formatBytes(last)}; RSS ${formatBytes(rss.trend.first)} → ${formatBytes(rss.trend.last)}`,
      numbers: [quantity('outside Go, growth', grown, 'bytes'), quantity('RSS, growth', rssGrown, 'bytes')],
      captures: outsideGo.captures,
    },
  ];
  const agreeing = new Set<EvidenceItem['leg']>(['process']);
  const gc = gcEvidence(found);
  if (gc !== null) {
    evidence.push(gc);
    const liveGrown = found.signals.liveHeap.trend.last - found.signals.liveHeap.trend.first;
    if (liveGrown < 0.5 * grown) agreeing.add('gc');
  }
  const chain = mappingChain(found);
  const caller = offheapCaller(found);
  if (caller !== null) {
    evidence.push(caller.evidence);
    agreeing.add(caller.evidence.leg);
  }
  return finding(found, 'offheap-growth', '', {
    verdict: verdictOf(found, evidence, agreeing),
    title: `memory outside the Go heap grows${caller === null ? '' : `, mapped by ${caller.name}`}: +${formatBytes(grown)} in ${formatDuration(found.seconds)} that the runtime does not know of (mmap or cgo)`,
    where: caller?.where ?? NOWHERE,
    count: null,
    growth: growthOf(outsideGo.trend, found.seconds, 0, found.used, found.limit),
    holds: null,
    chain: caller === null ? chain : [{ kind: 'frame', text: 'mapped in', where: caller.where }, ...chain],
    evidence,
  });
}

/** Which mappings grew, by what backs them. */
function mappingChain(found: Case): ChainStep[] {
  const withProcess = found.snapshots.filter((snapshot) => snapshot.process?.data.byBacking !== undefined);
  const first = withProcess[0]?.process?.data.byBacking;
  const last = withProcess.at(-1)?.process?.data.byBacking;
  if (first === undefined || last === undefined) return [];
  const before = new Map(first.map((entry) => [entry.name, entry]));
  return last
    .filter((entry) => !entry.name.startsWith('[anon: Go'))
    .map((entry) => ({
      name: entry.name,
      bytes: entry.rss - (before.get(entry.name)?.rss ?? 0),
      count: entry.count - (before.get(entry.name)?.count ?? 0),
    }))
    .filter((entry) => entry.bytes > 1024 * 1024)
    .sort((a, b) => b.bytes - a.bytes)
    .slice(0, 3)
    .map((entry) => ({
      kind: 'mapping',
      text: `mappings of ${entry.name}${entry.count > 0 ? `, ${formatCount(entry.count)} more` : ''}, resident`,
      bytes: entry.bytes,
    }));
}

function simple(found: Case, rule: RuleId, source: Signal, what: string): Finding {
  const { first, last } = source.trend;
  const evidence: EvidenceItem[] = [
    {
      leg: 'gc',
      says: `${what} rise: ${formatBytes(first)} → ${formatBytes(last)}`,
      numbers: [quantity('growth', last - first, 'bytes')],
      captures: source.captures,
    },
  ];
  const agreeing = new Set<EvidenceItem['leg']>(['gc']);
  const rss = rssEvidence(found);
  if (rss !== null) {
    evidence.push(rss);
    const rssGrown = found.signals.rss.trend.last - found.signals.rss.trend.first;
    if (found.signals.rss.trend.shape === 'rising' && last - first > 0.5 * rssGrown) agreeing.add('process');
  }
  // Pages that are kept are the runtime's policy, not the program's fault: never more than a suspicion.
  const verdict = rule === 'scavenger-lag' ? 'suspected' : verdictOf(found, evidence, agreeing);
  return finding(found, rule, '', {
    verdict,
    title: `${what} rise by ${formatBytes(last - first)} in ${formatDuration(found.seconds)} while the live heap ${verb(found.signals.liveHeap.trend.shape)}`,
    where: NOWHERE,
    count: null,
    growth: growthOf(source.trend, found.seconds, 0, found.used, found.limit),
    holds: null,
    chain: [],
    evidence,
  });
}

function blindSpot(found: Case): Finding {
  const { liveHeap } = found.signals;
  const grown = liveHeap.trend.last - liveHeap.trend.first;
  const gc = gcEvidence(found);
  const profiled = found.snapshots.some((snapshot) => snapshot.heap !== undefined);
  return finding(found, 'profile-blind-spot', '', {
    verdict: 'suspected',
    title: `the live heap grows by ${formatBytes(grown)} in ${formatDuration(spanOf(liveHeap))} and ${profiled ? 'no sampled allocation site does: small objects, pools or too short a window' : 'there is no heap profile that says where: serve net/http/pprof in the program'}`,
    where: NOWHERE,
    count: null,
    growth: growthOf(liveHeap.trend, spanOf(liveHeap), 0, found.used, found.limit),
    holds: null,
    chain: [],
    evidence: gc === null ? [] : [gc],
  });
}

function descriptors(found: Case): Finding | null {
  const { fds } = found.signals;
  const { first, last } = fds.trend;
  if (!rises(found, fds)) return null;
  return finding(found, 'fd-growth', '', {
    verdict: 'suspected',
    title: `open descriptors rise: ${formatCount(first)} → ${formatCount(last)} in ${formatDuration(found.seconds)}`,
    where: NOWHERE,
    count: last,
    growth: null,
    holds: null,
    chain: [],
    evidence: [
      {
        leg: 'process',
        says: `entries in /proc/PID/fd: ${formatCount(first)} → ${formatCount(last)}`,
        numbers: [quantity('descriptors, first', first, 'count'), quantity('descriptors, last', last, 'count')],
        captures: fds.captures,
      },
    ],
  });
}
