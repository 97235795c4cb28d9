/** A question to a process of its own: its memory and its time are not the server's. */
import { type ChildProcess, fork } from 'node:child_process';

export interface AskLimits {
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  /** Of the JavaScript heap, MiB. */
  readonly heapMb: number;
}

/**
 * Sends `question` to the program `name` beside `url` (as .ts, or as .js where that is published) and waits for the one answer.
 * Resolves always: with `failed` and the end of a sentence where there is none. Aborting ends the process.
 */
export function askProcess<Question extends string | object, Answer>(
  url: string,
  name: string,
  question: Question,
  failed: (why: string) => Answer,
  { signal, timeoutMs, heapMb }: AskLimits,
): Promise<Answer> {
  // The sources run as .ts, what is published as .js.
  const file = new URL(`./${name}.${url.endsWith('.ts') ? 'ts' : 'js'}`, url);
  return new Promise((resolve) => {
    let child: ChildProcess;
    try {
      const execArgv = [`--max-old-space-size=${heapMb}`];
      child = fork(file, { execArgv, stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
    } catch (error) {
      resolve(failed(error instanceof Error ? error.message : String(error)));
      return;
    }
    const settle = (answer: Answer): void => {
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
    child.on('message', (answer: Answer) => settle(answer));
    child.on('exit', (code, killedBy) => settle(failed(`its process ended with ${killedBy ?? code}`)));
    child.send(question, () => {});
    if (signal.aborted) onAbort();
  });
}
