/**
 * Parsing GOROOT/src on one thread beside go/parser (scripts/go-oracle): the median of five rounds in one process, and the
 * first round, in which V8 has compiled nothing yet. Go's is measured with one processor (GOMAXPROCS=1 leaves the garbage
 * collector no second one), as ours is. Files are in memory; comments are kept by both.
 */

import { join } from 'node:path';
import { goroot, withOracle } from '../scripts/compare-go-parse.ts';
import type { Parsed } from './golang-parse-work.ts';
import { runProcess } from './measure.ts';
import type { BenchRow, Measured } from './row.ts';

const ROUNDS = 5;
/** MB (10^6 bytes) a second. */
const GOAL = 25;

export async function rows(): Promise<BenchRow[]> {
  const root = join(goroot(''), 'src');
  const theirs = await withOracle('', (oracle) =>
    measured(oracle, ['parsetime', root, String(ROUNDS)], { ...process.env, GOMAXPROCS: '1' }),
  );
  const ours = await measured(process.execPath, [
    join(import.meta.dirname, 'golang-parse-work.ts'),
    root,
    String(ROUNDS),
  ]);
  if (ours.parsed.bytes !== theirs.parsed.bytes) throw new Error('not the same files were parsed');
  const { bytes, nodes, files } = ours.parsed;
  const what = `parse ${files.toLocaleString('en')} Go files, ${(bytes / 1e6).toFixed(0)} MB, ${(nodes / 1e6).toFixed(1)} M nodes, one thread`;
  const row = (name: string, mine: Measured, other: Measured): BenchRow => {
    const speed = bytes / 1e3 / mine.ms;
    return {
      name: `${what}, ${name}: ${speed.toFixed(0)} MB/s`,
      ours: mine,
      peer: { name: `go/parser, ${(bytes / 1e3 / other.ms).toFixed(0)} MB/s`, ...other },
      goal: `≥ ${GOAL} MB/s`,
      ok: speed >= GOAL,
    };
  };
  const rss = (run: typeof ours, ms: number): Measured => ({ ms, rssMB: run.rssMB });
  return [
    row('warm', rss(ours, middle(ours.parsed.rounds)), rss(theirs, middle(theirs.parsed.rounds))),
    row('cold', rss(ours, ours.parsed.rounds[0] ?? 0), rss(theirs, theirs.parsed.rounds[0] ?? 0)),
  ];
}

async function measured(
  command: string,
  args: string[],
  env?: NodeJS.ProcessEnv,
): Promise<{ parsed: Parsed; rssMB: number }> {
  const { stdout, rssMB } = await runProcess(command, args, env);
  return { parsed: JSON.parse(stdout), rssMB };
}

function middle(times: readonly number[]): number {
  return times.toSorted((x, y) => x - y)[times.length >> 1] ?? Number.NaN;
}
