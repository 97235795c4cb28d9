import { Command } from 'commander';
import { version } from './version.ts';

/** The root command around the commands that were loaded. */
export function program(commands: readonly Command[]): Command {
  const root = new Command('hemostat')
    .description('Finds, proves and stops memory leaks in Go services.')
    .version(`hemostat ${version()}`, '-V, --version')
    .addHelpText(
      'after',
      `
Examples:
  hemostat diagnose http://localhost:6060     watch a service for five minutes
                                              and say what leaks
  hemostat diagnose -- ./service -port 8080   start a program and diagnose it
  hemostat review ./...                       say what leaks in the source
  hemostat gate                               say whether a commit may go on:
                                              leaks, packages, configuration
  hemostat show heap.pb.gz                    top functions of any pprof file
  hemostat prove heap.dump --binary ./service prove which goroutines of a heap
                                              dump can never run again
  hemostat explain goroutine-blocked-send     what a finding means and how to
                                              fix it

Exit codes: 0 no finding at or above --fail-on, 1 findings, 2 wrong usage,
3 evidence could not be read or reached.`,
    );
  for (const command of commands) root.addCommand(command);
  for (const command of withSubcommands(root)) {
    command.exitOverride();
    command.configureOutput({ outputError: (text, write) => write(oneSentence(text, command)) });
  }
  return root;
}

function withSubcommands(command: Command): Command[] {
  return [command, ...command.commands.flatMap(withSubcommands)];
}

/** Commander writes `error: …` and its hints on lines of their own; a mistake gets one line that says where to look. */
function oneSentence(text: string, command: Command): string {
  const words = text
    .trim()
    .replace(/^error: /, '')
    .replace(/\s*\n\s*/g, ' ');
  const names: string[] = [];
  for (let at: Command | null = command; at !== null; at = at.parent) names.unshift(at.name());
  return `hemostat: ${words.replace(/\.$/, '')}; ${names.join(' ')} --help lists what there is\n`;
}
