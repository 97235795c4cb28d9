/** Runs git and go for a check: with an end, with bounded output, and nothing left running. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';

export interface Ran {
  /** null: it was ended, by the time limit or a signal. */
  readonly code: number | null;
  readonly stdout: string;
  /** The end of it. */
  readonly stderr: string;
  readonly timedOut: boolean;
  /** Why it could not be started; empty where it could. */
  readonly failure: string;
}

export interface ProgramOptions {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly timeoutMs: number;
  readonly input?: string;
}

const MOST_OUTPUT = 32 * 1024 * 1024;
const MOST_STDERR = 16 * 1024;

/** Groups that must not go on without this process. */
const running = new Set<number>();
process.once('exit', () => {
  for (const pid of running) kill(pid);
});

/** Never rejects. What goes beyond MOST_OUTPUT ends the program, as a time-out does. */
export function runProgram(program: string, args: readonly string[], options: ProgramOptions): Promise<Ran> {
  return new Promise((resolve) => {
    // A group of its own: `go test` has children, which must end with it.
    const child = start(program, args, options);
    if (typeof child === 'string') {
      resolve({ code: null, stdout: '', stderr: '', timedOut: false, failure: child });
      return;
    }
    const out: Buffer[] = [];
    let size = 0;
    let stderr = '';
    let timedOut = false;
    // What left the group may hold the other end of the pipes for ever: nobody waits for it.
    const letGo = (): void => {
      child.stdout.destroy();
      child.stderr.destroy();
    };
    let exited = false;
    child.once('exit', () => {
      exited = true;
      if (timedOut) letGo();
    });
    const end = (): void => {
      timedOut = true;
      kill(child.pid);
      if (exited) letGo();
    };
    if (child.pid !== undefined) running.add(child.pid);
    const timer = setTimeout(end, options.timeoutMs);
    child.stdout.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > MOST_OUTPUT) end();
      else out.push(chunk);
    });
    child.stderr.on('data', (chunk: Buffer) => {
      stderr = (stderr + chunk.toString('utf8')).slice(-MOST_STDERR);
    });
    const done = (code: number | null, failure: string): void => {
      clearTimeout(timer);
      resolve({ code, stdout: Buffer.concat(out).toString('utf8'), stderr, timedOut, failure });
    };
    child.once('error', (error: NodeJS.ErrnoException) => done(null, error.code ?? error.message));
    child.once('close', (code) => {
      // Its children, if it left any.
      kill(child.pid);
      if (child.pid !== undefined) running.delete(child.pid);
      done(code, '');
    });
    // A program that ends before it has read all is no failure of ours.
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.input ?? '');
  });
}

/** A sentence for what no program can be given: a zero byte in an argument, as text of others may have. */
function start(
  program: string,
  args: readonly string[],
  { cwd, env }: ProgramOptions,
): ChildProcessWithoutNullStreams | string {
  try {
    return spawn(program, args, { cwd, env: { ...env }, detached: true, stdio: 'pipe' });
  } catch (error) {
    return error instanceof Error ? error.message.replaceAll('\0', '') : 'it cannot be started';
  }
}

function kill(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}
