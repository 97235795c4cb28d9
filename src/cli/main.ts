/**
 * The command line. Only the command that was asked for is loaded: start-up is part of the product
 * (`--version` stays under 100 ms).
 */
import type { Command } from 'commander';
import { exitCodeOf, sentenceOf, UsageError } from './exit.ts';
import { nodeTooOld } from './node-version.ts';

interface CommandModule {
  /** The commander command with its options; loads nothing heavy before its action runs. `args`: what follows its name. */
  command(args: readonly string[]): Command | Promise<Command>;
  /** Turns spellings that users of Go's own tools are used to into ours. */
  normalize?(args: readonly string[]): string[];
}

/** EX_IOERR */
const EXIT_OUTPUT = 74;

/** In the order of `hemostat --help`: the first is what most people came for. */
const COMMANDS: Readonly<Record<string, () => Promise<CommandModule>>> = {
  diagnose: () => import('./diagnose.ts'),
  review: () => import('./review.ts'),
  gate: () => import('./gate.ts'),
  guard: () => import('./guard.ts'),
  prove: () => import('./prove.ts'),
  watch: () => import('./watch.ts'),
  capture: () => import('./capture.ts'),
  diff: () => import('./diff.ts'),
  show: () => import('./show.ts'),
  lab: () => import('./lab.ts'),
  probe: () => import('./probe.ts'),
  explain: () => import('./explain.ts'),
  lsp: () => import('./lsp.ts'),
};

async function main(argv: readonly string[]): Promise<void> {
  const old = nodeTooOld(process.versions.node);
  if (old !== null) throw new UsageError(old);
  const first = argv[0];
  if (first === '--version' || first === '-V') {
    const { version } = await import('./version.ts');
    process.stdout.write(`hemostat ${version()}\n`);
    return;
  }
  const { program } = await import('./program.ts');
  const wanted = first === undefined ? undefined : COMMANDS[first];
  // Help and typing errors need every command; a known command needs only itself.
  const loaders = wanted === undefined ? Object.values(COMMANDS) : [wanted];
  const modules = await Promise.all(loaders.map((load) => load()));
  const own = wanted === undefined ? undefined : modules[0]?.normalize;
  const args = own === undefined ? argv : [argv[0] ?? '', ...own(argv.slice(1))];
  const rest = wanted === undefined ? [] : args.slice(1);
  const commands = await Promise.all(modules.map((module) => module.command(rest)));
  await program(commands).parseAsync(args, { from: 'user' });
}

// A reader that went away (`| head`) is not an error of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(process.exitCode ?? 0);
  // Not exit code 1, which says that there are findings.
  process.stderr.write(`hemostat: standard output cannot be written (${error.code ?? error.message})\n`);
  process.exit(EXIT_OUTPUT);
});

main(process.argv.slice(2)).catch((error: unknown) => {
  const sentence = sentenceOf(error);
  if (sentence !== '') process.stderr.write(`hemostat: ${sentence}\n`);
  process.exitCode = exitCodeOf(error);
});
