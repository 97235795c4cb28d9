/** What `--fix` does: the safe fixes that fit together, file by file. Nothing is written here (see fix-write.ts). */
import { readFileSync, statSync } from 'node:fs';
import type { Finding, TextEdit } from '../findings/model.ts';
import { applyEdits, clash, type Edit, inOrder, settle } from './fix-edits.ts';
import { keepAligned } from './fix-layout.ts';
import { SourceText } from './report-sources.ts';

export interface FilePlan {
  readonly path: string;
  readonly before: Uint8Array;
  readonly after: Uint8Array;
  /** What leads from one to the other, in order. */
  readonly edits: readonly Edit[];
  /** As it was when it was read: ms since 1970. */
  readonly modified: number;
}

export interface FixPlan {
  readonly files: readonly FilePlan[];
  readonly fixed: readonly Finding[];
  readonly skipped: readonly { readonly finding: Finding; readonly why: string }[];
}

/** A file as it is now. */
export interface CurrentFile {
  readonly bytes: Uint8Array;
  /** ms since 1970. */
  readonly modified: number;
}

/**
 * Of `findings`, those with a safe fix. The first of two that clash wins; the other is left for the next run.
 * `reviewedAt`: when the review began, ms since 1970; a file that was changed later may not be as it was reviewed.
 */
export function planFixes(
  findings: readonly Finding[],
  reviewedAt: number,
  read: (path: string) => CurrentFile = readCurrent,
): FixPlan {
  const files = new Map<string, { current: CurrentFile; text: SourceText; edits: Edit[] } | string>();
  const open = (path: string): { current: CurrentFile; text: SourceText; edits: Edit[] } | string => {
    const known = files.get(path);
    if (known !== undefined) return known;
    const opened = openFile(path, reviewedAt, read);
    files.set(path, opened);
    return opened;
  };
  const fixed: Finding[] = [];
  const skipped: { finding: Finding; why: string }[] = [];
  for (const finding of findings) {
    const { safe, edits = [] } = finding.fix;
    if (safe !== true || edits.length === 0) continue;
    const why = take(edits, open);
    if (why === null) fixed.push(finding);
    else skipped.push({ finding, why });
  }
  const plans: FilePlan[] = [];
  for (const [path, file] of files) {
    if (typeof file === 'string' || file.edits.length === 0) continue;
    const { bytes, modified } = file.current;
    const all = keepAligned(bytes, inOrder(file.edits));
    plans.push({ path, before: bytes, after: applyEdits(bytes, all), edits: all, modified });
  }
  return { files: plans, fixed, skipped };
}

/** Takes all edits of one fix, or none and says why. */
function take(
  edits: readonly TextEdit[],
  open: (path: string) => { text: SourceText; edits: Edit[] } | string,
): string | null {
  const settled: { into: Edit[]; edit: Edit }[] = [];
  for (const edit of edits) {
    const file = open(edit.file);
    if (typeof file === 'string') return file;
    if (edit.start < 0 || edit.end < edit.start || edit.end > file.text.bytes.length)
      return 'it is outside of the file; review again';
    const own = settle({ start: edit.start, end: edit.end, text: edit.text }, file.text);
    if (file.edits.some((other) => clash(other, own))) return 'another fix changes the same place; run --fix again';
    settled.push({ into: file.edits, edit: own });
  }
  for (const { into, edit } of settled) into.push(edit);
  return null;
}

function openFile(
  path: string,
  reviewedAt: number,
  read: (path: string) => CurrentFile,
): { current: CurrentFile; text: SourceText; edits: Edit[] } | string {
  try {
    const current = read(path);
    if (current.modified > reviewedAt) return 'the file was changed while it was reviewed; review again';
    return { current, text: new SourceText(current.bytes), edits: [] };
  } catch (error) {
    return `the file cannot be read (${codeOf(error)})`;
  }
}

export function readCurrent(path: string): CurrentFile {
  const { mtimeMs } = statSync(path);
  return { bytes: readFileSync(path), modified: mtimeMs };
}

export function codeOf(error: unknown): string {
  if (error instanceof Error && 'code' in error) return String(error.code);
  return error instanceof Error ? error.message : String(error);
}
