/** Source review as the command line and the editor server use it. */
import type { ReviewOptions, ReviewResult, Session, SessionOptions } from './result.ts';

/**
 * Reviews the packages that `patterns` name (`./...`, `./cart`, a directory, a file).
 * @throws the reason of `options.signal` when that aborts; UsageError's kind of sentence when a pattern names nothing.
 */
export function review(_patterns: readonly string[], _options: ReviewOptions): Promise<ReviewResult> {
  return Promise.reject(new Error('not there yet'));
}

/** A session for an editor over one directory. */
export function createSession(_options: SessionOptions): Session {
  throw new Error('not there yet');
}
