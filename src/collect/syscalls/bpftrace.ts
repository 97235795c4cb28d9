/** One run of bpftrace: its program by its standard input, its output line by line, the ends of its windows, its own end. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { BpftraceWindows, joinWindows, type RawWindow } from '../../evidence/syscalls/bpftrace.ts';
import { messageOf, TargetError } from '../error.ts';
import { absolutePath } from './kernel.ts';
import { endWithUs } from './leftovers.ts';

export interface BpftraceEvents {
  readonly onWindow: (window: RawWindow) => void;
  /** It has ended, with what was counted last; `problem`: what it said. */
  readonly onEnd: (last: RawWindow, problem: string) => void;
}

export interface Bpftrace {
  readonly pid: number;
  /** Lets it print what it has and end; resolves when it has, and `onEnd` was called. */
  stop(): Promise<void>;
}

/** Taking 60 probes away takes the kernel some seconds; whoever is not gone by then is not waited for. */
const STOP_MS = 20_000;
/** A window that was asked for is there at once; on a machine that is very busy, within this. */
const FLUSH_MS = 5000;
/** clang and the verifier on a busy machine. */
const START_MS = 120_000;
const MAX_STDERR = 16 << 10;

/**
 * Resolves when all probes are in place.
 * @param endEvery ends a window every so many ms; null: the program does that itself
 * @throws TargetError with what bpftrace said
 */
export async function startBpftrace(
  program: string,
  maxKeys: number,
  endEvery: number | null,
  events: BpftraceEvents,
): Promise<Bpftrace> {
  const [command, ...args] = [...endWithUs(), 'bpftrace', '-B', 'line', '-f', 'json', '-'];
  // Detached: Ctrl-C is ours, so that it is told to end once, and the last window is written.
  const child = spawn(command ?? 'bpftrace', args, {
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
    env: {
      PATH: absolutePath(),
      BPFTRACE_MAP_KEYS_MAX: String(maxKeys),
    },
  });
  child.stdin.on('error', () => {}); // it has ended, which its exit tells
  child.stdin.end(program);
  const windows = new BpftraceWindows(maxKeys);
  let stderr = '';
  let broken = '';
  let stopping: RawWindow | null = null;
  let stopRequested = false;
  let told = false;
  /** Once: the last window, and why it is the last. */
  const tellEnd = (last: RawWindow, problem: string): void => {
    if (!told && windows.attached) events.onEnd(last, problem);
    told = true;
  };
  const { promise: lastWindow, resolve: onLast } = Promise.withResolvers<void>();
  const { promise: attached, resolve, reject } = Promise.withResolvers<void>();
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  child.on('error', (error) => {
    reject(new TargetError(`bpftrace cannot be started: ${messageOf(error)}`));
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    if (stderr.length < MAX_STDERR) stderr += text;
  });
  const lines = createInterface({ input: child.stdout, crlfDelay: Number.POSITIVE_INFINITY });
  lines.on('line', (line) => {
    try {
      if (told) return;
      const window = windows.line(line);
      if (windows.attached) resolve();
      if (window === null) return;
      // While probes are taken away one after the other, a window still may end: it is a part of the last one.
      if (!stopRequested) {
        events.onWindow(window);
        return;
      }
      stopping = stopping === null ? window : joinWindows(stopping, window);
      onLast();
    } catch (error) {
      broken = messageOf(error);
      child.kill('SIGINT');
    }
  });
  const linesEnded = new Promise<void>((done) => lines.once('close', done));
  child.on('exit', (code, signal) => {
    void linesEnded.then(() => {
      const problem = broken || complaint(stderr) || `it ended with ${signal ?? `exit code ${code}`}`;
      reject(new TargetError(`bpftrace does not count: ${problem}`));
      const last = windows.end();
      tellEnd(stopping === null ? last : joinWindows(stopping, last), problem);
      end();
    });
  });
  const timer = setTimeout(() => {
    child.kill('SIGKILL');
    reject(new TargetError('bpftrace did not have its probes in place within two minutes'));
  }, START_MS);
  try {
    await attached;
  } finally {
    clearTimeout(timer);
  }
  const { pid } = child;
  if (pid === undefined) throw new TargetError('bpftrace cannot be started');
  const stopEnding = endEvery === null ? null : endWindows(endEvery);
  void ended.then(stopEnding);
  return {
    pid,
    stop: async () => {
      stopRequested = true;
      stopEnding?.();
      endWindow();
      const wait = new AbortController();
      await Promise.race([lastWindow, ended, sleep(FLUSH_MS, undefined, { signal: wait.signal }).catch(() => {})]);
      wait.abort();
      if (stopping !== null) {
        // Everything that it has to tell is told. Taking all probes away takes the kernel some seconds more, and is left to it.
        child.kill('SIGKILL');
        tellEnd({ ...stopping, at: null }, '');
        lines.close();
        child.stdout.destroy();
        child.stderr.destroy();
        child.unref();
        return;
      }
      child.kill('SIGINT');
      const late = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
      await ended;
      clearTimeout(late);
    },
  };
}

/** The program ends its window when this process does this. */
function endWindow(): void {
  process.kill(process.pid, 0);
}

/** Ends a window at every multiple of `everyMs` from now on; one that comes late makes the next one shorter, not all later. */
function endWindows(everyMs: number): () => void {
  const began = performance.now();
  let timer: NodeJS.Timeout | null = null;
  let turn = 0;
  const next = (): void => {
    const passed = performance.now() - began;
    // Not the same turn again: a timer may fire somewhat early.
    turn = Math.max(turn + 1, Math.floor(passed / everyMs) + 1);
    timer = setTimeout(
      () => {
        endWindow();
        next();
      },
      turn * everyMs - passed,
    );
  };
  next();
  return () => {
    if (timer !== null) clearTimeout(timer);
  };
}

/** What bpftrace complains about, without what it always says where the limit on locked memory is fixed. */
function complaint(stderr: string): string {
  const lines = stderr.split('\n').filter((line) => /ERROR/.test(line) && !line.includes('RLIMIT_MEMLOCK'));
  return (lines[0] ?? '').replace(/\s+/g, ' ').slice(0, 300);
}
