/** Everything that a reader may throw: what was wrong, where in which file, and what to do about it. */
export class EvidenceError extends Error {
  override readonly name = 'EvidenceError';
  /** The format that the reader expected, e.g. `pprof`, `goroutine dump`. */
  readonly format: string;
  /** Byte offset (after decompression) at which reading stopped; -1 where it makes no sense. */
  readonly offset: number;

  constructor(format: string, problem: string, offset = -1) {
    super(offset >= 0 ? `${problem} at byte ${offset}` : problem);
    this.format = format;
    this.offset = offset;
  }
}
