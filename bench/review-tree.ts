/**
 * A command with all the processes that it starts (a Go tool is many), measured from outside: wall time, and the largest
 * resident memory of all of them together that was seen (Linux; pages that they share count for each).
 */
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import type { Measured } from './row.ts';

/** KiB per page of /proc/<pid>/statm, on every machine that this runs on. */
const PAGE_KIB = 4;
/** Looking costs: all of /proc is listed. */
const EVERY_MS = 50;

export interface TreeOptions {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** Linters end with 1 when they find something. */
  readonly exitCodes: readonly number[];
}

export function runTree(command: string, args: readonly string[], options: TreeOptions): Promise<Measured> {
  return new Promise((resolve, reject) => {
    const start = performance.now();
    // A group of its own, by which its processes are known.
    const child = spawn(command, [...args], {
      cwd: options.cwd,
      env: options.env,
      stdio: ['ignore', 'ignore', 'pipe'],
      detached: true,
    });
    let stderr = '';
    let rssMB = Number.NaN;
    const timer = setInterval(() => {
      const now = child.pid === undefined ? 0 : groupMB(child.pid);
      if (now > 0 && !(rssMB >= now)) rssMB = now;
    }, EVERY_MS);
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr = (stderr + text).slice(-500);
    });
    child.on('error', reject);
    child.on('close', (code) => {
      const ms = performance.now() - start;
      clearInterval(timer);
      if (code !== null && options.exitCodes.includes(code)) resolve({ ms, rssMB });
      else reject(new Error(`${command} ${args.join(' ')} ended with ${code}: ${stderr}`));
    });
  });
}

/** Resident MiB of the processes of a group. */
function groupMB(group: number): number {
  let pages = 0;
  try {
    for (const name of readdirSync('/proc')) {
      if (!/^\d+$/.test(name)) continue;
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
        // After the command's name in parentheses: state, parent, group.
        const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        if (Number(fields[2]) === group) pages += Number(readFileSync(`/proc/${name}/statm`, 'utf8').split(' ')[1]);
      } catch {
        // It ended.
      }
    }
  } catch {
    return 0; // No /proc here.
  }
  return (pages * PAGE_KIB) / 1024;
}
