/** The report for a terminal of 80 columns and more: the answer first, the worst finding in full, the others in short. */
import {
  newPage,
  type Page,
  tameFinding,
  writeCleared,
  writeFull,
  writeHint,
  writeList,
  writeShort,
} from '../../findings/finding-text.ts';
import { columns, padEnd, printable, type Terminal, wrap } from '../../findings/layout.ts';
import { formatCount } from '../../findings/units.ts';
import type { Tally } from '../part.ts';
import type { GuardReport, JudgedFinding, JudgedPart, Outcome, Standing } from './report.ts';

/** Findings that do not block are listed up to here; the JSON has them all. */
const MOST_QUIET = 20;
const MOST_BLOCKING = 50;

/** No line is wider than the terminal except where one word (a digest, a path) is. A newline at the end. */
export function writeGuardText(report: GuardReport, terminal: Terminal): string {
  const page = newPage(terminal);
  const line = (text: string): string => printable(text.replaceAll('\n', ' '), terminal.unicode);
  for (const text of wrap(line(`hemostat ${report.command}: ${report.verdict}`), page.terminal.width))
    page.lines.push(page.paint.bold(coloured(page, report.outcome, text)));
  for (const part of report.parts) writePart(page, part, line);
  writeSkipped(page, report, line);

  const findings = report.findings.map((finding) => tameFinding(placed(finding), terminal.unicode));
  const blocking = findings.filter(({ standing }) => standing === 'blocks');
  const below = findings.filter(({ standing }) => standing === 'below');
  writeFindings(page, blocking, MOST_BLOCKING, 0);
  if (below.length > 0) {
    page.lines.push('', page.paint.bold(`${counted(below.length, 'finding')} below what blocks`));
    writeFindings(page, below, MOST_QUIET, blocking.length);
  }
  writeExcused(page, findings, 'baseline', 'known to the baseline', line);
  writeExcused(page, findings, 'exception', 'excused by an exception', line);
  const cleared = findings.filter(({ standing }) => standing === 'cleared');
  writeCleared(page, cleared, 'looked at and allowed');
  writeBaseline(page, report, line);
  writeList(page, 'notes', report.notes.map(line));
  writeHint(page, blocking[0] ?? below[0]);
  return `${page.lines.join('\n')}\n`;
}

/** In no file: what it is about stands for the place. */
function placed(finding: JudgedFinding): JudgedFinding {
  if (finding.where.file !== '' || finding.where.function !== '') return finding;
  return { ...finding, where: { ...finding.where, function: finding.subject.instance } };
}

function writePart(page: Page, part: JudgedPart, line: (text: string) => string): void {
  page.lines.push('');
  const lead = `  ${padEnd(part.part, 8)}`;
  const [first = '', ...rest] = wrap(line(part.summary), page.terminal.width, lead, ' '.repeat(10));
  page.lines.push(`  ${coloured(page, part.outcome, padEnd(part.part, 8))}${first.slice(10)}`, ...rest);
  const about = part.tally.length === 0 ? [part.subject] : [part.subject, tallyText(part.tally)];
  for (const text of about)
    for (const wrapped of wrap(line(text), page.terminal.width, ' '.repeat(10)))
      page.lines.push(page.paint.dim(wrapped));
  if (part.failOn !== DEFAULT_TEXT && part.part !== 'review')
    page.lines.push(page.paint.dim(`          blocks from: ${part.failOn}`));
  for (const failure of part.failures) marked(page, 'not checked: ', line(failure), true);
  for (const note of part.notes) marked(page, '- ', line(note), false);
}

const DEFAULT_TEXT = 'confirmed and high';

function marked(page: Page, mark: string, text: string, loud: boolean): void {
  const lead = `          ${mark}`;
  const [first = '', ...rest] = wrap(text, page.terminal.width, lead, ' '.repeat(loud ? 10 : columns(lead)));
  const painted = loud ? page.paint.bold(page.paint.yellow(mark.trim())) : mark.trim();
  page.lines.push(`          ${painted}${first.slice(10 + mark.trim().length)}`, ...rest);
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

/** The first of the report in full. `before`: how many were numbered already. */
function writeFindings(page: Page, findings: readonly JudgedFinding[], most: number, before: number): void {
  for (const [i, finding] of findings.slice(0, most).entries()) {
    page.lines.push('');
    if (before === 0 && i === 0) writeFull(page, finding);
    else writeShort(page, finding, before + i + 1);
  }
  const rest = findings.length - most;
  if (rest > 0) page.lines.push('', `   and ${counted(rest, 'more finding')}: --json has them all`);
}

function writeExcused(
  page: Page,
  findings: readonly JudgedFinding[],
  standing: Standing,
  heading: string,
  line: (text: string) => string,
): void {
  const own = findings.filter((finding) => finding.standing === standing);
  if (own.length === 0) return;
  page.lines.push('', page.paint.bold(`${counted(own.length, 'finding')} ${heading}`));
  for (const { rule, title, excuse } of own.slice(0, MOST_QUIET)) {
    const until = excuse?.until == null ? '' : `, until ${excuse.until}`;
    const why = excuse === undefined ? '' : ` (${line(excuse.reason)}${until})`;
    page.lines.push(...wrap(`${rule}: ${title}${why}`, page.terminal.width, '  ', '    '));
  }
  const rest = own.length - MOST_QUIET;
  if (rest > 0) page.lines.push(`  and ${counted(rest, 'more finding')}`);
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
