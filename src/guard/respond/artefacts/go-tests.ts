/**
 * Whether tests of a commit fail before it and pass after it. Both trees are written out of the object store into a temporary
 * directory, through an index of their own: the repository, its index and its work tree stay as they are. "Before" is the
 * parent with the commit's test files put over it.
 *
 * A test that does not compile before has not been seen to fail, so that is no proof.
 */

import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, posix } from 'node:path';
import type { Change, Commit, Git } from './commit.ts';
import { passedOn } from './environment.ts';
import { notChecked, type Outcome, passed, refused } from './outcome.ts';
import { type ProgramOptions, runProgram } from './program.ts';

export interface TestOptions {
  readonly env: ProgramOptions['env'];
  /** For each of the two runs, ms. */
  readonly timeoutMs: number;
  readonly progress: (says: string) => void;
}

/** `TestX`, and not `Testing`: go doc testing. */
const TEST_NAME = /^func (Test(?!\p{Ll})[\p{L}\p{N}_]*)\(/gmu;

/** @param tests the Go test files that the commit changes; @param support what they read (`testdata/`) */
export async function runTests(
  git: Git,
  commit: Commit,
  tests: readonly Change[],
  support: readonly Change[],
  options: TestOptions,
): Promise<Outcome> {
  const { parent, hash } = commit;
  if (parent === null) return refused('the commit has no parent: there is nothing that a test could fail on');
  const dir = await mkdtemp(join(tmpdir(), 'hemostat-fix-'));
  try {
    const [before, after] = [join(dir, 'before'), join(dir, 'after')];
    const over = [...tests, ...support];
    if (
      !(await writeTree(git, parent, over, before, join(dir, 'before.index'))) ||
      !(await writeTree(git, hash, [], after, join(dir, 'after.index')))
    )
      return notChecked(`git could not write the trees of ${hash.slice(0, 12)} and its parent to ${tmpdir()}`);
    const packages = await packagesOf(after, tests);
    if (typeof packages === 'string') return notChecked(packages);
    options.progress('running the tests without the fix');
    const old = await goTest(before, packages, options);
    if (typeof old === 'string') return notChecked(`${old}, on the parent`);
    options.progress('running the tests with the fix');
    const now = await goTest(after, packages, options);
    if (typeof now === 'string') return notChecked(`${now}, on the commit`);
    return compare(old, now, packages);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

interface Packages {
  /** Of one module: the directory with go.mod, from the tree's root. */
  readonly module: string;
  /** `./dir` from there. */
  readonly dirs: readonly string[];
  /** Tests that stand in the changed files. */
  readonly names: ReadonlySet<string>;
}

async function writeTree(
  git: Git,
  commit: string,
  over: readonly Change[],
  to: string,
  index: string,
): Promise<boolean> {
  await mkdir(to);
  if ((await git(['read-tree', commit], { index })).code !== 0) return false;
  // `MODE BLOB\tPATH\0`; mode 0 takes the path out.
  const lines = over.map(({ path, mode, blob, deleted }) =>
    deleted ? `0 ${blob}\t${path}\0` : `${mode} ${blob}\t${path}\0`,
  );
  if (
    lines.length > 0 &&
    (await git(['update-index', '-z', '--index-info'], { index, input: lines.join('') })).code !== 0
  )
    return false;
  return (await git(['checkout-index', '--all', '--quiet', `--prefix=${to}/`], { index })).code === 0;
}

async function packagesOf(root: string, tests: readonly Change[]): Promise<Packages[] | string> {
  const byModule = new Map<string, { dirs: Set<string>; names: Set<string> }>();
  for (const { path } of tests.filter(({ deleted }) => !deleted)) {
    const dir = dirname(path);
    const module = moduleOf(root, dir);
    if (module === null) return `${path} is in no Go module`;
    const known = byModule.get(module) ?? { dirs: new Set(), names: new Set() };
    known.dirs.add(`./${posix.relative(module, dir)}`);
    const source = await readFile(join(root, path), 'utf8');
    for (const [, name = ''] of source.matchAll(TEST_NAME)) known.names.add(name);
    byModule.set(module, known);
  }
  return [...byModule].map(([module, { dirs, names }]) => ({ module, dirs: [...dirs].sort(), names }));
}

function moduleOf(root: string, dir: string): string | null {
  for (let at = dir; ; at = dirname(at)) {
    if (existsSync(join(root, at, 'go.mod'))) return at;
    if (at === '.' || at === '/' || at === '') return null;
  }
}

interface Results {
  /** By name, over all packages: failed in one is failed. Top-level tests only. */
  readonly tests: ReadonlyMap<string, 'pass' | 'fail' | 'skip'>;
  /** Packages that failed, with what they said last. */
  readonly failed: readonly string[];
  /** Some package did not compile. */
  readonly broken: string;
}

/** A sentence where it could not be run to its end. */
async function goTest(
  tree: string,
  packages: readonly Packages[],
  { env, timeoutMs }: TestOptions,
): Promise<Results | string> {
  const tests = new Map<string, 'pass' | 'fail' | 'skip'>();
  const failed: string[] = [];
  let broken = '';
  for (const { module, dirs } of packages) {
    // A test that hangs, as one of a leak may, is ended by go before we end go.
    const limit = `-timeout=${Math.max(1, Math.floor(timeoutMs / 1000))}s`;
    const ran = await runProgram('go', ['test', '-json', '-count=1', '-vet=off', limit, ...dirs], {
      cwd: join(tree, module),
      env: { ...passedOn(env), GOFLAGS: `${env.GOFLAGS ?? ''} -buildvcs=false`.trim() },
      // And the time that it takes to compile.
      timeoutMs: timeoutMs * 2 + 60_000,
    });
    if (ran.failure !== '') return `go cannot be run (${ran.failure})`;
    if (ran.timedOut) return 'go test did not come to its end';
    let started = false;
    for (const line of ran.stdout.split('\n')) {
      const event = eventOf(line);
      if (event === null) continue;
      const { action, test } = event;
      if (action === 'run') started = true;
      if (action === 'build-fail' || event.failedBuild) broken ||= 'does not compile';
      if (action !== 'pass' && action !== 'fail' && action !== 'skip') continue;
      if (test === '') {
        if (action === 'fail') failed.push(event.package);
      } else if (!test.includes('/') && tests.get(test) !== 'fail') tests.set(test, action);
    }
    if (ran.code !== 0 && !started && broken === '')
      broken = lastLine(ran.stderr) || lastLine(ran.stdout) || 'go test failed';
  }
  return { tests, failed, broken };
}

function compare(before: Results, after: Results, packages: readonly Packages[]): Outcome {
  if (after.broken !== '') return refused(`with the fix, the tests do not run: ${after.broken}`);
  const names = new Set(packages.flatMap((each) => [...each.names]));
  const failing = [...names].filter((name) => after.tests.get(name) === 'fail').sort();
  if (failing.length > 0)
    return refused(`with the fix, ${failing.join(', ')} still ${failing.length === 1 ? 'fails' : 'fail'}`);
  if (after.failed.length > 0) return refused(`with the fix, other tests of ${after.failed.join(', ')} fail`);
  if (before.broken !== '')
    return refused(
      `without the fix, the test does not run (${before.broken}), so it has not been seen to fail; make it compile without the fix`,
    );
  const shows = [...names]
    .filter((name) => before.tests.get(name) === 'fail' && after.tests.get(name) === 'pass')
    .sort();
  if (shows.length > 0)
    return passed(
      `${shows.join(', ')} ${shows.length === 1 ? 'fails' : 'fail'} without the fix and ${shows.length === 1 ? 'passes' : 'pass'} with it`,
    );
  const ran = [...names].filter((name) => after.tests.get(name) === 'pass');
  return refused(
    ran.length === 0
      ? 'no test of the changed files was run'
      : `${ran.sort().join(', ')} ${ran.length === 1 ? 'passes' : 'pass'} without the fix, too: the test does not show it`,
  );
}

/** A line of `go test -json` (go doc test2json). */
function eventOf(line: string): { action: string; test: string; package: string; failedBuild: boolean } | null {
  if (!line.startsWith('{')) return null;
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null) return null;
  const text = (key: string): string => {
    const field: unknown = Reflect.get(value, key);
    return typeof field === 'string' ? field : '';
  };
  return {
    action: text('Action'),
    test: text('Test'),
    package: text('Package'),
    failedBuild: text('FailedBuild') !== '',
  };
}

function lastLine(text: string): string {
  return (text.trim().split('\n').at(-1) ?? '').slice(0, 300);
}
