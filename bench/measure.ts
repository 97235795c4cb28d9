/** Whole processes measured from outside: wall time, and the largest resident set that /proc saw (Linux). */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Measured } from './row.ts';

export interface Run extends Measured {
  readonly stdout: string;
}

/**
 * Runs the command to its end and throws where it fails. The kernel's high-water mark (VmHWM) is read every few
 * milliseconds, so at most the last few are missed; NaN where there is no /proc.
 */
export function runProcess(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<Run> {
  return new Promise((resolve, reject) => {
    const start = performance.now();
    const child = spawn(command, [...args], { stdio: ['ignore', 'pipe', 'pipe'], env });
    let stdout = '';
    let stderr = '';
    let rssMB = Number.NaN;
    const look = (): void => {
      try {
        const kib = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1];
        if (kib !== undefined) rssMB = Number(kib) / 1024;
      } catch {
        // Gone, or no /proc here.
      }
    };
    const timer = setInterval(look, 3);
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.on('error', reject);
    child.on('close', (code) => {
      const ms = performance.now() - start;
      clearInterval(timer);
      if (code === 0) resolve({ ms, rssMB, stdout });
      else reject(new Error(`${command} ${args.join(' ')} ended with ${code}: ${stderr.slice(-500)}`));
    });
  });
}

/** The middle one by time, and by memory. */
export function median(runs: readonly Measured[]): Measured {
  const middle = (numbers: number[]): number => numbers.sort((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN;
  return { ms: middle(runs.map(({ ms }) => ms)), rssMB: middle(runs.map(({ rssMB }) => rssMB)) };
}

/** Runs `once` that many times, one after the other. */
export async function repeat(times: number, once: () => Promise<Measured>): Promise<Measured> {
  const runs: Measured[] = [];
  for (let i = 0; i < times; i++) runs.push(await once());
  return median(runs);
}
