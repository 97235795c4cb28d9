/** A target or bundle that could not be reached or read: what, where, and what to do. Exit code 3. */
export class TargetError extends Error {
  override readonly name = 'TargetError';
}
