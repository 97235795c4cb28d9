/** What the commands that count have in common: who, how long, by what tool, and until when. */
import { formatDuration, parseDuration } from '../collect/duration.ts';
import { TargetError } from '../collect/error.ts';
import {
  type Collector,
  type CollectorEffects,
  type CollectorOptions,
  startCollector,
} from '../collect/syscalls/collector.ts';
import { FALLBACK_COSTS, type FallbackTool, startFallback } from '../collect/syscalls/fallback.ts';
import { findProgram, lookAtKernel } from '../collect/syscalls/kernel.ts';
import { UsageError } from './exit.ts';

const LEAST_WINDOW_MS = 1000;
const MOST_WINDOW_MS = 3_600_000;

export type Tool = 'auto' | 'bpftrace' | 'perf' | 'strace';

/** @throws UsageError */
export function windowOf(text: string): number {
  const windowMs = parseDuration(text, '--window');
  if (windowMs < LEAST_WINDOW_MS || windowMs > MOST_WINDOW_MS)
    throw new UsageError(`--window ${text}: a window is from 1s to 1h long; what is learned is per minute`);
  return windowMs;
}

/** Infinity where no end was asked for. @throws UsageError where not even one window fits */
export function durationOf(text: string | undefined, windowMs: number): number {
  if (text === undefined) return Number.POSITIVE_INFINITY;
  const ms = parseDuration(text, '--for');
  if (ms < windowMs)
    throw new UsageError(
      `--for ${text} is over before a window of ${formatDuration(windowMs)} is; give a shorter --window`,
    );
  return ms;
}

export function whoOf(raw: { readonly pid?: number; readonly cgroup?: string }): CollectorOptions['who'] {
  if (raw.pid !== undefined) return { pid: raw.pid };
  return raw.cgroup !== undefined ? { cgroup: raw.cgroup } : { all: true };
}

/** @throws TargetError: one sentence, what is missing and what to do */
export async function startCounting(
  tool: Tool,
  options: CollectorOptions,
  effects: CollectorEffects,
  say: (sentence: string) => void,
): Promise<Collector> {
  const missing = lookAtKernel().missing;
  if (tool === 'bpftrace' || (tool === 'auto' && missing === '')) {
    // Seconds in which nothing else would be seen.
    if (missing === '' && process.stderr.isTTY === true) say('attaching to the kernel’s tracepoints …');
    return startCollector(options, effects);
  }
  if (tool === 'auto') {
    // perf needs root and tracefs as bpftrace does: it only helps where bpftrace is what is missing.
    if (!missing.startsWith('bpftrace is not installed') || findProgram('perf') === null)
      throw new TargetError(missing);
    say(`${missing}; perf trace counts instead`);
  }
  const fallback: FallbackTool = tool === 'auto' ? 'perf' : tool;
  say(FALLBACK_COSTS[fallback]);
  return startFallback(fallback, options, effects);
}

/** Resolves on SIGINT, SIGTERM, after `forMs`, or when the collector ends by itself; rejects where it failed. */
export async function untilTold(collector: Collector, forMs: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const onSignal = (): void => resolve();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
  const timer = Number.isFinite(forMs) ? setTimeout(resolve, Math.min(forMs, 2 ** 31 - 1)) : null;
  try {
    await Promise.race([promise, collector.ended]);
  } finally {
    if (timer !== null) clearTimeout(timer);
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.off(signal, onSignal);
  }
}
