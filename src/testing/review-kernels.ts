/**
 * What `hemostat review` finds in the programs of src/review/testdata/kernels and kernels2, which were written apart from
 * the rules. In a leaking part, `// leak: rule|rule` marks a line where one of these rules should report; below `// Repaired.`, and in
 * programs without a marker, nothing should be reported.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { review } from '../review/review.ts';

const TESTDATA = join(import.meta.dirname, '..', 'review', 'testdata');

/** The modules of each set of programs, by folder. */
const MODULES = { kernels: ['', 'timers'], kernels2: [''] };

export type KernelSet = keyof typeof MODULES;

/**
 * Where a marked leak was reported by one of the rules that the marker names: at its line, or elsewhere in the leaking
 * part. `rule`: only a rule that the marker does not name reports something in the function of the marked line.
 */
type Found = 'line' | 'elsewhere' | 'rule' | 'missed';

export interface Expectation {
  /** Path below the set's folder and line, from 1. */
  readonly at: string;
  /** The rules that may report it, the most fitting first; none: no rule claims it. */
  readonly rules: readonly string[];
  readonly found: Found;
}

export interface Alarm {
  readonly at: string;
  readonly rule: string;
  readonly confidence: string;
  readonly message: string;
}

export interface KernelResults {
  readonly programs: number;
  readonly expected: readonly Expectation[];
  /** In repaired parts and healthy programs. */
  readonly falseAlarms: readonly Alarm[];
  /** In leaking parts, by a rule that none of their markers names. */
  readonly unmarked: readonly Alarm[];
}

const MARKER = /\/\/ leak: (\S+)$/;

interface Report extends Alarm {
  readonly path: string;
  readonly line: number;
}

export async function reviewKernels(set: KernelSet): Promise<KernelResults> {
  const root = join(TESTDATA, set);
  const reports: Report[] = [];
  for (const module of MODULES[set]) {
    const found = await review(['./...'], { cwd: join(root, module), cache: 'off', workers: 0 });
    if (found.problems.length > 0) throw new Error(`a program of ${set}/${module} cannot be read`);
    for (const report of found.reports) {
      const path = relative(root, report.path).split(sep).join('/');
      const { rule, confidence, message, line } = report;
      reports.push({ path, line, at: `${path}:${line}`, rule, confidence, message });
    }
  }
  const paths = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.go'))
    .map((path) => path.split(sep).join('/'))
    .sort();
  const results = { programs: paths.length, expected: [], falseAlarms: [], unmarked: [] };
  for (const path of paths) {
    judge(
      path,
      readFileSync(join(root, path), 'utf8'),
      reports.filter((report) => report.path === path),
      results,
    );
  }
  return results;
}

function judge(
  path: string,
  source: string,
  reports: readonly Report[],
  results: { expected: Expectation[]; falseAlarms: Alarm[]; unmarked: Alarm[] },
): void {
  const lines = source.split('\n');
  const boundary = lines.indexOf('// Repaired.');
  // A program without markers is healthy.
  const leakingLines = !lines.some((line) => MARKER.test(line)) ? 0 : boundary < 0 ? lines.length : boundary;
  results.falseAlarms.push(...reports.filter((report) => report.line > leakingLines));
  const leaking = reports.filter((report) => report.line <= leakingLines);
  const functions = functionOfLine(lines);
  const marked = new Set(lines.flatMap((line, index) => (MARKER.test(line) ? [index + 1] : [])));
  const claimed = new Set<Report>();
  for (const [index, text] of lines.entries()) {
    const marker = MARKER.exec(text)?.[1];
    if (marker === undefined) continue;
    const rules = marker === 'none-yet' ? [] : marker.split('|');
    const named = leaking.filter((report) => rules.includes(report.rule));
    for (const report of named) claimed.add(report);
    results.expected.push({ at: `${path}:${index + 1}`, rules, found: where(named, index) });
  }
  results.unmarked.push(...leaking.filter((report) => !claimed.has(report)));

  function where(named: readonly Report[], index: number): Found {
    if (named.some((report) => report.line === index + 1)) return 'line';
    // A report at another marker's line speaks for that one.
    if (named.some((report) => !marked.has(report.line))) return 'elsewhere';
    return leaking.some((report) => functions[report.line - 1] === functions[index]) ? 'rule' : 'missed';
  }
}

/** For each line of a gofmt-ed file a number of the top-level declaration that it is in. */
function functionOfLine(lines: readonly string[]): number[] {
  let declaration = 0;
  return lines.map((line) => {
    if (/^(func|type|var|const)\b/.test(line)) declaration++;
    return declaration;
  });
}

/** A Markdown table by rule, and below it what is missed and what is reported wrongly. */
export function kernelTable(results: KernelResults): string {
  const { expected, falseAlarms, unmarked } = results;
  const rules = new Set([...expected.map(firstRule), ...falseAlarms.map((alarm) => alarm.rule)]);
  const rows = [...rules].sort().map((rule) => {
    const own = expected.filter((one) => firstRule(one) === rule);
    return row(
      rule,
      own,
      falseAlarms.filter((alarm) => alarm.rule === rule),
    );
  });
  const claimedByRules = expected.filter((one) => one.rules.length > 0);
  return [
    '| rule | marked | at the line | elsewhere | by another rule | missed | false alarms (high, medium, low) |',
    '|---|---:|---:|---:|---:|---:|---:|',
    ...rows,
    row('**all that a rule is about**', claimedByRules, falseAlarms),
    '',
    ...claimedByRules
      .filter((one) => one.found === 'missed' || one.found === 'rule')
      .map(
        (one) => `- ${one.found === 'missed' ? 'missed' : 'by another rule'}: ${one.at} (${one.rules.join(' or ')})`,
      ),
    ...falseAlarms.map((alarm) => `- false alarm: ${describe(alarm)}`),
    ...unmarked.map((alarm) => `- not marked: ${describe(alarm)}`),
    '',
  ].join('\n');
}

const firstRule = (one: Expectation): string => one.rules[0] ?? 'none yet';

const describe = (alarm: Alarm): string => `${alarm.at}: ${alarm.confidence}: ${alarm.message} (${alarm.rule})`;

function row(name: string, expected: readonly Expectation[], alarms: readonly Alarm[]): string {
  const found = (where: Found): number => expected.filter((one) => one.found === where).length;
  const confident = (confidence: string): number => alarms.filter((alarm) => alarm.confidence === confidence).length;
  const counts = [expected.length, found('line'), found('elsewhere'), found('rule'), found('missed')].join(' | ');
  return `| ${name} | ${counts} | ${['high', 'medium', 'low'].map(confident).join(', ')} |`;
}
