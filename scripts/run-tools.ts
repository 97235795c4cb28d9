/**
 * Installs what `make e2e-run` tries the guard of the run against: bpftrace, perf and strace where the system is Debian's, and
 * mounts tracefs, without which the kernel has no tracepoints to give.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { installPrograms } from './debian.ts';

const PROGRAMS: ReadonlyMap<string, string> = new Map([
  ['bpftrace', 'bpftrace'],
  ['perf', 'linux-perf'],
  ['strace', 'strace'],
  ['runc', 'runc'],
]);
const TRACING = '/sys/kernel/tracing';

function main(): void {
  installPrograms('run-tools', PROGRAMS);
  if (existsSync(`${TRACING}/events`)) return;
  const { status } = spawnSync('mount', ['-t', 'tracefs', 'tracefs', TRACING], { stdio: 'inherit' });
  // What needs it is skipped by name, and says this, too.
  if (status !== 0)
    process.stderr.write(`run-tools: tracefs cannot be mounted at ${TRACING}: nothing is counted here\n`);
}

try {
  main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
