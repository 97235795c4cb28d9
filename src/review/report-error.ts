/** Something that the user asked for cannot be: a configuration that is wrong, a revision that is none. Exit 2. */
export class ReviewUsageError extends Error {
  // The command line knows errors by this name (src/cli/exit.ts), wherever they come from.
  override readonly name = 'UsageError';
}
