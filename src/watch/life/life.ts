/**
 * The life of findings: pure functions from what was, and what was measured now, to what is. Nothing here reads a clock.
 * How a finding opens, worsens, resolves and comes back is told in advance.ts; what a person does to it is actions.ts.
 */
import type { WindowDiagnosis } from '../analyse/analyst.ts';
import type { FindingEvent, FindingRecord, TargetId, TargetInfo } from '../model.ts';

/** One analysed capture of one target. */
export interface Measurement {
  readonly target: TargetInfo;
  readonly at: number;
  readonly build: string | null;
  readonly windows: readonly WindowDiagnosis[];
  /**
   * The targets that configuration and discovery name at this moment. One that had a finding and is not among them is gone
   * for good: after a deploy its finding may resolve without it. One that only does not answer is still among them.
   */
  readonly current: ReadonlySet<TargetId>;
}

export interface LifeChange {
  /** Records that changed; to be stored with the events in one transaction. */
  readonly findings: readonly FindingRecord[];
  readonly events: readonly FindingEvent[];
}
