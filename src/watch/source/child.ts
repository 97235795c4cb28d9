/** The reviewing process: is told one directory, answers with its review, and ends. It never lives longer than the server. */
import { setPriority } from 'node:os';
import { objectionTo, reviewService } from '../../review/service.ts';
import type { ReviewAnswer } from './messages.ts';

/** Captures go before. */
const NICE = 10;

// Ctrl-C reaches every process of the terminal: the server decides when this one ends.
process.on('SIGINT', () => {});
process.on('disconnect', () => process.exit());
process.once('message', (dir) => void answer(String(dir)));

async function answer(dir: string): Promise<void> {
  process.send?.(await reviewOf(dir), () => process.disconnect?.());
}

async function reviewOf(dir: string): Promise<ReviewAnswer> {
  try {
    setPriority(NICE);
    const objection = objectionTo(dir, `the source in ${dir}`);
    if (objection !== null) return { kind: 'failed', says: objection };
    // One thread beside this one: it is ended alone where a package takes too long, and leaves the other core to the captures.
    const review = await reviewService(dir, { workers: 1 });
    return review.files > 0
      ? { kind: 'reviewed', review }
      : { kind: 'failed', says: `the source in ${dir} has no Go files; give the root of the Go module` };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { kind: 'failed', says: `the source in ${dir} could not be reviewed: ${message}` };
  }
}
