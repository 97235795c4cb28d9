/**
 * The life of findings: pure functions from what was, and what was measured now, to what is. Nothing here reads a clock.
 */
import type { WindowDiagnosis } from '../analyse/analyst.ts';
import type { FindingEvent, FindingRecord, TargetInfo } from '../model.ts';

/** One analysed capture of one target. */
export interface Measurement {
  readonly target: TargetInfo;
  readonly at: number;
  readonly build: string | null;
  readonly windows: readonly WindowDiagnosis[];
}

export interface LifeChange {
  /** Records that changed; to be stored with the events in one transaction. */
  readonly findings: readonly FindingRecord[];
  readonly events: readonly FindingEvent[];
}
