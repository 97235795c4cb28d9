/** That nothing of a collector outlives it, however it ends: its tools end with it, and its directories go at the next start. */
import { spawnSync } from 'node:child_process';
import { lstatSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { processExists } from '../procfs.ts';

const DIRECTORY = /^hemostat-count-(\d+)-/;

/**
 * What is put before a command so that the kernel kills it when this process (its main thread) ends: util-linux's setpriv. Empty
 * where there is none: bpftrace then ends by SIGPIPE with the next window that it prints, perf and strace by hand.
 */
export function endWithUs(): string[] {
  const { status } = spawnSync('setpriv', ['--pdeathsig', 'KILL', 'true'], { stdio: 'ignore' });
  return status === 0 ? ['setpriv', '--pdeathsig', 'KILL'] : [];
}

/** A new directory of this process for what a tool writes. */
export function ownDirectory(parent = tmpdir()): string {
  return mkdtempSync(join(parent, `hemostat-count-${process.pid}-`));
}

/** Removes the directories of processes that have ended without doing so. Never throws. */
export function sweepDirectories(parent = tmpdir()): void {
  try {
    for (const name of readdirSync(parent)) {
      const pid = DIRECTORY.exec(name)?.[1];
      if (pid === undefined || processExists(Number(pid))) continue;
      const path = join(parent, name);
      // Anybody may write there: what is another's, or no directory, is left alone.
      const info = lstatSync(path);
      if (info.uid === process.geteuid?.() && info.isDirectory()) rmSync(path, { recursive: true, force: true });
    }
  } catch {
    // Somebody else was faster, or it cannot be listed: nothing is wrong with this start.
  }
}
