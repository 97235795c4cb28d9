/**
 * Threads that review packages. Plain worker_threads rather than a pool library: each thread remembers the facts that it
 * was told, so a task must know which thread it goes to, and a thread that takes too long is ended alone.
 */
import { Worker } from 'node:worker_threads';
import type { PackageAnswer, PackageTask, ReviewerSetup } from './reviewer.ts';
import type { PackageIndex, Schedule } from './schedule.ts';

export interface PoolWork {
  readonly schedule: Schedule;
  /** @param told indices of the packages whose facts the thread knows; the task's are added to it */
  task(index: PackageIndex, told: Set<PackageIndex>): PackageTask;
  answer(index: PackageIndex, answer: PackageAnswer): void;
  /** The thread ended or was ended over it: `why` is the end of a sentence. */
  failed(index: PackageIndex, why: string): void;
}

export interface PoolOptions {
  readonly setup: ReviewerSetup;
  readonly workers: number;
  readonly signal: AbortSignal | undefined;
  /** The thread's file; tests have others. */
  readonly file?: URL;
  /** How much longer than the task's own time a thread may take before it is ended, ms. Reading and parsing come on top. */
  readonly graceMs?: number;
  /** Of the JavaScript heap of one thread; columns are outside of it. */
  readonly heapMegabytes?: number;
}

const HEAP_MB = 2048;
const GRACE_MS = 20_000;
/** After so many ends in a row threads cannot work at all here. */
const MAX_FAILURES = 50;

interface Thread {
  readonly worker: Worker;
  readonly told: Set<PackageIndex>;
  /** What it is at; -1: nothing. */
  index: PackageIndex;
  timer: NodeJS.Timeout | undefined;
}

function workerFile(): URL {
  return import.meta.url.endsWith('.ts')
    ? new URL('./worker.ts', import.meta.url)
    : new URL('./worker.js', import.meta.url);
}

/** Resolves when every package is answered or has failed. @throws the signal's reason */
export function runPool(work: PoolWork, options: PoolOptions): Promise<void> {
  const { schedule } = work;
  const { signal } = options;
  const file = options.file ?? workerFile();
  const threads = new Set<Thread>();
  const ends: Promise<unknown>[] = [];
  let failures = 0;

  return new Promise<void>((resolve, reject) => {
    let settled = false;
    const settle = (run: () => void): void => {
      if (settled) return;
      settled = true;
      signal?.removeEventListener('abort', abort);
      for (const thread of [...threads]) end(thread);
      // Not before they are gone: who awaits this may exit, or delete what they write.
      Promise.allSettled(ends).then(run);
    };
    const abort = (): void => settle(() => reject(signal?.reason));
    const end = (thread: Thread): void => {
      clearTimeout(thread.timer);
      threads.delete(thread);
      ends.push(thread.worker.terminate());
    };

    const fail = (thread: Thread, why: string): void => {
      if (settled || !threads.has(thread)) return;
      const { index } = thread;
      end(thread);
      failures++;
      if (index >= 0) {
        work.failed(index, why);
        schedule.finish(index);
      }
      if (failures > MAX_FAILURES) settle(() => reject(new Error(`review threads keep failing: ${why}`)));
      else fill();
    };

    const start = (thread: Thread, index: PackageIndex): void => {
      thread.index = index;
      const task = work.task(index, thread.told);
      const limit = task.milliseconds + (options.graceMs ?? GRACE_MS);
      thread.timer = setTimeout(() => fail(thread, `took longer than ${Math.round(limit / 1000)} s`), limit);
      thread.worker.postMessage(task);
    };

    const open = (): Thread => {
      const worker = new Worker(file, {
        workerData: options.setup,
        resourceLimits: { maxOldGenerationSizeMb: options.heapMegabytes ?? HEAP_MB },
      });
      const thread: Thread = { worker, told: new Set(), index: -1, timer: undefined };
      threads.add(thread);
      worker.on('message', (answer: PackageAnswer) => {
        if (settled || !threads.has(thread)) return;
        clearTimeout(thread.timer);
        const { index } = thread;
        thread.index = -1;
        failures = 0;
        work.answer(index, answer);
        schedule.finish(index);
        fill();
      });
      worker.on('error', (error) => fail(thread, `failed (${error instanceof Error ? error.message : String(error)})`));
      worker.on('messageerror', (error) => fail(thread, `gave an answer that cannot be read (${error.message})`));
      worker.on('exit', (code) => fail(thread, `ended its thread (${code})`));
      return thread;
    };

    /** Gives every idle thread something, opening threads while there is more to do than there are threads. */
    const fill = (): void => {
      try {
        while (!settled) {
          const idle = [...threads].find((thread) => thread.index < 0);
          if (idle === undefined && threads.size >= options.workers) break;
          const index = schedule.next();
          if (index < 0) break;
          start(idle ?? open(), index);
        }
      } catch (error) {
        settle(() => reject(error));
      }
      if (schedule.left === 0) settle(resolve);
    };

    if (signal?.aborted) return abort();
    signal?.addEventListener('abort', abort, { once: true });
    fill();
  });
}
