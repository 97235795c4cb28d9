/** `hemostat watch`: services under watch for good, with a page that shows what was found. */
import { Command } from 'commander';
import { UsageError } from './exit.ts';

export interface WatchOptions {
  readonly config?: string;
  readonly checkConfig?: true;
  readonly listen?: string;
  readonly data?: string;
  readonly open?: true;
  readonly tokenFile?: string;
  readonly every?: string;
  readonly loadMetric?: string;
  readonly source?: string;
  readonly syscalls?: true;
  readonly recording?: readonly string[];
  readonly backup?: string;
  readonly verify?: true;
  readonly verbose?: true;
}

export function command(): Command {
  return new Command('watch')
    .description('Watches services for good: a page, history and alerts.')
    .argument('[target...]', 'URL, host:port, unix:/path.sock, or lab:NAME; several are allowed')
    .option('-c, --config <file>', 'what to watch, how often, and whom to tell')
    .option('--check-config', 'say what the configuration means, and end')
    .option('--listen <address>', 'where the page is served; others than loopback need a token', '127.0.0.1:7070')
    .option('--data <dir>', 'where history is kept')
    .option('--open', 'open the page in the browser')
    .option('--token-file <file>', 'file with the token that the page asks for; else HEMOSTAT_TOKEN')
    .option('--every <duration>', 'how often profiles are taken of the targets given here (1m; lab: 10s)')
    .option('--load-metric <name>', 'metric that counts the work done by the targets given here')
    .option('--source <dir>', 'their source: the lines around a finding, and what a review of it explains')
    .option('--syscalls', 'count system calls of the targets that run here, with bpftrace (needs root)')
    .option(
      '--recording <path>',
      'follow a recording of system calls that hemostat guard baseline collect appends to; may be given again',
      (path: string, before: readonly string[] | undefined) => [...(before ?? []), path],
    )
    .option('--backup <dir>', 'copy the history to a new directory, and end; a running server goes on')
    .option('--verify', 'read all of a history that no server has open, say what is damaged, and end')
    .option('--verbose', 'tell every step')
    .addHelpText(
      'after',
      `
Examples:
  hemostat watch http://orders:6060 http://carts:6060 --data ./history
  hemostat watch --config hemostat.yaml
  hemostat watch lab:closure-drags-heap lab:steady --open`,
    )
    .action(async (words: string[], options: WatchOptions, own: Command) => {
      const { watch } = await import('./watch-run.ts');
      // The default is for the help; without the option the file says where.
      const given = own.getOptionValueSource('listen') === 'default' ? withoutListen(options) : options;
      if (words.length > 0 && options.config !== undefined)
        throw new UsageError('give targets or --config, not both; targets can be added to the file');
      await watch(words, given);
    });
}

function withoutListen({ listen: _, ...rest }: WatchOptions): WatchOptions {
  return rest;
}
