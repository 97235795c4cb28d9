/** `hemostat guard config`: manifests, or a live cluster, against rules and own policies. */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { EXIT_CODES, guardCommand, type RawGuardOptions } from './guard-options.ts';

interface RawConfig extends RawGuardOptions {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly insecureSkipTlsVerify?: boolean;
  readonly policy?: readonly string[];
  readonly vault?: readonly string[];
  readonly fix?: boolean;
  readonly write?: boolean;
}

export function command(): Command {
  return guardCommand('config', 'Checks how services run: pods, rights, networks, API server, secret store.')
    .argument('[path...]', 'files or directories of manifests, - for standard input, or the word cluster (default: .)')
    .option('--kubeconfig <file>', 'for cluster (default: $KUBECONFIG, ~/.kube/config, or the pod that this runs in)')
    .option('--context <name>', 'for cluster: a context of the kubeconfig')
    .option('--insecure-skip-tls-verify', 'for cluster: take any certificate of the server')
    .option('--policy <path...>', 'own policies: ValidatingAdmissionPolicies (.yaml), Rego compiled to .wasm')
    .option('--vault <file...>', 'roles of Vault or OpenBao, as read with -format=json')
    .option('--fix', 'print a patch of what can be fixed safely, and no report')
    .option('--write', 'with --fix: write it')
    .addHelpText(
      'after',
      `
Charts and kustomizations have to be rendered: give what helm template and
kustomize build print.

Examples:
  hemostat guard config deploy
  helm template shop charts/shop | hemostat guard config -
  hemostat guard config cluster --context staging
  hemostat guard config deploy --policy policies
  hemostat guard config deploy --fix | git apply

${EXIT_CODES}`,
    )
    .action(async (paths: readonly string[], raw: RawConfig) => {
      const cluster = paths.length === 1 && paths[0] === 'cluster';
      const flags = {
        paths: cluster || paths.length === 0 ? undefined : [...paths],
        cluster: cluster ? clusterFlags(raw) : undefined,
        policies: raw.policy,
        vault: raw.vault,
      };
      const root = resolve('.');
      if (raw.fix === true || raw.write === true) {
        const { fixConfig } = await import('./guard-config-fix.ts');
        process.exitCode = await fixConfig(flags, raw, root);
        return;
      }
      const { runPart } = await import('./guard-run.ts');
      const { configSettings } = await import('../guard/config/settings.ts');
      process.exitCode = await runPart(
        {
          part: 'config',
          schema: configSettings,
          flags,
          root,
          subject: cluster ? 'cluster' : paths.join(', ') || '.',
          run: async (settings, context) => {
            const { guardConfig } = await import('../guard/config/config.ts');
            return guardConfig(settings, context);
          },
        },
        raw,
      );
    });
}

function clusterFlags({ kubeconfig, context, insecureSkipTlsVerify }: RawConfig): Record<string, unknown> {
  return { kubeconfig, context, 'insecure-skip-tls-verify': insecureSkipTlsVerify };
}
