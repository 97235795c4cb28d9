/** `hemostat capture`: only the bundle, and what taking it cost. */
import { Command } from 'commander';
import { addTargetOptions, parseTargetOptions, type RawTargetOptions, targetWords } from './target-options.ts';

export function command(): Command {
  const capture = new Command('capture').description(
    'Collects evidence into a bundle, to be diagnosed later or elsewhere.',
  );
  addTargetOptions(capture)
    .option('-o, --out <dir>', 'directory to write the bundle to; must not exist yet')
    .action(async (_words: readonly string[], options: RawTargetOptions) => {
      await run(targetWords(capture), options);
    });
  return capture;
}

async function run(words: readonly string[], raw: RawTargetOptions): Promise<void> {
  const { UsageError } = await import('./exit.ts');
  if (raw.out === undefined) throw new UsageError('capture needs -o DIR, the directory to write the bundle to');
  const options = parseTargetOptions(raw);
  const { resolveTarget } = await import('../collect/resolve.ts');
  const { collect } = await import('../collect/collect.ts');
  const { readManifest } = await import('../collect/manifest.ts');
  const { catchInterrupt } = await import('../collect/interrupt.ts');
  const { progressLine } = await import('../collect/progress.ts');
  const { describeCaptures } = await import('../collect/cost.ts');
  const target = await resolveTarget(words);
  const progress = progressLine();
  const interrupt = catchInterrupt(() =>
    progress.say('taking a last snapshot (Ctrl-C again to leave without a bundle)'),
  );
  try {
    const { dir } = await collect(target, options, {
      onProgress: progress.show,
      onNote: progress.say,
      onOutput: progress.print,
      signal: interrupt.signal,
    });
    progress.clear();
    process.stdout.write(describeCaptures(readManifest(dir), dir, options.verbose));
  } finally {
    progress.clear();
    interrupt.dispose();
  }
}
