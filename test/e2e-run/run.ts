/**
 * `make e2e-run`: what guards the run, against real parts: bpftrace in this kernel, the services of the lab, Envoy, a browser. Each
 * script beside this one is a program of its own that prints a line for each check (checks.ts); they run one after another, because
 * they count what this machine does.
 *
 *   node test/e2e-run/run.ts [--only collect,diagnose,…]
 *
 * The last line is `N passed, N failed, N skipped`; exit 1 where one failed, or a script ended without a check.
 */
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { withDescendants } from '../../src/collect/syscalls/processes.ts';

/** Not scripts, but what they share. */
const SHARED: ReadonlySet<string> = new Set(['run', 'checks']);
/** No script takes so long on a busy machine; what does hangs. */
const LONGEST_MS = 10 * 60_000;

interface Tally {
  passed: number;
  failed: number;
  skipped: number;
}

/** Ends the script that runs, with all that it started. */
let endRunning = (): void => {};

async function main(): Promise<number> {
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => {
      endRunning();
      process.exit(130);
    });
  const { values } = parseArgs({ options: { only: { type: 'string' } } });
  const scripts = readdirSync(import.meta.dirname)
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .map((name) => name.slice(0, -'.ts'.length))
    .filter((name) => !SHARED.has(name))
    .sort();
  const asked = values.only?.split(',') ?? scripts;
  const unknown = asked.find((name) => !scripts.includes(name));
  if (unknown !== undefined) {
    process.stderr.write(`e2e-run: there is no script ${unknown}; there are ${scripts.join(', ')}\n`);
    return 2;
  }
  const began = performance.now();
  const all: Tally = { passed: 0, failed: 0, skipped: 0 };
  for (const name of asked) {
    process.stdout.write(`==> ${name}\n`);
    const tally = await run(name);
    all.passed += tally.passed;
    all.failed += tally.failed;
    all.skipped += tally.skipped;
  }
  process.stderr.write(`==> ${((performance.now() - began) / 1000).toFixed(0)} s\n`);
  process.stdout.write(`${all.passed} passed, ${all.failed} failed, ${all.skipped} skipped\n`);
  return all.failed === 0 && all.passed > 0 ? 0 : 1;
}

async function run(name: string): Promise<Tally> {
  const tally: Tally = { passed: 0, failed: 0, skipped: 0 };
  // A group of its own, so that Ctrl-C is for this program alone, which ends all that it started.
  const child = spawn(process.execPath, [join(import.meta.dirname, `${name}.ts`)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  const endAll = (): void => {
    if (child.pid === undefined) return;
    // Services of the lab and bpftrace are in groups of their own.
    for (const pid of withDescendants(child.pid))
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It has ended.
      }
  };
  endRunning = endAll;
  const timer = setTimeout(() => {
    process.stdout.write(`FAIL ${name}: is not done after ${LONGEST_MS / 60_000} minutes, and was ended\n`);
    tally.failed++;
    endAll();
  }, LONGEST_MS);
  const ended = new Promise<number>((resolve) => child.on('close', (code) => resolve(code ?? 1)));
  for await (const line of createInterface({ input: child.stdout })) {
    process.stdout.write(`${line}\n`);
    if (/^ok\s/.test(line)) tally.passed++;
    else if (/^FAIL\s/.test(line)) tally.failed++;
    else if (/^skip\s/.test(line)) tally.skipped++;
  }
  const code = await ended;
  clearTimeout(timer);
  if (code !== 0 && tally.failed === 0) {
    process.stdout.write(`FAIL ${name}: ended with exit code ${code} and no failed check\n`);
    tally.failed++;
  }
  return tally;
}

process.exitCode = await main();
