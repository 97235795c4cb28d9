/**
 * gofmt aligns the comments behind the code of neighbouring lines. An edit that makes one of these lines longer, or
 * parts them, would leave a file that gofmt wants to change; this gives the edits that keep them aligned.
 */
import { createNames } from '../golang/names.ts';
import { Scanner } from '../golang/scan.ts';
import { Token } from '../golang/tokens.ts';
import { type Edit, inOrder, textAfter } from './fix-edits.ts';
import { SourceText } from './report-sources.ts';

/** A comment with code before it on its line. */
interface Trailing {
  readonly line: number;
  /** Byte offset after the code. */
  readonly codeEnd: number;
  readonly start: number;
  /** Tabs before the code. */
  readonly indent: number;
  /** Of the comment, in characters from the start of the line. */
  readonly column: number;
}

/** `edits` (as of inOrder) and those that they make necessary, in order. */
export function keepAligned(bytes: Uint8Array, edits: readonly Edit[]): Edit[] {
  const text = new SourceText(bytes);
  const touched = groupsOf(trailing(text)).filter((group) => edits.some((edit) => touches(edit, group, text)));
  if (touched.length === 0) return [...edits];
  const after = textAfter(bytes, edits);
  const padding = touched.flatMap((group) => runs(group, edits, after).flatMap((run) => align(run, edits, after)));
  return inOrder([...edits, ...padding]);
}

/** Neighbouring lines with the same indentation whose comments are in one column. */
function groupsOf(comments: readonly Trailing[]): Trailing[][] {
  const groups: Trailing[][] = [];
  for (const comment of comments) {
    const last = groups.at(-1)?.at(-1);
    const joins = last !== undefined && last.line + 1 === comment.line && last.indent === comment.indent;
    if (joins && last.column === comment.column) groups.at(-1)?.push(comment);
    else groups.push([comment]);
  }
  return groups;
}

function touches(edit: Edit, group: readonly Trailing[], text: SourceText): boolean {
  const first = group[0]?.line ?? 0;
  const last = group.at(-1)?.line ?? 0;
  return text.lineAt(edit.start) <= last && text.lineAt(edit.end) >= first;
}

/** The group in pieces whose lines are still neighbours. Comments that an edit took away are gone. */
function runs(group: readonly Trailing[], edits: readonly Edit[], after: SourceText): Trailing[][] {
  const out: Trailing[][] = [];
  let last = -1;
  for (const comment of group) {
    if (edits.some((edit) => edit.start < edit.end && edit.end > comment.codeEnd && edit.start <= comment.start))
      continue;
    const line = after.lineAt(moved(comment.start, edits));
    if (line === last + 1) out.at(-1)?.push(comment);
    else out.push([comment]);
    last = line;
  }
  return out;
}

function align(run: readonly Trailing[], edits: readonly Edit[], after: SourceText): Edit[] {
  const widths = run.map((comment) => widthBefore(after, moved(comment.codeEnd, edits)));
  const widest = Math.max(...widths);
  return run.flatMap((comment, i) => {
    const spaces = widest - (widths[i] ?? 0) + 1;
    if (comment.start - comment.codeEnd === spaces) return [];
    return [{ start: comment.codeEnd, end: comment.start, text: ' '.repeat(spaces) }];
  });
}

/** Where an offset is after the edits; what is inserted right there comes before it. */
function moved(offset: number, edits: readonly Edit[]): number {
  let by = 0;
  for (const edit of edits) {
    if (edit.end > offset) break;
    by += Buffer.byteLength(edit.text) - (edit.end - edit.start);
  }
  return offset + by;
}

/** Characters from the start of the line to an offset. */
function widthBefore(text: SourceText, offset: number): number {
  const line = text.lineAt(offset);
  return [...text.before(line, offset - text.startOf(line) + 1)].length;
}

function trailing(text: SourceText): Trailing[] {
  const size = text.bytes.length;
  const source = new Uint8Array(size + 1);
  source.set(text.bytes);
  const scanner = new Scanner(createNames());
  scanner.source = source;
  scanner.startFile(0, size);
  do scanner.next();
  while (scanner.tok !== Token.EOF);
  const found: Trailing[] = [];
  for (let i = 0; i < scanner.commentCount; i++) {
    const start = scanner.commentStart[i] ?? 0;
    // `/* … */` is not aligned, and a long line may hold many.
    if (source[start + 1] !== 47) continue;
    const line = text.lineAt(start);
    const code = text.before(line, start - text.startOf(line) + 1);
    const trimmed = code.trimEnd();
    if (trimmed === '') continue;
    found.push({
      line,
      codeEnd: start - (code.length - trimmed.length),
      start,
      indent: /^\t*/.exec(code)?.[0].length ?? 0,
      column: [...code].length,
    });
  }
  return found;
}
