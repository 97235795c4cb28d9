/** What `hemostat watch` does with a history instead of watching: copy it, read all of it. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { defaultDataDir } from '../watch/config/defaults.ts';
import { readConfig } from '../watch/config/read.ts';
import { requestBackup } from '../watch/control.ts';
import { EXIT, UsageError } from './exit.ts';
import type { WatchOptions } from './watch.ts';

const log = (says: string): void => void process.stderr.write(`hemostat: ${says}\n`);

/** By the server that has the history open, or where there is none, here. */
export async function backupHistory(options: WatchOptions, dir: string): Promise<void> {
  const from = await historyOf(options);
  const to = resolve(dir);
  if (!(await requestBackup(from, to))) {
    const { backupClosed } = await import('../watch/history/duckdb/backup-closed.ts');
    await backupClosed(from, to, log);
  }
  process.stdout.write(`${to}\n`);
}

/** Reads every byte of a history: one sentence for each thing that is damaged, and exit code 3 where one is. */
export async function verifyHistory(options: WatchOptions): Promise<void> {
  const from = await historyOf(options);
  const { verifyStore } = await import('../watch/history/duckdb/backup-closed.ts');
  const { captures, blobs, summaries, problems } = await verifyStore(from, log);
  for (const says of problems) process.stdout.write(`${says}\n`);
  const damaged = problems.length === 0 ? 'nothing is damaged' : `${problems.length} damaged`;
  process.stdout.write(`${from}: read ${captures} captures, ${blobs} profiles, ${summaries} summaries; ${damaged}\n`);
  if (problems.length > 0) process.exitCode = EXIT.evidence;
}

async function historyOf({ data, config }: WatchOptions): Promise<string> {
  const given = data ?? (config === undefined ? null : (await readConfig(config)).dataDir);
  const dir = resolve(given ?? defaultDataDir(process.env));
  if (!existsSync(dir)) throw new UsageError(`${dir} is not there; give the directory of the history with --data`);
  return dir;
}
