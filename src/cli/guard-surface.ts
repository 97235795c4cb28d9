/** `hemostat guard surface`: how much there is to attack, in one state or in two beside each other. */
import type { Command } from 'commander';
import type { SurfaceFacts } from '../guard/surface/surface.ts';
import { EXIT_CODES, guardCommand, type RawGuardOptions } from './guard-options.ts';

interface RawSurface extends RawGuardOptions {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly vaultBefore?: readonly string[];
  readonly vaultAfter?: readonly string[];
  readonly growth?: string;
  readonly budget?: string;
}

export function command(): Command {
  return guardCommand(
    'surface',
    'Counts what can be attacked: ports and paths, API grants, credentials; compares two states.',
  )
    .argument('[before]', 'manifests (a file or directory) or "cluster"; alone it is the state that is measured')
    .argument('[after]', 'the state to compare it with')
    .option('--kubeconfig <file>', 'of the state "cluster" (default: $KUBECONFIG, ~/.kube/config)')
    .option('--context <name>', 'of the kubeconfig')
    .option('--vault-before <file...>', 'exported Vault or OpenBao roles of the first state')
    .option('--vault-after <file...>', 'exported Vault or OpenBao roles of the second, or only, state')
    .option('--growth <points>', 'points that a stage may grow by; more blocks')
    .option('--budget <points>', 'points that all stages together may have')
    .addHelpText(
      'after',
      `
Weights stand in docs/surface.md and can be set in .hemostat.yaml (gate.surface.weights).

Examples:
  hemostat guard surface deploy/
  hemostat guard surface main/deploy deploy --growth 0
  hemostat guard surface cluster deploy/ --json | jq '.parts[0].facts.stages'

${EXIT_CODES}`,
    )
    .action(async (before: string | undefined, after: string | undefined, raw: RawSurface) => {
      const { runPart } = await import('./guard-run.ts');
      const { surfaceSettings } = await import('../guard/surface/settings.ts');
      let facts: SurfaceFacts | null = null;
      const code = await runPart(
        {
          part: 'surface',
          schema: surfaceSettings,
          flags: flagsOf(before, after, raw),
          root: process.cwd(),
          subject: [before, after].filter((state) => state !== undefined).join(' → ') || '.',
          run: async (settings, context) => {
            const { guardSurface } = await import('../guard/surface/surface.ts');
            const result = await guardSurface(settings, context);
            facts = result.facts;
            return result;
          },
        },
        raw,
      );
      const isText = !raw.json && !raw.github && raw.sarif !== '-' && raw.markdown !== '-';
      if (isText && facts !== null) {
        const { writeSurfaceText } = await import('../guard/surface/text.ts');
        const { terminal } = await import('./terminal.ts');
        process.stdout.write(writeSurfaceText(facts, terminal()));
      }
      process.exitCode = code;
    });
}

/** What was not given stays undefined, so that the file's setting is taken. */
function flagsOf(
  before: string | undefined,
  after: string | undefined,
  raw: RawSurface,
): Readonly<Record<string, unknown>> {
  const reached = raw.kubeconfig !== undefined || raw.context !== undefined;
  const budget = {
    growth: raw.growth === undefined ? undefined : Number(raw.growth),
    total: raw.budget === undefined ? undefined : Number(raw.budget),
  };
  return {
    before: after === undefined ? undefined : before,
    after: after ?? before,
    cluster: reached ? { kubeconfig: raw.kubeconfig, context: raw.context } : undefined,
    'vault-before': raw.vaultBefore,
    'vault-after': raw.vaultAfter,
    budget: raw.growth === undefined && raw.budget === undefined ? undefined : budget,
  };
}
