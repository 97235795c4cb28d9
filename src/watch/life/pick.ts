/** Which of the windows' findings counts, and what it takes from its window into the memory of an instance. */
import type { Finding } from '../../findings/model.ts';
import { atLeast, compareFindings } from '../../findings/sort.ts';
import type { WindowDiagnosis } from '../analyse/analyst.ts';

/** A finding of one measurement: the one that counts, of all windows that show it. */
export interface Pick {
  readonly finding: Finding;
  readonly window: WindowDiagnosis;
  /** The shortest window that shows it with the same verdict. */
  readonly shortest: WindowDiagnosis;
}

/** Captures are taken a little after the process has started or the window has begun. */
const SLACK_MS = 1000;

/** Length of what was measured, ms. */
export function spanOf(window: WindowDiagnosis): number {
  return window.to - window.from;
}

/**
 * Whether one process ran all through the window. Any other speaks of a process that is gone: it neither shows that
 * something is there now nor that it is not.
 */
export function isWhole(window: WindowDiagnosis): boolean {
  return window.from >= window.to - window.aliveMs - SLACK_MS;
}

/**
 * By fingerprint; what is cleared is no finding. The most certain counts, then that of the longest window (its rate is the
 * least disturbed by noise), then the costliest.
 */
export function picksOf(windows: readonly WindowDiagnosis[]): Map<string, Pick> {
  const picks = new Map<string, Pick>();
  for (const window of windows) {
    for (const finding of window.diagnosis.findings) {
      if (finding.verdict === 'cleared') continue;
      const { fingerprint } = finding;
      const shortest = windows
        .filter((other) => shows(other, fingerprint, finding))
        .reduce((a, b) => (spanOf(b) < spanOf(a) ? b : a), window);
      const pick: Pick = { finding, window, shortest };
      const rival = picks.get(fingerprint);
      if (rival === undefined || counts(pick, rival) < 0) picks.set(fingerprint, pick);
    }
  }
  return picks;
}

function shows(window: WindowDiagnosis, fingerprint: string, like: Finding): boolean {
  return window.diagnosis.findings.some(
    (finding) => finding.fingerprint === fingerprint && atLeast(finding.verdict, like.verdict),
  );
}

function counts(a: Pick, b: Pick): number {
  if (a.finding.verdict !== b.finding.verdict) return atLeast(a.finding.verdict, b.finding.verdict) ? -1 : 1;
  return spanOf(b.window) - spanOf(a.window) || compareFindings(a.finding, b.finding);
}

/** Mean load over the window; null where no load metric was there. */
export function loadOf(window: WindowDiagnosis): number | null {
  const load = window.diagnosis.series.find((series) => series.name === 'load')?.value ?? [];
  return load.length === 0 ? null : load.reduce((sum, value) => sum + value, 0) / load.length;
}

/** Bytes per hour; 0 where the finding has no growth. */
export function rateOf(finding: Finding): number {
  const rate = finding.growth?.perHour ?? 0;
  return Number.isFinite(rate) ? rate : 0;
}
