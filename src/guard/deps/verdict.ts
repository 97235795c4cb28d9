/** The five verdicts on an entry of a lock file. They are disjoint and sum to the number of entries: the denominator never shrinks. */
import type { Finding } from '../../findings/model.ts';

/**
 * - `verified`: somebody whose key we trust vouches for exactly the bytes that the lock file pins;
 * - `unsigned`: the source has no signature or log entry for it;
 * - `no-keys`: it is signed, and no key that we trust can tell (unknown key id, key expired before the signature, no keys served);
 * - `invalid`: what vouches for it disagrees with the lock file, or the signature is wrong;
 * - `unverifiable-source`: not from where anything is signed (git, file, another registry, offline), or it could not be asked.
 */
export type EntryVerdict = 'verified' | 'unsigned' | 'no-keys' | 'invalid' | 'unverifiable-source';

export const ENTRY_VERDICTS: readonly EntryVerdict[] = [
  'verified',
  'unsigned',
  'no-keys',
  'invalid',
  'unverifiable-source',
];

export interface DepsEntry {
  readonly ecosystem: 'npm' | 'go';
  readonly name: string;
  readonly version: string;
  /** The lock file, and the 1-based line of the entry in it. */
  readonly file: string;
  readonly line: number;
  readonly verdict: EntryVerdict;
  /** Why, one sentence. */
  readonly says: string;
}

/** What `guard deps` says beyond findings. */
export interface DepsFacts {
  readonly files: readonly { readonly file: string; readonly kind: string; readonly entries: number }[];
  readonly verdicts: Readonly<Record<EntryVerdict, number>>;
  /** All entries in the order of their files and lines. */
  readonly entries: readonly DepsEntry[];
}

/** What the reader and verifier of one ecosystem hands to the part; deps.ts puts the two together. */
export interface EcosystemResult {
  /** Every entry of every file, in the order of files and lines, each with one verdict. */
  readonly entries: readonly DepsEntry[];
  /** Before the allow lists are applied; `subject.instance` is `npm:name@version` or `go:module@version`. */
  readonly findings: readonly Finding[];
  /** Of findings that are about several entries: what they are, each as `subject.instance` would be. */
  readonly members?: ReadonlyMap<Finding, readonly string[]>;
  /** What was not done or claimed, and why; one sentence each. */
  readonly notes: readonly string[];
  /** What had to be read or reached and could not be; one sentence each. */
  readonly failures: readonly string[];
  /** Those of `entries` that nobody could be asked about, since the network is off; not in `failures`, for an exception may cover them. */
  readonly unasked: readonly DepsEntry[];
  /** What was read: paths relative to the context's cwd. */
  readonly files: readonly { readonly file: string; readonly kind: string; readonly entries: number }[];
}
