/** Verifies what Go modules a project uses, without the go command: every line of go.sum against the checksum database, and more. */
import type { Finding } from '../../../findings/model.ts';
import type { GuardContext } from '../../part.ts';
import type { DepsEntry, DepsFacts } from '../verdict.ts';
import { checkAges } from './cool-down.ts';
import { type JudgedLine, judgeLines, modulesToAsk } from './entries.ts';
import { readGoRules } from './environment.ts';
import { Fetcher } from './fetch.ts';
import { checkModuleCache } from './module-cache.ts';
import { readProject } from './project.ts';
import { missingFindings, replaceFindings, settingFindings, settingNotes } from './setting-findings.ts';
import type { GoSettings } from './settings.ts';
import { databaseFindings, sumFindings, unaskedFinding } from './sum-findings.ts';
import { askDatabase } from './sumdb.ts';
import { checkVendor } from './vendor.ts';

export { type GoSettings, goSettings } from './settings.ts';

export interface GoResult {
  /** One for every line of every go.sum and go.work.sum that is not blank. */
  readonly entries: readonly DepsEntry[];
  readonly findings: readonly Finding[];
  readonly notes: readonly string[];
  readonly failures: readonly string[];
  readonly unasked: readonly DepsEntry[];
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
  const findings = [...sumFindings(lines, project.sums), ...unaskedFinding(lines)];
  if (database.kind !== 'off')
    findings.push(...databaseFindings(database.kind === 'database' ? database.key.name : database.name, answer, lines));
  if (answer !== null) {
    notes.push(...answer.notes);
    failures.push(...answer.failures);
  }
  findings.push(...settingFindings(rules), ...replaceFindings(project), ...missingFindings(project));
  notes.push(...settingNotes(rules), ...privateNotes(lines));
  const take = (part: Part): void => {
    findings.push(...part.findings);
    notes.push(...part.notes);
    failures.push(...part.failures);
  };
  let changed: ReadonlyMap<JudgedLine, string> = new Map();
  if (lines.length > 0 && settings['module-cache']) {
    const checked = await checkModuleCache(lines, rules.modCache, context.progress);
    changed = checked.changed;
    take(checked);
  }
  if (settings.vendor)
    take(
      await checkVendor(project, lines, { rules, fetcher, download: settings['vendor-download'] && !context.offline }),
    );
  const days = settings['cool-down-days'];
  if (days > 0 && context.offline) notes.push('offline: the ages of Go versions were not asked for');
  else if (days > 0) take(await checkAges(lines, days, { rules, fetcher, now: context.now() }));
  const says = unreachableSentence(lines);
  if (says !== null && !context.offline) failures.push(says);
  return {
    entries: lines.map((judged) => {
      const why = changed.get(judged);
      return why === undefined ? judged.entry : { ...judged.entry, verdict: 'invalid', says: why };
    }),
    findings,
    notes,
    failures,
    unasked: context.offline ? lines.flatMap(({ cause, entry }) => (cause === 'unreachable' ? [entry] : [])) : [],
    files: project.sums.map(({ file, kind, lines: { length } }) => ({ file, kind, entries: length })),
  };
}

interface Part {
  readonly findings: readonly Finding[];
  readonly notes: readonly string[];
  readonly failures: readonly string[];
}

/** How many lines a pattern keeps from the database: these are not counted as good. */
function privateNotes(lines: readonly JudgedLine[]): string[] {
  const counts = new Map<string, number>();
  for (const { cause, entry } of lines)
    if (cause === 'private') counts.set(entry.says, (counts.get(entry.says) ?? 0) + 1);
  return [...counts].map(
    ([says, count]) => `${count} lines of go.sum were not verified: ${says.replace('keeps it', 'keeps them')}`,
  );
}

function unreachableSentence(lines: readonly JudgedLine[]): string | null {
  const unreachable = lines.filter(({ cause }) => cause === 'unreachable');
  const [first] = unreachable;
  if (first === undefined) return null;
  return `${unreachable.length} of ${lines.length} lines of go.sum could not be verified: ${first.entry.says}`;
}
