/** The part `config`: manifests or a live cluster against rules and the user's own policies. */
import type { Finding } from '../../findings/model.ts';
import { sortFindings } from '../../findings/sort.ts';
import { GuardEvidenceError, GuardUsageError } from '../error.ts';
import { identityOf } from '../manifests/identity.ts';
import type { Manifests } from '../manifests/manifest.ts';
import { type ReadOptions, readManifests } from '../manifests/read.ts';
import type { GuardContext, PartResult } from '../part.ts';
import { CONFIG_CHECKS } from './checks.ts';
import { type PolicyFacts, runPolicies } from './policy/run.ts';
import type { ConfigInput, VaultMount } from './rule.ts';
import { CONFIG_RULES } from './rules.ts';
import type { ConfigSettings } from './settings.ts';
import { readVaultFiles } from './vault/files.ts';
import { readVaultServer } from './vault/read.ts';

export interface ConfigFacts {
  readonly source: 'files' | 'cluster';
  /** Whether all objects of a cluster were read, so that the absence of one means something. */
  readonly complete: boolean;
  /** Number of objects by kind, most first. */
  readonly kinds: readonly { readonly kind: string; readonly count: number }[];
  /** Rules that ran. */
  readonly rules: readonly string[];
  readonly policies: readonly PolicyFacts[];
}

export interface ConfigRun {
  readonly result: PartResult<ConfigFacts>;
  /** For patches. */
  readonly manifests: Manifests;
}

/** Checks what the settings name. @throws GuardUsageError, GuardEvidenceError */
export async function guardConfig(settings: ConfigSettings, context: GuardContext): Promise<PartResult<ConfigFacts>> {
  return (await runConfig(settings, context)).result;
}

/** The same with what was read. `options.stdin`: what `-` reads. */
export async function runConfig(
  settings: ConfigSettings,
  context: GuardContext,
  options: Pick<ReadOptions, 'stdin'> = {},
): Promise<ConfigRun> {
  const { manifests, subject } = await readInput(settings, context, options);
  context.progress(`checking ${manifests.objects.length} objects`);
  const input: ConfigInput = {
    manifests,
    writesNothing: new Set(settings['writes-nothing']),
    vault: await readVault(settings, context),
  };
  const findings: Finding[] = CONFIG_CHECKS.flatMap((check) => [...check.check(input)]);
  const policies = await runPolicies(settings.policies, manifests.objects, context);
  findings.push(...policies.findings);
  const unknown = Object.keys(settings.severity).filter((rule) => !CONFIG_RULES.some(({ id }) => id === rule));
  if (unknown.length > 0)
    throw new GuardUsageError(
      `There is no rule ${unknown[0]} of guard config to give a severity to: see hemostat explain.`,
    );
  const weighed = sortFindings(findings.map((finding) => weigh(finding, settings)));
  return { result: resultOf(subject, manifests, weighed, policies, settings), manifests };
}

async function readInput(
  settings: ConfigSettings,
  context: GuardContext,
  options: Pick<ReadOptions, 'stdin'>,
): Promise<{ manifests: Manifests; subject: string }> {
  if (settings.cluster !== undefined) {
    if (settings.paths !== undefined) throw new GuardUsageError('Name files or a cluster, not both.');
    const { readCluster } = await import('../manifests/cluster.ts');
    return readCluster(settings.cluster, context);
  }
  const onlyVault =
    settings.paths === undefined && (settings.vault.length > 0 || settings['vault-address'] !== undefined);
  if (onlyVault)
    return {
      manifests: { objects: [], notes: [], failures: [], complete: false },
      subject: settings.vault.join(', ') || (settings['vault-address'] ?? ''),
    };
  const paths = settings.paths ?? ['.'];
  return { manifests: await readManifests(paths, { cwd: context.cwd, ...options }), subject: paths.join(', ') };
}

async function readVault(settings: ConfigSettings, context: GuardContext): Promise<VaultMount[]> {
  const mounts = await readVaultFiles(settings.vault, context.cwd);
  const address = settings['vault-address'];
  if (address === undefined) return mounts;
  if (context.offline) throw new GuardEvidenceError('A Vault cannot be read with --offline: give its roles as files.');
  const token = context.env.VAULT_TOKEN ?? context.env.BAO_TOKEN ?? '';
  if (token === '') throw new GuardUsageError('There is no token for the Vault: set VAULT_TOKEN or BAO_TOKEN.');
  return [...mounts, ...(await readVaultServer(context.http, address, token))];
}

function weigh(finding: Finding, settings: ConfigSettings): Finding {
  const severity = Object.hasOwn(settings.severity, finding.rule) ? settings.severity[finding.rule] : undefined;
  return severity === undefined || finding.verdict === 'cleared' ? finding : { ...finding, severity };
}

function resultOf(
  subject: string,
  manifests: Manifests,
  findings: readonly Finding[],
  policies: {
    readonly notes: readonly string[];
    readonly failures: readonly string[];
    readonly facts: readonly PolicyFacts[];
  },
  settings: ConfigSettings,
): PartResult<ConfigFacts> {
  const named = new Set(
    findings
      .filter(({ verdict }) => verdict !== 'cleared')
      .map(({ subject: about }) => about.instance.split('#')[0] ?? ''),
  );
  const withFinding = manifests.objects.filter((object) => named.has(identityOf(object))).length;
  const kinds = new Map<string, number>();
  for (const { kind } of manifests.objects) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  const all = manifests.objects.length;
  return {
    part: 'config',
    subject,
    summary: `${all} ${all === 1 ? 'object' : 'objects'} read, ${withFinding} with a finding, ${findings.length} ${findings.length === 1 ? 'finding' : 'findings'} in all.`,
    findings,
    tally: [
      { name: 'objects with a finding', count: withFinding },
      { name: 'objects without', count: all - withFinding },
    ],
    notes: [...manifests.notes, ...policies.notes],
    failures: [...manifests.failures, ...policies.failures],
    facts: {
      source: settings.cluster === undefined ? 'files' : 'cluster',
      complete: manifests.complete,
      kinds: [...kinds]
        .map(([kind, count]) => ({ kind, count }))
        .sort((a, b) => b.count - a.count || (a.kind < b.kind ? -1 : 1)),
      rules: CONFIG_RULES.map(({ id }) => id),
      policies: policies.facts,
    },
  };
}
