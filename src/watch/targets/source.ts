/** A stream of target sets: what config and discovery say is to be watched now. */
import type { WatchTarget } from '../config/config.ts';

export interface TargetSource {
  /** For logs and problems: `static`, `file_sd PATH`, … */
  readonly name: string;
  /**
   * Begins; `set` is called with the whole set each time it has changed, `problem` with one sentence when it could not be
   * asked (the last set stays) and with null when that is over. Ends when `signal` aborts.
   */
  run(
    set: (targets: readonly WatchTarget[]) => void,
    problem: (says: string | null) => void,
    signal: AbortSignal,
  ): Promise<void>;
}
