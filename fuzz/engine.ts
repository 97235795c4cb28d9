/** Gives mutated inputs to one target and collects what went wrong: wrong errors, hangs, too much memory. */

import { Worker } from 'node:worker_threads';
import { inputOf } from './mutate.ts';
import { findTarget, type Report, type Task } from './worker.ts';

export interface Options {
  /** URL of the module with the target. */
  readonly module: string;
  readonly target: string;
  readonly runs: number;
  readonly seed: number;
  /** An input that is read for longer than this hangs. */
  readonly timeoutMs: number;
  /** Stop after so many failures; more of the same help nobody. */
  readonly maxFailures: number;
}

/** An input that the target did not survive. */
export interface Failure {
  readonly number: number;
  readonly problem: string;
  readonly input: Uint8Array;
}

export interface Outcome {
  readonly target: string;
  /** Inputs given; fewer than asked where maxFailures was reached. */
  readonly runs: number;
  readonly accepted: number;
  readonly rejected: number;
  readonly slowestMs: number;
  /** Largest allocation as a share of what the target allows for its input. */
  readonly most: number;
  readonly failures: readonly Failure[];
}

/** Bytes of JavaScript heap that a thread may fill; beyond, V8 ends the thread and we record it. */
const HEAP_MIB = 1024;

/** How one thread ended: at the end of its work, or on an input that it did not survive. */
type End =
  | { readonly kind: 'done'; readonly report: Report & { kind: 'done' } }
  | { readonly kind: 'died'; readonly problem: string };

/** Runs `options.runs` inputs; a thread that hangs or dies is replaced and goes on with the next input. */
export async function fuzz(options: Options): Promise<Outcome> {
  const problems: { number: number; problem: string }[] = [];
  let accepted = 0;
  let rejected = 0;
  let slowestMs = 0;
  let most = 0;
  let from = 0;
  while (from < options.runs && problems.length < options.maxFailures) {
    const current = new SharedArrayBuffer(4);
    const number = new Int32Array(current);
    number[0] = -1;
    const task: Task = {
      module: options.module,
      target: options.target,
      seed: options.seed,
      from,
      to: options.runs,
      current,
    };
    const end = await runThread(
      task,
      options,
      (report) => problems.push(report),
      () => problems.length >= options.maxFailures,
    );
    if (end.kind === 'done') {
      ({ slowestMs, most } = {
        slowestMs: Math.max(slowestMs, end.report.slowestMs),
        most: Math.max(most, end.report.most),
      });
      accepted += end.report.accepted;
      rejected += end.report.rejected;
      from = options.runs;
    } else {
      const at = Atomics.load(number, 0);
      if (at < 0) throw new Error(`fuzz target ${options.target} did not start: ${end.problem}`);
      if (end.problem !== '') problems.push({ number: at, problem: end.problem });
      from = at + 1;
    }
  }
  const seeds = problems.length === 0 ? [] : (await findTarget(options.module, options.target)).seeds();
  const failures = problems.map((p) => ({ ...p, input: inputOf(seeds, options.target, options.seed, p.number) }));
  return { target: options.target, runs: from, accepted, rejected, slowestMs, most, failures };
}

function runThread(
  task: Task,
  options: Options,
  onFailure: (failure: { number: number; problem: string }) => void,
  enough: () => boolean,
): Promise<End> {
  return new Promise((resolve) => {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), {
      workerData: task,
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MIB },
    });
    const number = new Int32Array(task.current);
    let last = -1;
    let since = Date.now();
    // A thread that is being ended still tells what it has found by then; that comes too late to count.
    let ended = false;
    const finish = (end: End): void => {
      ended = true;
      clearInterval(watchdog);
      void worker.terminate().then(() => resolve(end));
    };
    const watchdog = setInterval(
      () => {
        const now = Atomics.load(number, 0);
        if (now !== last) {
          last = now;
          since = Date.now();
        } else if (now >= 0 && Date.now() - since > options.timeoutMs) {
          finish({ kind: 'died', problem: `hangs: not done after ${options.timeoutMs} ms` });
        }
      },
      Math.max(10, options.timeoutMs / 10),
    );
    worker.on('message', (report: Report) => {
      if (ended) return;
      if (report.kind === 'done') return finish({ kind: 'done', report });
      onFailure({ number: report.number, problem: report.problem });
      // An empty problem only ends the thread: what was wrong has been told.
      if (enough()) finish({ kind: 'died', problem: '' });
    });
    worker.on('error', (error: unknown) => {
      finish({ kind: 'died', problem: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    });
  });
}
