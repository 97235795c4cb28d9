/** A mistake of the person or of a file that they gave: one sentence, what, where, what to do. Exit code 2. */
export class GuardUsageError extends Error {
  override readonly name = 'GuardUsageError';
}

/** Evidence that could not be read or reached: one sentence, what, where, what to do. Exit code 3. */
export class GuardEvidenceError extends Error {
  override readonly name = 'GuardEvidenceError';
}
