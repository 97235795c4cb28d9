/**
 * Gives every reader mutated inputs and prints a table; exits 1 where one crashed, hung or allocated too much.
 *
 *   node fuzz/run.ts [--runs 100000] [--target NAME] [--seed 1] [--timeout MS]
 *   node fuzz/run.ts --target NAME --replay FILE        one saved input again
 */

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { fuzz, type Outcome } from './engine.ts';
import { targetsOf } from './target.ts';
import { findTarget } from './worker.ts';

/** The modules that export targets. */
const MODULES = [
  './admit.ts',
  './binary.ts',
  './golang.ts',
  './golang-bind.ts',
  './guard-go.ts',
  './guard-image.ts',
  './guard-npm.ts',
  './guard-signature.ts',
  './guard-baseline.ts',
  './guard-config.ts',
  './guard-access.ts',
  './guard-wasm.ts',
  './heapdump.ts',
  './pprof.ts',
  './respond.ts',
  './syscalls.ts',
  './syscalls-import.ts',
  './text.ts',
  './trace.ts',
  './watch.ts',
];
const CRASHES = join(import.meta.dirname, 'crashes');

/** All targets: the module's URL and the target's name. */
export async function allTargets(): Promise<{ module: string; name: string }[]> {
  const found: { module: string; name: string }[] = [];
  for (const path of MODULES) {
    const module = new URL(path, import.meta.url).href;
    const loaded: object = await import(module);
    for (const { name } of targetsOf(loaded)) found.push({ module, name });
  }
  return found;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      runs: { type: 'string', default: '100000' },
      target: { type: 'string' },
      seed: { type: 'string', default: '1' },
      timeout: { type: 'string', default: '10000' },
      replay: { type: 'string' },
    },
  });
  const all = await allTargets();
  const chosen = all.filter(({ name }) => values.target === undefined || name === values.target);
  if (chosen.length === 0) {
    throw new Error(`there is no target ${values.target}; there are ${all.map(({ name }) => name).join(', ')}`);
  }
  if (values.replay !== undefined) return replay(chosen, values.replay);
  const outcomes: Outcome[] = [];
  for (const { module, name } of chosen) {
    process.stderr.write(`fuzzing ${name} with ${values.runs} inputs\n`);
    const outcome = await fuzz({
      module,
      target: name,
      runs: positive(values.runs),
      seed: positive(values.seed),
      timeoutMs: positive(values.timeout),
      maxFailures: 20,
    });
    outcomes.push(outcome);
    save(outcome);
  }
  printTable(outcomes);
  if (outcomes.some((outcome) => outcome.failures.length > 0)) process.exitCode = 1;
}

function positive(text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 1)
    throw new Error(`${JSON.stringify(text)} is not a whole number from 1 on`);
  return number;
}

/** Saves failing inputs with the command that reads each again. */
function save(outcome: Outcome): void {
  for (const { number, problem, input } of outcome.failures) {
    mkdirSync(CRASHES, { recursive: true });
    const file = join(CRASHES, `${outcome.target.replaceAll(' ', '-')}-${number}.bin`);
    writeFileSync(file, input);
    const [first = ''] = problem.split('\n');
    process.stdout.write(`${outcome.target}, input ${number} (${input.length} bytes): ${first}\n`);
    process.stdout.write(
      `  again: node fuzz/run.ts --target '${outcome.target}' --replay ${relative(process.cwd(), file)}\n`,
    );
  }
}

async function replay(chosen: readonly { module: string; name: string }[], file: string): Promise<void> {
  const input = readFileSync(file);
  for (const { module, name } of chosen) {
    const target = await findTarget(module, name);
    try {
      target.run(input);
      process.stdout.write(`${name}: read without an error\n`);
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'EvidenceError') throw error;
      process.stdout.write(`${name}: refused, as it may be: ${error.message}\n`);
    }
  }
}

function printTable(outcomes: readonly Outcome[]): void {
  const rows = outcomes.map((o) => [
    o.target,
    String(o.runs),
    String(o.accepted),
    String(o.rejected),
    String(o.failures.length),
    `${o.slowestMs.toFixed(1)} ms`,
    `${(o.most * 100).toFixed(0)} %`,
  ]);
  const heads = ['target', 'inputs', 'read', 'refused', 'failed', 'slowest', 'of allowed memory'];
  const widths = heads.map((head, i) => Math.max(head.length, ...rows.map((row) => row[i]?.length ?? 0)));
  for (const row of [heads, ...rows]) {
    process.stdout.write(
      `${row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join('  ')}\n`,
    );
  }
}

if (import.meta.main) {
  main().catch((error: unknown) => {
    process.stderr.write(`fuzz: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exitCode = 2;
  });
}
