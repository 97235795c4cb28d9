/** One line of the benchmark table: ours beside a peer, measured in the same run on the same machine. */
export interface Measured {
  /** Wall time, ms: the median of the runs. */
  readonly ms: number;
  /** Largest resident set of the process, MiB. */
  readonly rssMB: number;
}

export interface BenchRow {
  readonly name: string;
  readonly ours: Measured;
  /** Null where there is nobody to compare with (start-up). */
  readonly peer: (Measured & { readonly name: string }) | null;
  /** What we promise, in words: `≥ 10× faster, ≤ 1/4 of the memory`. */
  readonly goal: string;
  readonly ok: boolean;
}
