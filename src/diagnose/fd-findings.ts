/**
 * Descriptors that are opened and not closed. Where the kernel's calls were counted, `fd-leak` says how fast, of what kind and
 * until when; where only /proc was looked at, `fd-growth` says that there are more and more.
 */
import type { ChainStep, EvidenceItem, Finding, Quantity, Where } from '../findings/model.ts';
import { formatCount, formatDuration } from '../findings/units.ts';
import { type Case, clearedByLoad, finding, pText, quantity, verdictOf } from './case.ts';
import { explainedByLoad, type LoadVerdict } from './growth.ts';
import { rises } from './offheap-findings.ts';
import { severityOf } from './rules.ts';
import type { Signal } from './signals.ts';
import { openingCaller } from './syscall-caller.ts';
import { type Counted, droppedText, levelAt, type SyscallSignals } from './syscall-signals.ts';

const NOWHERE: Where = { function: '', file: '', line: 0 };
const HOUR = 3600;

/** Name of the number that has the rate of a leak of descriptors. */
export const NET_RATE = 'descriptors not closed';
const UNTIL_LIMIT = 'until the descriptor limit';

/** The rise that /proc must show at least, as a share of what was counted, not to contradict it. */
const AGREES = 0.5;
/** Of the window, or of the events, that may be missing before the counts alone mean little. */
const MOST_UNKNOWN = 0.2;

/** What the descriptors of the process do; null where there is nothing to say. */
export function descriptorFinding(found: Case): Finding | null {
  const { syscalls } = found;
  if (syscalls === null || syscalls.fds === null) return fdGrowth(found);
  if (syscalls.fds.trend.shape !== 'rising' || contradicted(found, syscalls.fds)) return fdGrowth(found);
  return fdLeak(found, syscalls, syscalls.fds);
}

/** `+1,200/h` and until when, for the verdict sentence; empty for other findings. */
export function fdRateText({ evidence }: Finding): string {
  const numbers = evidence.flatMap((item) => item.numbers);
  const rate = numbers.find(({ name, unit }) => name === NET_RATE && unit === 'count/h');
  const until = numbers.find(({ name }) => name === UNTIL_LIMIT);
  if (rate === undefined) return '';
  const limit = until === undefined ? '' : `, ${formatDuration(until.value)} until the descriptor limit`;
  return `, +${perHour(rate.value)}${limit}`;
}

/** /proc was looked at over the same time, and what is open there did not rise by what was counted: closes went unseen. */
function contradicted(found: Case, level: Counted): boolean {
  const both = sharedRise(found.signals.fds, level);
  return both !== null && both.open < AGREES * both.counted;
}

/** How much each rose between the first and the last visit that lie within the counting; null without two. */
function sharedRise(fds: Signal, level: Counted): { open: number; counted: number } | null {
  const beside = levelAt(level, fds.at);
  const first = beside.findIndex((value) => !Number.isNaN(value));
  const last = beside.findLastIndex((value) => !Number.isNaN(value));
  if (first < 0 || last <= first) return null;
  return {
    open: (fds.value[last] ?? 0) - (fds.value[first] ?? 0),
    counted: (beside[last] ?? 0) - (beside[first] ?? 0),
  };
}

function fdLeak(found: Case, syscalls: SyscallSignals, level: Counted): Finding | null {
  const { trend } = level;
  const { fds } = found.signals;
  const load = loadOf(found, syscalls, level);
  if (clearedByLoad(found, load.verdict, null))
    return found.timeline.patient === undefined ? followsLoad(found, level, load) : null;
  const counted = countedEvidence(found, syscalls, level);
  const evidence: EvidenceItem[] = [counted];
  const agreeing = new Set<EvidenceItem['leg']>();
  // What was lost may have been the closes.
  if (level.lost === 0 && level.unknown <= MOST_UNKNOWN) agreeing.add('syscall');
  const both = sharedRise(fds, level);
  if (fds.value.length >= 2) {
    evidence.push(openEvidence(found));
    if (both !== null && fds.trend.shape === 'rising') agreeing.add('process');
  }
  const caller = openingCaller(found);
  if (caller !== null) {
    evidence.push(caller.evidence);
    agreeing.add(caller.evidence.leg);
  }
  const kinds = kindChain(found);
  if (load.verdict.kind !== 'no' || !load.standIn)
    evidence.push({ leg: 'load', says: `${load.metric}: ${load.verdict.says}`, numbers: [], captures: load.captures });
  const agreed = verdictOf(found, evidence, agreeing);
  const verdict = load.verdict.kind === 'confounded' ? 'suspected' : agreed;
  const rate = (trend.slope?.slope ?? 0) * HOUR;
  const until = counted.numbers.find(({ name }) => name === UNTIL_LIMIT)?.value;
  const leak = finding(found, 'fd-leak', '', {
    verdict,
    title: `descriptors are opened and not closed${caller === null ? '' : `, most of them in ${caller.name}`}: ${formatCount(trend.last - trend.first)} more in ${formatDuration(span(level))}, ${perHour(rate)}${until === undefined ? '' : `; the limit is reached in ${formatDuration(until)}`}${kinds[0] === undefined ? '' : ` (most are ${kinds[0].kind})`}`,
    where: caller?.where ?? NOWHERE,
    count: fds.value.length === 0 ? Math.round(trend.last - trend.first) : fds.trend.last,
    growth: null,
    holds: null,
    chain: [
      ...(caller === null ? [] : [{ kind: 'frame' as const, text: 'opened in', where: caller.where }]),
      ...kinds.map(({ step }) => step),
    ],
    evidence,
  });
  return { ...leak, severity: severityOf(verdict, 0, until ?? null) };
}

/** The syscall leg: what came, what went, how fast that is, and until when. */
export function countedEvidence(found: Case, { series, capture }: SyscallSignals, level: Counted): EvidenceItem {
  const { slope, p, first, last } = level.trend;
  const opened = sumWithin(series.fdsOpened);
  const closed = sumWithin(series.fdsClosed);
  const files = sumWithin(series.filesOpened);
  const numbers: Quantity[] = [
    quantity('descriptors opened', opened, 'count'),
    quantity('descriptors closed', closed, 'count'),
  ];
  let rate = '';
  if (slope !== null) {
    numbers.push(quantity(NET_RATE, slope.slope * HOUR, 'count/h', [slope.low * HOUR, slope.high * HOUR]));
    rate = `, ${perHour(slope.slope * HOUR)} (95 %: ${formatCount(Math.round(slope.low * HOUR))} to ${formatCount(Math.round(slope.high * HOUR))}${pText(p)})`;
  }
  const limit = found.snapshots.at(-1)?.process?.data.fdLimit;
  const open = found.signals.fds.value.at(-1);
  let until = '';
  if (limit !== undefined && open !== undefined && slope !== null && slope.low > 0) {
    const seconds = Math.max(0, limit - open) / slope.slope;
    numbers.push(quantity('descriptor limit', limit, 'count'), quantity(UNTIL_LIMIT, seconds, 's'));
    until = `; ${formatCount(open)} of at most ${formatCount(limit)} (RLIMIT_NOFILE) are open, which leaves ${formatDuration(seconds)}`;
  }
  const doubt =
    level.lost > 0
      ? droppedText(level.lost)
      : level.unknown > MOST_UNKNOWN
        ? `; ${Math.round(level.unknown * 100)} % of the time was not counted`
        : '';
  return {
    leg: 'syscall',
    says: `counted in the kernel: ${formatCount(opened)} descriptors opened (${formatCount(files)} of them files), ${formatCount(closed)} closed; ${formatCount(last - first)} more are open than at the start${rate}${until}${doubt}`,
    numbers,
    captures: [capture],
  };
}

function sumWithin(column: Float64Array): number {
  return column.reduce((sum, value) => (Number.isNaN(value) ? sum : sum + value), 0);
}

function openEvidence(found: Case): EvidenceItem {
  const { fds } = found.signals;
  const { first, last } = fds.trend;
  return {
    leg: 'process',
    says: `entries in /proc/PID/fd: ${formatCount(first)} → ${formatCount(last)}`,
    numbers: [quantity('descriptors, first', first, 'count'), quantity('descriptors, last', last, 'count')],
    captures: fds.captures,
  };
}

/** Which kinds of descriptors there are more of, by what the links in /proc/PID/fd point to. */
function kindChain(found: Case): { kind: string; step: ChainStep }[] {
  const listed = found.snapshots.flatMap(({ process }) => (process?.data.fdKinds === undefined ? [] : [process.data]));
  const first = listed[0]?.fdKinds;
  const last = listed.at(-1)?.fdKinds;
  if (first === undefined || last === undefined || listed.length < 2) return [];
  const before = new Map(first.map(({ name, count }) => [name, count]));
  return last
    .map(({ name, count }) => ({ kind: name, more: count - (before.get(name) ?? 0), count }))
    .filter(({ more }) => more > 2)
    .sort((a, b) => b.more - a.more)
    .slice(0, 3)
    .map(({ kind, more, count }) => ({
      kind,
      step: { kind: 'object', text: `${formatCount(more)} more descriptors of ${kind}, ${formatCount(count)} now` },
    }));
}

interface LoadOfLevel {
  readonly verdict: LoadVerdict;
  readonly metric: string;
  readonly standIn: boolean;
  readonly captures: readonly string[];
}

/** Does the load explain the level? The collector's own load where it had one: it has a point per window. */
function loadOf(found: Case, { load }: SyscallSignals, level: Counted): LoadOfLevel {
  const own = load.value.length >= 4;
  const source = own ? load : found.signals.load;
  const verdict = explainedByLoad(source, source.at, levelAt(level, source.at));
  const { metric, standIn } = found.signals.loadFrom;
  return { verdict, metric: own && standIn ? 'load' : metric, standIn: !own && standIn, captures: source.captures };
}

function followsLoad(found: Case, level: Counted, { verdict, metric, captures }: LoadOfLevel): Finding {
  const { first, last } = level.trend;
  return finding(found, 'load-follows', 'descriptors', {
    verdict: 'cleared',
    title: `open descriptors follow ${metric}: ${formatCount(last - first)} more in ${formatDuration(span(level))}`,
    where: NOWHERE,
    count: null,
    growth: null,
    holds: null,
    chain: [],
    evidence: [
      { leg: 'load', says: `${metric}: ${verdict.says}`, numbers: [], captures },
      {
        leg: 'syscall',
        says: `descriptors opened less closed: ${formatCount(last - first)} in ${formatDuration(span(level))}`,
        numbers: [quantity('descriptors, change', last - first, 'count')],
        captures: level.captures,
      },
    ],
  });
}

function fdGrowth(found: Case): Finding | null {
  const { fds } = found.signals;
  const { first, last } = fds.trend;
  if (!rises(found, fds)) return null;
  const caller = openingCaller(found);
  const kinds = kindChain(found);
  return finding(found, 'fd-growth', '', {
    verdict: 'suspected',
    title: `open descriptors rise: ${formatCount(first)} → ${formatCount(last)} in ${formatDuration(found.seconds)}${kinds[0] === undefined ? '' : ` (most are ${kinds[0].kind})`}`,
    where: caller?.where ?? NOWHERE,
    count: last,
    growth: null,
    holds: null,
    chain: [
      ...(caller === null ? [] : [{ kind: 'frame' as const, text: 'opened in', where: caller.where }]),
      ...kinds.map(({ step }) => step),
    ],
    evidence: [openEvidence(found), ...(caller === null ? [] : [caller.evidence])],
  });
}

function span({ at }: Signal): number {
  return (at.at(-1) ?? 0) - (at[0] ?? 0);
}

/** `1,200 per hour`: two digits are all that a window of minutes knows. */
function perHour(rate: number): string {
  return `${formatCount(Math.round(Number(rate.toPrecision(3))))} per hour`;
}
