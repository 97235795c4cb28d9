/** `hemostat guard admit`: holds a cluster to what was signed and gated. */
import { Command } from 'commander';

interface AdmitOptions {
  readonly config: string;
  readonly listen?: string;
  readonly checkConfig?: true;
}

export function command(): Command {
  return new Command('admit')
    .description('Serves a ValidatingAdmissionWebhook: pods run only images that are signed and gated.')
    .requiredOption('--config <file>', 'whom to trust and what to demand (docs/admission.md)')
    .option('--listen <address>', 'where reviews are answered, instead of what the file says')
    .option('--check-config', 'say what the configuration means, and end')
    .addHelpText(
      'after',
      `
Examples:
  hemostat guard admit --config admit.yaml --check-config
  hemostat guard admit --config admit.yaml --listen 0.0.0.0:8443

SIGHUP reads the configuration again (one that is broken changes nothing) and
opens the audit log again, SIGTERM finishes what runs and ends.`,
    )
    .action(async (options: AdmitOptions) => {
      const { admit } = await import('./guard-admit-run.ts');
      await admit(options);
    });
}
