/** One review in a process of its own. */
import { askProcess } from '../ask-process.ts';
import type { ReviewAnswer } from './messages.ts';

/** A tree of a million lines takes minutes, on a busy machine several times that. */
const TIMEOUT_MS = 20 * 60_000;
/** Of the JavaScript heap, MiB. */
const HEAP_MB = 1024;

/** Resolves always; aborting ends the process and counts as failed. */
export function askForReview(dir: string, signal: AbortSignal, timeoutMs: number = TIMEOUT_MS): Promise<ReviewAnswer> {
  const failed = (why: string): ReviewAnswer => ({
    kind: 'failed',
    says: `the source in ${dir} could not be reviewed: ${why}`,
  });
  return askProcess(import.meta.url, 'child', dir, failed, { signal, timeoutMs, heapMb: HEAP_MB });
}
