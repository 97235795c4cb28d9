/** What a review comes to: plain data for the answer, the audit log and the metrics. */
import type { SignatureForm } from '../signature/signature.ts';

/** Why something is refused or warned of; the metrics' label. */
export type ProblemCode =
  | 'bad-shape'
  | 'bad-reference'
  | 'not-pinned'
  | 'no-such-tag'
  | 'no-policy'
  | 'unsigned'
  | 'unread-form'
  | 'no-verdict'
  | 'verdict-failed'
  | 'verdict-old'
  | 'unreachable'
  | 'timeout'
  | 'config-rule'
  | 'tag-resolved';

export interface Problem {
  readonly code: ProblemCode;
  /** One sentence: which container, which image, why, what to do. */
  readonly says: string;
  /** Whether it stops the object; else it is told as a warning. */
  readonly refuses: boolean;
}

export interface LookedAt {
  readonly image: string;
  readonly digest: string | null;
  /** null: none matched, or the image is exempt. */
  readonly policy: string | null;
  readonly signers: readonly string[];
  readonly forms: readonly SignatureForm[];
  /** `known`: from the cache; `stale`: from the cache and old; `looked`: from the registry; `none`: not needed or not had. */
  readonly from: 'known' | 'stale' | 'looked' | 'none';
  /** Of an exempt image. */
  readonly exempt: string | null;
}

/** Why a review was answered without a look. */
export type Skip = 'operation' | 'no-pod' | 'exempt-namespace' | null;

export interface Decision {
  readonly allowed: boolean;
  readonly skipped: Skip;
  readonly problems: readonly Problem[];
  readonly images: readonly LookedAt[];
}

export const SKIPPED = (skipped: Exclude<Skip, null>): Decision => ({
  allowed: true,
  skipped,
  problems: [],
  images: [],
});
