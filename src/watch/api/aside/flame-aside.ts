/**
 * Call trees are made in a thread of their own: half a million samples take a second, in which the server would take no
 * capture on time. The thread makes the JSON, too; the main thread only hands it on.
 */
import { Worker } from 'node:worker_threads';
import { EvidenceError } from '../../../evidence/error.ts';
import { ApiProblem } from '../problem.ts';

export interface FlameTask {
  /** Handed over: not to be used afterwards. */
  readonly head: Uint8Array;
  readonly base: Uint8Array | null;
  readonly headId: string;
  readonly baseId: string | null;
  /** What is compared, for people. */
  readonly title: string;
  /** Empty: the profile's own default. */
  readonly sampleType: string;
}

export type FlameAnswer =
  | { readonly json: string }
  /** `error`: what is wrong with the profile; null: a defect of ours. */
  | { readonly error: string | null; readonly internal: string };

export interface FlameAside {
  /** @throws EvidenceError where a profile cannot be read, ApiProblem where there is too much to do or it takes too long */
  flame(task: FlameTask): Promise<string>;
  close(): Promise<void>;
}

export interface FlameAsideOptions {
  /** For one call tree, ms. */
  readonly timeoutMs?: number;
  /** Of the thread, MiB. */
  readonly heapMegabytes?: number;
}

/** Tasks that wait at most: their profiles are in memory. */
const MAX_WAITING = 8;
/** A thread that nobody needs is let go, ms. */
const IDLE_MS = 60_000;

interface Job {
  readonly task: FlameTask;
  readonly resolve: (json: string) => void;
  readonly reject: (error: Error) => void;
}

export function createFlameAside({ timeoutMs = 60_000, heapMegabytes = 1024 }: FlameAsideOptions = {}): FlameAside {
  const waiting: Job[] = [];
  let worker: Worker | null = null;
  let running: Job | null = null;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  const stop = (): Promise<unknown> => {
    clearTimeout(timer);
    const old = worker;
    worker = null;
    return old?.terminate() ?? Promise.resolve();
  };
  const settle = (of: Worker, finish: (job: Job) => void): void => {
    if (of !== worker) return;
    clearTimeout(timer);
    const job = running;
    running = null;
    if (job !== null) finish(job);
    next();
  };
  const fail = (of: Worker, error: Error): void => {
    if (of !== worker) return;
    void stop();
    const job = running;
    running = null;
    job?.reject(error);
    next();
  };

  const open = (): Worker => {
    const opened = new Worker(workerFile(), {
      env: {},
      resourceLimits: { maxOldGenerationSizeMb: heapMegabytes },
    });
    opened.on('message', (answer: FlameAnswer) =>
      settle(opened, (job) => {
        if ('json' in answer) job.resolve(answer.json);
        else if (answer.error !== null) job.reject(new EvidenceError('pprof', answer.error));
        else job.reject(new Error(answer.internal));
      }),
    );
    opened.on('error', (error) => fail(opened, tooLarge(error)));
    opened.on('exit', () => fail(opened, new Error('the thread that makes call trees ended')));
    return opened;
  };

  const next = (): void => {
    if (running !== null) return;
    const job = waiting.shift();
    if (job === undefined) {
      timer = setTimeout(() => void stop(), IDLE_MS).unref();
      return;
    }
    clearTimeout(timer);
    running = job;
    worker ??= open();
    const own = worker;
    timer = setTimeout(
      () => fail(own, new ApiProblem(503, `This profile takes more than ${timeoutMs / 1000} s to be drawn.`)),
      timeoutMs,
    );
    const { head, base } = job.task;
    own.postMessage(job.task, [transferable(head), ...(base === null ? [] : [transferable(base)])].flat());
  };

  return {
    flame(task) {
      if (closed) return Promise.reject(new ApiProblem(503, 'The server is shutting down.'));
      if (waiting.length >= MAX_WAITING) {
        return Promise.reject(new ApiProblem(503, 'Too many call trees are being drawn; try again in a moment.', 5));
      }
      return new Promise((resolve, reject) => {
        waiting.push({ task, resolve, reject });
        next();
      });
    },
    async close() {
      closed = true;
      const gone = new ApiProblem(503, 'The server is shutting down.');
      running?.reject(gone);
      running = null;
      for (const job of waiting.splice(0)) job.reject(gone);
      await stop();
    },
  };
}

function workerFile(): URL {
  return import.meta.url.endsWith('.ts')
    ? new URL('./flame-worker.ts', import.meta.url)
    : new URL('./flame-worker.js', import.meta.url);
}

/** Only what has its buffer for itself can be handed over; a piece of Node's pool is copied. */
function transferable(bytes: Uint8Array): ArrayBuffer[] {
  const { buffer } = bytes;
  return buffer instanceof ArrayBuffer && buffer.byteLength === bytes.byteLength ? [buffer] : [];
}

function tooLarge(error: unknown): Error {
  const code = error instanceof Error && 'code' in error ? error.code : '';
  if (code === 'ERR_WORKER_OUT_OF_MEMORY') {
    return new ApiProblem(422, 'This profile needs more memory than the server spends on a call tree.');
  }
  return error instanceof Error ? error : new Error(String(error));
}
