/** What a review of source hands to a diagnosis, which neither imports of the other. Plain data that goes over to other processes. */

/** What a review says about one place: no edits, no offsets. */
export interface SourceReport {
  readonly rule: string;
  readonly confidence: 'high' | 'medium' | 'low';
  readonly path: string;
  /** 1-based. */
  readonly line: number;
  readonly message: string;
  readonly advice: string;
  /** As the runtime names it. */
  readonly function: string;
  readonly steps: readonly { readonly path: string; readonly line: number; readonly says: string }[];
}

/** A review of the tree that a service is said to be built from. */
export interface SourceReview {
  /** As the user gave it. */
  readonly dir: string;
  readonly files: number;
  readonly reports: readonly SourceReport[];
  readonly notes: readonly string[];
}
