/** `hemostat guard baseline …`: what a container asks of the kernel, how often, and what is out of the ordinary. */
import { Command } from 'commander';
import { diffCommand, command as show } from './guard-baseline-show.ts';

export function command(): Command {
  return new Command('baseline')
    .description('Learns how often a container calls the kernel, per syscall, and says what is out of the ordinary.')
    .addCommand(show())
    .addCommand(diffCommand());
}
