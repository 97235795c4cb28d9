/**
 * The review for people. One line each that editors and other tools can read, `file:line:col: confidence: message (rule)`;
 * with `details`, below it the source with a caret, the steps in which it happens, and the way out.
 */
import picocolors from 'picocolors';
import { columns, padStart, printable, type Terminal, wrap } from '../../findings/layout.ts';
import type { Confidence, Finding, Region } from '../../findings/model.ts';
import type { Review } from '../report.ts';
import type { Sources } from '../report-sources.ts';
import { shownPath } from './paths.ts';
import { summaryOf } from './summary.ts';

export interface TextOptions {
  readonly terminal: Terminal;
  readonly details: boolean;
  /** Files are shown relative to it. */
  readonly root: string;
  readonly sources: Sources;
}

interface Page extends TextOptions {
  readonly paint: ReturnType<typeof picocolors.createColors>;
  /** Columns for prose. */
  readonly width: number;
  readonly bar: string;
}

const NARROWEST = 60;
/** Prose is not read well in longer lines, however wide the terminal is. */
const WIDEST = 110;
/** Columns of line numbers before the source. */
const GUTTER = 6;
/** Bytes; nobody reads a line that is longer, and to lay it out takes long. */
const LONGEST = 8192;
/** Columns before the numbers of steps' lines: below their text. */
const STEP_GUTTER = 11;

export function writeReviewText(review: Review, options: TextOptions): string {
  const { terminal } = options;
  const page: Page = {
    ...options,
    paint: picocolors.createColors(terminal.color),
    width: Math.min(WIDEST, Math.max(NARROWEST, Math.floor(terminal.width))),
    bar: terminal.unicode ? '│' : '|',
  };
  const lines: string[] = [];
  for (const finding of review.findings) {
    if (options.details && lines.length > 0) lines.push('');
    lines.push(headLine(page, finding));
    if (options.details) lines.push(...details(page, finding));
  }
  if (options.details && lines.length > 0) lines.push('');
  lines.push(page.paint.bold(summaryOf(review)));
  const [first] = review.findings;
  if (options.details && first !== undefined)
    lines.push(page.paint.dim(`hemostat explain ${first.rule} says what it means; --json and --sarif say it to tools`));
  return `${lines.join('\n')}\n`;
}

function headLine(page: Page, finding: Finding): string {
  const { paint } = page;
  const { region, where, confidence = 'low' } = finding;
  const column = region === undefined ? '' : `:${region.column}`;
  const place = tame(page, `${shownPath(where.file, page.root)}:${where.line}${column}:`);
  const message = tame(page, finding.title);
  return `${paint.bold(place)} ${colored(page, confidence)} ${message} ${paint.dim(`(${finding.rule})`)}`;
}

function colored({ paint }: Page, confidence: Confidence): string {
  const word = `${confidence}:`;
  if (confidence === 'high') return paint.bold(paint.red(word));
  return confidence === 'medium' ? paint.bold(paint.yellow(word)) : paint.dim(word);
}

function details(page: Page, finding: Finding): string[] {
  const { paint } = page;
  const lines: string[] = [];
  if (finding.region !== undefined) lines.push(...snippet(page, finding.region, true));
  for (const [i, step] of finding.chain.entries()) {
    // The line of the finding itself is shown already.
    const shown = step.region?.line === finding.region?.line && step.region?.file === finding.region?.file;
    const code = step.region === undefined || shown ? [] : snippet(page, step.region, false);
    const place = placeOf(page, step.region, finding.where.file, code.length > 0);
    const lead = `  ${padStart(`${i + 1}.`, 4)} `;
    lines.push(...wrap(tame(page, `${step.text}${place}`), page.width, lead, ' '.repeat(lead.length)), ...code);
  }
  for (const [i, sentence] of fixSentences(finding).entries()) {
    const lead = i === 0 ? '  fix: ' : '       ';
    const [first = '', ...rest] = wrap(tame(page, sentence), page.width, lead, ' '.repeat(lead.length));
    lines.push(paint.green(lead) + first.slice(lead.length), ...rest);
  }
  return lines;
}

function fixSentences({ fix }: Finding): string[] {
  const edits =
    fix.title === undefined
      ? ''
      : `${fix.safe === true ? 'review --fix does it' : 'your editor can do it'}: ${uncapitalized(fix.title)}`;
  return [fix.text, edits].filter((sentence) => sentence !== '');
}

/** A title in the middle of a sentence; names of Go (`ReadAll`, `HTTP`) keep their letters. */
export function uncapitalized(title: string): string {
  return /^[A-Z][a-z]* /.test(title) ? title.slice(0, 1).toLowerCase() + title.slice(1) : title;
}

/** Where a step is, as far as the line of source below it does not say. */
function placeOf(page: Page, region: Region | undefined, file: string, hasCode: boolean): string {
  if (region === undefined) return '';
  if (region.file !== file) return ` (${shownPath(region.file, page.root)}:${region.line})`;
  return hasCode ? '' : ` (line ${region.line})`;
}

/** The first line of a region with its number; with `caret`, marked below. */
function snippet(page: Page, region: Region, caret: boolean): string[] {
  const { paint, bar } = page;
  const text = page.sources.text(region.file);
  if (text === null || region.line > text.lines || text.lengthOf(region.line) > LONGEST) return [];
  const whole = text.line(region.line);
  const indent = /^\s*/.exec(whole)?.[0].length ?? 0;
  const before = tame(page, text.before(region.line, region.column).slice(indent));
  const endColumn = region.endLine > region.line ? Number.MAX_SAFE_INTEGER : region.endColumn;
  const marked = tame(page, text.before(region.line, endColumn).slice(indent)).trimEnd();
  const gutter = caret ? GUTTER : STEP_GUTTER;
  const room = Math.max(20, Math.floor(page.terminal.width) - gutter - 3);
  const { shown, from } = cut(tame(page, whole.slice(indent)), columns(before), room, page.terminal.unicode);
  const lines = [`${paint.dim(`${padStart(String(region.line), gutter)} ${bar}`)} ${caret ? shown : paint.dim(shown)}`];
  if (caret) {
    const offset = Math.max(0, columns(before) - from);
    const length = Math.max(1, Math.min(columns(marked) - columns(before), columns(shown) - offset));
    const marks = paint.bold(paint.red('^'.repeat(length)));
    lines.push(`${paint.dim(`${' '.repeat(gutter)} ${bar}`)} ${' '.repeat(offset)}${marks}`);
  }
  return lines;
}

/** A piece of at most `room` columns of a line, with column `at` in it. `from`: what is gone before it, in columns. */
function cut(line: string, at: number, room: number, unicode: boolean): { shown: string; from: number } {
  if (columns(line) <= room) return { shown: line, from: 0 };
  const dots = unicode ? '…' : '...';
  const chars = [...line];
  // Wide characters make the piece narrower than it could be, which harms nobody.
  const start = at + 20 <= room - dots.length ? 0 : Math.max(0, at - Math.floor(room / 2));
  const lead = start === 0 ? '' : dots;
  const piece = chars.slice(start, start + Math.max(1, room - 2 * dots.length)).join('');
  return { shown: `${lead}${piece}${dots}`, from: start - lead.length };
}

function tame(page: Page, text: string): string {
  return printable(text.replaceAll('\n', ' '), page.terminal.unicode);
}
