/** Takes out what comments silence, and says which of those comments silence nothing or cannot be followed. */
import type { Suppression } from '../findings/model.ts';
import type { Sources } from './report-sources.ts';
import type { FileComment, FileReport } from './result.ts';
import { type Directive, directiveOf, isOurs, rulesOf } from './suppress.ts';
import { lastLineOf } from './suppress-extent.ts';

/** Rules about comments and not about Go; they have their pages in docs/rules like all others. */
export const UNUSED = 'unused-suppression';
export const MALFORMED = 'malformed-suppression';

export const COMMENT_RULES: readonly { readonly id: string; readonly summary: string }[] = [
  {
    id: MALFORMED,
    summary: 'A comment is meant to silence a source rule and cannot be followed, so it silences nothing.',
  },
  { id: UNUSED, summary: 'A comment silences a source rule where that rule has nothing to say.' },
];

export interface Suppressed {
  readonly report: FileReport;
  readonly by: Suppression;
}

export interface SuppressOptions {
  /** Ids of all rules that there are. */
  readonly ids: readonly string[];
  /** Ids of those that ran: only they can have nothing to say. */
  readonly ran: ReadonlySet<string>;
  /** Files with syntax problems: what is not reported there may only not have been seen. */
  readonly broken: ReadonlySet<string>;
}

/** `kept` in the order of `reports`; `comments` are reports about the comments themselves. */
export function suppress(
  reports: readonly FileReport[],
  comments: readonly FileComment[],
  sources: Sources,
  options: SuppressOptions,
): { kept: FileReport[]; suppressed: Suppressed[]; comments: FileReport[] } {
  const byPath = Map.groupBy(
    comments.flatMap((comment): Placed[] => {
      const directive = directiveOf(comment, options.ids);
      return directive === null ? [] : [{ directive, lines: linesOf(directive, sources), used: new Set() }];
    }),
    ({ directive }) => directive.comment.path,
  );
  const kept: FileReport[] = [];
  const suppressed: Suppressed[] = [];
  for (const report of reports) {
    const by = byPath.get(report.path)?.filter((placed) => silences(placed, report, options.ids)) ?? [];
    const [first] = by;
    if (first === undefined) {
      kept.push(report);
    } else {
      const { comment, why } = first.directive;
      suppressed.push({ report, by: { file: comment.path, line: comment.line, why } });
    }
  }
  const about = [...byPath.values()].flat().flatMap((placed) => commentReport(placed, sources, options) ?? []);
  return { kept, suppressed, comments: about };
}

interface Placed {
  readonly directive: Directive;
  /** 1-based, both inclusive; null: no lines. */
  readonly lines: { readonly first: number; readonly last: number } | null;
  /** Names that silenced something. */
  readonly used: Set<string>;
}

/** Marks what was used on the way: all comments that silence the report, and all their names that do. */
function silences({ directive, lines, used }: Placed, report: FileReport, ids: readonly string[]): boolean {
  if (directive.fault !== null || lines === null) return false;
  // A report of several lines may have its comment behind the first or behind the last.
  const within = (line: number): boolean => line >= lines.first && line <= lines.last;
  if (!within(report.line) && !within(report.endLine)) return false;
  const names = directive.names.filter((name) => rulesOf(name, ids).includes(report.rule));
  for (const name of names) used.add(name);
  return names.length > 0;
}

function linesOf(directive: Directive, sources: Sources): Placed['lines'] {
  const { comment, style } = directive;
  if (directive.file) return { first: 1, last: Number.MAX_SAFE_INTEGER };
  if (!comment.standsAlone) return { first: comment.line, last: comment.line };
  const first = comment.nextCodeLine;
  if (first === 0) return null;
  const text = sources.text(comment.path);
  if (text === null) return { first, last: first };
  // A blank line parts the comment from the code, as it does for gofmt and godoc.
  for (let line = comment.line + 1; line < first; line++) if (text.line(line).trim() === '') return null;
  if (style === 'nolint' && /^package\s/.test(text.line(first))) return { first: 1, last: Number.MAX_SAFE_INTEGER };
  // staticcheck's own are about one line; golangci-lint's are about all that begins there.
  return { first, last: style === 'lint' ? first : lastLineOf(text, first) };
}

function commentReport(placed: Placed, sources: Sources, { ids, ran, broken }: SuppressOptions): FileReport | null {
  const { directive, used } = placed;
  const { comment, fault, names } = directive;
  if (fault !== null) {
    if (isGenerated(comment.path, sources)) return null;
    return reportOn(comment, sources, {
      rule: MALFORMED,
      message: `this comment silences nothing: ${fault}`,
      advice: 'Write it as the sentence says, or take it out.',
      fix: null,
    });
  }
  const idle = names.filter((name) => !used.has(name) && isOurs(name, ids));
  if (idle.length === 0 || broken.has(comment.path)) return null;
  if (!idle.every((name) => rulesOf(name, ids).every((id) => ran.has(id)))) return null;
  if (isGenerated(comment.path, sources)) return null;
  const all = idle.length === names.length;
  const listed = idle.join(', ');
  return reportOn(comment, sources, {
    rule: UNUSED,
    message: `${listed} ${idle.length === 1 ? 'has' : 'have'} nothing to report here, so this comment silences nothing${all ? '' : ' of theirs'}`,
    advice: all ? 'Take the comment out.' : `Take ${listed} out of the comment.`,
    fix: all ? removal(comment, sources) : null,
  });
}

function reportOn(
  comment: FileComment,
  sources: Sources,
  what: Pick<FileReport, 'rule' | 'message' | 'advice' | 'fix'>,
): FileReport {
  const { path, line, column, start, end, text } = comment;
  const operation = text.replace(/\s+/g, ' ').slice(0, 120);
  const lastLine = sources.text(path)?.lineAt(end) ?? line;
  return {
    ...what,
    path,
    line,
    column,
    start,
    end,
    endLine: lastLine,
    endColumn: lastLine === line ? column + (end - start) : 1,
    confidence: 'medium',
    steps: [],
    function: '',
    importPath: '',
    module: '',
    operation,
    inTest: path.endsWith('_test.go'),
  };
}

/** The comment goes, with its line where it has one, and with the space before it where it has none. */
function removal(comment: FileComment, sources: Sources): FileReport['fix'] {
  const bytes = sources.text(comment.path)?.bytes;
  if (bytes === undefined) return null;
  let { start, end } = comment;
  while (start > 0 && (bytes[start - 1] === 32 || bytes[start - 1] === 9)) start--;
  if (comment.standsAlone && bytes[end] === 10) end++;
  // Other comments may be aligned with it, so that this is no edit to make unseen.
  return { title: 'remove the comment', edits: [{ path: comment.path, start, end, text: '' }], safe: false };
}

/** The sign that cmd/go asks for (golang.org/s/generatedcode): a line of its own before the package clause. */
function isGenerated(path: string, sources: Sources): boolean {
  const bytes = sources.text(path)?.bytes;
  if (bytes === undefined) return false;
  const head = new TextDecoder().decode(bytes.subarray(0, 64 << 10));
  const clause = /^package\s/m.exec(head)?.index ?? head.length;
  return /^\/\/ Code generated .* DO NOT EDIT\.\r?$/m.test(head.slice(0, clause));
}
