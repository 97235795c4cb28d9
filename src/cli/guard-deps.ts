/** `hemostat guard deps`: who vouches for the bytes that the lock files pin. */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { EXIT_CODES, guardCommand, type RawGuardOptions } from './guard-options.ts';

interface RawDeps extends RawGuardOptions {
  readonly lockFile?: readonly string[];
  readonly keys?: string;
}

export function command(): Command {
  return guardCommand('deps', 'Says of every entry of package-lock.json and go.sum who vouches for its bytes.')
    .argument('[dir]', 'the project', '.')
    .option('--lock-file <file...>', 'these lock files only')
    .option('--keys <file>', 'trust these npm registry keys alone (as /-/npm/v1/keys answers)')
    .addHelpText(
      'after',
      `
Run it before npm ci: it runs no script of a package, and reads nothing that one
could have changed.

Examples:
  hemostat guard deps
  hemostat guard deps services/shop --json
  hemostat guard deps --offline          only what needs no answer of anybody

${EXIT_CODES}`,
    )
    .action(async (dir: string, raw: RawDeps) => {
      const { runPart } = await import('./guard-run.ts');
      const { depsSettings } = await import('../guard/deps/settings.ts');
      const root = resolve(dir);
      process.exitCode = await runPart(
        {
          part: 'deps',
          schema: depsSettings,
          flags: { 'lock-files': raw.lockFile, npm: { 'keys-file': raw.keys } },
          root,
          subject: dir,
          run: async (settings, context) => {
            const { guardDeps } = await import('../guard/deps/deps.ts');
            return guardDeps(settings, context);
          },
        },
        raw,
      );
    });
}
