import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SourcePackage } from '../golang/module.ts';
import { type PoolOptions, runPool } from './pool.ts';
import type { PackageAnswer, PackageTask } from './reviewer.ts';
import { createSchedule } from './schedule.ts';

/** A thread that does what the package's name says. */
const THREAD = `
import { parentPort } from 'node:worker_threads';
parentPort.on('message', (task) => {
  const { name, importPath } = task.pkg;
  if (name === 'throws') throw new Error('something is not a function');
  if (name === 'exits') process.exit(7);
  if (name === 'hangs') for (;;);
  if (name === 'eats') { const all = []; for (;;) all.push(new Array(1e5).fill({ x: Math.random() })); }
  parentPort.postMessage({ facts: JSON.stringify({ of: importPath, told: task.facts.map(([path]) => path) }) });
});
`;

let directory: string;
let file: URL;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'hemostat-pool-'));
  const path = join(directory, 'thread.mjs');
  writeFileSync(path, THREAD);
  file = pathToFileURL(path);
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** Runs packages of these names, in a row of imports if `chained`; gives what became of each, and which were told of which. */
async function run(
  names: readonly string[],
  options: Partial<PoolOptions> = {},
  chained = false,
): Promise<{ outcome: string[]; told: string[] }> {
  const outcome: string[] = names.map(() => '');
  const told: string[] = [];
  const schedule = createSchedule(
    names.map((_, index) => ({ importPath: `p${index}`, imports: chained ? [`p${index + 1}`] : [], bytes: 1 })),
  );
  await runPool(
    {
      schedule,
      task: (index, known) => taskOf(index, names[index] ?? '', [...schedule.visibleFrom(index)], known),
      answer: (index: number, answer: PackageAnswer) => {
        outcome[index] = 'answered';
        told.push(answer.facts);
      },
      failed: (index: number, why: string) => {
        outcome[index] = why;
      },
    },
    {
      setup: { load: { cwd: '/' }, rules: [], cacheDirectory: null, setupDigest: '' },
      workers: 2,
      signal: undefined,
      file,
      ...options,
    },
  );
  return { outcome, told };
}

function taskOf(index: number, name: string, visible: number[], known: Set<number>): PackageTask {
  const pkg: SourcePackage = {
    importPath: `p${index}`,
    name,
    dir: '/',
    module: { path: '', dir: '/', go: [1, 26] },
    files: [],
    imports: [],
  };
  const facts = visible.filter((other) => !known.has(other)).map((other): [string, string] => [`p${other}`, '{}']);
  for (const other of visible) known.add(other);
  return { pkg, importsDigest: '', visible: [], facts, factsOnly: false, milliseconds: 0 };
}

describe('the pool', () => {
  it('reviews every package, imports first, and tells each thread each fact once', async () => {
    const { outcome, told } = await run(['a', 'b', 'c', 'd'], { workers: 1 }, true);
    expect(outcome).toEqual(['answered', 'answered', 'answered', 'answered']);
    expect(told.map((text) => JSON.parse(text))).toEqual([
      { of: 'p3', told: [] },
      { of: 'p2', told: ['p3'] },
      { of: 'p1', told: ['p2'] },
      { of: 'p0', told: ['p1'] },
    ]);
  });

  it('loses only the package whose thread fails', async () => {
    const { outcome } = await run(['ok', 'throws', 'ok', 'exits', 'ok', 'throws', 'ok']);
    expect(outcome).toEqual([
      'answered',
      'failed (something is not a function)',
      'answered',
      'ended its thread (7)',
      'answered',
      'failed (something is not a function)',
      'answered',
    ]);
  });

  it('goes on with what imports a package that failed', async () => {
    const { outcome } = await run(['ok', 'throws', 'ok'], {}, true);
    expect(outcome).toEqual(['answered', 'failed (something is not a function)', 'answered']);
  });

  it('ends a thread that does not come back', async () => {
    const { outcome } = await run(['ok', 'hangs', 'ok'], { graceMs: 1000 });
    expect(outcome).toEqual(['answered', 'took longer than 1 s', 'answered']);
  });

  it('outlives a thread without memory', async () => {
    const { outcome } = await run(['ok', 'eats', 'ok'], { heapMegabytes: 64 });
    expect(outcome[1]).toMatch(/^failed \(.*memory/);
    expect([outcome[0], outcome[2]]).toEqual(['answered', 'answered']);
  });

  it('stops when it is told to', async () => {
    const controller = new AbortController();
    const running = run(['hangs', 'hangs', 'ok'], { signal: controller.signal });
    setTimeout(() => controller.abort(new Error('interrupted')), 100);
    await expect(running).rejects.toThrow('interrupted');
    await expect(run(['ok'], { signal: AbortSignal.abort(new Error('before')) })).rejects.toThrow('before');
  });

  it('has nothing to do with nothing', async () => {
    expect((await run([])).outcome).toEqual([]);
  });

  it('gives up where threads cannot work at all', async () => {
    const missing = pathToFileURL(join(directory, 'missing.mjs'));
    await expect(run(Array(80).fill('ok'), { file: missing })).rejects.toThrow('threads keep failing');
  });
});
