/** Places in LSP's words: 0-based lines, and characters in the encoding that was agreed on. Ours are bytes. */
import type { Position, Range } from 'vscode-languageserver/node';
import type { Region } from '../findings/model.ts';
import type { Sources, SourceText } from '../review/report-sources.ts';

/** UTF-16 is what every client speaks; UTF-8 spares the conversion. */
export type Encoding = 'utf-8' | 'utf-16';

/** The first that the client offers and we know; a client that offers none speaks UTF-16. */
export function agree(offered: readonly string[] | undefined): Encoding {
  return offered?.find((name): name is Encoding => name === 'utf-8' || name === 'utf-16') ?? 'utf-16';
}

/** A byte offset of a file. */
export function positionOf(text: SourceText, offset: number, encoding: Encoding): Position {
  const line = text.lineAt(offset);
  return { line: line - 1, character: character(text, line, offset - text.startOf(line) + 1, encoding) };
}

export function rangeOf(sources: Sources, region: Region, encoding: Encoding): Range {
  const text = sources.text(region.file);
  const at = (line: number, column: number): Position => ({
    line: line - 1,
    character: text === null ? column - 1 : character(text, line, column, encoding),
  });
  return { start: at(region.line, region.column), end: at(region.endLine, region.endColumn) };
}

/** `line` and `column` 1-based, `column` in bytes. */
function character(text: SourceText, line: number, column: number, encoding: Encoding): number {
  return encoding === 'utf-8' ? column - 1 : text.utf16Column(line, column) - 1;
}
