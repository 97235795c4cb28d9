/** docs/benchmarks.md: what benchmarks put there, and the machine that they ran on. */
import { execFileSync } from 'node:child_process';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { cpus, release, totalmem, type } from 'node:os';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');
export const PAGE = join(ROOT, 'docs', 'benchmarks.md');
const END = '<!-- end -->';

/** Replaces what is between the line `<!-- made by BY: begin -->` and the next `<!-- end -->`; both must be there. */
export function writePage(by: string, text: string): void {
  const begin = `<!-- made by ${by}: begin -->`;
  const page = readFileSync(PAGE, 'utf8');
  const from = page.indexOf(begin);
  const to = page.indexOf(END, from);
  if (from < 0 || to < 0) throw new Error(`${PAGE} needs the lines ${begin} and ${END}`);
  const temporary = `${PAGE}.${process.pid}.tmp`;
  writeFileSync(temporary, `${page.slice(0, from + begin.length)}\n\n${text}\n\n${page.slice(to)}`);
  renameSync(temporary, PAGE);
}

export function asMarkdown(table: readonly (readonly string[])[]): string {
  const [heads = [], ...rows] = table;
  const line = (row: readonly string[]): string => `| ${row.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(heads), line(heads.map(() => '---')), ...rows.map(line)].join('\n');
}

export function asText(table: readonly (readonly string[])[]): string {
  const widths = (table[0] ?? []).map((_, i) => Math.max(...table.map((row) => (row[i] ?? '').length)));
  return table
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** What the figures were measured on, one line. */
export function machine(): string {
  const processors = cpus();
  const model = processors[0]?.model.trim() ?? 'unknown processor';
  const gib = (totalmem() / 1024 ** 3).toFixed(0);
  return `${processors.length} × ${model}, ${gib} GiB, ${type()} ${release()}; Node ${process.version}, ${goVersion()}; ${commit()}`;
}

function goVersion(): string {
  try {
    return execFileSync('go', ['version'], { encoding: 'utf8', cwd: ROOT }).trim().replace('go version ', '');
  } catch {
    return 'no Go';
  }
}

function commit(): string {
  try {
    return `commit ${execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8', cwd: ROOT }).trim()}`;
  } catch {
    return 'no commit';
  }
}
