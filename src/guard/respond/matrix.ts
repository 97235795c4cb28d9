/** Reads the matrix file; every mistake has its line and column, a row that can never count among them. Pure. */
import { durationMs } from '../../findings/duration.ts';
import { problemAt, readSettings, type YamlFile, type YamlProblem } from '../../findings/yaml-file.ts';
import { meant } from '../../findings/yaml-places.ts';
import { mistakesIn } from '../error.ts';
import { DEFAULT_MATRIX } from './default-matrix.ts';
import { isZone } from './hours.ts';
import { covers, globMatches } from './match.ts';
import { type BusinessHours, type EscalationStep, type Matrix, type MatrixRow, OWING, ROLES } from './model.ts';
import { DAYS, type ReceiverTarget, RespondFile } from './settings.ts';

export interface RespondConfig {
  readonly matrix: Matrix;
  /** By name. */
  readonly receivers: ReadonlyMap<string, ReceiverTarget>;
  /** What is allowed and may not be meant, one sentence each. */
  readonly warnings: readonly string[];
}

/**
 * @param file its name in messages
 * @param rules all rules there are: a kind that matches none is a typing error
 * @param others receivers that `tell` may name beside those of the file
 * @throws GuardUsageError with one line per mistake: `FILE:LINE:COLUMN: sentence`
 */
export function parseMatrix(
  text: string,
  file: string,
  rules: readonly string[],
  others: readonly string[] = [],
): RespondConfig {
  const read = readSettings(text, RespondFile);
  if (!('data' in read)) throw mistakesIn(file, read);
  const { data, yaml } = read;
  const rows = data.matrix?.map(rowOf);
  const hours = hoursOf(data.hours);
  const problems = [
    ...(rows === undefined ? [] : rowProblems(rows, yaml, rules)),
    ...hoursProblems(hours, yaml),
    ...escalationProblems(data, yaml, others),
  ];
  if (problems.length > 0) throw mistakesIn(file, problems);
  // The built-in file has all of it.
  const fallback = text === DEFAULT_MATRIX ? null : builtIn();
  const matrix: Matrix = {
    rows: rows ?? fallback?.rows ?? [],
    hours,
    escalation: data.escalation ?? fallback?.escalation ?? [],
    longestPauseMs:
      data['longest-pause'] === undefined ? (fallback?.longestPauseMs ?? null) : durationOrNull(data['longest-pause']),
  };
  const receivers = new Map(Object.entries(data.receivers));
  return { matrix, receivers, warnings: warningsOf(matrix, receivers) };
}

let known: Matrix | null = null;

/** What counts where there is no file. */
export function builtIn(): Matrix {
  // Its kinds are held to the rules by a test: no list of them is needed to run.
  known ??= parseMatrix(DEFAULT_MATRIX, 'the built-in matrix', []).matrix;
  return known;
}

type FileRow = NonNullable<RespondFile['matrix']>[number];

function rowOf({ kind, severity, role, acknowledge, due, artefact, proof }: FileRow): MatrixRow {
  return {
    kind,
    severity,
    role,
    acknowledgeMs: durationOrNull(acknowledge),
    dueMs: durationOrNull(due),
    artefact,
    proof,
  };
}

function durationOrNull(text: string): number | null {
  return text === 'none' ? null : durationMs(text);
}

function hoursOf(hours: RespondFile['hours']): BusinessHours | null {
  if (hours === undefined) return null;
  const { zone, days, from, to, holidays, always } = hours;
  const worked = days.map((day) => DAYS.indexOf(day) + 1);
  return { zone, days: worked, from: minuteOf(from), to: minuteOf(to), holidays, always };
}

function minuteOf(text: string): number {
  const [hour = '0', minute = '0'] = text.split(':');
  return Number(hour) * 60 + Number(minute);
}

function rowProblems(rows: readonly MatrixRow[], yaml: YamlFile, rules: readonly string[]): YamlProblem[] {
  const problems: YamlProblem[] = [];
  for (const [index, row] of rows.entries()) {
    const above = rows.slice(0, index).findIndex((earlier) => covers(earlier, row));
    if (above !== -1) {
      const { line } = problemAt(yaml, ['matrix', above], '');
      const says = `matrix.${index} is never reached: the row in line ${line} takes all that it matches for ${row.role}; put it above that one, or take it out`;
      problems.push(problemAt(yaml, ['matrix', index], says));
    }
    if (rules.length > 0 && !rules.some((rule) => globMatches(row.kind, rule))) {
      const says = `matrix.${index}.kind ${JSON.stringify(row.kind)} matches no rule${meant(row.kind.replace(/-?\*$/, ''), rules)}; hemostat explain lists all`;
      problems.push(problemAt(yaml, ['matrix', index, 'kind'], says));
    }
    if (row.acknowledgeMs !== null && row.dueMs !== null && row.acknowledgeMs > row.dueMs) {
      const says = `matrix.${index}.acknowledge is longer than due; who has answered has acknowledged`;
      problems.push(problemAt(yaml, ['matrix', index, 'acknowledge'], says));
    }
  }
  return problems;
}

function hoursProblems(hours: BusinessHours | null, yaml: YamlFile): YamlProblem[] {
  if (hours === null) return [];
  const problems: YamlProblem[] = [];
  if (!isZone(hours.zone)) {
    const says = `hours.zone ${JSON.stringify(hours.zone)} is no time zone that this machine knows; write one like Europe/Berlin or UTC`;
    problems.push(problemAt(yaml, ['hours', 'zone'], says));
  }
  if (hours.from >= hours.to)
    problems.push(problemAt(yaml, ['hours', 'to'], 'hours.to must be later than hours.from, on the same day'));
  return problems;
}

function escalationProblems(
  { escalation, receivers }: RespondFile,
  yaml: YamlFile,
  others: readonly string[],
): YamlProblem[] {
  const problems: YamlProblem[] = [];
  const names = [...Object.keys(receivers), ...others];
  if (names.includes(OWING)) {
    const says = `receivers.${OWING} cannot be: in tell, ${OWING} stands for the role that owes; give it another name`;
    problems.push(problemAt(yaml, ['receivers', OWING], says));
  }
  for (const [index, { at, tell }] of (escalation ?? []).entries()) {
    const before = escalation?.[index - 1];
    if (before !== undefined && before.at >= at)
      problems.push(
        problemAt(yaml, ['escalation', index, 'at'], `escalation.${index}.at must be more than the step above it`),
      );
    for (const [place, name] of tell.entries()) {
      if (name === OWING || names.includes(name)) continue;
      const says = `escalation.${index}.tell: there is no receiver ${JSON.stringify(name)}${meant(name, [...names, OWING])}; name one of receivers, or ${OWING} for the role that owes`;
      problems.push(problemAt(yaml, ['escalation', index, 'tell', place], says));
    }
  }
  return problems;
}

/** `role` may stand for a name that no receiver has: its reminders are printed, which a file with receivers may not mean. */
function warningsOf(matrix: Matrix, receivers: ReadonlyMap<string, ReceiverTarget>): string[] {
  const says: string[] = [];
  const tells = (step: EscalationStep): boolean => step.tell.includes(OWING);
  if (receivers.size > 0 && matrix.escalation.some(tells))
    for (const role of ROLES)
      if (!receivers.has(role) && matrix.rows.some((row) => row.role === role && row.dueMs !== null))
        says.push(`there is no receiver ${role}: its reminders are only printed`);
  const used = new Set(matrix.escalation.flatMap(({ tell }) => tell));
  for (const name of receivers.keys())
    if (!used.has(name) && !(used.has(OWING) && ROLES.some((role) => role === name)))
      says.push(`nothing is told to the receiver ${name}`);
  return says;
}
