/** `hemostat guard baseline check`: recordings against profiles. */
import type { Command } from 'commander';
import type { NamedRecording } from '../guard/baseline/run-part.ts';
import { type RawGuardOptions, reportCommand } from './guard-options.ts';

interface RawCheck extends RawGuardOptions {
  readonly profiles: string;
  readonly warmUp: string;
  readonly since?: string;
  readonly strict?: boolean;
}

export function command(): Command {
  return reportCommand('check', 'Says what containers did that their baselines do not know: bursts, new syscalls.')
    .argument('<recording...>', 'recordings of hemostat guard baseline collect, or directories of them')
    .option('-p, --profiles <path>', 'the profiles: a directory, or one file', 'profiles')
    .option('--warm-up <duration>', 'leave out after the start of a container; as while learning', '5m')
    .option('--since <time>', 'only what lasts beyond this time, as in 2026-11-23T08:00:00Z')
    .option('--strict', 'a container that no profile is of does not pass')
    .addHelpText(
      'after',
      `
From medium on what is confirmed blocks (--fail-on); what is suspected is listed.

Examples:
  hemostat guard baseline check today.jsonl --profiles profiles
  hemostat guard baseline check recordings/ --json > findings.json
  hemostat guard ioc findings.json     rules that find it elsewhere, and stop it

Exit codes: 0 nothing blocks, 1 findings that block, 2 wrong usage, 3 something
could not be read or judged, so that nothing can pass.`,
    )
    .action(check);
}

async function check(paths: readonly string[], raw: RawCheck): Promise<void> {
  const { parseDuration } = await import('../collect/duration.ts');
  const { judge } = await import('../guard/gate/judge.ts');
  const { attempt } = await import('../guard/gate/attempt.ts');
  const { readProfiles } = await import('../guard/baseline/profile/directory.ts');
  const { checkRecordings } = await import('../guard/baseline/run-part.ts');
  const { inOrderOfTime, loadRecording, recordingFiles } = await import('./load-recordings.ts');
  const { print } = await import('./guard-print.ts');
  const warmUpMs = parseDuration(raw.warmUp, '--warm-up');
  const since = raw.since === undefined ? null : await timeOf(raw.since);
  const profiles = readProfiles(raw.profiles);
  const files = recordingFiles(paths);
  const load = function* (): Generator<NamedRecording> {
    for (const file of inOrderOfTime(files)) yield { file, recording: loadRecording(file) };
  };
  const options = { warmUpMs, strict: raw.strict === true, ...(since === null ? {} : { since }) };
  const result = await attempt('run', files.join(', '), async () => checkRecordings(load(), profiles, options));
  const severity = raw.failOn ?? 'medium';
  const run = severity === 'never' ? severity : ({ severity, verdict: 'confirmed' } as const);
  const limits = { deps: run, image: run, config: run, surface: run, run };
  const report = judge(
    { command: 'guard baseline check', results: [result], skipped: [], notes: [] },
    { failOn: { limits, review: 'never' }, exceptions: [], baseline: null },
    new Date(),
  );
  // What is only suspected is why somebody looks; there is no old pile of it to hide.
  process.exitCode = await print(report, { ...raw, all: true }, process.cwd());
}

async function timeOf(text: string): Promise<number> {
  const time = Date.parse(text);
  if (Number.isFinite(time)) return time;
  const { UsageError } = await import('./exit.ts');
  throw new UsageError(`--since: ${JSON.stringify(text)} is no time; write it like 2026-11-23T08:00:00Z`);
}
