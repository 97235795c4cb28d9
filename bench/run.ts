/**
 * Runs every benchmark beside its peer and prints one table: `node bench/run.ts [--write]`.
 * With --write the table in docs/benchmarks.md is replaced. Exits 1 where a goal was missed.
 */

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, release, totalmem, type } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { BenchRow, Measured } from './row.ts';

const ROOT = join(import.meta.dirname, '..');
const PAGE = join(ROOT, 'docs', 'benchmarks.md');
const BEGIN = '<!-- made by `make bench BENCHFLAGS=--write`: begin -->';
const END = '<!-- end -->';

/** Modules with a function `rows` that measures and returns its lines of the table. */
const MODULES = ['./pprof.ts', './goroutines.ts', './heapdump.ts', './golang-parse.ts', './review.ts'];

const HEADS = ['what', 'ours', 'peer', 'time', 'memory', 'goal', 'met'];

async function allRows(): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const path of MODULES) {
    process.stderr.write(`measuring ${path}\n`);
    const loaded: object = await import(new URL(path, import.meta.url).href);
    if (!hasRows(loaded)) throw new Error(`bench/${path} exports no function rows`);
    rows.push(...(await loaded.rows()));
  }
  return rows;
}

function hasRows(module: object): module is { rows: () => Promise<BenchRow[]> | BenchRow[] } {
  return 'rows' in module && typeof module.rows === 'function';
}

function cells(row: BenchRow): string[] {
  const { name, ours, peer, goal, ok } = row;
  return [
    name,
    measured(ours),
    peer === null ? '-' : `${measured(peer)} (${peer.name})`,
    peer === null ? '-' : times(peer.ms, ours.ms, 'faster', 'slower'),
    peer === null ? '-' : share(ours.rssMB, peer.rssMB),
    goal,
    ok ? 'yes' : 'no',
  ];
}

/** `1.2 s, 84 MiB`; memory of 0 was not measured. */
function measured({ ms, rssMB }: Measured): string {
  const time = ms >= 1000 ? `${(ms / 1000).toFixed(2)} s` : `${ms.toFixed(ms >= 10 ? 0 : 1)} ms`;
  return rssMB > 0 ? `${time}, ${rssMB.toFixed(0)} MiB` : time;
}

function times(theirs: number, ours: number, better: string, worse: string): string {
  if (ours <= 0 || theirs <= 0) return '-';
  return theirs >= ours ? `${(theirs / ours).toFixed(1)}× ${better}` : `${(ours / theirs).toFixed(1)}× ${worse}`;
}

function share(ours: number, theirs: number): string {
  return ours > 0 && theirs > 0 ? `${((ours / theirs) * 100).toFixed(0)} %` : '-';
}

/** What the figures were measured on, one line. */
function machine(): string {
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

function asText(table: readonly (readonly string[])[]): string {
  const widths = HEADS.map((_, i) => Math.max(...table.map((row) => (row[i] ?? '').length)));
  return table
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function asMarkdown(table: readonly (readonly string[])[]): string {
  const [heads = [], ...rows] = table;
  const line = (row: readonly string[]): string => `| ${row.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(heads), line(heads.map(() => '---')), ...rows.map(line)].join('\n');
}

/** The page with what is between the markers replaced; the markers must be there, each once. */
function replaceTable(page: string, table: string): string {
  const from = page.indexOf(BEGIN);
  const to = page.indexOf(END);
  if (from < 0 || to < from) throw new Error(`${PAGE} needs the lines ${BEGIN} and ${END}`);
  return `${page.slice(0, from + BEGIN.length)}\n\n${table}\n\n${page.slice(to)}`;
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { write: { type: 'boolean', default: false } } });
  if (values.write && !existsSync(PAGE)) throw new Error(`${PAGE} is missing`);
  const rows = await allRows();
  const table = [HEADS, ...rows.map(cells)];
  process.stdout.write(`${asText(table)}\n\n${machine()}\n`);
  if (values.write) {
    writeFileSync(PAGE, replaceTable(readFileSync(PAGE, 'utf8'), `${asMarkdown(table)}\n\n${machine()}`));
  }
  if (rows.some((row) => !row.ok)) process.exitCode = 1;
}

main().catch((error: unknown) => {
  process.stderr.write(`bench: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = 2;
});
