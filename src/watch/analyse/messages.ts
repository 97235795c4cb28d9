/** What the server's thread and the analysing thread say to each other: one request at a time, one answer each. */

import type { SyscallSeries } from '../../diagnose/syscall-series.ts';
import type { SourceReview } from '../../findings/source-review.ts';
import type { CaptureSummary, TargetId } from '../model.ts';
import type { AnalyseInput, AnalyseOutput } from './analyst.ts';

export type Request =
  | { readonly kind: 'analyse'; readonly input: AnalyseInput }
  | { readonly kind: 'remember'; readonly target: TargetId; readonly summaries: readonly CaptureSummary[] }
  | { readonly kind: 'flows'; readonly target: TargetId; readonly series: SyscallSeries }
  | { readonly kind: 'forget'; readonly target: TargetId }
  | { readonly kind: 'reviewed'; readonly dir: string; readonly review: SourceReview | null };

export type Answer =
  | { readonly kind: 'analysed'; readonly output: AnalyseOutput }
  | { readonly kind: 'done' }
  | { readonly kind: 'failed'; readonly says: string };
