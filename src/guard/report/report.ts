/** What `hemostat guard …` and `hemostat gate` say, whatever the writer: `hemostat/guard@1`, docs/schema/guard.schema.json. */
import type { Finding } from '../../findings/model.ts';
import type { PartName, PartResult } from '../part.ts';

/**
 * - `passed`: everything that should be looked at was, and nothing blocks;
 * - `blocked`: at least one finding blocks;
 * - `unknown`: nothing that was seen blocks, but not everything could be looked at. A gate does not pass then.
 */
export type Outcome = 'passed' | 'blocked' | 'unknown';

/** Why a finding blocks or does not: below `fail-on`, known to the baseline, excepted with a reason, allowed by a policy. */
export type Standing = 'blocks' | 'below' | 'baseline' | 'exception' | 'cleared';

export interface JudgedFinding extends Finding {
  readonly part: PartName;
  readonly standing: Standing;
  /** Of a baseline entry or an exception: its reason, and until when. */
  readonly excuse?: { readonly reason: string; readonly until: string | null };
}

export interface JudgedPart extends Omit<PartResult, 'findings'> {
  readonly outcome: Outcome;
  /** `confirmed and high`, `high confidence`, `never` */
  readonly failOn: string;
  readonly blocking: number;
  readonly findings: number;
}

export interface GuardReport {
  readonly schema: 'hemostat/guard@1';
  /** `gate`, or `guard deps` and its like. */
  readonly command: string;
  readonly outcome: Outcome;
  /** One sentence; the first line of every output. */
  readonly verdict: string;
  readonly at: string;
  readonly parts: readonly JudgedPart[];
  /** What did not run, and why; in the order of PARTS. */
  readonly skipped: readonly { readonly part: PartName; readonly why: string; readonly asked: boolean }[];
  /** What blocks first, then by certainty and severity. */
  readonly findings: readonly JudgedFinding[];
  readonly baseline: {
    readonly file: string;
    readonly known: number;
    readonly gone: readonly { readonly rule: string; readonly title: string; readonly fingerprint: string }[];
    readonly expired: readonly { readonly rule: string; readonly title: string; readonly fingerprint: string }[];
  } | null;
  /** About the gate itself, one sentence each: exceptions that match nothing, a message that could not be sent. */
  readonly notes: readonly string[];
}
