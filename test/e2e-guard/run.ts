/**
 * `make e2e-guard`: a service is built, made an image, pushed, signed, gated and admitted, and then attacked at every step, with real
 * parts on loopback. One row per case, a table at the end, exit 1 if one case was answered otherwise than it must be.
 *
 *   node test/e2e-guard/run.ts [--only locks,image,config,admission] [--no-apiserver] [--write]
 *
 * `--write` also writes docs/e2e-guard.md, which is the same after every run: without paths, ports, digests and times.
 */
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { admissionStage } from './admission.ts';
import type { Case, Stage } from './case.ts';
import { configStage } from './config.ts';
import { openWork, progress, ROOT } from './env.ts';
import { imageStage } from './image.ts';
import { openSupply, type Supply } from './supply.ts';
import { pageOf, type Row, stable, tablesOf } from './table.ts';

const STAGES = ['locks', 'image', 'config', 'admission'] as const;
type StageName = (typeof STAGES)[number];

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { only: { type: 'string' }, 'no-apiserver': { type: 'boolean' }, write: { type: 'boolean' } },
  });
  const asked = values.only?.split(',') ?? STAGES;
  const unknown = asked.find((name) => !STAGES.some((stage) => stage === name));
  if (unknown !== undefined) {
    process.stderr.write(`e2e-guard: there is no stage ${unknown}; there are ${STAGES.join(', ')}\n`);
    return 2;
  }
  const began = performance.now();
  const work = openWork();
  const results = new Map<StageName, Result>();
  const open = new Set<Stage>();
  const end = async (): Promise<void> => {
    const left = [...open];
    open.clear();
    for (const stage of left) await stage.close();
    await work.close();
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void end().finally(() => process.exit(130)));
  try {
    let supply: Promise<Supply> | null = null;
    const supplied = (): Promise<Supply> => {
      supply ??= openSupply(work);
      return supply;
    };
    const starts: Readonly<Record<StageName, () => Promise<Stage>>> = {
      locks: async () => (await import('./lockfiles.ts')).lockfileStage(),
      image: async () => imageStage(await supplied()),
      config: async () => configStage(await supplied()),
      admission: async () => admissionStage(await supplied(), values['no-apiserver'] !== true),
    };
    const lane = async (names: readonly StageName[]): Promise<void> => {
      for (const name of names) {
        if (!asked.includes(name)) continue;
        const result: Result = { rows: [], parts: [] };
        results.set(name, result);
        await runStage(name, starts[name], result, open);
      }
    };
    // They share nothing, and both wait much.
    await Promise.all([lane(['locks']), lane(['image', 'config', 'admission'])]);
  } finally {
    await end();
  }
  // In this order, whichever was the first to end.
  const inOrder = STAGES.flatMap((name) => results.get(name) ?? []);
  const rows = inOrder.flatMap((result) => result.rows);
  const parts = inOrder.flatMap((result) => result.parts);
  const failed = rows.filter(({ wrong }) => wrong.length > 0).length;
  process.stdout.write(`\n${tablesOf(rows)}\n`);
  if (values.write && (failed > 0 || asked.length < STAGES.length))
    process.stderr.write('e2e-guard: docs/e2e-guard.md is only written of all stages, and when none has failed\n');
  else if (values.write) write(pageOf(rows, parts));
  progress(`${((performance.now() - began) / 1000).toFixed(0)} s`);
  process.stdout.write(`${rows.length - failed} passed, ${failed} failed\n`);
  return failed === 0 && rows.length > 0 ? 0 : 1;
}

interface Result {
  readonly rows: Row[];
  readonly parts: string[];
}

/** A stage that cannot start, or end, has failed; the others go on. */
async function runStage(
  name: StageName,
  start: () => Promise<Stage>,
  { rows, parts }: Result,
  open: Set<Stage>,
): Promise<void> {
  const add = (row: Row): void => {
    rows.push(row);
    show(row);
  };
  try {
    const stage = await start();
    open.add(stage);
    parts.push(...stage.parts);
    progress(`${stage.name}: ${stage.cases.length} cases`);
    for (const one of stage.cases) add(await tried(one));
    open.delete(stage);
    await stage.close();
  } catch (error) {
    add(failedRow(`the stage ${name} starts and ends`, 'honest', error));
  }
}

/** A case that cannot be tried has failed; the others go on. */
async function tried(one: Case): Promise<Row> {
  try {
    const { exit, said, wrong: besides } = await one.run();
    const wrong = [...besides];
    if (exit !== one.exit) wrong.unshift(`exit ${exit} and not ${one.exit}`);
    if (!one.says.test(said)) wrong.push(`does not say ${one.says}`);
    const peer = (await one.peer?.()) ?? null;
    return {
      name: one.name,
      group: one.group,
      exit,
      said: stable(said),
      wrong,
      peer: peer === null ? null : { ...peer, said: stable(peer.said) },
    };
  } catch (error) {
    return failedRow(one.name, one.group, error);
  }
}

function failedRow(name: string, group: string, error: unknown): Row {
  const why = error instanceof Error ? error.message : String(error);
  return { name, group, exit: -1, said: '', wrong: [why], peer: null };
}

function show(row: Row): void {
  process.stdout.write(`${row.wrong.length === 0 ? 'ok  ' : 'FAIL'} ${row.name} (exit ${row.exit})\n`);
  if (row.said !== '') process.stdout.write(`       ${row.said}\n`);
  for (const wrong of row.wrong) process.stdout.write(`       wrong: ${wrong}\n`);
}

function write(page: string): void {
  const file = join(ROOT, 'docs/e2e-guard.md');
  writeFileSync(`${file}.tmp`, page);
  renameSync(`${file}.tmp`, file);
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`e2e-guard: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = 1;
}
