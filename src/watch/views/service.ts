/** One service: its instances, and over time the memory of one of them. */
import type { ServiceView } from '../api/contract.ts';
import type { Capture, FindingRecord, Mark, MetricColumns, TargetId } from '../model.ts';
import { captureInfo, markView } from './capture.ts';
import { compareFindings, findingView, isOpen } from './finding.ts';
import type { FleetTarget } from './fleet.ts';
import { LEDGER_METRICS, ledgerView } from './ledger.ts';
import { processSeries, SERIES_METRICS } from './process-series.ts';

/** What is to be asked of the store for `columns`. */
export const SERVICE_METRICS = [...new Set([...LEDGER_METRICS, ...SERIES_METRICS])];

export interface ServiceTarget extends FleetTarget {
  readonly build: string | null;
  readonly goVersion: string | null;
  readonly loadKind: 'counter' | 'gauge' | null;
}

export interface ServiceInput {
  readonly environment: string;
  readonly service: string;
  readonly range: { readonly from: number; readonly to: number };
  readonly targets: readonly ServiceTarget[];
  /** The one whose series these are. */
  readonly instance: TargetId;
  readonly columns: MetricColumns;
  readonly marks: readonly Mark[];
  /** Of this service; resolved ones too. */
  readonly findings: readonly FindingRecord[];
  readonly captures: readonly Capture[];
  readonly nameOf: (id: TargetId) => string;
}

export function serviceView(input: ServiceInput): ServiceView {
  const { from, to } = input.range;
  const own = input.targets.find(({ info }) => info.id === input.instance);
  return {
    environment: input.environment,
    service: input.service,
    from,
    to,
    instances: input.targets.map(({ info, build, goVersion, up, lastCapture, problem }) => ({
      id: info.id,
      instance: info.instance,
      url: info.url,
      build,
      goVersion,
      up,
      lastCapture,
      problem,
    })),
    instance: input.instance,
    ledger: ledgerView(input.columns),
    series: processSeries(input.columns, own?.loadKind ?? null),
    marks: input.marks.map((mark) => markView(mark, input.nameOf)).sort((a, b) => a.at - b.at),
    findings: [...input.findings].sort(compareFindings).map((record) => findingView(record, input.nameOf)),
    captures: input.captures.map((capture) => captureInfo(capture, input.nameOf)),
  };
}

/** The instance to show first: of the worst finding, else one that answers; null where there is none at all. */
export function worstInstance(targets: readonly FleetTarget[], findings: readonly FindingRecord[]): TargetId | null {
  const worst = findings.filter(isOpen).sort(compareFindings)[0] ?? findings.toSorted(compareFindings)[0];
  const known = new Set(targets.map(({ info }) => info.id));
  const sick = worst?.instances.find((id) => known.has(id)) ?? null;
  const first = targets.find(({ up }) => up) ?? targets[0];
  return sick ?? first?.info.id ?? worst?.instances[0] ?? null;
}
