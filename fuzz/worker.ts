/** Runs the inputs of one target in a thread of its own, so that the engine can stop it when it hangs. */

import { getHeapStatistics } from 'node:v8';
import { parentPort, workerData } from 'node:worker_threads';
import { inflate, inputOf, isGzip } from './mutate.ts';
import { DEFAULT_ALLOWANCE, type FuzzTarget, targetsOf } from './target.ts';

/** What the engine hands over. */
export interface Task {
  /** URL of the module with the target, and the target's name in it. */
  readonly module: string;
  readonly target: string;
  readonly seed: number;
  /** Inputs `from` to `to` - 1. */
  readonly from: number;
  readonly to: number;
  /** One Int32: the number of the input that is being read, for the engine's watchdog. */
  readonly current: SharedArrayBuffer;
}

/** What is told to the engine while it runs, and at the end. */
export type Report =
  | { readonly kind: 'failure'; readonly number: number; readonly problem: string }
  | {
      readonly kind: 'done';
      readonly accepted: number;
      readonly rejected: number;
      readonly slowestMs: number;
      readonly most: number;
    };

export async function findTarget(module: string, name: string): Promise<FuzzTarget> {
  const loaded: object = await import(module);
  const found = targetsOf(loaded).find((target) => target.name === name);
  if (found === undefined) throw new Error(`${module} has no fuzz target ${name}`);
  return found;
}

/** Heap bytes allocated since the start, garbage included, and bytes in array buffers now. */
function allocated(): { heap: number; buffers: number } {
  const { total_allocated_bytes, external_memory } = getHeapStatistics();
  return { heap: total_allocated_bytes, buffers: external_memory };
}

async function work(task: Task, tell: (report: Report) => void): Promise<void> {
  const target = await findTarget(task.module, task.target);
  const seeds = target.seeds();
  const current = new Int32Array(task.current);
  const allowance = target.allowance ?? DEFAULT_ALLOWANCE;
  let accepted = 0;
  let rejected = 0;
  let slowestMs = 0;
  let most = 0;
  for (let number = task.from; number < task.to; number++) {
    const input = inputOf(seeds, task.target, task.seed, number);
    const size = isGzip(input) ? Math.max(input.length, inflate(input)?.length ?? 0) : input.length;
    const before = allocated();
    const start = performance.now();
    Atomics.store(current, 0, number);
    try {
      target.run(input);
      accepted++;
    } catch (error) {
      if (error instanceof Error && error.name === 'EvidenceError') rejected++;
      else
        tell({
          kind: 'failure',
          number,
          problem: error instanceof Error ? (error.stack ?? error.message) : String(error),
        });
    }
    slowestMs = Math.max(slowestMs, performance.now() - start);
    const after = allocated();
    const bytes = after.heap - before.heap + Math.max(0, after.buffers - before.buffers);
    most = Math.max(most, bytes / allowance(size));
    if (bytes > allowance(size)) {
      tell({
        kind: 'failure',
        number,
        problem: `allocated ${bytes} bytes for ${size} bytes of input; ${allowance(size)} are allowed`,
      });
    }
  }
  tell({ kind: 'done', accepted, rejected, slowestMs, most });
}

if (parentPort !== null) {
  const port = parentPort;
  const task: Task = workerData;
  await work(task, (report) => port.postMessage(report));
}
