/** `hemostat guard baseline show` and `diff`: profiles as people read them. */
import { Command } from 'commander';
import { EXIT } from './exit.ts';

export function command(): Command {
  return new Command('show')
    .description('Shows profiles as tables: per syscall what is normal in a minute, and from when on it is an anomaly.')
    .argument('<profile...>', 'profiles, or directories of them')
    .option('--json', 'print JSON: a list of profiles')
    .action(async (paths: readonly string[], options: { readonly json?: boolean }) => {
      const { readProfiles } = await import('../guard/baseline/profile/directory.ts');
      const profiles = paths.flatMap((path) => readProfiles(path)).map(({ profile }) => profile);
      if (options.json) {
        process.stdout.write(`${JSON.stringify(profiles, null, 2)}\n`);
        return;
      }
      const { writeProfileText } = await import('../guard/baseline/profile/text.ts');
      const { terminal } = await import('./terminal.ts');
      process.stdout.write(profiles.map((profile) => writeProfileText(profile, terminal())).join('\n'));
    });
}

interface RawDiff {
  readonly json?: boolean;
  readonly all?: boolean;
  readonly exitCode?: boolean;
}

export function diffCommand(): Command {
  return new Command('diff')
    .description('Compares two profiles: which syscalls are new, which are gone, which bands moved.')
    .argument('<old>', 'the profile of before, e.g. that of the parent release')
    .argument('<new>', 'the profile of now')
    .option('--all', 'list bands that only shifted within what was normal, too')
    .option('--json', 'print JSON')
    .option('--exit-code', 'exit 1 where a syscall is new, or a band moved up')
    .action(async (oldPath: string, newPath: string, options: RawDiff) => {
      const { readProfileFile } = await import('../guard/baseline/profile/directory.ts');
      const { compareProfiles } = await import('../guard/baseline/profile/compare.ts');
      const before = readProfileFile(oldPath).profile;
      const after = readProfileFile(newPath).profile;
      const diff = compareProfiles(before, after);
      if (options.json)
        process.stdout.write(`${JSON.stringify({ before: before.key, after: after.key, ...diff }, null, 2)}\n`);
      else {
        const { writeDiffText } = await import('../guard/baseline/profile/text.ts');
        const { terminal } = await import('./terminal.ts');
        process.stdout.write(writeDiffText(before, after, diff, terminal(), options.all === true));
      }
      const isMore = diff.appeared.length > 0 || diff.moved.some(({ how }) => how === 'over' || how === 'above');
      if (options.exitCode === true && isMore) process.exitCode = EXIT.findings;
    });
}
