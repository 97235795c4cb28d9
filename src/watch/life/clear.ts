/**
 * When a window shows that something is not there any more. That a finding is missing from a diagnosis says little: the
 * window may be too short to show it, nobody may have looked, or something larger may stand before it. Each way in which
 * the absence could mean nothing is a condition here.
 */
import type { Finding, Leg } from '../../findings/model.ts';
import { POINTS_FOR_TREND } from '../../stats/shape.ts';
import type { WindowDiagnosis } from '../analyse/analyst.ts';
import type { FindingRecord, Sighting } from '../model.ts';
import { isWhole, loadOf, rateOf, spanOf } from './pick.ts';

/** Captures have jitter: a window of the same name is now and then a little shorter. */
const AS_LONG = 0.9;
/** With less load than this share of what there was, a leak that comes with requests would not have shown. */
const AS_MUCH_LOAD = 0.5;
/** diagnose leaves out sites with less than 5 % of the growth (SHARE_WORTH_NAMING there). */
const HIDDEN_BELOW = 0.05;

/** The first window that shows that `sighting` of `record` is not there any more, or null. Windows shortest first. */
export function clearingWindow(
  record: FindingRecord,
  sighting: Sighting,
  windows: readonly WindowDiagnosis[],
): WindowDiagnosis | null {
  // Of two windows one may join the heap to the goroutines that hold it and the other not: memory that any of them accounts
  // for goes on growing, whatever the others leave out.
  if (windows.some((window) => standsBefore(record.finding, window))) return null;
  return windows.find((window) => clears(record, sighting, window)) ?? null;
}

function clears(record: FindingRecord, sighting: Sighting, window: WindowDiagnosis): boolean {
  // All of it after the last sighting: a window that reaches back has the growth in it and may still call it a plateau.
  if (window.from < sighting.seenAt || !isWhole(window)) return false;
  if (spanOf(window) < AS_LONG * sighting.spanMs) return false;
  const enough = Math.max(POINTS_FOR_TREND, Math.floor(AS_LONG * sighting.snapshots));
  if (snapshotsOf(window, record.finding) < enough) return false;
  const load = loadOf(window);
  if (sighting.load !== null && load !== null && load < AS_MUCH_LOAD * sighting.load) return false;
  return !isTooSmall(record.finding, window);
}

/** Snapshots that have what showed the finding; 0 where the window does not say. */
export function snapshotsOf(window: WindowDiagnosis, finding: Finding): number {
  return Math.max(0, ...lookedAt(finding).map((leg) => window.legs?.[leg] ?? 0));
}

/**
 * The legs of which one must have been looked at. The first evidence is what raised the finding; the runtime's own proof
 * is put before it, and then the goroutine profile shows as well whether there are more of them.
 */
function lookedAt(finding: Finding): readonly Leg[] {
  const legs = finding.evidence
    .map((item) => item.leg)
    .filter((leg) => leg !== 'graph' && leg !== 'source' && leg !== 'load');
  const first = legs[0];
  if (first === undefined) return [];
  const second = legs.find((leg) => leg !== 'runtime');
  return first === 'runtime' && second === 'goroutine' ? ['runtime', 'goroutine'] : [first];
}

/** Another finding of the window may account for the same code. */
function standsBefore({ where }: Finding, window: WindowDiagnosis): boolean {
  return othersOf(window).some((other) => isAbout(other, where.function));
}

/** The others may be so large that this one is not named beside them. */
function isTooSmall(finding: Finding, window: WindowDiagnosis): boolean {
  const rest = othersOf(window).reduce((sum, other) => sum + Math.max(0, rateOf(other)), 0);
  const rate = rateOf(finding);
  return finding.evidence[0]?.leg === 'heap' && rate > 0 && rate < HIDDEN_BELOW * rest;
}

function othersOf({ diagnosis }: WindowDiagnosis): readonly Finding[] {
  return diagnosis.findings.filter((other) => other.verdict !== 'cleared');
}

function isAbout(other: Finding, name: string): boolean {
  return name !== '' && (other.where.function === name || other.chain.some((step) => step.where?.function === name));
}
