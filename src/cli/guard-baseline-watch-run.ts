/** Runs `hemostat guard baseline watch`: the collector's windows go to the live check, its events to the screen. */
import { statSync } from 'node:fs';
import { formatDuration, parseDuration } from '../collect/duration.ts';
import { TargetError } from '../collect/error.ts';
import { RecordingFile } from '../collect/syscalls/file.ts';
import { containerNamer } from '../collect/syscalls/identity.ts';
import { lookAtKernel } from '../collect/syscalls/kernel.ts';
import type { RecordingHeader, WindowSample } from '../evidence/syscalls/write.ts';
import { atLeast, severityAtLeast } from '../findings/sort.ts';
import { MIN_WINDOWS } from '../guard/baseline/learn.ts';
import { LiveCheck, type LiveEvent } from '../guard/baseline/live.ts';
import { type ProfileOnDisk, readProfiles } from '../guard/baseline/profile/directory.ts';
import { EXIT, UsageError } from './exit.ts';
import { checkOut, type Sentence } from './guard-baseline-collect-run.ts';
import { notCollected } from './guard-baseline-collect-show.ts';
import { durationOf, startCounting, untilTold, whoOf, windowOf } from './guard-baseline-count.ts';
import type { RawWatch } from './guard-baseline-watch.ts';
import { eventJson, eventText, statusText, summaryText, writePath } from './guard-baseline-watch-show.ts';
import { save } from './guard-print.ts';
import { podsSource } from './list-pods.ts';
import { statusLine } from './status-line.ts';
import { terminal } from './terminal.ts';

/** Windows that `--learn` is cut into: as many as a profile needs, and some that are incomplete or late. */
const WINDOWS_OF_LEARNING = 80;

/** Executables and containers without a profile that are named: a machine has hundreds. */
const MOST_WITHOUT = 5;

export async function watch(raw: RawWatch): Promise<void> {
  const learnMs = raw.learn === undefined ? null : parseDuration(raw.learn, '--learn');
  const warmUpMs = parseDuration(raw.warmUp, '--warm-up');
  const profiles = profilesOf(raw, learnMs !== null);
  const windowMs = windowLength(raw, learnMs, profiles);
  const forMs = durationOf(raw.for, windowMs);
  if (raw.out !== undefined) checkOut(raw.out);
  const minWindows = raw.minWindows ?? MIN_WINDOWS;
  if (learnMs !== null && learnMs / windowMs < minWindows)
    throw new UsageError(
      `--learn ${raw.learn} has ${Math.floor(learnMs / windowMs)} windows of ${formatDuration(windowMs)}, and a profile needs ${minWindows}; learn longer, or give a shorter --window`,
    );
  const { missing } = lookAtKernel();
  if (missing !== '') throw new TargetError(missing);

  const screen = terminal();
  const status = statusLine(raw.json !== true);
  const say: Sentence = (sentence) => status.print(() => process.stderr.write(`hemostat: ${sentence}\n`));
  const print = (text: string): void => status.print(() => process.stdout.write(text));
  let without = 0;
  const show = (event: LiveEvent): void => {
    const path = event.kind === 'learned' ? writePath(raw.profiles, event.planned) : '';
    if (event.kind === 'learned') save(path, event.planned.text);
    if (event.kind === 'not-checked' && raw.json !== true && ++without > MOST_WITHOUT) {
      if (without === MOST_WITHOUT + 1) say('more have no profile that holds them; the end says how many');
      return;
    }
    print(raw.json === true ? eventJson(event, path) : eventText(event, path, screen));
  };

  let live: LiveCheck | null = null;
  let file: RecordingFile | null = null;
  const early: WindowSample[] = [];
  const earlyLines: string[] = [];
  const onWindow = (window: WindowSample): void => {
    if (live === null) {
      early.push(window);
      return;
    }
    for (const event of live.add(window)) show(event);
    status.show(statusText(live, window));
  };
  const write = (lines: string): void => {
    if (file === null) earlyLines.push(lines);
    else file.append(lines);
  };
  const pods = await podsSource(raw);
  const namer = containerNamer(pods === undefined ? {} : { pods });
  const collector = await startCounting(
    'bpftrace',
    { windowMs, who: whoOf(raw) },
    { namer, onWindow, onNote: say, ...(raw.out === undefined ? {} : { write }) },
    say,
  );
  try {
    if (raw.out !== undefined) {
      file = new RecordingFile({
        out: raw.out,
        ...{ rotateMs: Number.POSITIVE_INFINITY, rotateBytes: Number.POSITIVE_INFINITY },
        ...{ keep: Number.POSITIVE_INFINITY, now: Date.now },
      });
      for (const lines of earlyLines) file.append(lines);
    }
    live = new LiveCheck(collector.header, profiles, { learnMs, warmUpMs, minWindows });
    say(`${plan(raw, profiles, collector.header)}; Ctrl-C ends it`);
    for (const sentence of notCollected(collector.header.sources.filter(({ aspect }) => aspect === 'calls')))
      say(sentence);
    for (const window of early) onWindow(window);
    await untilTold(collector, forMs);
  } finally {
    await collector.stop();
    status.clear();
    file?.close();
  }
  await collector.ended;
  for (const note of namer.notes) say(note);
  process.exitCode = end(raw, live, print);
}

function end(raw: RawWatch, live: LiveCheck, print: (text: string) => void): number {
  const { failOn } = raw;
  // A profile that has not seen a day confirms no rate; who learns in minutes wants to hear of it all the same.
  const limit = raw.verdict ?? (raw.learn === undefined ? 'confirmed' : 'suspected');
  const blocking = live.found.filter(
    ({ verdict, severity }) => failOn !== 'never' && atLeast(verdict, limit) && severityAtLeast(severity, failOn),
  );
  const judged = live.states().checked > 0;
  const exit = blocking.length > 0 ? EXIT.findings : judged ? EXIT.ok : EXIT.evidence;
  print(summaryText(live, blocking.length, raw.json === true));
  return exit;
}

function profilesOf(raw: RawWatch, learns: boolean): ProfileOnDisk[] {
  const info = statSync(raw.profiles, { throwIfNoEntry: false });
  if (info === undefined && learns) return [];
  if (info === undefined)
    throw new UsageError(
      `there are no profiles in ${raw.profiles}; name them with --profiles, or give --learn 10m to learn first`,
    );
  if (learns && !info.isDirectory())
    throw new UsageError(`--profiles ${raw.profiles} is a file; --learn writes into a directory`);
  return readProfiles(raw.profiles, { mayBeEmpty: learns });
}

/** As asked for, else as most profiles have it, else so that learning takes as long as was said. */
function windowLength(raw: RawWatch, learnMs: number | null, profiles: readonly ProfileOnDisk[]): number {
  if (raw.window !== undefined) return windowOf(raw.window);
  const lengths = profiles.map(({ profile }) => profile.learned.windowMs).filter((ms) => ms > 0);
  const [most] = [...Map.groupBy(lengths, (ms) => Math.round(ms / 1000))].sort((a, b) => b[1].length - a[1].length);
  if (most !== undefined) return Math.max(1, most[0]) * 1000;
  if (learnMs === null) return 60_000;
  return Math.min(60, Math.max(1, Math.floor(learnMs / WINDOWS_OF_LEARNING / 1000))) * 1000;
}

function plan(raw: RawWatch, profiles: readonly ProfileOnDisk[], { windowMs }: RecordingHeader): string {
  const held = profiles.length === 0 ? '' : `held against ${profiles.length} of ${raw.profiles}`;
  const learns = raw.learn === undefined ? '' : `learning ${raw.learn} of what has no profile`;
  return `counting in windows of ${formatDuration(windowMs)}, ${[held, learns].filter(Boolean).join(', ')}`;
}
