import { Command } from 'commander';
import { version } from './version.ts';

/** The root command around the commands that were loaded. */
export function program(commands: readonly Command[]): Command {
  const root = new Command('hemostat')
    .description('Finds, proves and stops memory leaks in Go services.')
    .version(`hemostat ${version()}`, '-V, --version')
    .showHelpAfterError('(hemostat --help lists what there is)')
    .addHelpText(
      'after',
      `
Examples:
  hemostat diagnose http://localhost:6060        watch a service for five minutes and say what leaks
  hemostat diagnose -- ./service -port 8080      start a program and diagnose it
  hemostat show heap.pb.gz                       top functions of any pprof file
  hemostat explain goroutine-blocked-send        what a finding means and how to fix it

Exit codes: 0 no finding at or above --fail-on, 1 findings, 2 wrong usage, 3 evidence could not be read or reached.`,
    );
  for (const command of commands) root.addCommand(command);
  for (const command of [root, ...root.commands]) command.exitOverride();
  return root;
}
