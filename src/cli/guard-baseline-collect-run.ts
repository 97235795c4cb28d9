/** Runs the collector for the command line: file, rotation, signals, and what a person sees meanwhile. */
import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import pc from 'picocolors';
import { formatDuration, parseDuration } from '../collect/duration.ts';
import { TargetError } from '../collect/error.ts';
import {
  type Collector,
  type CollectorEffects,
  type CollectorOptions,
  startCollector,
} from '../collect/syscalls/collector.ts';
import { FALLBACK_COSTS, type FallbackTool, startFallback } from '../collect/syscalls/fallback.ts';
import { RecordingFile } from '../collect/syscalls/file.ts';
import { containerNamer } from '../collect/syscalls/identity.ts';
import { findProgram, lookAtKernel } from '../collect/syscalls/kernel.ts';
import { isRecording } from '../evidence/syscalls/read.ts';
import type { WindowSample } from '../evidence/syscalls/write.ts';
import { UsageError } from './exit.ts';
import type { RawCollect } from './guard-baseline-collect.ts';
import { notCollected, summaryOf, windowTable } from './guard-baseline-collect-show.ts';
import { podsSource } from './list-pods.ts';
import { beginningOf } from './load-recordings.ts';
import { terminal } from './terminal.ts';

const LEAST_WINDOW_MS = 1000;
const MOST_WINDOW_MS = 3_600_000;

export async function collect(raw: RawCollect): Promise<void> {
  const windowMs = parseDuration(raw.window, '--window');
  if (windowMs < LEAST_WINDOW_MS || windowMs > MOST_WINDOW_MS) {
    throw new UsageError(`--window ${raw.window}: a window is from 1s to 1h long; what is learned is per minute`);
  }
  const forMs = raw.for === undefined ? Number.POSITIVE_INFINITY : parseDuration(raw.for, '--for');
  if (forMs <= 0) throw new UsageError(`--for ${raw.for}: that is no time at all`);
  const rotateMs = raw.rotate === undefined ? Number.POSITIVE_INFINITY : parseDuration(raw.rotate, '--rotate');
  if (rotateMs < windowMs)
    throw new UsageError(`--rotate ${raw.rotate}: a file has at least one window (${raw.window})`);
  const who: CollectorOptions['who'] =
    raw.pid !== undefined ? { pid: raw.pid } : raw.cgroup !== undefined ? { cgroup: raw.cgroup } : { all: true };
  const say = (sentence: string): void => {
    process.stderr.write(`hemostat: ${sentence}\n`);
  };

  let file: RecordingFile | null = null;
  const early: string[] = [];
  let started: Collector | null = null;
  const totals = { windows: 0, lost: 0, calls: 0 };
  const screen = terminal();
  const onWindow = (window: WindowSample): void => {
    totals.windows++;
    totals.lost += window.lost;
    for (const { calls } of window.processes) for (const count of calls.values()) totals.calls += count;
    if (raw.json !== true && process.stdout.isTTY === true) {
      process.stdout.write(`${windowTable(window, screen, pc.createColors(screen.color))}\n`);
    }
    if (file?.due() === true && started !== null) {
      file.rotate();
      file.append(started.newFile());
    }
  };
  const write = (lines: string): void => {
    if (raw.json === true) process.stdout.write(lines);
    if (file === null) early.push(lines);
    else file.append(lines);
  };
  const options: CollectorOptions = {
    windowMs,
    who,
    flows: raw.flows,
    ...(raw.maxKeys === undefined ? {} : { maxKeys: raw.maxKeys }),
  };
  checkOut(raw.out);
  const pods = await podsSource(raw);
  const namer = containerNamer(pods === undefined ? {} : { pods });
  const collector = await start(raw.with, options, { namer, onWindow, write, onNote: say }, say);
  started = collector;
  try {
    file = new RecordingFile({
      out: raw.out,
      rotateMs,
      rotateBytes: raw.rotateSize === undefined ? Number.POSITIVE_INFINITY : raw.rotateSize * 2 ** 20,
      keep: raw.keep ?? Number.POSITIVE_INFINITY,
      now: Date.now,
    });
    if (file.cut > 0) say(`${file.path}: its last line was cut off (${file.cut} bytes) and was taken away`);
    for (const lines of early) file.append(lines);
    say(`counting in windows of ${formatDuration(windowMs)} into ${file.path}; Ctrl-C ends it`);
    for (const sentence of notCollected(collector.header.sources)) say(sentence);
    await untilTold(collector, forMs);
  } finally {
    await collector.stop();
    file?.close();
  }
  await collector.ended;
  for (const note of namer.notes) say(note);
  say(summaryOf(totals, file.path));
}

/** Resolves on SIGINT, SIGTERM, after `forMs`, or when the collector ends by itself; rejects where it failed. */
async function untilTold(collector: Collector, forMs: number): Promise<void> {
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

async function start(
  tool: RawCollect['with'],
  options: CollectorOptions,
  effects: CollectorEffects,
  say: (sentence: string) => void,
): Promise<Collector> {
  const missing = lookAtKernel().missing;
  if (tool === 'bpftrace' || (tool === 'auto' && missing === '')) return startCollector(options, effects);
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

/** Nothing is appended to what is no recording, and a path that cannot be is said before anything is counted. */
function checkOut(out: string): void {
  const info = statSync(out, { throwIfNoEntry: false });
  if (info?.isDirectory() === true || (info === undefined && out.endsWith('/'))) return;
  if (info === undefined) {
    const directory = dirname(out);
    if (statSync(directory, { throwIfNoEntry: false })?.isDirectory() === true) return;
    throw new UsageError(`--out ${out}: there is no directory ${directory}; make it first`);
  }
  if (!info.isFile()) throw new UsageError(`--out ${out} is no file and no directory`);
  if (info.size > 0 && !isRecording(beginningOf(out))) {
    throw new UsageError(`--out ${out} is there and is no recording; give another name`);
  }
}
