/**
 * Counts what the process asks of the kernel while the window runs, where this machine lets us, and leaves the recording in the
 * bundle. It is a leg that some diagnoses have and others have not: only who insists on it is stopped where it cannot be.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { BundleWriter } from './bundle-writer.ts';
import { messageOf, TargetError } from './error.ts';
import type { CollectOptions } from './options.ts';
import { type Collector, type CollectorEffects, startCollector } from './syscalls/collector.ts';
import { containerNamer } from './syscalls/identity.ts';
import { lookAtKernel } from './syscalls/kernel.ts';

/** What the machine has to offer; tests give their own. */
export interface CountingEffects {
  /** Why nothing can be counted, and what to do; '' where it can. */
  readonly missing: () => string;
  readonly start: (pid: number, windowMs: number, write: CollectorEffects['write']) => Promise<Collector>;
}

export interface Counting {
  /** Ends it and lists the recording; nothing may be written to the bundle after that. Never throws. */
  end(): Promise<void>;
}

/** Windows of the recording per window of the diagnosis: enough for a trend, each long enough to hold some calls. */
const WINDOWS = 12;
const LEAST_WINDOW_MS = 1000;
/** Should hemostat be killed, bpftrace ends with the next window. */
const LONGEST_WINDOW_MS = 60_000;
/** A shorter window of the diagnosis has too few of them to claim a trend: nothing is counted unless that was asked for. */
const LEAST_MS = 5 * LEAST_WINDOW_MS;
/** How long the first visit waits for the probes to be in place; later they only begin later. */
const PATIENCE_MS = 15_000;

const FILE = 'syscalls.jsonl';
const NOTHING: Counting = { end: async () => {} };

const REAL: CountingEffects = {
  missing: () => lookAtKernel().missing,
  start: (pid, windowMs, write) =>
    startCollector({ windowMs, who: { pid } }, { namer: containerNamer(), ...(write === undefined ? {} : { write }) }),
};

/** Before anything is started or asked: throws TargetError where counting is insisted on and this machine does not let us. */
export function checkCounting({ syscalls }: Pick<CollectOptions, 'syscalls'>, effects: CountingEffects = REAL): void {
  const missing = syscalls === 'insisted' ? effects.missing() : '';
  if (missing !== '') throw new TargetError(`--syscalls: ${missing}`);
}

/**
 * `pid`: null where no process on this machine is known to be the target. `note`: takes one sentence where it was wished for
 * and cannot be. Throws TargetError where it was insisted on and cannot be.
 */
export async function countSyscalls(
  pid: number | null,
  { windowMs, syscalls = 'no' }: Pick<CollectOptions, 'windowMs' | 'syscalls'>,
  writer: BundleWriter,
  note: (sentence: string) => void,
  effects: CountingEffects = REAL,
): Promise<Counting> {
  if (syscalls === 'no' || (syscalls === 'where possible' && (pid === null || windowMs < LEAST_MS))) return NOTHING;
  const insisted = syscalls === 'insisted';
  const missing =
    pid === null
      ? 'no process on this machine is known to be the target; run hemostat where the service runs, or give its PID'
      : effects.missing();
  if (pid === null || missing !== '') {
    if (insisted) throw new TargetError(`--syscalls: ${missing}`);
    note(`system calls were not counted: ${missing} (--no-syscalls leaves this away)`);
    return NOTHING;
  }
  const counting = new RunningCount(writer, note);
  const each = Math.round(Math.min(LONGEST_WINDOW_MS, Math.max(LEAST_WINDOW_MS, windowMs / WINDOWS)));
  const started = counting.start((write) => effects.start(pid, each, write));
  if (insisted) await started;
  else await Promise.race([started.catch(counting.failed), sleep(PATIENCE_MS, undefined, { ref: false })]);
  return counting;
}

class RunningCount implements Counting {
  readonly #writer: BundleWriter;
  readonly #note: (sentence: string) => void;
  readonly #at = Date.now();
  #stream: ReturnType<BundleWriter['stream']> | null = null;
  #starting: Promise<Collector | null> = Promise.resolve(null);
  #failed = false;

  constructor(writer: BundleWriter, note: (sentence: string) => void) {
    this.#writer = writer;
    this.#note = note;
  }

  /** One sentence, once, whatever fails first. */
  readonly failed = (error: unknown): void => {
    if (this.#failed) return;
    this.#failed = true;
    const lead = this.#stream === null ? 'system calls were not counted' : 'system calls were counted for a part only';
    this.#note(`${lead}: ${messageOf(error)}`);
  };

  /** Rejects where the collector cannot be started. */
  async start(begin: (write: (lines: string) => void) => Promise<Collector>): Promise<void> {
    const starting = begin((lines) => {
      this.#stream ??= this.#writer.stream(FILE);
      this.#stream.write(lines);
    });
    this.#starting = starting.catch(() => null);
    const collector = await starting;
    collector.ended.catch(this.failed);
  }

  async end(): Promise<void> {
    try {
      const collector = await this.#starting;
      await collector?.stop();
    } catch (error) {
      this.failed(error);
    }
    if (this.#stream === null) return;
    const bytes = this.#stream.close();
    this.#writer.list({
      file: FILE,
      kind: 'syscalls',
      snapshot: null,
      at: this.#at,
      ms: 0,
      bytes,
      stopsTheWorld: 'no; some CPU with every system call',
    });
  }
}
