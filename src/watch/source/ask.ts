/** One review in a process of its own: its memory and its time are not the server's. */
import { type ChildProcess, fork } from 'node:child_process';
import type { ReviewAnswer } from './messages.ts';

/** A tree of a million lines takes minutes, on a busy machine several times that. */
const TIMEOUT_MS = 20 * 60_000;
/** Of the JavaScript heap, MiB. */
const HEAP_MB = 1024;

/** Resolves always; aborting ends the process and counts as failed. */
export function askForReview(dir: string, signal: AbortSignal, timeoutMs: number = TIMEOUT_MS): Promise<ReviewAnswer> {
  // The sources run as .ts, what is published as .js.
  const file = import.meta.url.endsWith('.ts')
    ? new URL('./child.ts', import.meta.url)
    : new URL('./child.js', import.meta.url);
  const failed = (why: string): ReviewAnswer => ({
    kind: 'failed',
    says: `the source in ${dir} could not be reviewed: ${why}`,
  });
  return new Promise((resolve) => {
    let child: ChildProcess;
    try {
      const execArgv = [`--max-old-space-size=${HEAP_MB}`];
      child = fork(file, { execArgv, stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
    } catch (error) {
      resolve(failed(error instanceof Error ? error.message : String(error)));
      return;
    }
    const settle = (answer: ReviewAnswer): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      resolve(answer);
    };
    const end = (why: string): void => {
      child.kill('SIGKILL');
      settle(failed(why));
    };
    const onAbort = (): void => end('hemostat is being stopped');
    const timer = setTimeout(() => end(`it took longer than ${timeoutMs / 60_000} min`), timeoutMs);
    signal.addEventListener('abort', onAbort, { once: true });
    child.on('error', (error) => end(error.message));
    child.on('message', (answer: ReviewAnswer) => settle(answer));
    child.on('exit', (code, killedBy) => settle(failed(`its process ended with ${killedBy ?? code}`)));
    child.send(dir, () => {});
    if (signal.aborted) onAbort();
  });
}
