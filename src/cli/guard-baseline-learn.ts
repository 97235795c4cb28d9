/** `hemostat guard baseline learn`: recordings to profiles. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import type { BaselineProfile } from '../guard/baseline/model.ts';
import type { ProfileOnDisk } from '../guard/baseline/profile/directory.ts';

interface RawLearn {
  readonly out: string;
  readonly warmUp: string;
  readonly minWindows?: number;
  readonly loadMetric?: string;
  readonly parent?: string;
  readonly update?: boolean;
  readonly json?: boolean;
}

export function command(): Command {
  return new Command('learn')
    .description('Learns profiles from recordings: one YAML file per image digest and container, to be reviewed.')
    .argument('<recording...>', 'recordings of hemostat guard baseline collect, or directories of them')
    .option('-o, --out <dir>', 'where the profiles are written', 'profiles')
    .option('--update', 'write profiles that are there again; bands "by: manual", allowed and comments stay')
    .option('--warm-up <duration>', 'leave out after the start of a container', '5m')
    .option(
      '--min-windows <count>',
      'windows that a profile needs before its rates raise anything (default: 60)',
      count,
    )
    .option('--load-metric <name>', 'what the load in the recordings counts; bands then follow it')
    .option('--parent <file>', 'the profile of the release before (default: the newest of the same image in --out)')
    .option('--json', 'print what was written as JSON')
    .addHelpText(
      'after',
      `
Windows that are incomplete, lost events, or lie in the warm-up are left out and
counted. Learn from all that shall be in the profile: recordings are not added to
what a profile has learned before.

Examples:
  hemostat guard baseline learn shop.jsonl --out profiles
  hemostat guard baseline learn recordings/ --out profiles --update

Exit codes: 0 profiles were written, 2 wrong usage, 3 a recording could not be
read, or nothing can be learned from it.`,
    )
    .action(learn);
}

async function learn(paths: readonly string[], raw: RawLearn): Promise<void> {
  const { parseDuration } = await import('../collect/duration.ts');
  const { createLearner } = await import('../guard/baseline/learn.ts');
  const { GuardEvidenceError } = await import('../guard/error.ts');
  const { inOrderOfTime, loadRecording, recordingFiles } = await import('./load-recordings.ts');
  const { readProfileFile, readProfiles } = await import('../guard/baseline/profile/directory.ts');
  const { planProfiles } = await import('../guard/baseline/profile/plan.ts');
  const { UsageError } = await import('./exit.ts');
  const learner = createLearner({
    warmUpMs: parseDuration(raw.warmUp, '--warm-up'),
    ...(raw.minWindows === undefined ? {} : { minWindows: raw.minWindows }),
    loadMetric: raw.loadMetric ?? null,
  });
  const parent = raw.parent === undefined ? null : readProfileFile(raw.parent).profile;
  const there = isThere(raw.out) ? readProfiles(raw.out, { mayBeEmpty: true }) : [];
  const notes = new Set<string>();
  for (const file of inOrderOfTime(recordingFiles(paths))) {
    const recording = loadRecording(file);
    for (const { aspect, collected, says } of recording.sources)
      if (aspect === 'calls' && !collected)
        notes.add(`${file}: calls were not collected${says === '' ? '' : `: ${says}`}`);
    for (const note of recording.notes) notes.add(note);
    learner.add(recording);
  }
  const learned = learner.profiles().filter(({ learned: { windows } }) => windows > 0);
  const early = learner.profiles().length - learned.length;
  if (learned.length === 0)
    throw new GuardEvidenceError(
      early > 0
        ? `nothing can be learned: all windows of ${early} ${early === 1 ? 'container' : 'containers'} lie within ${raw.warmUp} of a start, are incomplete, or lost events; record longer, or give a shorter --warm-up`
        : `nothing can be learned: the recordings hold no counts of calls${[...notes].map((note) => `; ${note}`).join('')}`,
    );
  const plan = planProfiles(learned, there, parent);
  const exists = plan.find(({ before }) => before !== null && raw.update !== true);
  if (exists?.before != null)
    throw new UsageError(
      `${exists.before.path} is there already; --update writes it again and keeps what people decided in it`,
    );
  const { save } = await import('./guard-print.ts');
  const written = plan.map(({ profile, text, name, before }) => {
    const path = before?.path ?? join(raw.out, name);
    if (before?.text !== text) save(path, text);
    return { path, profile, before };
  });
  if (raw.json) {
    const json = written.map(({ path, profile }) => ({ path, profile }));
    process.stdout.write(`${JSON.stringify({ profiles: json, notes: [...notes] }, null, 2)}\n`);
  } else process.stdout.write(await told(written, [...notes], early));
}

async function told(
  written: readonly { path: string; profile: BaselineProfile; before: ProfileOnDisk | null }[],
  notes: readonly string[],
  early: number,
): Promise<string> {
  const { compareProfiles } = await import('../guard/baseline/profile/compare.ts');
  const { diffVerdict, learnedText, titleOf } = await import('../guard/baseline/profile/text.ts');
  const { printable, wrap } = await import('../findings/layout.ts');
  const { terminal } = await import('./terminal.ts');
  const screen = terminal();
  const lines: string[] = [];
  const say = (text: string, first: string, rest: string): void => {
    lines.push(...wrap(printable(text.replaceAll('\n', ' '), screen.unicode), screen.width, first, rest));
  };
  for (const { path, profile, before } of written) {
    say(`${path}: ${titleOf(profile.key, profile.image)}`, '', '  ');
    say(learnedText(profile), '  ', '  ');
    if (profile.parent !== null) say(`compared with ${titleOf(profile.parent, '')}`, '  ', '  ');
    if (before !== null)
      say(`since the file before: ${diffVerdict(compareProfiles(before.profile, profile))}`, '  ', '    ');
    for (const note of profile.notes) say(`- ${note}`, '  ', '    ');
  }
  if (early > 0) say(`${early} more had no window after their warm-up, and have no profile yet`, '', '  ');
  for (const note of notes) say(`- ${note}`, '', '  ');
  const [first] = written;
  if (first !== undefined) say(`next: hemostat guard baseline show ${first.path}`, '', '  ');
  return `${lines.join('\n')}\n`;
}

function isThere(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

function count(value: string): number {
  if (!/^[1-9]\d{0,6}$/.test(value)) throw new InvalidArgumentError('It must be a whole number from 1 on.');
  return Number(value);
}
