/** `hemostat guard config --fix`: the patch on stdout, or with --write in the files; what was left alone on stderr. */
import type { Finding } from '../findings/model.ts';
import { runConfig } from '../guard/config/config.ts';
import { planConfigFixes } from '../guard/config/fix/plan.ts';
import { configSettings } from '../guard/config/settings.ts';
import { settingsOf } from '../guard/gate/read.ts';
import { diffOf } from '../review/fix-diff.ts';
import { writePlan } from '../review/fix-write.ts';
import { shownPath } from '../review/output/paths.ts';
import { EXIT, UsageError } from './exit.ts';
import { openContext } from './guard-context.ts';
import type { RawGuardOptions } from './guard-options.ts';
import { gateFile } from './guard-run.ts';

interface RawFix extends RawGuardOptions {
  readonly fix?: boolean;
  readonly write?: boolean;
}

/** The exit code: 3 where something could not be read or written. */
export async function fixConfig(flags: Readonly<Record<string, unknown>>, raw: RawFix, root: string): Promise<number> {
  if (raw.fix !== true) throw new UsageError('--write is for --fix: give both, or none');
  if (flags.cluster !== undefined) throw new UsageError('--fix changes files: name some instead of a cluster');
  const settings = settingsOf(configSettings, gateFile(raw, root).raw, 'config', flags);
  const context = openContext({ cwd: root, offline: raw.offline === true });
  try {
    const { result, manifests } = await runConfig(settings, context);
    const plan = await planConfigFixes(result.findings, manifests.objects, root);
    const failed = new Set<string>();
    for (const file of plan.files) {
      if (raw.write !== true) {
        process.stdout.write(diffOf(file, shownPath(file.path, root)));
        continue;
      }
      const why = await writePlan(file);
      if (why === null) continue;
      failed.add(shownPath(file.path, root));
      process.stderr.write(`hemostat: ${shownPath(file.path, root)}: not fixed: ${why}\n`);
    }
    for (const { finding, why } of plan.skipped) say(finding, `not fixed: ${why}`);
    const count = plan.fixed.filter(({ region }) => !failed.has(region?.file ?? '')).length;
    const what = `${count} of ${result.findings.length} ${result.findings.length === 1 ? 'finding' : 'findings'}`;
    process.stderr.write(
      `hemostat: ${what} ${raw.write === true ? 'fixed' : 'can be fixed safely; --fix --write does it'}\n`,
    );
    for (const failure of result.failures) process.stderr.write(`hemostat: ${failure}\n`);
    return result.failures.length + failed.size > 0 ? EXIT.evidence : EXIT.ok;
  } finally {
    context.close();
  }
}

function say({ region, rule }: Finding, what: string): void {
  process.stderr.write(`${region?.file ?? ''}:${region?.line ?? 0}: ${what} (${rule})\n`);
}
