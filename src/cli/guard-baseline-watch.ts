/** `hemostat guard baseline watch`: counts, and says what is out of the ordinary as windows end. */
import { Command, InvalidArgumentError, Option } from 'commander';

export interface RawWatch {
  readonly profiles: string;
  readonly learn?: string;
  readonly warmUp: string;
  readonly minWindows?: number;
  readonly window?: string;
  readonly for?: string;
  readonly pid?: number;
  readonly cgroup?: string;
  readonly all?: boolean;
  readonly out?: string;
  readonly pods?: string;
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly json?: boolean;
  readonly verdict?: 'confirmed' | 'suspected';
  readonly failOn: 'critical' | 'high' | 'medium' | 'low' | 'info' | 'never';
}

export function command(): Command {
  return new Command('watch')
    .description(
      'Counts, and says what baselines do not know as soon as a window ends; learns first where it is told to.',
    )
    .option('-p, --profiles <path>', 'the profiles: a directory, or one file', 'profiles')
    .option('--learn <duration>', 'learn for so long what no profile is of, write the profile, and check from then on')
    .addOption(
      new Option('--pid <pid>', 'one process and what it starts').argParser(whole).conflicts(['all', 'cgroup']),
    )
    .addOption(
      new Option('--cgroup <glob>', 'cgroups by path below the root, or a container by name').conflicts(['all']),
    )
    .option('--all', 'everything on this machine (the default)')
    .option('--window <duration>', 'how long one window is (default: as in the profiles; an 80th of --learn)')
    .option('--for <duration>', 'end after so long (default: with Ctrl-C or SIGTERM)')
    .option('--warm-up <duration>', 'leave out after the start of a container', '5m')
    .addOption(new Option('--min-windows <count>', 'windows that --learn needs (default: 60)').argParser(whole))
    .option('-o, --out <path>', 'append the counts to a recording as well')
    .option('--pods <file>', 'name containers by the output of: kubectl get pods -A -o json')
    .option('--kubeconfig <file>', 'name containers by the pods that the API server of this kubeconfig lists')
    .option('--context <name>', 'of the kubeconfig')
    .option('--json', 'print events as JSON, one a line')
    .addOption(
      new Option('--fail-on <severity>', 'exit 1 where something of this severity was found')
        .choices(['critical', 'high', 'medium', 'low', 'info', 'never'])
        .default('medium'),
    )
    .addOption(
      new Option(
        '--verdict <verdict>',
        'and this sure (default: confirmed; with --learn suspected, as minutes confirm no rate)',
      ).choices(['confirmed', 'suspected']),
    )
    .addHelpText(
      'after',
      `
Needs root, bpftrace and tracefs, as collect does (docs/syscalls.md). Each finding
is said once when it opens and once when it is over.

Examples:
  sudo hemostat guard baseline watch --profiles profiles
  sudo hemostat guard baseline watch --pid $(pidof shop) --learn 10m
                                       learn this process first, then check it
  sudo hemostat guard baseline watch --cgroup shop --for 1h --json

Exit codes: 0 nothing at or above the limit, 1 something was, 2 wrong usage, 3 it
cannot be counted here, or nothing could be judged.`,
    )
    .action(async (raw: RawWatch) => {
      const { watch } = await import('./guard-baseline-watch-run.ts');
      await watch(raw);
    });
}

function whole(text: string): number {
  const value = Number(text);
  if (!/^\d{1,12}$/.test(text) || value < 1) throw new InvalidArgumentError('Write a whole number from 1 on.');
  return value;
}
