/** `hemostat guard baseline export` and `import`: profiles to and from what other tools read and write. */
import { join } from 'node:path';
import { Command, Option } from 'commander';
import type { BaselineProfile } from '../guard/baseline/model.ts';
import { EXIT } from './exit.ts';

interface RawExport {
  readonly seccomp?: boolean;
  readonly falco?: boolean;
  readonly writesNothing?: string;
  readonly out?: string;
  readonly enforce?: boolean;
  readonly arch?: 'x86_64' | 'aarch64';
}

export function command(): Command {
  return new Command('export')
    .description('Writes a profile as a seccomp filter, as Falco rules, or as what guard config asks of a baseline.')
    .argument('<profile>', 'a profile of hemostat guard baseline learn')
    .option('--seccomp', 'a seccomp filter (OCI; Docker, containerd, localhostProfile of Kubernetes)')
    .option('--enforce', 'with --seccomp: refuse what the profile does not know (default: allow and log)')
    .addOption(
      new Option('--arch <arch>', 'with --seccomp: one architecture (default: both)').choices(['x86_64', 'aarch64']),
    )
    .option('--falco', 'Falco rules: a syscall that the profile does not know is an alert')
    .option(
      '--writes-nothing <workload>',
      'for gate.config.writes-nothing, where the profile shows it: NAMESPACE/KIND/NAME',
    )
    .option('-o, --out <file>', 'where it is written (default: printed)')
    .addHelpText(
      'after',
      `
What has to be known before it is loaded is said on stderr.

Examples:
  hemostat guard baseline export profiles/api@3f2a9c01d4e7.yaml --seccomp -o api.json
  hemostat guard baseline export profiles/api@3f2a9c01d4e7.yaml --falco -o api.falco.yaml
  hemostat guard baseline export profiles/api@3f2a9c01d4e7.yaml --writes-nothing shop/Deployment/api

Exit codes: 0 written, 1 the profile does not show that nothing is written,
2 wrong usage.`,
    )
    .action(exportProfile);
}

async function exportProfile(path: string, raw: RawExport): Promise<void> {
  const { readProfileFile } = await import('../guard/baseline/profile/directory.ts');
  const { UsageError } = await import('./exit.ts');
  const asked = [raw.seccomp === true, raw.falco === true, raw.writesNothing !== undefined].filter(Boolean).length;
  if (asked !== 1) throw new UsageError('export writes one thing at a time: --seccomp, --falco or --writes-nothing');
  if (raw.seccomp !== true && (raw.enforce === true || raw.arch !== undefined))
    throw new UsageError('--enforce and --arch are about --seccomp');
  const { profile } = readProfileFile(path);
  const { text, notes } =
    raw.writesNothing === undefined ? await exported(profile, raw) : await listed(profile, raw.writesNothing);
  for (const note of notes) process.stderr.write(`${note}\n`);
  if (text === '') {
    process.exitCode = EXIT.findings;
    return;
  }
  if (raw.out === undefined) process.stdout.write(text);
  else {
    const { save } = await import('./guard-print.ts');
    save(raw.out, text);
  }
}

async function exported(profile: BaselineProfile, raw: RawExport): Promise<{ text: string; notes: readonly string[] }> {
  if (raw.falco === true) {
    const { exportFalco } = await import('../guard/baseline/export/falco.ts');
    return exportFalco(profile);
  }
  const { exportSeccomp } = await import('../guard/baseline/export/seccomp.ts');
  const architectures = { x86_64: ['SCMP_ARCH_X86_64'], aarch64: ['SCMP_ARCH_AARCH64'] } as const;
  return exportSeccomp(profile, {
    enforce: raw.enforce === true,
    ...(raw.arch === undefined ? {} : { architectures: architectures[raw.arch] }),
  });
}

async function listed(profile: BaselineProfile, workload: string): Promise<{ text: string; notes: readonly string[] }> {
  const { writesNothing } = await import('../guard/baseline/export/writes-nothing.ts');
  const { UsageError } = await import('./exit.ts');
  if (!/^[^/#\s]*\/[^/#\s]+\/[^/#\s]+$/.test(workload))
    throw new UsageError(
      `--writes-nothing ${workload}: name the workload as NAMESPACE/KIND/NAME, e.g. shop/Deployment/api`,
    );
  const { answer, says } = writesNothing(profile);
  const entry = `${workload}#${profile.key.container}`;
  const text = answer === 'yes' ? `gate:\n  config:\n    writes-nothing:\n      - ${JSON.stringify(entry)}\n` : '';
  return { text, notes: [says] };
}

interface RawImport {
  readonly out: string;
  readonly digest?: string;
  readonly into?: string;
}

export function importCommand(): Command {
  return new Command('import')
    .description('Makes profiles of what Kubescape or Inspektor Gadget saw: sets of syscalls, which have no rates.')
    .argument('<file...>', 'ApplicationProfiles of Kubescape; advise_seccomp or traceloop of Inspektor Gadget')
    .option('-o, --out <dir>', 'where the profiles are written', 'profiles')
    .option('--digest <digest>', 'of the image (sha256:…), where the files do not tell it')
    .option('--into <profile>', 'add what was seen to this profile instead; bands stay as they are')
    .addHelpText(
      'after',
      `
What was imported is known without a band: it is never a new syscall, and nothing
is said of its rate until hemostat guard baseline learn --update has counted it.

Exit codes: 0 profiles were written, 2 wrong usage, 3 a file could not be read.`,
    )
    .action(importSets);
}

async function importSets(files: readonly string[], raw: RawImport): Promise<void> {
  const { readImportedSets } = await import('../evidence/syscalls/import/read.ts');
  const { readBytes } = await import('./load-profile.ts');
  const { profilesOfSets } = await import('../guard/baseline/profile/imported.ts');
  const { readProfileFile, readProfiles } = await import('../guard/baseline/profile/directory.ts');
  const { save } = await import('./guard-print.ts');
  const { statSync } = await import('node:fs');
  const sets = files.flatMap((file) => readImportedSets(readBytes(file), file));
  const there =
    raw.into !== undefined
      ? [readProfileFile(raw.into)]
      : statSync(raw.out, { throwIfNoEntry: false }) === undefined
        ? []
        : readProfiles(raw.out, { mayBeEmpty: true });
  const { profiles, unnamed } = profilesOfSets(sets, there, {
    digest: raw.digest ?? null,
    into: raw.into !== undefined,
  });
  for (const { name, before, text, says } of profiles) {
    const path = before?.path ?? join(raw.out, name);
    if (before?.text !== text) save(path, text);
    process.stdout.write(`${path}: ${says}\n`);
  }
  for (const note of new Set([...unnamed, ...sets.flatMap(({ notes }) => notes)])) process.stdout.write(`- ${note}\n`);
}
