/**
 * Kills a process that writes history with SIGKILL at random moments, again and again in one directory, and counts what
 * was lost: `node scripts/crash-history.ts [ROUNDS]`. Exits 1 where anything was.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crashRounds } from '../src/watch/history/duckdb/crash-rounds.testing.ts';

const rounds = Number(process.argv[2] ?? 50);
const root = mkdtempSync(join(tmpdir(), 'hemostat-crash-'));
try {
  const result = await crashRounds(join(root, 'history'), rounds, 40, Math.random);
  process.stdout.write(
    `${rounds} crashes, ${result.acknowledged} batches acknowledged, ${result.lost.length} lost, ${result.half.length} half; opening took up to ${result.slowestOpen.toFixed(0)} ms\n`,
  );
  if (result.lost.length > 0 || result.half.length > 0) process.exitCode = 1;
} finally {
  rmSync(root, { recursive: true, force: true });
}
