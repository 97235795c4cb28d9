/** The report of response times for people: columns for a terminal, a table in Markdown. Pure. */
import { padEnd, padStart, printable, type Terminal, wrap } from '../../findings/layout.ts';
import { formatDuration } from '../../findings/units.ts';
import type { Quantiles, ReportGroup, ResponseReport } from './report.ts';

const HEAD = ['', 'time to', 'n', 'open', 'median', 'p90', 'breaches'] as const;

export function writeReportText(report: ResponseReport, terminal: Terminal): string {
  const rows = rowsOf(report);
  const tame = (text: string): string => printable(text, terminal.unicode).replaceAll('\n', ' ');
  const widths = HEAD.map((head, i) => Math.max(head.length, ...rows.map((row) => tame(row[i] ?? '').length)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => (i < 2 ? padEnd(tame(cell), widths[i] ?? 0) : padStart(tame(cell), widths[i] ?? 0)))
      .join('  ')
      .trimEnd();
  const lines = [headline(report), '', line(HEAD), ...rows.map(line)];
  for (const note of report.notes) lines.push('', ...wrap(tame(note), terminal.width));
  return `${lines.join('\n')}\n`;
}

export function writeReportMarkdown(report: ResponseReport): string {
  const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ').replaceAll('<', '&lt;');
  const row = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`;
  return [
    '## Response times',
    '',
    headline(report),
    '',
    row(HEAD),
    '|---|---|--:|--:|--:|--:|--:|',
    ...rowsOf(report).map(row),
    ...report.notes.flatMap((note) => ['', note]),
    '',
  ].join('\n');
}

function headline({ incidents, rounds, open, since }: ResponseReport): string {
  const from = since === null ? '' : ` since ${since.slice(0, 16).replace('T', ' ')} UTC`;
  const again = rounds === incidents ? '' : ` (${rounds} rounds: some came back)`;
  return `${incidents} incident${incidents === 1 ? '' : 's'}${again}${from}, ${open} open.`;
}

function rowsOf({ all, kinds, roles }: ResponseReport): string[][] {
  return [all, ...kinds, ...roles].flatMap((group) =>
    group.times.filter(({ n, open }) => n + open > 0).map((times, index) => rowOf(group, times, index === 0)),
  );
}

function rowOf(
  { name }: ReportGroup,
  { measure, n, open, median, p90, breaches }: Quantiles,
  first: boolean,
): string[] {
  // Where too few are done, the quantile lies beyond what has been seen.
  const time = (ms: number | null): string => (ms === null ? 'not yet' : formatDuration(ms / 1000));
  return [first ? name : '', measure, String(n), String(open), time(median), time(p90), String(breaches)];
}
