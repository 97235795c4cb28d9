/** The report for a terminal of 80 columns and more: the answer, what blocks in full, the rest by number. */
import { newPage, type Page, tameFinding, writeCleared, writeFull, writeList } from '../../findings/finding-text.ts';
import { columns, padEnd, printable, type Terminal, wrap } from '../../findings/layout.ts';
import type { Severity } from '../../findings/model.ts';
import { formatCount } from '../../findings/units.ts';
import type { Tally } from '../part.ts';
import { compactPlaces, type FindingGroup, groupFindings, repeats, shortenList } from './groups.ts';
import type { GuardReport, JudgedFinding, JudgedPart, Outcome, Standing } from './report.ts';

/** Groups of findings that block; nobody mends more before they ask again. */
const MOST_BLOCKING = 20;
/** Places of one group. */
const MOST_PLACES = 10;
/** Lines of a list of what was excused, and rules whose findings are only counted. */
const MOST_LINES = 20;

export interface TextOptions {
  /** Lists what is otherwise only counted: findings below what blocks, known, excused and allowed ones. */
  readonly all?: boolean;
}

type Line = (text: string) => string;

/** No line is wider than the terminal except where one word (a digest, a path) is. A newline at the end. */
export function writeGuardText(report: GuardReport, terminal: Terminal, { all = false }: TextOptions = {}): string {
  const page = newPage(terminal);
  const line: Line = (text) => printable(text.replaceAll('\n', ' '), terminal.unicode);
  for (const text of wrap(line(`hemostat ${report.command}: ${report.verdict}`), page.terminal.width))
    page.lines.push(page.paint.bold(coloured(page, report.outcome, text)));
  for (const part of report.parts) writePart(page, part, report.verdict, line);
  writeSkipped(page, report, line);

  const findings = report.findings.map((finding) => tameFinding(placed(finding), terminal.unicode));
  const of = (standing: Standing): JudgedFinding[] => findings.filter((finding) => finding.standing === standing);
  const blocking = groupFindings(of('blocks'));
  const shown = all ? blocking.length : MOST_BLOCKING;
  writeBlocking(page, blocking.slice(0, shown), all, line);
  const left = blocking.slice(shown).reduce((sum, group) => sum + group.findings.length, 0);
  if (left > 0) page.lines.push('', `   and ${counted(left, 'more finding')}: --all lists them`);
  writeQuiet(page, of('below'), 'below what blocks', { all, line });
  writeQuiet(page, of('baseline'), 'known to the baseline', { all, line });
  writeExcused(page, of('exception'), all, line);
  if (all) writeCleared(page, of('cleared'), 'looked at and allowed');
  else writeQuiet(page, of('cleared'), 'looked at and allowed', { all, line });
  writeBaseline(page, report, line);
  writeList(page, 'notes', report.notes.map(line));
  writeNext(page, report, blocking[0]?.first);
  return `${page.lines.map(noCommand).join('\n')}\n`;
}

/**
 * Runners of GitHub and Azure take a line that begins so, after spaces, for a command to them, and where a title is wrapped
 * is its author's choice.
 */
function noCommand(line: string): string {
  return line.replace(/^(\s*)(::|##)/, '$1\\$2');
}

/** In no file: what it is about stands for the place. */
function placed(finding: JudgedFinding): JudgedFinding {
  if (finding.where.file !== '' || finding.where.function !== '') return finding;
  return { ...finding, where: { ...finding.where, function: finding.subject.instance } };
}

function writePart(page: Page, part: JudgedPart, verdict: string, line: Line): void {
  page.lines.push('');
  // Of a part alone, what passed is its summary, and what could not be read is the verdict.
  const said = verdict.toLowerCase();
  const has = (text: string): boolean => said.includes(text.toLowerCase().replace(/\.$/, ''));
  const again = has(part.summary);
  const summary = again ? part.subject : part.summary;
  const about = again ? [] : [part.subject];
  const lead = `  ${padEnd(part.part, 8)}`;
  const [first = '', ...rest] = wrap(line(summary), page.terminal.width, lead, ' '.repeat(10));
  page.lines.push(`  ${coloured(page, part.outcome, padEnd(part.part, 8))}${first.slice(10)}`, ...rest);
  if (!tellsTally(part)) about.push(tallyText(part.tally));
  for (const text of about)
    for (const wrapped of wrap(line(text), page.terminal.width, ' '.repeat(10)))
      page.lines.push(page.paint.dim(wrapped));
  if (part.failOn !== DEFAULT_TEXT && part.part !== 'review')
    page.lines.push(page.paint.dim(`          blocks from: ${part.failOn}`));
  for (const failure of part.failures.filter((one) => !has(one))) marked(page, 'not checked: ', line(failure), true);
  for (const note of part.notes) marked(page, '- ', line(note), false);
}

const DEFAULT_TEXT = 'confirmed and high';

function marked(page: Page, mark: string, text: string, loud: boolean): void {
  const lead = `          ${mark}`;
  const [first = '', ...rest] = wrap(text, page.terminal.width, lead, ' '.repeat(loud ? 10 : columns(lead)));
  const painted = loud ? page.paint.bold(page.paint.yellow(mark.trim())) : mark.trim();
  page.lines.push(`          ${painted}${first.slice(10 + mark.trim().length)}`, ...rest);
}

/** Whether the summary has the numbers already; one that is left is the rest of the sum. */
export function tellsTally({ summary, tally }: Pick<JudgedPart, 'summary' | 'tally'>): boolean {
  const said = new Set(summary.replaceAll(',', '').match(/\d+/g));
  const numbers = tally.map(({ count }) => count).filter((count) => count > 0);
  const sum = numbers.reduce((total, count) => total + count, 0);
  const unsaid = numbers.filter((count) => !said.has(String(count))).length;
  return unsaid === 0 || (unsaid === 1 && said.has(String(sum)));
}

/** `1,203 entries: 1,180 verified, 20 unsigned, 3 invalid`; what is 0 is left out, the sum is not. */
export function tallyText(tally: readonly Tally[]): string {
  const sum = tally.reduce((total, { count }) => total + count, 0);
  const parts = tally.filter(({ count }) => count > 0).map(({ name, count }) => `${formatCount(count)} ${name}`);
  return parts.length === 0 ? `${formatCount(sum)} in all` : `${formatCount(sum)} in all: ${parts.join(', ')}`;
}

function writeSkipped(page: Page, { skipped }: GuardReport, line: (text: string) => string): void {
  if (skipped.length === 0) return;
  page.lines.push('');
  for (const { part, why, asked } of skipped) {
    const text = `not run${asked ? ' (as asked)' : ''}: ${line(why)}`;
    const wrapped = wrap(text, page.terminal.width, `  ${padEnd(part, 8)}`, ' '.repeat(10));
    page.lines.push(...wrapped.map((one) => page.paint.dim(one)));
  }
}

/** Each group with its places, chain and fix; the evidence of the first alone, which is the worst. */
function writeBlocking(page: Page, groups: readonly FindingGroup[], all: boolean, line: Line): void {
  const told = new Set<string>();
  for (const [i, group] of groups.entries()) {
    const { first } = group;
    const fix = `${first.rule}\n${first.fix.text}`;
    const evidence = first.evidence
      .filter(({ says }) => i === 0 && !repeats(says, first.title))
      .map((item) => ({ ...item, says: all ? item.says : shortenList(item.says) }));
    page.lines.push('');
    writeGroup(page, group, i + 1, { all, line, shown: { evidence, fix: told.has(fix) ? { text: '' } : first.fix } });
    told.add(fix);
  }
}

interface GroupOptions {
  readonly all: boolean;
  readonly line: Line;
  readonly shown: Pick<JudgedFinding, 'evidence' | 'fix'> & Partial<JudgedFinding>;
}

function writeGroup(page: Page, group: FindingGroup, number: number, { all, line, shown }: GroupOptions): void {
  const { first, findings } = group;
  // A number that the sentence has is not said again.
  const count = first.count === null || first.count < 2 || new RegExp(`\\b${first.count}\\b`).test(first.title);
  const finding = { ...first, count: count ? null : first.count, ...shown };
  if (findings.length === 1) {
    writeFull(page, finding, number);
    return;
  }
  const only = group.oneFix || shown.fix.text === '' ? '' : `For ${placeOf(first)}: ${shown.fix.text}`;
  writeFull(
    page,
    {
      ...finding,
      title: line(group.title),
      count: null,
      where: { function: placesText(findings, all), file: '', line: 0 },
      fix: only === '' ? shown.fix : { text: only },
    },
    number,
    findings.length,
  );
}

function placesText(findings: readonly JudgedFinding[], all: boolean): string {
  const places = compactPlaces(findings.map(placeOf));
  const shown = all ? places : places.slice(0, MOST_PLACES);
  const rest = places.length - shown.length;
  return `${shown.join(', ')}${rest === 0 ? '' : ` and ${formatCount(rest)} more; --all lists them`}`;
}

function placeOf({ where, region, subject }: JudgedFinding): string {
  if (where.file === '') return subject.instance;
  if (where.line < 1) return where.file;
  return `${where.file}:${where.line}${region === undefined || region.line !== where.line ? '' : `:${region.column}`}`;
}

const SEVERITIES: readonly Severity[] = ['critical', 'high', 'medium', 'low', 'info'];

function weight({ severity }: JudgedFinding): number {
  return SEVERITIES.indexOf(severity);
}

/** How many there are, by rule; with `all`, each group with its places. */
function writeQuiet(
  page: Page,
  findings: readonly JudgedFinding[],
  heading: string,
  { all, line }: Pick<GroupOptions, 'all' | 'line'>,
): void {
  if (findings.length === 0) return;
  const hint = all ? '' : page.paint.dim(' (--all lists them)');
  page.lines.push('', `${page.paint.bold(`${counted(findings.length, 'finding')} ${heading}`)}${hint}`);
  if (all) {
    for (const [i, group] of groupFindings(findings).entries()) {
      page.lines.push('');
      writeGroup(page, group, i + 1, { all, line, shown: { evidence: [], chain: [], fix: { text: '' } } });
    }
    return;
  }
  const rules = new Map<string, number>();
  for (const { rule, severity } of findings.toSorted((a, b) => weight(a) - weight(b))) {
    const name = `${rule} (${severity})`;
    rules.set(name, (rules.get(name) ?? 0) + 1);
  }
  const width = Math.max(...[...rules.values()].map((count) => formatCount(count).length));
  for (const [name, count] of [...rules].slice(0, MOST_LINES))
    page.lines.push(`  ${formatCount(count).padStart(width)} ${name}`);
  if (rules.size > MOST_LINES) page.lines.push(`  and ${counted(rules.size - MOST_LINES, 'more rule')}`);
}

function writeExcused(page: Page, findings: readonly JudgedFinding[], all: boolean, line: Line): void {
  if (findings.length === 0) return;
  page.lines.push('', page.paint.bold(`${counted(findings.length, 'finding')} excused by an exception`));
  const groups = groupFindings(findings);
  for (const { first, findings: members, title } of groups.slice(0, all ? groups.length : MOST_LINES)) {
    const until = first.excuse?.until == null ? '' : `, until ${first.excuse.until}`;
    const why = first.excuse === undefined ? '' : ` (${line(first.excuse.reason)}${until})`;
    const many = members.length === 1 ? '' : `${formatCount(members.length)} ${page.terminal.unicode ? '×' : 'x'} `;
    page.lines.push(...wrap(`${many}${first.rule}: ${line(title)}${why}`, page.terminal.width, '  ', '    '));
  }
  const rest = groups.length - MOST_LINES;
  if (rest > 0 && !all) page.lines.push(`  and ${formatCount(rest)} more; --all lists them`);
}

/** From so many blocking findings on, somebody met an old project and not a mistake of today. */
const MANY_OLD = 10;

/** The commands that a person would type now. */
function writeNext(page: Page, report: GuardReport, finding: JudgedFinding | undefined): void {
  const steps: [command: string, says: string][] = [];
  if (finding !== undefined) steps.push([`hemostat explain ${finding.rule}`, 'what it means, and the fix']);
  const blocking = report.findings.filter(({ standing }) => standing === 'blocks').length;
  if (report.command === 'gate' && report.baseline === null && blocking >= MANY_OLD)
    steps.push([
      'hemostat gate --baseline .hemostat-baseline.json --write-baseline',
      'all of this is old: only what is new shall block',
    ]);
  if (steps.length === 0) return;
  page.lines.push('', page.paint.bold('next'));
  for (const [command, says] of steps) {
    const text = `  ${command}  `;
    if (columns(text) + columns(says) <= page.terminal.width) page.lines.push(`${text}${page.paint.dim(says)}`);
    else
      page.lines.push(`  ${command}`, ...wrap(says, page.terminal.width, '      ').map((one) => page.paint.dim(one)));
  }
}

function writeBaseline(page: Page, { baseline }: GuardReport, line: (text: string) => string): void {
  if (baseline === null) return;
  const { gone, expired } = baseline;
  if (expired.length > 0)
    writeList(
      page,
      'baseline entries whose time is over',
      expired.map(({ rule, title }) => line(`${rule}: ${title}`)),
    );
  if (gone.length > 0)
    writeList(
      page,
      `in the baseline and gone (--write-baseline takes ${gone.length === 1 ? 'it' : 'them'} out)`,
      gone.map(({ rule, title }) => line(`${rule}: ${title}`)),
    );
}

function coloured({ paint }: Page, outcome: Outcome, text: string): string {
  if (outcome === 'passed') return paint.green(text);
  return outcome === 'blocked' ? paint.red(text) : paint.yellow(text);
}

function counted(count: number, what: string): string {
  return `${formatCount(count)} ${what}${count === 1 ? '' : 's'}`;
}
