/** What the reviewing process answers; it is asked with nothing but a directory. */
import type { SourceReview } from '../../findings/source-review.ts';

export type ReviewAnswer =
  | { readonly kind: 'reviewed'; readonly review: SourceReview }
  /** One sentence that names the directory. */
  | { readonly kind: 'failed'; readonly says: string };
