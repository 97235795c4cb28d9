/** `hemostat review`: what leaks in the source, without a Go toolchain. */
import { Command, InvalidArgumentError, Option } from 'commander';
import type { RawReviewOptions } from './review-options.ts';

const CONFIDENCES = ['high', 'medium', 'low'];

export function command(): Command {
  return new Command('review')
    .description('Reads Go source and says what leaks: goroutines, channels, pools, timers, contexts.')
    .argument('[patterns...]', 'packages as for go build, directories or files (default: ./...)')
    .option('--json', 'print JSON (docs/schema/review.schema.json)')
    .option('--sarif [file]', 'write SARIF 2.1.0, for code scanning; without a file, print it')
    .option('--github', 'print annotations for GitHub Actions')
    .option('--details', 'show source, steps and advice below each finding (default on a terminal)')
    .option('--no-details', 'one line for each finding')
    .addOption(
      new Option('--fail-on <confidence>', 'exit 1 from this confidence on (default: high)').choices([
        ...CONFIDENCES,
        'never',
      ]),
    )
    .addOption(
      new Option('--min-confidence <confidence>', 'show findings from this confidence on (default: medium)').choices(
        CONFIDENCES,
      ),
    )
    .option('--only <rules>', 'only these rules, separated by commas', list)
    .option('--enable <rules>', 'these rules as well, although the configuration turns them off', list)
    .option('--disable <rules>', 'not these rules', list)
    .option('--list', 'list the rules and leave')
    .option('--tests', 'review _test.go files, too (default)')
    .option('--no-tests', 'leave _test.go files out')
    .option('--goos <os>', 'review the files that go build would take for this GOOS')
    .option('--goarch <arch>', 'the same for GOARCH')
    .option('--tags <tags>', 'build tags, separated by commas', list)
    .option('--new-from-rev <rev>', 'only what is on lines that are new since this revision, and in new files')
    .addOption(
      new Option('--new-from-merge-base <branch>', 'the same since HEAD left this branch').conflicts('newFromRev'),
    )
    .option('--fix', 'apply the safe fixes')
    .addOption(new Option('--diff', 'print what --fix would do, and do nothing').conflicts('fix'))
    .option('--config <file>', 'the configuration (default: .hemostat.yaml here or above)')
    .option('--no-config', 'no configuration')
    .option('--no-cache', 'review everything again')
    .option('--jobs <n>', 'threads', jobs)
    .addHelpText(
      'after',
      `
Examples:
  hemostat review                      all packages of this module
  hemostat review ./internal/... --only pool-use-after-put
  hemostat review --new-from-merge-base origin/main --github
  hemostat review --diff > fix.patch   look at the fixes, then git apply them

A comment silences a finding: //hemostat:ignore RULE WHY, //nolint:RULE // WHY
or //lint:ignore RULE WHY.
Exit codes: 0 nothing at or above --fail-on, 1 findings, 2 wrong usage, 3 no Go
file could be read.`,
    )
    .action(async (words: readonly string[], options: RawReviewOptions) => {
      if (options.list) {
        const { listRules } = await import('./review-list.ts');
        process.stdout.write(listRules(options.json === true));
        return;
      }
      const { run } = await import('./review-run.ts');
      process.exitCode = await run(words, options);
    });
}

/** Go developers write `-json`, `-tags=x` and `-fix`: long options take one dash, too. */
export function normalize(args: readonly string[]): string[] {
  const stop = args.indexOf('--');
  return args.map((arg, i) => (/^-[a-z]{2}/.test(arg) && (stop < 0 || i < stop) ? `-${arg}` : arg));
}

function list(value: string, before: readonly string[] = []): string[] {
  const items = value
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
  if (items.length === 0) throw new InvalidArgumentError('Write names separated by commas.');
  return [...before, ...items];
}

function jobs(value: string): number {
  const count = Number(value);
  if (!Number.isInteger(count) || count < 1 || count > 256)
    throw new InvalidArgumentError('Write a whole number from 1 to 256.');
  return count;
}
