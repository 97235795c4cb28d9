/**
 * Installs what `make e2e-run` tries the guard of the run against: bpftrace, perf, strace and runc where the system is Debian's, what
 * their checks are built with, and mounts tracefs, without which the kernel has no tracepoints to give.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { installPrograms } from './debian.ts';

const PROGRAMS: ReadonlyMap<string, string> = new Map([
  ['bpftrace', 'bpftrace'],
  ['perf', 'linux-perf'],
  ['strace', 'strace'],
  ['runc', 'runc'],
  // For a program whose calls are known, and for Envoy, which comes as a wheel (scripts/envoy.ts).
  ['cc', 'build-essential'],
  ['pip3', 'python3-pip'],
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
