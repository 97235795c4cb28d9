/**
 * Lock files under attack, against `hemostat guard deps` and `hemostat gate --only deps`, and beside them `npm audit signatures` and
 * `go mod download`, `go mod verify` on the very same files. Everything is on loopback: the registry signs as the public one does
 * (src/testing/npm-registry.ts), the checksum database is golang.org/x/mod's own (test/guard/sumdb).
 *
 *   node test/e2e-guard/lockfiles.ts [words of a case's name]     this stage alone
 */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Case, Stage } from './case.ts';
import { goCases, startGoParts } from './lockfiles-go.ts';
import { remove } from './lockfiles-hemostat.ts';
import { npmCases, startNpmParts } from './lockfiles-npm.ts';

export async function lockfileStage(): Promise<Stage> {
  const work = await mkdtemp(join(tmpdir(), 'hemostat-locks-'));
  const closing: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    for (const one of closing.splice(0).reverse()) await one();
    await remove(work);
  };
  try {
    const npm = await startNpmParts(work);
    closing.push(
      () => npm.registry.close(),
      () => npm.other.close(),
      () => npm.quiet.close(),
    );
    const go = await startGoParts(work);
    closing.push(() => go.databases.stop());
    return {
      name: 'lock files',
      parts: [
        ...npm.npms.map(
          ({ version }) => `npm ${version} (its TUF client is answered from memory: no other registry is reached)`,
        ),
        `${go.version}, with the checksum database server of golang.org/x/mod`,
      ],
      cases: [...npmCases(work, npm), ...goCases(work, go)],
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function tell(one: Case): Promise<boolean> {
  const began = performance.now();
  const { exit, said, wrong } = await one.run();
  const took = performance.now() - began;
  const problems = [
    ...(exit === one.exit ? [] : [`exit ${exit} and not ${one.exit}`]),
    ...(one.says.test(said) ? [] : [`not as ${one.says}`]),
    ...wrong,
  ];
  const peer = one.peer === undefined ? '' : await one.peer().then((p) => `    ${p.name}: exit ${p.exit}: ${p.said}\n`);
  process.stdout.write(
    `${problems.length === 0 ? 'ok  ' : 'BAD '} ${one.group}: ${one.name} (${took.toFixed(0)} ms)\n    exit ${exit}: ${said}\n${peer}`,
  );
  for (const problem of problems) process.stdout.write(`    WRONG ${problem}\n`);
  return problems.length === 0;
}

if (import.meta.main) {
  const stage = await lockfileStage();
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void stage.close().finally(() => process.exit(130)));
  const wanted = process.argv.slice(2).join(' ');
  try {
    process.stdout.write(`${stage.parts.join('\n')}\n`);
    let bad = 0;
    for (const one of stage.cases) if (one.name.includes(wanted) && !(await tell(one))) bad++;
    process.exitCode = bad === 0 ? 0 : 1;
  } finally {
    await stage.close();
  }
}
