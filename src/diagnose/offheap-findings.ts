/** Memory that grows outside the Go heap: mmap without munmap, or C. */
import type { ChainStep, EvidenceItem, Finding, Where } from '../findings/model.ts';
import { formatBytes, formatCount, formatDuration } from '../findings/units.ts';
import { type Case, clearedByLoad, finding, gcEvidence, quantity, verdictOf } from './case.ts';
import { explainedByLoad, growthOf } from './growth.ts';
import type { Signal } from './signals.ts';
import { mappingCaller } from './syscall-caller.ts';
import { mappedBeside } from './syscall-mapped.ts';

const NOWHERE: Where = { function: '', file: '', line: 0 };
/** The part of RSS's growth outside Go that calls must have mapped to agree with it. */
const AGREES = 0.5;

/** One who looks again later does not take what comes and goes with the load for a leak. */
export function rises(found: Case, { at, value, trend }: Signal): boolean {
  if (trend.shape !== 'rising') return false;
  return (
    found.timeline.patient === undefined || !clearedByLoad(found, explainedByLoad(found.signals.load, at, value), null)
  );
}

/**
 * RSS − (Sys − HeapReleased) rises: the kernel counts pages that Go's runtime does not know of. Sys also counts what
 * was reserved and never touched, so the level means little; its rise does.
 */
export function offheapFinding(found: Case): Finding | null {
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
  const mapped = mappedBeside(found, grown);
  if (mapped !== null) {
    evidence.push(mapped.evidence);
    if (mapped.rises && mapped.grown >= AGREES * grown) agreeing.add('syscall');
  }
  const chain = mappingChain(found);
  const caller = mappingCaller(found);
  if (caller !== null) {
    evidence.push(caller.evidence);
    agreeing.add(caller.evidence.leg);
  }
  return finding(found, 'offheap-growth', '', {
    verdict: mapped?.contradicts === true ? 'suspected' : verdictOf(found, evidence, agreeing),
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
