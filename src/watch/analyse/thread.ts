/**
 * The Analyst: asks a worker thread, one request at a time, and lives on when the thread does not. A profile that makes
 * the thread run out of memory or time is reported as unreadable; the next request finds a new thread, and each
 * target's memory is fetched again (`recall`) before its next capture is analysed.
 */
import { Worker } from 'node:worker_threads';
import type { SyscallSeries } from '../../diagnose/syscall-series.ts';
import type { SourceReview } from '../../findings/source-review.ts';
import type { CaptureSummary, TargetId } from '../model.ts';
import { concat } from '../syscalls/flows.ts';
import { type AnalysisOptions, MAX_PROFILE } from './analysis.ts';
import type { AnalyseInput, AnalyseOutput, Analyst } from './analyst.ts';
import type { Answer, Request } from './messages.ts';

export interface ThreadOptions extends Omit<AnalysisOptions, 'reviews'> {
  /**
   * What is known of a target from before, oldest first: asked once per target and thread, before its first capture, unless
   * `remember` was called for it. Throwing is as good as nothing.
   */
  readonly recall?: (target: TargetId) => Promise<readonly CaptureSummary[]>;
  /**
   * What the kernel counted of a target so far, oldest first; null: nothing. Asked once per target and thread that takes the place
   * of one that ended, before the target's next windows or capture. Throwing is as good as nothing.
   */
  readonly recallFlows?: (target: TargetId) => Promise<SyscallSeries | null>;
  /** Told when a thread ended by itself or was ended, one sentence. */
  readonly onFailure?: (says: string) => void;
  /** A request that takes longer is given up with its thread, ms. */
  readonly timeoutMs?: number;
  /** Heap of the thread, MiB; what it keeps for 1,000 targets is below 250. */
  readonly heapMb?: number;
}

/** Parsing the largest profiles takes seconds; on a busy machine several times that. */
const TIMEOUT = 120_000;
const HEAP_MB = 1024;
/** Windows of a target that are worth a message by themselves. */
const TOGETHER = 60;

export function startAnalyst(options: ThreadOptions = {}): Analyst {
  return new ThreadAnalyst(options);
}

type Summaries = readonly CaptureSummary[];

interface Job {
  readonly request: Request;
  /** What is known of the target from before, being fetched; null where the thread had it when the job was queued. */
  readonly recalled: Promise<Summaries> | null;
  readonly resolve: (answer: Answer) => void;
}

const STOPPING: Answer = { kind: 'failed', says: 'hemostat is being stopped' };

class ThreadAnalyst implements Analyst {
  readonly #options: ThreadOptions;
  readonly #queue: Job[] = [];
  #working = false;
  #worker: Worker | null = null;
  /** Takes the answer to the request that the thread has now. */
  #answered: ((answer: Answer) => void) | null = null;
  /** Targets whose memory the present thread has. */
  #known = new Set<TargetId>();
  /** Counts that no capture has asked for yet. */
  readonly #waiting = new Map<TargetId, SyscallSeries[]>();
  /** Targets that were counted, and of these those whose counts the present thread lacks. */
  readonly #counted = new Set<TargetId>();
  #lost = new Set<TargetId>();
  /** What a new thread is told at its start. */
  readonly #reviews = new Map<string, SourceReview>();
  #closed = false;

  constructor(options: ThreadOptions) {
    this.#options = options;
  }

  async remember(target: TargetId, summaries: Summaries): Promise<void> {
    await this.#ask({ kind: 'remember', target, summaries });
  }

  /** Kept here until the target's next capture asks for it, or until it is worth a message: a node has hundreds of targets. */
  async flows(target: TargetId, series: SyscallSeries): Promise<void> {
    const waiting = this.#waiting.get(target) ?? [];
    this.#waiting.set(target, [...waiting, series]);
    if (waiting.length + 1 < TOGETHER && series.at.length < TOGETHER) return;
    const request = this.#flowsOf(target);
    if (request !== null) await this.#ask(request);
  }

  #flowsOf(target: TargetId): Extract<Request, { kind: 'flows' }> | null {
    const waiting = this.#waiting.get(target);
    this.#waiting.delete(target);
    return waiting === undefined ? null : { kind: 'flows', target, series: concat(waiting) };
  }

  async forget(target: TargetId): Promise<void> {
    this.#waiting.delete(target);
    await this.#ask({ kind: 'forget', target });
  }

  async reviewed(dir: string, review: SourceReview | null): Promise<void> {
    if (review === null) this.#reviews.delete(dir);
    else this.#reviews.set(dir, review);
    await this.#ask({ kind: 'reviewed', dir, review });
  }

  async analyse(input: AnalyseInput): Promise<AnalyseOutput> {
    const answer = await this.#ask({ kind: 'analyse', input });
    if (answer.kind === 'analysed') return answer.output;
    return unreadable(input, answer.kind === 'failed' ? answer.says : 'the analysing thread gave no answer');
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const job of this.#queue.splice(0)) job.resolve(STOPPING);
    const worker = this.#worker;
    this.#worker = null;
    this.#answered?.(STOPPING);
    await worker?.terminate();
  }

  #ask(request: Request): Promise<Answer> {
    if (this.#closed) return Promise.resolve(STOPPING);
    return new Promise((resolve) => {
      const unknown = request.kind === 'analyse' && !this.#known.has(request.input.target);
      const recalled = unknown ? this.#recall(request.input.target) : null;
      this.#queue.push({ request, recalled, resolve });
      if (!this.#working) void this.#work();
    });
  }

  async #recall(target: TargetId): Promise<Summaries> {
    try {
      return (await this.#options.recall?.(target)) ?? [];
    } catch (error) {
      this.#options.onFailure?.(`what was known of target ${target} could not be read: ${messageOf(error)}`);
      return [];
    }
  }

  /** One request at a time: a thread that ends takes no more than one capture with it. */
  async #work(): Promise<void> {
    this.#working = true;
    for (let job = this.#queue.shift(); job !== undefined; job = this.#queue.shift()) {
      const { request } = job;
      this.#worker ??= this.#start();
      if (request.kind === 'analyse' && !this.#known.has(request.input.target)) {
        const { target } = request.input;
        const summaries = await (job.recalled ?? this.#recall(target));
        if (summaries.length > 0) await this.#send({ kind: 'remember', target, summaries });
      }
      if (request.kind === 'flows') await this.#giveFlows(request.target);
      else if (request.kind === 'analyse') {
        await this.#giveFlows(request.input.target);
        const flows = this.#flowsOf(request.input.target);
        if (flows !== null && (await this.#send(flows)).kind !== 'failed') this.#note(flows);
      }
      const answer = await this.#send(request);
      if (answer.kind !== 'failed') this.#note(request);
      job.resolve(answer);
    }
    this.#working = false;
  }

  /** What came before has to be there first: what is older than what is known is left out. */
  async #giveFlows(target: TargetId): Promise<void> {
    if (!this.#lost.delete(target)) return;
    try {
      const series = (await this.#options.recallFlows?.(target)) ?? null;
      if (series !== null) await this.#send({ kind: 'flows', target, series });
    } catch (error) {
      this.#options.onFailure?.(`what was counted of target ${target} could not be read: ${messageOf(error)}`);
    }
  }

  /** The present thread has done what was asked. */
  #note(request: Request): void {
    if (request.kind === 'analyse') this.#known.add(request.input.target);
    else if (request.kind === 'remember') this.#known.add(request.target);
    else if (request.kind === 'flows') this.#counted.add(request.target);
    else if (request.kind === 'forget') {
      this.#known.delete(request.target);
      this.#counted.delete(request.target);
      this.#lost.delete(request.target);
    }
  }

  #send(request: Request): Promise<Answer> {
    if (this.#closed) return Promise.resolve(STOPPING);
    const worker = this.#worker ?? this.#start();
    this.#worker = worker;
    const limit = this.#options.timeoutMs ?? TIMEOUT;
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#fail(worker, `it took longer than ${limit / 1000} s`), limit);
      this.#answered = (answer) => {
        clearTimeout(timer);
        this.#answered = null;
        resolve(answer);
      };
      const owned = request.kind === 'analyse' ? withOwnBuffers(request) : { request, buffers: [] };
      worker.postMessage(owned.request, owned.buffers);
    });
  }

  #start(): Worker {
    // The sources run as .ts, what is published as .js.
    const file = import.meta.url.endsWith('.ts')
      ? new URL('./worker.ts', import.meta.url)
      : new URL('./worker.js', import.meta.url);
    const { maxProfileBytes = MAX_PROFILE, heapMb = HEAP_MB } = this.#options;
    const workerData: AnalysisOptions = { maxProfileBytes, reviews: [...this.#reviews.values()] };
    const worker = new Worker(file, { workerData, resourceLimits: { maxOldGenerationSizeMb: heapMb } });
    worker.on('message', (answer: Answer) => {
      if (worker === this.#worker) this.#answered?.(answer);
    });
    worker.on('error', (error) => this.#fail(worker, messageOf(error)));
    worker.on('exit', (code) => this.#fail(worker, `the thread ended with ${code}`));
    // The server decides how long it lives; an idle thread does not.
    worker.unref();
    this.#known = new Set();
    return worker;
  }

  #fail(worker: Worker, why: string): void {
    if (worker !== this.#worker) return;
    this.#worker = null;
    this.#known = new Set();
    this.#lost = new Set(this.#counted);
    void worker.terminate();
    this.#options.onFailure?.(`the analysing thread had to be replaced: ${why}`);
    this.#answered?.({ kind: 'failed', says: `hemostat's analysing thread did not survive it: ${why}` });
  }
}

/** Whole buffers are handed over without copying; a piece of a shared one (Node's pool) is copied first. */
function withOwnBuffers(request: Extract<Request, { kind: 'analyse' }>): { request: Request; buffers: ArrayBuffer[] } {
  const buffers: ArrayBuffer[] = [];
  const parts = request.input.parts.map(({ kind, bytes }) => {
    const whole = bytes.buffer instanceof ArrayBuffer && bytes.byteLength === bytes.buffer.byteLength;
    const own = whole ? bytes : Uint8Array.from(bytes);
    if (own.buffer instanceof ArrayBuffer) buffers.push(own.buffer);
    return { kind, bytes: own };
  });
  return { request: { kind: 'analyse', input: { ...request.input, parts } }, buffers };
}

/** What is left where the parts could not be analysed: the counters that came with them. */
function unreadable(input: AnalyseInput, says: string): AnalyseOutput {
  const { capture, target, at, build, startedAt, metrics, parts } = input;
  return {
    summary: {
      ...{ capture, target, at, build, startedAt },
      heap: null,
      goroutines: null,
      leaks: null,
      metrics: metrics.at(-1)?.values ?? {},
    },
    windows: [],
    deeper: null,
    unreadable: parts.map(({ kind }) => ({ kind, says })),
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
