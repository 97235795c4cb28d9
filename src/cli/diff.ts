/** `hemostat diff BASE NEW`: what grew and what shrank between two profiles, or the last heaps of two bundles. */
import { Command } from 'commander';
import type { DiffOptions } from './diff-profiles.ts';
import { addFilterOptions } from './filter-options.ts';
import { isHeapDump } from './is-heap-dump.ts';

export function command(): Command {
  const diff = new Command('diff')
    .description('Compares two profiles of a kind, two heap dumps, or two bundles: what grew, what shrank.')
    .argument('<base>', 'the earlier profile, or a bundle directory')
    .argument('<new>', 'the later profile, or a bundle directory')
    .option('-n, --top <count>', 'how many rows of each (default: 15; with --json all)')
    .option('--normalize', 'scale the new profile to the total of the base: a difference in shape, not in size')
    .option('-b, --binary <exe>', 'of heap dumps: the executable that wrote them, for names and lines');
  return addFilterOptions(diff).action(
    async (base: string, later: string, options: DiffOptions & { binary?: string }) => {
      process.stdout.write(await run(base, later, options));
    },
  );
}

async function run(basePath: string, laterPath: string, options: DiffOptions & { binary?: string }): Promise<string> {
  if (isHeapDump(basePath) || isHeapDump(laterPath)) {
    const { parseTop } = await import('./profile-options.ts');
    const { diffDumps } = await import('./show-dump.ts');
    const { terminal } = await import('./terminal.ts');
    const binary = options.binary === undefined ? {} : { binary: options.binary };
    const top = parseTop(options.top, 15);
    return diffDumps(basePath, laterPath, { ...binary, json: options.json === true, top }, terminal());
  }
  const { evidenceFile, parseProfile, readBytes } = await import('./load-profile.ts');
  const { renderDiff } = await import('./diff-profiles.ts');
  const { terminal } = await import('./terminal.ts');
  const load = async (path: string) => {
    const file = await evidenceFile(path);
    return { file, profile: parseProfile(readBytes(file), file) };
  };
  return renderDiff(await load(basePath), await load(laterPath), options, terminal());
}
