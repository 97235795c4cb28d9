/** `hemostat show FILE`: what is in one profile, dump or log. */
import { Command } from 'commander';
import { addFilterOptions } from './filter-options.ts';
import { isHeapDump } from './is-heap-dump.ts';
import type { ShowOptions } from './show-profile.ts';

export function command(): Command {
  const show = new Command('show')
    .description('Shows one pprof file (any kind), goroutine dump, GC trace log, heap dump or bundle.')
    .argument('<file>', 'file, or bundle directory (its last heap profile)')
    .option('-n, --top <count>', 'how many rows (default: 20; with --json all)')
    .option('--tree', 'call tree')
    .option('--folded', 'folded stacks, as flame graph tools read them')
    .option('--traces', 'every stack with its value and labels')
    .option('-b, --binary <exe>', 'of a heap dump: the executable that wrote it, for names and lines');
  return addFilterOptions(show).action(async (file: string, chosen: ShowOptions & { binary?: string }) => {
    process.stdout.write(await run(file, chosen));
  });
}

async function run(path: string, chosen: ShowOptions & { binary?: string }): Promise<string> {
  if (isHeapDump(path)) {
    const { parseTop } = await import('./profile-options.ts');
    const { showDump } = await import('./show-dump.ts');
    const { terminal } = await import('./terminal.ts');
    const top = parseTop(chosen.top, 20);
    return showDump(path, { ...binaryOf(chosen), json: chosen.json === true, top }, terminal());
  }
  const { evidenceFile, parseProfile, readBytes } = await import('./load-profile.ts');
  const { unpack } = await import('./unpack.ts');
  const { isText } = await import('../evidence/detect.ts');
  const { terminal } = await import('./terminal.ts');
  const file = await evidenceFile(path);
  const bytes = unpack(readBytes(file), file);
  if (isText(bytes)) {
    const { parseTop } = await import('./profile-options.ts');
    const { renderTextEvidence } = await import('./show-text.ts');
    const text = renderTextEvidence(bytes, file, {
      ...terminal(),
      json: chosen.json === true,
      top: parseTop(chosen.top, 20),
    });
    if (text !== null) return text;
  }
  const { renderProfile } = await import('./show-profile.ts');
  return renderProfile(parseProfile(bytes, file), file, chosen, terminal());
}

function binaryOf({ binary }: { binary?: string }): { binary?: string } {
  return binary === undefined ? {} : { binary };
}
