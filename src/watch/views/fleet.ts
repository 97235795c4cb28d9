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
  /** live_heap_bytes over `range`. */
  readonly liveHeap: ReadonlyMap<TargetId, MetricColumns>;
  readonly range: { readonly from: number; readonly to: number };
  readonly latest: readonly MetricPoint[];
}

/** Problems named per service; a service of a thousand dead instances has no need to list them all here. */
const MAX_PROBLEMS = 5;
/** A counter that is older than this says nothing about now, ms. */
const STALE_MS = 15 * 60_000;

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
      liveHeap: sumOver(targets, input.liveHeap, input.range),
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

/**
 * The sum over instances, in equal steps of the range. An instance without a point in a step counts with its last one
 * for one more step: it was asked at another moment; after that it counts as gone.
 */
function sumOver(
  targets: readonly FleetTarget[],
  columns: ReadonlyMap<TargetId, MetricColumns>,
  { from, to }: FleetInput['range'],
): SeriesView {
  const step = Math.max(1, (to - from) / SPARKLINE_POINTS);
  const sums = new Float64Array(SPARKLINE_POINTS).fill(Number.NaN);
  const own = new Float64Array(SPARKLINE_POINTS);
  for (const { info } of targets) {
    const points = columns.get(info.id);
    const values = points?.values.live_heap_bytes;
    if (points === undefined || values === undefined) continue;
    own.fill(Number.NaN);
    for (const [i, at] of points.at.entries()) {
      const value = values[i] ?? Number.NaN;
      const bucket = Math.min(SPARKLINE_POINTS - 1, Math.floor((at - from) / step));
      if (bucket >= 0 && Number.isFinite(value)) own[bucket] = value;
    }
    let before = Number.NaN;
    for (let i = 0; i < SPARKLINE_POINTS; i++) {
      const measured = own[i] ?? Number.NaN;
      const value = Number.isNaN(measured) ? before : measured;
      before = measured;
      if (Number.isNaN(value)) continue;
      const sum = sums[i] ?? Number.NaN;
      sums[i] = Number.isNaN(sum) ? value : sum + value;
    }
  }
  const view: SeriesView = { name: 'live-heap', unit: 'bytes', at: [], value: [] };
  for (const [i, sum] of sums.entries()) {
    if (Number.isNaN(sum)) continue;
    view.at.push(Math.round(from + (i + 0.5) * step));
    view.value.push(sum);
  }
  return view;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
