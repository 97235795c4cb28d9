/** Runs the collector for the command line: file, rotation, signals, and what a person sees meanwhile. */
import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import pc from 'picocolors';
import { formatDuration, parseDuration } from '../collect/duration.ts';
import type { Collector, CollectorOptions } from '../collect/syscalls/collector.ts';
import { RecordingFile } from '../collect/syscalls/file.ts';
import { groupId } from '../collect/syscalls/group.ts';
import { containerNamer } from '../collect/syscalls/identity.ts';
import { isRecording } from '../evidence/syscalls/read.ts';
import type { WindowSample } from '../evidence/syscalls/write.ts';
import { EXIT, UsageError } from './exit.ts';
import type { RawCollect } from './guard-baseline-collect.ts';
import { notCollected, summaryOf, Totals, windowTable } from './guard-baseline-collect-show.ts';
import { durationOf, startCounting, untilTold, whoOf, windowOf } from './guard-baseline-count.ts';
import { podsSource } from './list-pods.ts';
import { beginningOf } from './load-recordings.ts';
import { terminal } from './terminal.ts';

/** Prints one on stderr. */
export type Sentence = (sentence: string) => void;

export async function collect(raw: RawCollect): Promise<void> {
  const windowMs = windowOf(raw.window);
  const forMs = durationOf(raw.for, windowMs);
  const rotateMs = raw.rotate === undefined ? Number.POSITIVE_INFINITY : parseDuration(raw.rotate, '--rotate');
  if (rotateMs < windowMs)
    throw new UsageError(`--rotate ${raw.rotate}: a file has at least one window (${raw.window})`);
  const group = groupOf(raw.group);
  const say: Sentence = (sentence) => {
    process.stderr.write(`hemostat: ${sentence}\n`);
  };

  let file: RecordingFile | null = null;
  const early: string[] = [];
  let started: Collector | null = null;
  const totals = new Totals();
  const screen = terminal();
  const onWindow = (window: WindowSample): void => {
    totals.add(window);
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
    who: whoOf(raw),
    flows: raw.flows,
    ...(raw.maxKeys === undefined ? {} : { maxKeys: raw.maxKeys }),
  };
  checkOut(raw.out);
  const pods = await podsSource(raw);
  const namer = containerNamer(pods === undefined ? {} : { pods });
  const collector = await startCounting(raw.with, options, { namer, onWindow, write, onNote: say }, say);
  started = collector;
  try {
    file = new RecordingFile({
      out: raw.out,
      rotateMs,
      rotateBytes: raw.rotateSize === undefined ? Number.POSITIVE_INFINITY : raw.rotateSize * 2 ** 20,
      keep: raw.keep ?? Number.POSITIVE_INFINITY,
      ...(group === undefined ? {} : { group }),
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
  if (raw.json !== true && totals.calls > 0)
    process.stdout.write(`${totals.table(screen, pc.createColors(screen.color))}\n`);
  say(summaryOf(totals, file.path));
  if (totals.calls === 0 && raw.cgroup !== undefined) {
    say(`no process was in a cgroup or container ${raw.cgroup}; without --cgroup you see which there are`);
    process.exitCode = EXIT.evidence;
  }
}

function groupOf(name: string | undefined): number | undefined {
  if (name === undefined) return undefined;
  const group = groupId(name);
  if (group === null)
    throw new UsageError(
      `--group ${name}: /etc/group has no such group; give its number where it comes from elsewhere`,
    );
  return group;
}

/** Nothing is appended to what is no recording, and a path that cannot be is said before anything is counted. */
export function checkOut(out: string): void {
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
