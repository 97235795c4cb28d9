import type { Command } from 'commander';

/** Options that `show` and `diff` share. */
export function addFilterOptions(command: Command): Command {
  return command
    .option('--sample-type <type>', 'which value, e.g. alloc_space or 1 (default: the one that the profile prefers)')
    .option('--cum', 'rank by what a function and all that it calls take, not by itself')
    .option('--lines', 'per source line instead of per function')
    .option('--files', 'per file')
    .option('--addresses', 'per address')
    .option('--focus <regex>', 'only stacks with a frame that matches (function, file or binary; Go syntax)')
    .option('--ignore <regex>', 'no stacks with a frame that matches')
    .option('--hide <regex>', 'leave out frames that match')
    .option('--show <regex>', 'leave out frames that do not match')
    .option('--tag <regex>', 'only samples with a label that matches, tried as key:value')
    .option('--json', 'print JSON');
}
