/** Verifies what Go modules a project uses, without the go command: every line of go.sum against the checksum database, and more. */
import type { Finding } from '../../../findings/model.ts';
import type { GuardContext } from '../../part.ts';
import type { DepsEntry, DepsFacts } from '../verdict.ts';
import { judgeLines, modulesToAsk } from './entries.ts';
import { readGoRules } from './environment.ts';
import { Fetcher } from './fetch.ts';
import { readProject } from './project.ts';
import type { GoSettings } from './settings.ts';
import { databaseFindings, sumFindings } from './sum-findings.ts';
import { askDatabase } from './sumdb.ts';

export { GO_RULES } from './rules.ts';
export { type GoSettings, goSettings } from './settings.ts';

export interface GoResult {
  /** One for every line of every go.sum and go.work.sum that is not blank. */
  readonly entries: readonly DepsEntry[];
  readonly findings: readonly Finding[];
  readonly notes: readonly string[];
  readonly failures: readonly string[];
  readonly files: DepsFacts['files'];
}

/** @throws GuardUsageError, GuardEvidenceError */
export async function goEntries(settings: GoSettings, context: GuardContext): Promise<GoResult> {
  const project = await readProject(context.cwd, settings.files);
  const rules = readGoRules(context.env, settings.database);
  const notes = [...project.notes];
  const failures: string[] = [];
  const fetcher = new Fetcher(context, settings.connections);
  const modules = modulesToAsk(project, rules);
  const { database } = rules;
  if (modules.length > 0 && database.kind === 'database')
    context.progress(`asking ${database.key.name} for ${modules.length} module versions`);
  const answer =
    modules.length > 0 && database.kind === 'database'
      ? await askDatabase(database, modules, { rules, context, fetcher, treeHead: settings['tree-head'] })
      : null;
  const lines = judgeLines(project, rules, answer);
  const findings = sumFindings(lines, project.sums);
  if (answer !== null && database.kind === 'database') {
    findings.push(...databaseFindings(database.key.name, answer, lines));
    notes.push(...answer.notes);
    failures.push(...answer.failures);
  }
  const unreachable = lines.filter(({ cause }) => cause === 'unreachable');
  const [first] = unreachable;
  if (first !== undefined) {
    const says = `${unreachable.length} of ${lines.length} lines of go.sum could not be verified: ${first.entry.says}`;
    (context.offline ? notes : failures).push(says);
  }
  return {
    entries: lines.map(({ entry }) => entry),
    findings,
    notes,
    failures,
    files: project.sums.map(({ file, kind, lines: { length } }) => ({ file, kind, entries: length })),
  };
}
