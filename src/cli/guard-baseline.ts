/** `hemostat guard baseline …`: what a container asks of the kernel, how often, and what is out of the ordinary. */
import { Command } from 'commander';
import { command as check } from './guard-baseline-check.ts';
import { command as collect } from './guard-baseline-collect.ts';
import { command as exportCommand, importCommand } from './guard-baseline-export.ts';
import { command as learn } from './guard-baseline-learn.ts';
import { diffCommand, command as show } from './guard-baseline-show.ts';
import { command as watch } from './guard-baseline-watch.ts';

export function command(): Command {
  return new Command('baseline')
    .description('Learns how often a container calls the kernel, per syscall, and says what is out of the ordinary.')
    .addCommand(collect())
    .addCommand(learn())
    .addCommand(check())
    .addCommand(watch())
    .addCommand(show())
    .addCommand(diffCommand())
    .addCommand(exportCommand())
    .addCommand(importCommand())
    .addHelpText(
      'after',
      `
Examples:
  hemostat guard baseline collect --for 24h --out day.jsonl
                                       count, in the kernel (root, bpftrace)
  hemostat guard baseline learn day.jsonl
                                       a profile per image and container
  hemostat guard baseline show profiles
                                       review it; it is YAML that you may edit
  hemostat guard baseline check today.jsonl
                                       what is out of the ordinary since
  hemostat guard baseline watch --pid $(pidof shop) --learn 10m
                                       all of it in one command, live
  hemostat guard baseline export profiles/FILE.yaml --seccomp
                                       and what should not even be possible`,
    );
}
