/** Memory that grows outside the Go heap: mmap without munmap, or C. */
import type { ChainStep, EvidenceItem, Finding, Where } from '../findings/model.ts';
import { formatBytes, formatBytesChange, formatCount, formatDuration, formatRate } from '../findings/units.ts';
import { shapeOf } from '../stats/shape.ts';
import { type Case, clearedByLoad, finding, gcEvidence, quantity, verdictOf } from './case.ts';
import { explainedByLoad, growthOf } from './growth.ts';
import { looksOf, type Signal } from './signals.ts';
import { mappingCaller } from './syscall-caller.ts';
import { droppedText, levelAt } from './syscall-signals.ts';

const NOWHERE: Where = { function: '', file: '', line: 0 };
const HOUR = 3600;
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
  const mapped = mappedBeside(found);
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

/** The part of RSS's growth outside Go that calls must have mapped to agree with it, and below which they contradict it. */
const AGREES = 0.5;
const CONTRADICTS = 0.25;
/** A smaller rise of mapped bytes is not looked at; as for RSS. */
const FLOOR_MAPPED = 4 * 1024 * 1024;
/** What Go reserves at a time on 64-bit Linux (heapArenaBytes in runtime/malloc.go); it is mapped before any of it is in Sys. */
const ARENA = 64 * 1024 * 1024;
/** Go maps its heap twice: as address space that is reserved, and again over that when it is to be used (sysReserve, sysMap). */
const MAPPED_PER_SYS = 2;

interface MappedBeside {
  /** Bytes mapped less unmapped over the window, less what the runtime's own growth accounts for. */
  readonly grown: number;
  readonly rises: boolean;
  /** Counted without loss, and hardly anything was mapped: pages that were mapped earlier are touched. */
  readonly contradicts: boolean;
  readonly evidence: EvidenceItem;
}

/** What the kernel counted of mmap, munmap, mremap and brk beside the Go runtime's own; null where it was not counted. */
function mappedBeside(found: Case): MappedBeside | null {
  const mapped = found.syscalls?.mapped ?? null;
  const { outsideGo } = found.signals;
  if (found.syscalls === null || mapped === null) return null;
  const sys = sysSignal(found);
  const runtime = levelAt(sys, mapped.at);
  const at: number[] = [];
  const value: number[] = [];
  // Before the first visit and after the last one nothing is known of the runtime: only the time between is compared.
  for (const [i, time] of mapped.at.entries()) {
    const own = runtime[i] ?? Number.NaN;
    if (Number.isNaN(own)) continue;
    at.push(time);
    value.push((mapped.value[i] ?? 0) - MAPPED_PER_SYS * own);
  }
  const first = value[0];
  const last = value.at(-1);
  if (first === undefined || last === undefined || at.length < 2) return null;
  const grownSys = (sys.value.at(-1) ?? 0) - (sys.value[0] ?? 0);
  const ahead = grownSys > 0 ? ARENA : 0;
  const grown = last - first - ahead;
  const trend = shapeOf(at, value, FLOOR_MAPPED, looksOf(found.timeline));
  const rise = (levelAt(mapped, [at.at(-1) ?? 0])[0] ?? 0) - (levelAt(mapped, [at[0] ?? 0])[0] ?? 0);
  const rate = trend.slope;
  const loss = mapped.lost > 0 ? droppedText(mapped.lost) : '';
  const counted = mapped.lost === 0 && mapped.unknown < 0.2;
  const outside = outsideGo.trend.last - outsideGo.trend.first;
  const hardly = counted && grown < CONTRADICTS * outside;
  const speed = rate === null || hardly ? '' : `, ${formatRate(rate.slope * HOUR)} beside it`;
  const numbers = [quantity('mapped less unmapped', rise, 'bytes')];
  if (rate !== null)
    numbers.push(quantity('mapped beside Go', rate.slope * HOUR, 'bytes/h', [rate.low * HOUR, rate.high * HOUR]));
  return {
    grown,
    rises: trend.shape === 'rising' && counted,
    contradicts: hardly && ahead === 0,
    evidence: {
      leg: 'syscall',
      says: `counted in the kernel: mapped less unmapped ${formatBytesChange(rise)} in ${formatDuration((at.at(-1) ?? 0) - (at[0] ?? 0))}, while the memory that Go obtained changed by ${formatBytesChange(grownSys)}${speed}${hardly ? ': pages that were mapped before are touched' : ''}${loss}`,
      numbers,
      captures: [found.syscalls.capture],
    },
  };
}

/** Sys at the visits: the address space that the runtime obtained. */
function sysSignal(found: Case): Pick<Signal, 'at' | 'value'> {
  const at: number[] = [];
  const value: number[] = [];
  for (const [i, { memstats }] of found.snapshots.entries()) {
    const sys = memstats?.data.Sys;
    if (sys === undefined) continue;
    at.push(found.at[i] ?? 0);
    value.push(sys);
  }
  return { at, value };
}
