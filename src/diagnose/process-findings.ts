/**
 * Findings about the process as a whole: memory outside the Go heap, fragmentation, pages not given back, descriptors,
 * and growth that the profiles do not show (the lower rows of the table in cross.ts).
 */
import type { EvidenceItem, Finding, Where } from '../findings/model.ts';
import { formatBytes, formatDuration } from '../findings/units.ts';
import { type Case, finding, gcEvidence, quantity, rssEvidence, spanOf, verb, verdictOf } from './case.ts';
import { descriptorFinding } from './fd-findings.ts';
import { growthOf } from './growth.ts';
import { offheapFinding, rises } from './offheap-findings.ts';
import type { RuleId } from './rules.ts';
import type { Signal } from './signals.ts';

const NOWHERE: Where = { function: '', file: '', line: 0 };

/** `held`: the descriptors that are not closed are those of goroutines that `others` are about. */
export function processFindings(found: Case, others: readonly Finding[], held: boolean): Finding[] {
  const findings: Finding[] = [];
  const { signals } = found;
  const rssRises = signals.rss.trend.shape === 'rising';
  const liveRises = signals.liveHeap.trend.shape === 'rising';
  const explained = others.some((other) => other.verdict === 'confirmed' || other.verdict === 'proven');
  const outside = offheapFinding(found);
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
  const fds = descriptorFinding(found);
  // What was counted in the kernel stands by itself; that there are more and more may be what another leak does.
  if (fds !== null && !held && (fds.rule !== 'fd-growth' || !explained)) findings.push(fds);
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
