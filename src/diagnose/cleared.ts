/**
 * What looks like a leak and is not, said in so many words: a tool that only stays silent is not believed. These are
 * made from the signals of the whole process, and only where nothing worse was found.
 */
import type { EvidenceItem, Finding, Where } from '../findings/model.ts';
import { formatBytes, formatCount, formatDuration } from '../findings/units.ts';
import { correlation } from '../stats/regression.ts';
import { type Case, finding, gcEvidence, placeName, quantity } from './case.ts';
import type { RuleId } from './rules.ts';
import type { Signal } from './signals.ts';

const NOWHERE: Where = { function: '', file: '', line: 0 };
const MIB = 1024 * 1024;

export function clearedFindings(found: Case): Finding[] {
  const findings: Finding[] = [];
  const { liveHeap, goroutines } = found.signals;
  for (const [name, source, enough] of [
    ['live heap', liveHeap, 4 * MIB],
    ['number of goroutines', goroutines, 10],
  ] as const) {
    const burst = source.trend.shape === 'drained' && Math.max(...source.value) - source.trend.first >= enough;
    const following = burst && isSinglePeak(found.signals.load) ? null : followsLoad(found, name, source);
    const plateau = source.trend.shape === 'plateau' && source.trend.last - source.trend.first >= enough;
    if (following !== null && !plateau) findings.push(following);
    else if (plateau)
      findings.push(
        cleared(found, 'plateau', name, source, 'rose and levelled off within the window: warm-up or a bounded cache'),
      );
    else if (burst)
      findings.push(
        cleared(found, 'burst-drained', name, source, 'rose and came back within the window: a burst that drains'),
      );
  }
  const churn = churnFinding(found);
  if (churn !== null) findings.push(churn);
  return findings;
}

/** Load that was high once and low before and after, not one that swings. */
function isSinglePeak({ value }: Signal): boolean {
  const peak = Math.max(...value);
  const from = value.findIndex((rate) => rate > 0.5 * peak);
  const to = value.findLastIndex((rate) => rate > 0.5 * peak);
  const high = value.slice(from, to + 1).every((rate) => rate > 0.35 * peak);
  const low = [...value.slice(0, Math.max(0, from - 1)), ...value.slice(to + 2)];
  return high && low.length > 0 && low.every((rate) => rate < 0.35 * peak);
}

/** A level that swings with the load by more than a third of itself, closely enough. */
function followsLoad(found: Case, name: string, source: Signal): Finding | null {
  const { load, loadFrom } = found.signals;
  if (loadFrom.standIn) return null;
  const pairs = load.at.flatMap((at, i) => {
    const index = source.at.indexOf(at);
    return index < 0 ? [] : [[load.value[i] ?? 0, source.value[index] ?? 0] as const];
  });
  if (pairs.length < 4) return null;
  const rates = pairs.map(([rate]) => rate);
  const values = pairs.map(([, value]) => value);
  const swing = Math.max(...values) - Math.min(...values);
  const r = correlation(rates, values);
  const loadSwing = Math.max(...rates) - Math.min(...rates);
  if (r < 0.7 || swing < 0.33 * Math.max(...values) || loadSwing < 0.33 * Math.max(...rates)) return null;
  return cleared(
    found,
    'load-follows',
    name,
    source,
    `swings with ${loadFrom.metric} (r = ${r.toFixed(2)}) and has no trend of its own`,
  );
}

function cleared(found: Case, rule: RuleId, name: string, source: Signal, says: string): Finding {
  const format = name === 'number of goroutines' ? formatCount : formatBytes;
  const item: EvidenceItem = {
    leg: name === 'number of goroutines' ? 'goroutine' : 'gc',
    says: `${name}: ${source.value.map((value) => format(value)).join(', ')}`,
    numbers: [],
    captures: source.captures,
  };
  return finding(found, rule, name, {
    verdict: 'cleared',
    title: `${name} ${says}`,
    where: NOWHERE,
    count: null,
    growth: null,
    holds: null,
    chain: [],
    evidence: [item],
  });
}

/** Allocation is worth a word from here on (bytes per second), where it also keeps the GC busy. */
export const CHURN_RATE = 8 * MIB;
/** GC cycles per second, forced ones not counted. */
const CHURN_CYCLES = 1;

/** S7: much is allocated and nothing stays. Names the line that allocates most. */
function churnFinding(found: Case): Finding | null {
  const { allocRate, liveHeap } = found.signals;
  if (allocRate.value.length === 0 || liveHeap.trend.shape === 'rising') return null;
  const rate = allocRate.value.reduce((sum, value) => sum + value, 0) / allocRate.value.length;
  const cycles = naturalCycles(found);
  if (rate < CHURN_RATE || cycles < CHURN_CYCLES) return null;
  const top = found.sites
    .filter((site) => site.owned)
    .map((site) => ({ site, bytes: change(site.allocBytes) }))
    .sort((a, b) => b.bytes - a.bytes)[0];
  const fraction = found.snapshots.at(-1)?.memstats?.data.GCCPUFraction;
  const evidence: EvidenceItem[] = [
    {
      leg: 'gc',
      says: `${formatBytes(rate)} allocated per second, ${formatCount(Number(cycles.toPrecision(2)))} GC cycles per second${fraction === undefined ? '' : `; the GC has taken ${(fraction * 100).toFixed(1)} % of the CPU since the start`}`,
      numbers: [quantity('allocation rate', rate * 3600, 'bytes/h'), quantity('GC cycles', cycles, '1/s')],
      captures: allocRate.captures,
    },
  ];
  const gc = gcEvidence(found);
  if (gc !== null) evidence.push(gc);
  return finding(found, 'gc-churn', '', {
    verdict: 'cleared',
    title: `allocation pressure, not a leak: ${formatBytes(rate)}/s are allocated and dropped${top === undefined ? '' : `, most of it at ${placeName(top.site.where)}`}, in ${formatDuration(found.seconds)} nothing of it stayed`,
    where: top?.site.where ?? NOWHERE,
    count: null,
    growth: null,
    holds: null,
    chain: [],
    evidence,
  });
}

/** GC cycles per second that the program's own allocation caused; 0 where the counters are missing. */
function naturalCycles(found: Case): number {
  const first = found.snapshots[0]?.memstats?.data;
  const last = found.snapshots.at(-1)?.memstats?.data;
  if (first?.NumGC === undefined || last?.NumGC === undefined || found.seconds <= 0) return 0;
  const forced = (last.NumForcedGC ?? 0) - (first.NumForcedGC ?? 0);
  return Math.max(0, last.NumGC - first.NumGC - forced) / found.seconds;
}

function change(column: Float64Array): number {
  const first = column.find((value) => !Number.isNaN(value)) ?? 0;
  const last = column.findLast((value) => !Number.isNaN(value)) ?? 0;
  return last - first;
}
