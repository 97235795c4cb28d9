/** What an editor offers at a finding: the fix, and a comment that silences it. */
import { pathToFileURL } from 'node:url';
import { type CodeAction, CodeActionKind, type Range, type TextEdit } from 'vscode-languageserver/node';
import type { Finding } from '../findings/model.ts';
import { clash, settle } from '../review/fix-edits.ts';
import { isAboutComment } from '../review/report.ts';
import type { Sources } from '../review/report-sources.ts';
import { diagnosticOf } from './diagnostics.ts';
import { type Encoding, positionOf, rangeOf } from './positions.ts';

export const FIX_ALL = `${CodeActionKind.SourceFixAll}.hemostat`;

export interface ActionContext {
  readonly sources: Sources;
  readonly encoding: Encoding;
}

/** Actions for the findings that the range touches. `only`: kinds that are asked for; none: all that are about the place. */
export function actionsFor(
  findings: readonly Finding[],
  range: Range,
  only: readonly string[] | undefined,
  context: ActionContext,
): CodeAction[] {
  const wants = (kind: string): boolean =>
    only === undefined || only.some((asked) => kind === asked || kind.startsWith(`${asked}.`));
  const actions: CodeAction[] = [];
  if (wants(CodeActionKind.QuickFix)) {
    const here = findings.filter((finding) => touches(finding, range, context));
    for (const finding of here) actions.push(...fixAction(finding, context));
    for (const finding of here) actions.push(...ignoreAction(finding, context));
  }
  // Only when asked for, as on save: nobody looks for it in the menu of one line.
  if (only !== undefined && wants(FIX_ALL)) actions.push(...fixAllAction(findings, context));
  return actions;
}

function touches({ region }: Finding, range: Range, { sources, encoding }: ActionContext): boolean {
  if (region === undefined) return false;
  const own = rangeOf(sources, region, encoding);
  const after = range.start.line - own.end.line || range.start.character - own.end.character;
  const before = own.start.line - range.end.line || own.start.character - range.end.character;
  return after <= 0 && before <= 0;
}

function fixAction(finding: Finding, context: ActionContext): CodeAction[] {
  const { fix } = finding;
  if (fix.edits === undefined || fix.edits.length === 0) return [];
  const changes = changesOf([finding], context);
  if (changes === null) return [];
  return [
    {
      title: sentence(fix.title ?? fix.text),
      kind: CodeActionKind.QuickFix,
      diagnostics: [diagnosticOf(finding, context.sources, context.encoding)],
      isPreferred: fix.safe === true,
      edit: { changes },
    },
  ];
}

/** A comment above the line, for its author to complete. */
function ignoreAction(finding: Finding, { sources, encoding }: ActionContext): CodeAction[] {
  const { region, rule } = finding;
  if (region === undefined || isAboutComment(rule)) return [];
  const text = sources.text(region.file);
  if (text === null) return [];
  const indent = /^[ \t]*/.exec(text.line(region.line))?.[0] ?? '';
  const at = { line: region.line - 1, character: 0 };
  const edit: TextEdit = {
    range: { start: at, end: at },
    newText: `${indent}//hemostat:ignore ${rule} TODO: say why\n`,
  };
  return [
    {
      title: `Ignore ${rule} here`,
      kind: CodeActionKind.QuickFix,
      diagnostics: [diagnosticOf(finding, sources, encoding)],
      edit: { changes: { [pathToFileURL(region.file).href]: [edit] } },
    },
  ];
}

/** All safe fixes of the file that fit together. */
function fixAllAction(findings: readonly Finding[], context: ActionContext): CodeAction[] {
  const taken: Finding[] = [];
  for (const finding of findings) {
    const { safe, edits = [] } = finding.fix;
    if (safe !== true || edits.length === 0) continue;
    const others = taken.flatMap((other) => other.fix.edits ?? []);
    if (!edits.some((edit) => others.some((other) => other.file === edit.file && clash(other, edit))))
      taken.push(finding);
  }
  const changes = taken.length === 0 ? null : changesOf(taken, context);
  if (changes === null) return [];
  return [{ title: 'Apply all safe fixes of hemostat', kind: FIX_ALL, edit: { changes } }];
}

/** By URI; null where a file cannot be read. The same edit of two findings is made once. */
function changesOf(
  findings: readonly Finding[],
  { sources, encoding }: ActionContext,
): Record<string, TextEdit[]> | null {
  const changes: Record<string, TextEdit[]> = {};
  const seen = new Set<string>();
  for (const edit of findings.flatMap(({ fix }) => fix.edits ?? [])) {
    const text = sources.text(edit.file);
    if (text === null) return null;
    const { file, start, end, text: newText } = settle(edit, text);
    const key = JSON.stringify([file, start, end, newText]);
    if (seen.has(key)) continue;
    seen.add(key);
    const uri = pathToFileURL(file).href;
    const range = { start: positionOf(text, start, encoding), end: positionOf(text, end, encoding) };
    changes[uri] = [...(changes[uri] ?? []), { range, newText }];
  }
  return changes;
}

function sentence(title: string): string {
  return title.slice(0, 1).toUpperCase() + title.slice(1);
}
