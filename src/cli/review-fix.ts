/** `hemostat review --fix` and `--diff`. */
import type { Finding } from '../findings/model.ts';
import { type FixPlan, planFixes } from '../review/fix.ts';
import { diffOf } from '../review/fix-diff.ts';
import { writePlan } from '../review/fix-write.ts';
import { shownPath } from '../review/output/paths.ts';
import { uncapitalized } from '../review/output/text.ts';

export interface FixOptions {
  /** ms since 1970: files that were changed later are left alone. */
  readonly reviewedAt: number;
  readonly cwd: string;
  /** false: only print the diff. */
  readonly write: boolean;
}

/** How many findings were fixed. What was done is said on stderr, the diff on stdout. */
export async function fixOrShow(findings: readonly Finding[], options: FixOptions): Promise<number> {
  const { cwd } = options;
  const plan = planFixes(findings, options.reviewedAt);
  const refused = new Map<string, string>();
  for (const file of plan.files) {
    if (!options.write) {
      process.stdout.write(diffOf(file, shownPath(file.path, cwd)));
      continue;
    }
    const why = await writePlan(file);
    if (why !== null) refused.set(file.path, why);
  }
  const fixed = plan.fixed.filter((finding) => !filesOf(finding).some((path) => refused.has(path)));
  if (options.write)
    for (const finding of fixed) say(finding, cwd, `fixed: ${uncapitalized(finding.fix.title ?? finding.fix.text)}`);
  for (const { finding, why } of skippedOf(plan, refused)) say(finding, cwd, `not fixed: ${why}`);
  if (plan.fixed.length === 0 && plan.skipped.length === 0) {
    process.stderr.write('hemostat: nothing that can be fixed safely\n');
  } else if (!options.write) {
    const count = plan.fixed.length;
    process.stderr.write(`hemostat: ${count} finding${count === 1 ? '' : 's'} would be fixed; --fix does it\n`);
  }
  return options.write ? fixed.length : 0;
}

function skippedOf(plan: FixPlan, refused: ReadonlyMap<string, string>): { finding: Finding; why: string }[] {
  const unwritten = plan.fixed.flatMap((finding) => {
    const why = filesOf(finding).flatMap((path) => refused.get(path) ?? [])[0];
    return why === undefined ? [] : [{ finding, why }];
  });
  return [...plan.skipped, ...unwritten];
}

function filesOf({ fix }: Finding): string[] {
  return (fix.edits ?? []).map((edit) => edit.file);
}

function say(finding: Finding, cwd: string, what: string): void {
  const { file, line } = finding.where;
  process.stderr.write(`${shownPath(file, cwd)}:${line}: ${what} (${finding.rule})\n`);
}
