/**
 * Runs every benchmark beside its peer and prints one table: `node bench/run.ts [--write]`.
 * With --write the table in docs/benchmarks.md is replaced. Exits 1 where a goal was missed.
 */

import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { asMarkdown, asText, machine, PAGE, writePage } from './page.ts';
import type { BenchRow, Measured } from './row.ts';

const BY = '`make bench BENCHFLAGS=--write`';

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

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { write: { type: 'boolean', default: false } } });
  if (values.write && !existsSync(PAGE)) throw new Error(`${PAGE} is missing`);
  const rows = await allRows();
  const table = [HEADS, ...rows.map(cells)];
  process.stdout.write(`${asText(table)}\n\n${machine()}\n`);
  if (values.write) writePage(BY, `${asMarkdown(table)}\n\n${machine()}`);
  if (rows.some((row) => !row.ok)) process.exitCode = 1;
}

main().catch((error: unknown) => {
  process.stderr.write(`bench: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = 2;
});
