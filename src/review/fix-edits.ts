/** Edits of one file: in order, without overlap, applied to its bytes. */
import type { TextEdit } from '../findings/model.ts';
import { SourceText } from './report-sources.ts';

/** Bytes [start, end) become `text`. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** In order of place, each once. */
export function inOrder(edits: readonly Edit[]): Edit[] {
  const sorted = [...edits].sort((a, b) => a.start - b.start || a.end - b.end);
  return sorted.filter((edit, i) => {
    const before = sorted[i - 1];
    return before === undefined || !same(before, edit);
  });
}

/** Whether they cannot both be made: they share bytes, or insert at the same place. The same edit twice is one. */
export function clash(a: Edit, b: Edit): boolean {
  if (same(a, b)) return false;
  if (a.start === b.start && (a.start === a.end || b.start === b.end)) return true;
  return a.start < b.end && b.start < a.end;
}

function same(a: Edit, b: Edit): boolean {
  return a.start === b.start && a.end === b.end && a.text === b.text;
}

/** `edits` as of inOrder. */
export function applyEdits(bytes: Uint8Array, edits: readonly Edit[]): Uint8Array {
  const parts: Uint8Array[] = [];
  let at = 0;
  for (const edit of edits) {
    parts.push(bytes.subarray(at, edit.start), Buffer.from(edit.text, 'utf8'));
    at = edit.end;
  }
  parts.push(bytes.subarray(at));
  return Buffer.concat(parts);
}

/**
 * An edit that adds lines below a statement must not part the statement from the comment behind it: it is moved to the
 * end of the line.
 */
export function settle<E extends Edit | TextEdit>(edit: E, text: SourceText): E {
  if (edit.start !== edit.end || !edit.text.startsWith('\n')) return edit;
  const line = text.lineAt(edit.start);
  const rest = text.line(line).slice(text.before(line, edit.start - text.startOf(line) + 1).length);
  if (!/^[ \t]*\/\//.test(rest)) return edit;
  const end = edit.start + Buffer.byteLength(rest.trimEnd());
  return { ...edit, start: end, end };
}

export function textAfter(bytes: Uint8Array, edits: readonly Edit[]): SourceText {
  return new SourceText(applyEdits(bytes, edits));
}
