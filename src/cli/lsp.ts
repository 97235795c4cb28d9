/** `hemostat lsp`: the review as you type, for editors. */
import { Command } from 'commander';

export function command(): Command {
  return (
    new Command('lsp')
      .description('Language server for editors, over stdin and stdout: findings as you type, and their fixes.')
      // Editors' clients add it by habit; there is no other way.
      .option('--stdio', 'speak over stdin and stdout (always so)')
      .action(async () => {
        const { serve } = await import('../lsp/server.ts');
        const { version } = await import('./version.ts');
        await serve(process.stdin, process.stdout, version());
      })
  );
}
