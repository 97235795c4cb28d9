/** All services, the worst first: what the page opens with. */
import type { FleetView, SeriesView } from '../api/contract.ts';
import type { FindingRecord, MetricColumns, MetricPoint, Problem, TargetId, TargetInfo } from '../model.ts';
import { orNull } from './columns.ts';
import { compareFindings, isOpen, severityRank } from './finding.ts';

export const SPARKLINE_POINTS = 60;

export interface FleetTarget {
  readonly info: TargetInfo;
  readonly up: boolean;
  readonly problem: string | null;
  readonly lastCapture: number | null;
}

export interface FleetInput {
  readonly now: number;
  readonly targets: readonly FleetTarget[];
  readonly findings: readonly FindingRecord[];
  readonly problems: readonly Problem[];
  /** live_heap_bytes of the last day, or as much of it as there is. */
  readonly liveHeap: ReadonlyMap<TargetId, MetricColumns>;
  readonly latest: readonly MetricPoint[];
}

/** Problems named per service; a service of a thousand dead instances has no need to list them all here. */
const MAX_PROBLEMS = 5;
/** A counter that is older than this says nothing about now, ms. */
export const STALE_MS = 15 * 60_000;

export function fleetView(input: FleetInput): FleetView {
  const services = new Map<string, { environment: string; service: string; targets: FleetTarget[] }>();
  const serviceOf = (environment: string, service: string) => {
    const key = `${environment}\0${service}`;
    let found = services.get(key);
    if (found === undefined) {
      found = { environment, service, targets: [] };
      services.set(key, found);
    }
    return found;
  };
  for (const target of input.targets) serviceOf(target.info.environment, target.info.service).targets.push(target);
  const open = new Map<string, FindingRecord[]>();
  for (const finding of input.findings) {
    if (!isOpen(finding)) continue;
    // A service may be gone from discovery and its finding still be open.
    serviceOf(finding.environment, finding.service);
    const key = `${finding.environment}\0${finding.service}`;
    open.set(key, [...(open.get(key) ?? []), finding]);
  }
  const range = rangeOf(input.liveHeap);
  const latest = new Map(input.latest.map((point) => [point.target, point]));
  const rows = [...services].map(([key, { environment, service, targets }]) => {
    const findings = (open.get(key) ?? []).sort(compareFindings);
    const worst = findings[0];
    const captures = targets.flatMap(({ lastCapture }) => (lastCapture === null ? [] : [lastCapture]));
    const limits = findings.flatMap(({ finding }) => orNull(finding.growth?.timeToLimit) ?? []);
    const recent = targets.flatMap(({ info }) => {
      const point = latest.get(info.id);
      return point === undefined || point.at < input.now - STALE_MS ? [] : [point];
    });
    return {
      environment,
      service,
      severity: worst?.severity ?? null,
      verdict: worst?.verdict ?? null,
      title: worst?.finding.title ?? null,
      findingId: worst?.id ?? null,
      openFindings: findings.length,
      instances: { total: targets.length, up: targets.filter(({ up }) => up).length },
      liveHeap: withNow(sumOver(targets, input.liveHeap, range), recent),
      rss: sumOf(recent.map(({ values }) => values.rss_bytes)),
      goroutines: sumOf(recent.map(({ values }) => values.goroutines)),
      perHour: orNull(worst?.finding.growth?.perHour),
      timeToLimit: limits.length === 0 ? null : Math.min(...limits),
      lastCapture: captures.length === 0 ? null : Math.max(...captures),
      problems: targets
        .flatMap(({ info, problem }) => (problem === null ? [] : [`${info.instance}: ${problem}`]))
        .slice(0, MAX_PROBLEMS),
    };
  });
  rows.sort(
    (a, b) =>
      severityRank(a.severity) - severityRank(b.severity) ||
      (b.perHour ?? 0) - (a.perHour ?? 0) ||
      compareText(a.service, b.service) ||
      compareText(a.environment, b.environment),
  );
  return { now: input.now, services: rows, problems: input.problems.map((problem) => ({ ...problem })) };
}

/** Null where nothing was measured, which is not 0. */
function sumOf(values: readonly (number | undefined)[]): number | null {
  const measured = values.filter((value) => value !== undefined && Number.isFinite(value));
  return measured.length === 0 ? null : measured.reduce<number>((sum, value) => sum + (value ?? 0), 0);
}

/** From the first to the last point of all. */
function rangeOf(columns: ReadonlyMap<TargetId, MetricColumns>): Span {
  let from = Number.POSITIVE_INFINITY;
  let to = Number.NEGATIVE_INFINITY;
  for (const { at } of columns.values()) {
    from = Math.min(from, at[0] ?? from);
    to = Math.max(to, at.at(-1) ?? to);
  }
  return { from, to };
}

/** The line ends with what was measured last: the line itself may be some time old. */
function withNow(line: SeriesView, recent: readonly MetricPoint[]): SeriesView {
  const at = recent.reduce((newest, point) => Math.max(newest, point.at), 0);
  const sum = sumOf(recent.map(({ values }) => values.live_heap_bytes));
  if (sum === null || at <= (line.at.at(-1) ?? 0)) return line;
  const drop = line.at.length < SPARKLINE_POINTS ? 0 : 1;
  return { ...line, at: [...line.at.slice(drop), at], value: [...line.value.slice(drop), sum] };
}

interface Span {
  readonly from: number;
  readonly to: number;
}

/** The sum over instances, in equal steps of the range. */
function sumOver(
  targets: readonly FleetTarget[],
  columns: ReadonlyMap<TargetId, MetricColumns>,
  { from, to }: Span,
): SeriesView {
  const step = Math.max(1, (to - from) / SPARKLINE_POINTS);
  const sums = new Float64Array(SPARKLINE_POINTS).fill(Number.NaN);
  for (const { info } of targets) {
    const points = columns.get(info.id);
    if (points !== undefined) addSteps(sums, points, { from, step });
  }
  const view: SeriesView = { name: 'live-heap', unit: 'bytes', at: [], value: [] };
  for (const [i, sum] of sums.entries()) {
    if (Number.isNaN(sum)) continue;
    view.at.push(Math.round(from + (i + 0.5) * step));
    view.value.push(sum);
  }
  return view;
}

/**
 * Adds one instance. Instances are asked at different moments: in a step without a point it counts with its last one, for
 * as long as twice the distance of its points; after that it counts as gone.
 */
function addSteps(
  sums: Float64Array,
  { at, values }: MetricColumns,
  { from, step }: { readonly from: number; readonly step: number },
): void {
  const column = values.live_heap_bytes ?? new Float64Array();
  const distance = ((at.at(-1) ?? 0) - (at[0] ?? 0)) / Math.max(1, at.length - 1);
  const patience = Math.max(1, Math.ceil((2 * distance) / step));
  let next = 0;
  let last = Number.NaN;
  let age = 0;
  for (const [i, sum] of sums.entries()) {
    age++;
    const end = i === sums.length - 1 ? Number.POSITIVE_INFINITY : from + (i + 1) * step;
    for (; next < at.length && (at[next] ?? 0) < end; next++) {
      const value = column[next] ?? Number.NaN;
      if (Number.isNaN(value)) continue;
      last = value;
      age = 0;
    }
    if (age > patience) last = Number.NaN;
    if (!Number.isNaN(last)) sums[i] = (Number.isNaN(sum) ? 0 : sum) + last;
  }
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
