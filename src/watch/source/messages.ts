/** What the reviewing process answers; it is asked with nothing but a directory. */
import type { ServiceReview } from '../../review/service.ts';

export type ReviewAnswer =
  | { readonly kind: 'reviewed'; readonly review: ServiceReview }
  /** One sentence that names the directory. */
  | { readonly kind: 'failed'; readonly says: string };
