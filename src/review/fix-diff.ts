/** A plan as a unified diff, for `git apply` and for eyes. */
import type { FilePlan } from './fix.ts';
import { SourceText } from './report-sources.ts';

const CONTEXT = 3;

/** Lines of the old file [first, last] that become `lines`; `last < first` where lines are only added before `first`. */
interface Change {
  first: number;
  last: number;
  lines: string[];
}

/** `name` as it is shown: relative to where the diff is to be applied. */
export function diffOf(plan: FilePlan, name: string): string {
  const before = new SourceText(plan.before);
  const old = linesOf(plan.before);
  const hunks = hunksOf(changesOf(plan, before, old));
  const out = [`--- a/${name}`, `+++ b/${name}`];
  let shift = 0;
  for (const hunk of hunks) {
    const first = Math.max(1, (hunk[0]?.first ?? 1) - CONTEXT);
    const end = Math.min(old.length, Math.max(...hunk.map((c) => c.last), (hunk.at(-1)?.first ?? 1) - 1) + CONTEXT);
    const body: string[] = [];
    let at = first;
    let added = 0;
    let removed = 0;
    for (const change of hunk) {
      for (; at < change.first; at++) body.push(marked(' ', old[at - 1] ?? ''));
      for (; at <= change.last; at++, removed++) body.push(marked('-', old[at - 1] ?? ''));
      for (const line of change.lines) body.push(marked('+', line));
      added += change.lines.length;
    }
    for (; at <= end; at++) body.push(marked(' ', old[at - 1] ?? ''));
    const size = end - first + 1;
    out.push(`@@ -${range(first, size)} +${range(first + shift, size + added - removed)} @@`, ...body);
    shift += added - removed;
  }
  return `${out.join('\n')}\n`;
}

/** Each line with its own line break, which only the last one may lack. */
function linesOf(bytes: Uint8Array): string[] {
  const lines = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes).split(/(?<=\n)/);
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
}

function marked(sign: string, line: string): string {
  return line.endsWith('\n') ? sign + line.slice(0, -1) : `${sign}${line}\n\\ No newline at end of file`;
}

function range(first: number, size: number): string {
  return size === 1 ? String(first) : `${size === 0 ? first - 1 : first},${size}`;
}

/** Whole lines around the edits; edits of the same line are one change. */
function changesOf(plan: FilePlan, before: SourceText, old: readonly string[]): Change[] {
  const groups: { first: number; last: number; edits: FilePlan['edits'][number][] }[] = [];
  for (const edit of plan.edits) {
    const first = before.lineAt(edit.start);
    const last = before.lineAt(edit.end);
    const group = groups.at(-1);
    if (group !== undefined && group.last >= first) {
      group.last = Math.max(group.last, last);
      group.edits.push(edit);
    } else {
      groups.push({ first, last, edits: [edit] });
    }
  }
  return groups.map(({ first, last, edits }) => {
    const start = before.startOf(first);
    const end = last >= before.lines ? plan.before.length : before.startOf(last + 1);
    let text = '';
    let at = start;
    const decode = (from: number, to: number): string => Buffer.from(plan.before.subarray(from, to)).toString('utf8');
    for (const edit of edits) {
      text += decode(at, edit.start) + edit.text;
      at = edit.end;
    }
    text += decode(at, end);
    return trimmed({ first, last: Math.min(last, old.length), lines: linesOf(Buffer.from(text)) }, old);
  });
}

/** Lines at both ends that stay as they are do not belong to the change. */
function trimmed(change: Change, old: readonly string[]): Change {
  const { lines } = change;
  let { first, last } = change;
  let from = 0;
  let to = lines.length;
  while (from < to && first <= last && lines[from] === old[first - 1]) {
    from++;
    first++;
  }
  while (from < to && first <= last && lines[to - 1] === old[last - 1]) {
    to--;
    last--;
  }
  return { first, last, lines: lines.slice(from, to) };
}

/** Changes whose context touches share a hunk. */
function hunksOf(changes: readonly Change[]): Change[][] {
  const hunks: Change[][] = [];
  for (const change of changes) {
    const before = hunks.at(-1)?.at(-1);
    const end = before === undefined ? 0 : Math.max(before.last, before.first - 1);
    if (before !== undefined && change.first - CONTEXT <= end + CONTEXT + 1) hunks.at(-1)?.push(change);
    else hunks.push([change]);
  }
  return hunks;
}
