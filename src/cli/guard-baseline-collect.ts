/** `hemostat guard baseline collect`: counts what containers ask of the kernel, and appends it to a recording. */
import { Command, InvalidArgumentError, Option } from 'commander';

export interface RawCollect {
  readonly pods?: string;
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly out: string;
  readonly window: string;
  readonly for?: string;
  readonly pid?: number;
  readonly cgroup?: string;
  readonly all?: boolean;
  readonly with: 'auto' | 'bpftrace' | 'perf' | 'strace';
  readonly flows: boolean;
  readonly rotate?: string;
  readonly rotateSize?: number;
  readonly keep?: number;
  readonly group?: string;
  readonly maxKeys?: number;
  readonly json?: boolean;
}

export function command(): Command {
  return new Command('collect')
    .description(
      'Counts system calls in the kernel, per container, process and call, and appends a line per window to a file.',
    )
    .option('-o, --out <path>', 'a file, or a directory that gets a file per start', 'syscalls.jsonl')
    .option('--window <duration>', 'how long one window is', '1m')
    .option('--for <duration>', 'end after so long (default: with Ctrl-C or SIGTERM)')
    .option('--all', 'everything on this machine (the default)')
    .addOption(
      new Option('--pid <pid>', 'one process and what it starts').argParser(whole).conflicts(['all', 'cgroup']),
    )
    .addOption(
      new Option(
        '--cgroup <glob>',
        'cgroups by path below the root (**/cri-containerd-*), or a container by name',
      ).conflicts(['all']),
    )
    .addOption(
      new Option('--with <tool>', 'what counts; strace only where it is asked for by name')
        .choices(['auto', 'bpftrace', 'perf', 'strace'])
        .default('auto'),
    )
    .option('--no-flows', 'only calls: neither descriptors, mappings nor connects')
    .option('--rotate <duration>', 'a new file after so long')
    .addOption(new Option('--rotate-size <MiB>', 'a new file from this size on').argParser(whole))
    .addOption(new Option('--keep <count>', 'files that rotation leaves').argParser(whole))
    .option('--group <name|gid>', 'a group that may read the files, so that hemostat watch need not be root')
    .addOption(
      new Option('--max-keys <count>', 'pairs of process and call that a window has room for').argParser(whole),
    )
    .option('--pods <file>', 'name containers by the output of: kubectl get pods -A -o json')
    .option('--kubeconfig <file>', 'name containers by the pods that the API server of this kubeconfig lists')
    .option('--context <name>', 'of the kubeconfig')
    .option('--json', 'print each window as one line of JSON, as it is in the file')
    .addHelpText(
      'after',
      `
Needs root, bpftrace and tracefs. What cannot be counted here is said and is in
the recording as not collected, never as zero (docs/syscalls.md).

Containers are named by what is there: pods where they are given, bundles in
/run, crictl, docker, podman, ctr. What nobody tells stays empty.

Examples:
  sudo hemostat guard baseline collect --out /var/lib/hemostat/syscalls/ --rotate 24h --keep 14
  sudo hemostat guard baseline collect --pid $(pidof shop) --window 5s --for 2m
  sudo hemostat guard baseline collect --cgroup '/kubepods.slice/**' -o shop.jsonl

Exit codes: 0 ended as asked, 2 wrong usage, 3 it cannot be counted here.`,
    )
    .action(async (raw: RawCollect) => {
      const { collect } = await import('./guard-baseline-collect-run.ts');
      await collect(raw);
    });
}

function whole(text: string): number {
  const value = Number(text);
  if (!/^\d{1,12}$/.test(text) || value < 1) throw new InvalidArgumentError('Write a whole number from 1 on.');
  return value;
}
